"""How fast cash application is, at ledgers of several sizes, each in a process of its own.

    python -m worlds.bench.speed FOLDER

measures the ledger and payments lying in FOLDER and prints one JSON object. Besides seconds it
gives what does not depend on the machine: the load against reading the same file line by line, and
a payment against bare look-ups in the same index.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from flows.match_file.ledger_file import read_ledger
from flows.match_file.payment_lines import read_payments
from flows.match_file.settings import policy
from rules.matching.placing import decide_batch
from rules.matching.policy import Mode
from rules.matching.spellings import keys
from worlds.bench.writing import LEDGER, PAYMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Path(__file__).resolve().parents[2]
LOOKED_UP = 20_000
KILOBYTES_OF_A_MEGABYTE = 1024
T = TypeVar("T")


class Speed(NamedTuple):
    """What was measured: seconds of wall clock, megabytes of memory at the peak."""

    invoices: int
    payments: int
    process_seconds: float
    read_seconds: float
    load_seconds: float
    match_seconds: float
    look_up_seconds: float
    peak_megabytes: float

    @property
    def a_payment_milliseconds(self) -> float:
        """What one payment takes when the ledger is loaded."""
        return 1000 * self.match_seconds / max(1, self.payments)

    @property
    def load_ratio(self) -> float:
        """How many times as long as reading the file the load takes."""
        return self.load_seconds / self.read_seconds

    @property
    def look_ups_a_payment(self) -> float:
        """How many bare look-ups take as long as one payment."""
        return self.match_seconds / max(1, self.payments) / self.look_up_seconds


def measure(folder: Path, invoices: int) -> Speed:
    """Measure a folder: the whole command first, then its parts in a process without it."""
    out = folder / "allocations.jsonl"
    words = ("--ledger", folder / LEDGER, "--payments", folder / PAYMENTS, "--out", out)
    command = [sys.executable, str(HOME / "app.py"), "match", *map(str, words)]
    process, _ = _timed(lambda: _run(command))
    told = _run([sys.executable, "-m", "worlds.bench.speed", str(folder)])
    return Speed(invoices=invoices, process_seconds=process, **json.loads(told))


def parts(folder: Path) -> dict[str, float]:
    """Measure reading, loading, matching and looking up, in this process."""
    gc.disable()
    read, _ = _timed(lambda: _lines(folder / LEDGER))
    with (folder / LEDGER).open("rb") as file:
        load, ledger = _timed(lambda: read_ledger(file, LEDGER))
    with (folder / PAYMENTS).open("rb") as file:
        batch = read_payments(file, PAYMENTS, ledger.settings.as_of)
    rules = policy(ledger, batch, Mode.SAFE)
    match, _ = _timed(lambda: decide_batch(ledger.book, batch.payments, batch.advices, rules))
    named = [key for one in batch.payments for key in keys(one.reference or one.text)]
    asked = (named * (LOOKED_UP // max(1, len(named)) + 1))[:LOOKED_UP] or ["4711"]
    # Straight at the columns: what was asked before is kept, and would answer at once.
    look_up, _ = _timed(lambda: [ledger.book.documents.spelled(key) for key in asked])
    return {
        "payments": len(batch.payments),
        "read_seconds": read,
        "load_seconds": load,
        "match_seconds": match,
        "look_up_seconds": look_up / len(asked),
        "peak_megabytes": _peak(),
    }


def _peak() -> float:
    """Give the most memory this process ever had, in megabytes.

    What a process may be told of itself otherwise counts its parent as well, until it had more.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / KILOBYTES_OF_A_MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_OF_A_MEGABYTE


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _line in file)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    done = work()
    return time.perf_counter() - begun, done


def _run(command: list[str]) -> str:
    """Run a command of our own and give what it prints; raises CalledProcessError."""
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=HOME, capture_output=True, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    print(json.dumps(parts(Path(sys.argv[1]))))  # noqa: T201 - read by whoever started it
