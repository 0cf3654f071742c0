"""Set Dunnock up, then pass the command on: `python3 run.py demo`, `test`, `check`, `--help`.

Standard library only, in a syntax that old Pythons can read, so that they can say what is missing.
The packages of requirements.txt go into .venv, by uv when it is on the path, otherwise by pip,
from whatever index the user's own pip or uv is set to. A stamp, written last, tells a finished
.venv from one that was interrupted or has grown old.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
STAMP = VENV / "dunnock-stamp"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = str(BIN / "python")
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable
LOCK = HOME / "requirements.txt"
NO_VENV = (
    "Dunnock could not set up its .venv. If no line above says why: install Python's venv"
    " (Debian, Ubuntu: apt-get install python3-venv), then run this again."
)


def main(words: "list[str]") -> "str | int":
    """Set up what is missing and become the command; without one, the demo."""
    if sys.version_info < (3, 11):
        return "Dunnock needs Python 3.11 or newer; this is %s." % platform.python_version()
    stamp = wanted_stamp()
    if not STAMP.exists() or STAMP.read_text("utf-8") != stamp:
        print("Setting up .venv (once, about a minute) ...", file=sys.stderr, flush=True)
        if not any(install(make, pip) for make, pip in ways()):
            return NO_VENV
        STAMP.write_text(stamp, "utf-8")
    words = words or ["demo"]
    gate = [VENV_PYTHON, str(HOME / "gate.py")]
    command = (gate if words[0] in ("test", "check") else [str(BIN / "dunnock")]) + words
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)


def wanted_stamp() -> str:
    """Name what .venv is made from: lock, project table, this Python, and where it stands."""
    project = (HOME / "pyproject.toml").read_text("utf-8").split("\n[tool.")[0]
    base = (platform.python_version(), sys.base_prefix, str(HOME))
    return hashlib.sha256("\0".join((LOCK.read_text("utf-8"), project, *base)).encode()).hexdigest()


def ways() -> "list[tuple[list[str], list[str]]]":
    """Give, best first, what makes an empty .venv and what then installs into it."""
    found = []
    uv = shutil.which("uv")
    if uv:
        make = [uv, "venv", "-q", "--no-project", "--python", BASE_PYTHON, str(VENV)]
        found.append((make, [uv, "pip", "install", "-q", "--python", VENV_PYTHON]))
    options = ["install", "-q", "--use-pep517"]
    pip = [VENV_PYTHON, "-m", "pip", *options]
    if has("ensurepip"):
        found.append(([BASE_PYTHON, "-m", "venv", str(VENV)], pip))
    elif has("virtualenv"):
        found.append(([sys.executable, "-m", "virtualenv", "-q", str(VENV)], pip))
    elif has("pip"):
        pip = [sys.executable, "-m", "pip", "--python", VENV_PYTHON, *options]
        found.append(([BASE_PYTHON, "-m", "venv", "--without-pip", str(VENV)], pip))
    return found


def install(make: "list[str]", pip: "list[str]") -> bool:
    """Make an empty .venv, fill it from the lock, add this checkout; say whether all went well."""
    shutil.rmtree(str(VENV), ignore_errors=True)
    locked = [*pip, "--require-hashes", "-r", str(LOCK)]
    checkout = [*pip, "--no-deps", "--no-build-isolation", "-e", str(HOME)]
    return all(subprocess.call(step) == 0 for step in (make, locked, checkout))


def has(module: str) -> bool:
    """Say whether this Python has the module; Debian ships it without ensurepip."""
    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
