"""Connections: consented Xero organisations, QuickBooks companies and Stripe accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from store.session import Sessions

CONNECTED = "connected"
NEEDS_RECONNECT = "needs_reconnect"
DISCONNECTED = "disconnected"


class TakenError(Exception):
    """The tenant is connected to another organisation, or the organisation has books already."""


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection. `state` is connected, needs_reconnect or disconnected."""

    id: int
    organisation_id: int
    provider: str
    role: str
    tenant_id: str
    title: str
    state: str
    reason: str
    strategy: str
    grant: str
    live: bool
    token_set_id: int | None
    cursor: str
    synced_at: datetime | None
    first_sync_done: bool
    seen: int
    total: int | None
    sweep_cursor: str
    swept_at: datetime | None
    next_sync_at: datetime | None
    next_sweep_at: datetime | None
    next_tick_at: datetime | None


@dataclass(frozen=True, slots=True)
class Consented:
    """What a consent gave: which tenant, in which role, and by which key it opens."""

    provider: str
    role: str
    tenant_id: str
    title: str
    strategy: str = "oauth"
    grant: str = ""
    live: bool = True
    token_set_id: int | None = None


def connect(s: Session, organisation_id: int, consented: Consented, now: datetime) -> int:
    """Add a connection, or revive the one this organisation had with the same tenant.

    A revived one keeps its mirror and cursor. Raises TakenError when the tenant is connected to
    another organisation, or when the organisation has another system of record.
    """
    raise NotImplementedError


def get(s: Session, connection_id: int) -> ConnectionRow:
    """Give one connection, whoever's: for the worker, which starts from a connection's id.

    Pages use `of_organisation`. Raises LookupError.
    """
    raise NotImplementedError


def of_organisation(s: Session, organisation_id: int) -> list[ConnectionRow]:
    """List an organisation's connections, books first; disconnected ones too."""
    raise NotImplementedError


def one_of(s: Session, organisation_id: int, connection_id: int) -> ConnectionRow | None:
    """Give a connection if it is this organisation's."""
    raise NotImplementedError


def books_of(s: Session, organisation_id: int) -> ConnectionRow | None:
    """Give the system of record, unless it is disconnected."""
    raise NotImplementedError


def by_tenant(s: Session, provider: str, tenant_id: str) -> ConnectionRow | None:
    """Find the connection of a vendor's tenant, whoever's and in whatever state."""
    raise NotImplementedError


def all_live(s: Session) -> list[ConnectionRow]:
    """List every connection that is not disconnected; for the worker and the clock."""
    raise NotImplementedError


def set_state(s: Session, connection_id: int, state: str, reason: str) -> None:
    """Say how the connection stands, and why."""
    raise NotImplementedError


def set_token_set(s: Session, connection_id: int, token_set_id: int | None) -> None:
    """Say which tokens open the connection."""
    raise NotImplementedError


def save_cursor(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    connection_id: int,
    *,
    cursor: str,
    seen: int,
    total: int | None,
    done: bool,
    now: datetime,
) -> None:
    """Keep how far the walk has come; `done` ends the walk (and the first sync, if it was one)."""
    raise NotImplementedError


def save_sweep(s: Session, connection_id: int, *, cursor: str, done: bool, now: datetime) -> None:
    """Keep how far the sweep has come; `done` ends it."""
    raise NotImplementedError


def set_next(
    s: Session,
    connection_id: int,
    *,
    sync_at: datetime | None = None,
    sweep_at: datetime | None = None,
    tick_at: datetime | None = None,
) -> None:
    """Say when the next sync, sweep and dunning look are due; None leaves one as it is."""
    raise NotImplementedError


def want_sync(s: Session, connection_id: int, now: datetime) -> None:
    """Make a sync due now."""
    raise NotImplementedError


def has_due(s: Session, now: datetime) -> list[int]:
    """List the connected connections with anything to do at `now`: inbox, actions, sync, tick."""
    raise NotImplementedError


def take_lease(
    sessions: Sessions, connection_id: int, owner: str, now: datetime, seconds: float
) -> bool:
    """Become the one who works on a connection, for so long; True also for one's own lease."""
    raise NotImplementedError


def renew(
    sessions: Sessions, connection_id: int, owner: str, now: datetime, seconds: float
) -> bool:
    """Prolong one's own lease; False when it was lost, and the work must stop."""
    raise NotImplementedError


def give_back(sessions: Sessions, connection_id: int, owner: str) -> None:
    """Give one's own lease back."""
    raise NotImplementedError
