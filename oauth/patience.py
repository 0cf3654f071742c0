"""A gate that waits out what is short: cheaper than putting the work away and coming back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.pace import Gate
from ledger.errors import RetryLaterError

# Longer waits free the connection for others and become a due time.
WAIT_SECONDS_MAX = 5.0
# More than so many short waits in a row mean that others are quicker: come back later.
WAITS_MAX = 10


@dataclass(frozen=True, slots=True)
class PatientGate:
    """Spaces the calls of one connection, waiting out what is short."""

    gate: Gate
    wait: Callable[[float], None]

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        """Take one call from the budget, waiting up to 5 s for it; raises RetryLaterError."""
        for _ in range(WAITS_MAX):
            try:
                self.gate.enter(metered=metered, weight=weight)
            except RetryLaterError as error:
                if error.seconds > WAIT_SECONDS_MAX:
                    raise
                self.wait(error.seconds)
            else:
                return
        self.gate.enter(metered=metered, weight=weight)

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Pass on what the vendor said."""
        self.gate.told(retry_after_seconds=retry_after_seconds, remaining=remaining)
