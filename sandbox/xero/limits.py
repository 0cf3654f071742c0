"""Xero's call limits: fixed windows per organisation, counted on the injected clock.

Counts live in memory: a restarted stand-in starts fresh windows.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.xero.refusals import Refusal, plain

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE, _DAY = 60, 86_400
_APP = ""


@dataclass(slots=True)
class _Window:
    number: int
    used: int = 0


class Limits:
    """Counts the calls of every organisation and of the app as a whole."""

    def __init__(
        self, per_minute: int = 60, per_day: int = 5_000, at_once: int = 5, app_minute: int = 10_000
    ) -> None:
        self.per_minute = per_minute
        self.per_day = per_day
        self.at_once = at_once
        self.app_minute = app_minute
        self._windows: dict[tuple[str, int], _Window] = {}
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, tenant: str) -> bool:
        """Count one running call, and say whether an organisation may have so many at once."""
        with self._lock:
            self._running[tenant] += 1
            return not tenant or self._running[tenant] <= self.at_once

    def leave(self, tenant: str) -> None:
        """Count a call as ended."""
        with self._lock:
            self._running[tenant] -= 1

    def take(self, tenant: str, now: datetime) -> dict[str, str]:
        """Take one call from every window and give the headers; Refusal (429) at a limit."""
        asked = (
            ("day", tenant, _DAY, self.per_day),
            ("minute", tenant, _MINUTE, self.per_minute),
            ("appminute", _APP, _MINUTE, self.app_minute),
        )
        windows = {name: self._window(whose, size, now) for name, whose, size, _ in asked}
        for name, whose, size, limit in asked:
            if windows[name].used >= limit:
                headers = self._headers(windows)
                headers["X-Rate-Limit-Problem"] = name
                headers["Retry-After"] = str(size - self._second(whose, now) % size)
                raise Refusal(plain(429, "", headers))
        for window in windows.values():
            window.used += 1
        return self._headers(windows)

    def _headers(self, windows: dict[str, _Window]) -> dict[str, str]:
        return {
            "X-MinLimit-Remaining": str(self.per_minute - windows["minute"].used),
            "X-DayLimit-Remaining": str(self.per_day - windows["day"].used),
            "X-AppMinLimit-Remaining": str(self.app_minute - windows["appminute"].used),
        }

    def _second(self, whose: str, now: datetime) -> int:
        # Windows of different organisations do not begin together.
        offset = uuid.UUID(whose).int % _DAY if whose else 0
        return int(now.timestamp()) + offset

    def _window(self, whose: str, size: int, now: datetime) -> _Window:
        number = self._second(whose, now) // size
        window = self._windows.get((whose, size))
        if window is None or window.number != number:
            window = self._windows[whose, size] = _Window(number)
        return window
