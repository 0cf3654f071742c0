"""The inbox: what webhooks told, each event once, until it is done, ignored or dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from ledger.documents import Kind, Ref
from store.connections import ConnectionRow

NEW = "new"
DONE = "done"
IGNORED = "ignored"
DEAD = "dead"


class Arrival(Protocol):
    """What the door keeps of one changed object; `connector.protocol.Notice` is one."""

    @property
    def event_id(self) -> str:
        """The vendor's id of the event, or one made so that a repeat has the same."""

    @property
    def tenant_id(self) -> str:
        """The vendor's id of the organisation."""

    @property
    def kind(self) -> Kind:
        """What sort of object changed."""

    @property
    def object_id(self) -> str:
        """The vendor's id of the object."""

    @property
    def part(self) -> str:
        """Tells apart what one vendor keeps in several lists."""

    @property
    def verb(self) -> str:
        """What happened to it, in the vendor's word."""

    @property
    def at(self) -> datetime | None:
        """When it happened, if the vendor says."""

    @property
    def live(self) -> bool:
        """False for test data."""

    @property
    def ends_connection(self) -> bool:
        """Whether the consent itself ended."""

    @property
    def echo_of(self) -> str:
        """The key of a write of our own that comes back."""

    @property
    def raw(self) -> str:
        """The vendor's own JSON."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One kept event."""

    id: int
    provider: str
    event_id: str
    organisation_id: int | None
    connection_id: int | None
    tenant_id: str
    kind: Kind
    object_id: str
    part: str
    verb: str
    live: bool
    ends_connection: bool
    echo_of: str
    raw: str = field(repr=False)
    at: datetime | None
    received_at: datetime
    state: str
    reason: str
    attempts: int
    next_at: datetime

    @property
    def ref(self) -> Ref:
        """The object the event is about."""
        return Ref(self.kind, self.object_id, self.part)


def keep(s: Session, provider: str, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Keep what is new among `arrivals` and give how many that were.

    An event of a tenant nobody connected, or that is disconnected, is kept as ignored.
    """
    raise NotImplementedError


def read_again(
    s: Session, connection: ConnectionRow, refs: Sequence[Ref], *, why: str, now: datetime
) -> int:
    """Have documents read again, as a notice would; `why` makes it happen once."""
    raise NotImplementedError


def take_new(s: Session, connection_id: int, now: datetime, limit: int) -> list[InboxRow]:
    """Give the new rows of a connection that are due, the oldest first."""
    raise NotImplementedError


def done(s: Session, ids: Sequence[int], now: datetime, reason: str = "") -> None:
    """Close rows: what they told has been taken in."""
    raise NotImplementedError


def ignore(s: Session, ids: Sequence[int], now: datetime, reason: str) -> None:
    """Close rows that call for nothing, saying why."""
    raise NotImplementedError


def failed(s: Session, inbox_id: int, now: datetime, error: str, attempts_max: int) -> bool:
    """Put a row off, longer each time; after the last try it is dead and an exception opens.

    Gives True when it is dead.
    """
    raise NotImplementedError


def get(s: Session, inbox_id: int) -> InboxRow:
    """Give one row, whoever's: for the operator and the worker. Raises LookupError."""
    raise NotImplementedError


def list_dead(s: Session, organisation_id: int) -> list[InboxRow]:
    """List an organisation's dead rows, the oldest first."""
    raise NotImplementedError


def replay(s: Session, inbox_id: int, now: datetime) -> bool:
    """Make a row new again, for its tenant's connection of today; False when it has none."""
    raise NotImplementedError


def counts(s: Session) -> dict[str, int]:
    """Count the rows by state, of the whole house."""
    raise NotImplementedError


def forget(s: Session, before: datetime) -> int:
    """Drop rows closed before a moment; gives how many. Dead ones stay."""
    raise NotImplementedError


RETRY_FIRST = timedelta(seconds=30)
RETRY_MOST = timedelta(hours=6)
