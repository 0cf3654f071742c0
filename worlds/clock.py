"""A clock that is set by hand and, if it has a shelf, remembers what it showed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.shelf import Shelf


class WorldClock:
    """The time of a world. It only goes forward, and only when told."""

    def __init__(self, start: datetime, shelf: Shelf | None = None) -> None:
        """Show `start`, or what the shelf last saw."""
        self._shelf = shelf
        kept = shelf.get("clock", "now") if shelf else None
        self._now = datetime.fromisoformat(kept["at"]) if kept else start

    def __call__(self) -> datetime:
        """Give the moment it is in this world."""
        return self._now

    def go_to(self, moment: datetime) -> None:
        """Go forward to a moment; one that has passed changes nothing."""
        if moment > self._now:
            self._now = moment
            if self._shelf is not None:
                self._shelf.put("clock", "now", {"at": moment.isoformat()})

    def wait(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.go_to(self._now + timedelta(seconds=seconds))
