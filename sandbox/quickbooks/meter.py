"""What QuickBooks counts: calls per second and minute of a company, and metered calls a month."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.shelf import Doc, Shelf

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_MAILS_A_DAY = 40


class Throttle:
    """Admits a company's calls up to a number per second and per minute."""

    def __init__(self, per_second: int, per_minute: int, batches: int = 40) -> None:
        """Start with no call made; `batches` is how many of them a minute takes."""
        self.per_second = per_second
        self.per_minute = per_minute
        self.batches = batches
        self._calls: dict[str, deque[datetime]] = {}
        self._batches: dict[str, deque[datetime]] = {}

    def admit(self, realm: str, now: datetime) -> bool:
        """Say whether a call may pass now; one that may not is not counted."""
        calls = self._calls.setdefault(realm, deque())
        while calls and now - calls[0] >= _MINUTE:
            calls.popleft()
        in_second = 0
        for at in reversed(calls):
            if now - at >= _SECOND:
                break
            in_second += 1
        if len(calls) >= self.per_minute or in_second >= self.per_second:
            return False
        calls.append(now)
        return True

    def admit_batch(self, realm: str, now: datetime) -> bool:
        """Say whether a batch may pass now."""
        batches = self._batches.setdefault(realm, deque())
        while batches and now - batches[0] >= _MINUTE:
            batches.popleft()
        if len(batches) >= self.batches:
            return False
        batches.append(now)
        return True


def count_call(shelf: Shelf, realm: str, now: datetime, *, reads: int) -> None:
    """Count one call: reads are CorePlus (metered), anything else is Core (free).

    Whether a batch is one read or as many as it asks for is not documented: here it is these.
    """
    key = f"{realm}/{now:%Y-%m}"
    meter: Doc = shelf.get("meter", key) or {"core": 0, "core_plus": 0}
    meter["core_plus" if reads else "core"] += reads or 1
    shelf.put("meter", key, meter)


def mails_left(shelf: Shelf, realm: str, now: datetime) -> int:
    """Count one e-mail of a sandbox company, which may send 40 a day; gives how many are left."""
    key = f"{realm}/{now:%Y-%m-%d}"
    sent: Doc = shelf.get("mails", key) or {"sent": 0}
    left = _MAILS_A_DAY - int(sent["sent"])
    if left > 0:
        shelf.put("mails", key, {"sent": sent["sent"] + 1})
    return left
