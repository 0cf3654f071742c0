"""What QuickBooks counts: calls per second and minute of a company, and metered calls a month."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.shelf import Doc, Shelf

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


class Throttle:
    """Admits a company's calls up to a number per second and per minute."""

    def __init__(self, per_second: int, per_minute: int) -> None:
        """Start with no call made."""
        self.per_second = per_second
        self.per_minute = per_minute
        self._calls: dict[str, deque[datetime]] = {}

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


def count_call(shelf: Shelf, realm: str, now: datetime, *, reads: bool) -> None:
    """Count one call: reads are CorePlus (metered), writes are Core (free)."""
    key = f"{realm}/{now:%Y-%m}"
    meter: Doc = shelf.get("meter", key) or {"core": 0, "core_plus": 0}
    meter["core_plus" if reads else "core"] += 1
    shelf.put("meter", key, meter)
