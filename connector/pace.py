"""How fast a vendor lets itself be called, and the gate that keeps to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """What the vendor allows one connection: calls per minute on average, at once, and per day."""

    per_minute: int
    burst: int
    per_day: int | None = None
    # Metered reads that all tenants of one app share in a calendar month; then the app is blocked.
    metered_per_month: int | None = None
    # So many documents are asked for and kept at a time. Ledgers answer for many in one call.
    read_at_once: int = 200


class Gate(Protocol):
    """Counts and spaces the calls of one connection, for every process together."""

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        """Take one call from the budget; raises RetryLaterError when there is none now.

        `metered` is how many reads the vendor may bill for it, `weight` how many calls' room it
        takes.
        """

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Hear the vendor: stay away for so long, or so many calls are left in this minute."""
