"""The gate: `python3 run.py test` and `python3 run.py check` end here, inside .venv.

`test` runs every test with coverage; with arguments it passes them to pytest and measures nothing.
`check` runs the judges in order of speed and then the tests; `check --fast` leaves the tests out.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent
PYTHON = sys.executable
# Two on a small machine; more than four wait for one another.
WORKERS = ("-n", "auto", "--maxprocesses", "4")

FAST = {
    "lint": [PYTHON, "-m", "ruff", "check", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "imports": [str(Path(PYTHON).with_name("lint-imports"))],
    "types": [PYTHON, "-m", "mypy", "."],
}
TESTS = {
    "forget old coverage": [PYTHON, "-m", "coverage", "erase"],
    "tests": [PYTHON, "-m", "coverage", "run", "-m", "pytest", "-q", *WORKERS],
    "gather coverage": [PYTHON, "-m", "coverage", "combine", "-q"],
    "coverage of everything": [PYTHON, "-m", "coverage", "report"],
    "coverage of ledger and rules": [
        *(PYTHON, "-m", "coverage", "report"),
        *("--include=ledger/*,rules/*", "--fail-under=100"),
    ],
}


def main(words: list[str]) -> int:
    """Run the named gate and give its exit code: 0 when every step passed, else 1, 2 for misuse."""
    match words:
        case ["test"]:
            return run_all(TESTS)
        case ["test", *selection]:
            return subprocess.call([PYTHON, "-m", "pytest", *selection], cwd=HOME)
        case ["check"]:
            return run_all(FAST | TESTS)
        case ["check", "--fast"]:
            return run_all(FAST)
        case _:
            pass
    print("usage: run.py test [pytest arguments] | run.py check [--fast]", file=sys.stderr)
    return 2


def run_all(steps: dict[str, list[str]]) -> int:
    """Run every step, whatever the others say, so that one run shows all there is to mend."""
    failed = []
    for number, (name, command) in enumerate(steps.items(), start=1):
        print(f"[{number}/{len(steps)}] {name}", flush=True)
        began = time.perf_counter()
        if subprocess.call(command, cwd=HOME) != 0:
            failed.append(name)
        print(f"      {time.perf_counter() - began:.1f} s", flush=True)
    print(f"FAILED: {', '.join(failed)}" if failed else "All passed.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
