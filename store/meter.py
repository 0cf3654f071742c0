"""The gate of every connection's calls: spaced for all processes together, counted by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from ledger.days import Clock
from store.session import Sessions


class Limits(Protocol):
    """What a vendor allows one connection; `connector.protocol.Limits` is one."""

    @property
    def per_minute(self) -> int:
        """Calls per minute on average."""

    @property
    def burst(self) -> int:
        """Calls at once."""

    @property
    def per_day(self) -> int | None:
        """Calls per day (UTC), or None."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls of one month (its first day) at one provider; `metered` are those it bills."""

    provider: str
    month: date
    calls: int
    metered: int


@dataclass(frozen=True, slots=True)
class SqlGate:
    """The `Gate` of one connection, kept in the database: every process shares it.

    Opens a transaction of its own for each call, so it is never entered inside another.
    """

    sessions: Sessions
    connection_id: int
    organisation_id: int
    provider: str
    limits: Limits
    clock: Clock

    def enter(self, *, metered: bool = False) -> None:
        """Take one call from the budget; raises RetryLaterError when there is none now."""
        raise NotImplementedError

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Hear the vendor: stay away for so long, or so many calls are left in this minute."""
        raise NotImplementedError


def usage(s: Session, organisation_id: int) -> list[Usage]:
    """List an organisation's calls by month, the newest first."""
    raise NotImplementedError
