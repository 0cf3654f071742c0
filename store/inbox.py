"""The inbox: what webhooks told, each event once, until it is done, ignored or dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ledger.documents import Kind, Ref
from store import exceptions, strangers
from store.arrivals import Arrival, Wish
from store.connections import DISCONNECTED, ConnectionRow, mac_purpose
from store.seal import Keys, Place
from store.session import Inserter, changed, chunks, keys_of, per_database
from store.tables import connection as connections
from store.tables import inbox
from store.tables.columns import fixed

NEW = "new"
DONE = "done"
IGNORED = "ignored"
DEAD = "dead"

# A failed row waits this long, then twice as long, and never longer than the most.
RETRY_FIRST = timedelta(seconds=30)
RETRY_MOST = timedelta(hours=6)

# So long what we wrote ourselves waits to be read again, for the vendor's own word of it.
ECHO = timedelta(seconds=10)


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


MIXED = "live and test data do not mix"


@dataclass(frozen=True, slots=True)
class _Home:
    """To whom an event belongs, and what becomes of it at first."""

    organisation_id: int | None = None
    connection_id: int | None = None
    state: str = IGNORED
    reason: str = "nobody here connected this tenant"
    live: bool = True


_ALL = select(inbox).order_by(inbox.c.id)
_ONE = _ALL.where(inbox.c.id == bindparam("id"))
_NEW = (inbox.c.connection_id == bindparam("connection_id"), inbox.c.state == fixed(NEW))
_DUE = inbox.c.next_at <= bindparam("now")
_DUE_OF = select(inbox.c.id).where(*_NEW, _DUE).limit(1)
_NEW_OF = _ALL.where(*_NEW, or_(_DUE, inbox.c.attempts == fixed(0))).limit(bindparam("at_most"))
_DEAD_OF = _ALL.where(
    inbox.c.organisation_id == bindparam("organisation_id"), inbox.c.state == DEAD
)
_CLOSE = update(inbox).where(
    inbox.c.id.in_(bindparam("of_ids", expanding=True)), inbox.c.state == NEW
)
# A tenant may have had several organisations: the one not disconnected comes last.
_HOMES = (
    select(
        *(connections.c[name] for name in ("id", "organisation_id", "state", "tenant_mac", "live"))
    )
    .where(
        connections.c.provider == bindparam("provider"),
        connections.c.tenant_mac.in_(bindparam("macs", expanding=True)),
    )
    .order_by(connections.c.state != DISCONNECTED, connections.c.id)
)


@per_database
def _add_new(insert: Inserter) -> ReturningInsert[str]:
    """Insert the events not kept yet, and give their ids."""
    made = insert(inbox).on_conflict_do_nothing(index_elements=["provider", "event_id"])
    return made.returning(inbox.c.event_id)


def keep(
    s: Session, provider: str, arrivals: Sequence[Arrival], now: datetime, *, named: str = ""
) -> int:
    """Keep what is new among `arrivals` and give how many that were.

    `named` is the provider's name as people write it, for what a person may have to read.

    An event of a tenant nobody connected, or that is disconnected, is kept as ignored; so is one
    of test data for a connection to live data, or the other way round.
    """
    homes = _homes(s, provider, {one.tenant_id for one in arrivals})
    placed = [(one, _of_its_kind(homes[one.tenant_id], one)) for one in arrivals]
    new = _insert(s, [_values(keys_of(s), provider, one, home, now) for one, home in placed])
    for home in {home for one, home in placed if home.reason == MIXED and one.event_id in new}:
        _tell_of_mix(s, home, now)
    unknown = {
        one.tenant_id
        for one in arrivals
        if one.event_id in new and homes[one.tenant_id].connection_id is None
    }
    for tenant_id in sorted(unknown):
        strangers.tell(s, provider, named or provider, tenant_id, now)
    return len(new)


def read_again(
    s: Session, connection: ConnectionRow, refs: Sequence[Ref], *, why: str, now: datetime
) -> int:
    """Have documents read again, as a notice would; `why` makes it happen once.

    A vendor tells of our own writes as of any: its notices mostly come within `ECHO`, and are then
    worked off together with this.
    """
    keys = keys_of(s)
    home = _Home(connection.organisation_id, connection.id, NEW, "")
    rows = []
    for ref in refs:
        event_id = f"own:{connection.id}:{why}:{ref.kind}:{ref.id}:{ref.part}"
        # Of a connection to test data, or it would be taken for a notice of the other kind.
        arrival = Wish(
            event_id, connection.tenant_id, ref.kind, ref.id, ref.part, live=connection.live
        )
        values = _values(keys, connection.provider, arrival, home, now)
        rows.append(values | {"next_at": now + ECHO})
    return len(_insert(s, rows))


def take_new(s: Session, connection_id: int, now: datetime, limit: int) -> list[InboxRow]:
    """Give the new rows of a connection that are due, and with them those that never failed.

    The oldest come first; where none is due there are none.
    """
    which = {"connection_id": connection_id, "now": now}
    if s.execute(_DUE_OF, which).first() is None:
        return []
    return _rows(s, _NEW_OF, **which, at_most=limit)


def done(s: Session, ids: Sequence[int], now: datetime, reason: str = "") -> None:
    """Close rows: what they told has been taken in."""
    _close(s, ids, DONE, now, reason)


def ignore(s: Session, ids: Sequence[int], now: datetime, reason: str) -> None:
    """Close rows that call for nothing, saying why."""
    _close(s, ids, IGNORED, now, reason)


def failed(s: Session, inbox_id: int, now: datetime, error: str, attempts_max: int) -> bool:
    """Put a row off, longer each time; after the last try it is dead and an exception opens.

    Gives True when it is dead.
    """
    row = get(s, inbox_id)
    attempts = row.attempts + 1
    dead = attempts >= attempts_max
    values: dict[str, object] = {"attempts": attempts, "reason": error}
    if dead:
        values |= {"state": DEAD, "closed_at": now}
    else:
        values["next_at"] = now + min(RETRY_FIRST * 2 ** (attempts - 1), RETRY_MOST)
    s.execute(update(inbox).where(inbox.c.id == inbox_id).values(**values))
    if dead:
        exceptions.open_exception(
            s,
            row.organisation_id,
            kind="inbox_dead",
            subject=f"inbox:{inbox_id}",
            title=f"A change in {_whose(s, row)} could not be taken in",
            detail=f"{_words(row)}, tried {_times(attempts)}: {error}",
            fix=f"Mend the cause, then try again here, or run dunnock replay {inbox_id}.",
            now=now,
        )
    return dead


def _whose(s: Session, row: InboxRow) -> str:
    """Name the connection an event came over, as its pages do."""
    title = s.scalar(select(connections.c.title).where(connections.c.id == row.connection_id))
    return title or row.provider


def _words(row: InboxRow) -> str:
    return f"{row.kind.replace('_', ' ').capitalize()} {row.object_id}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def get(s: Session, inbox_id: int) -> InboxRow:
    """Give one row, whoever's: for the operator and the worker. Raises LookupError."""
    found = _rows(s, _ONE, id=inbox_id)
    if not found:
        msg = f"there is no inbox row {inbox_id}"
        raise LookupError(msg)
    return found[0]


def list_dead(s: Session, organisation_id: int) -> list[InboxRow]:
    """List an organisation's dead rows, the oldest first."""
    return _rows(s, _DEAD_OF, organisation_id=organisation_id)


def replay(s: Session, inbox_id: int, now: datetime) -> bool:
    """Make a row new again, for its tenant's connection of today; False when it has none."""
    row = get(s, inbox_id)
    home = _homes(s, row.provider, {row.tenant_id})[row.tenant_id]
    if home.state != NEW:
        return False
    s.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id)
        .values(
            organisation_id=home.organisation_id,
            connection_id=home.connection_id,
            state=NEW,
            reason="",
            attempts=0,
            next_at=now,
            closed_at=None,
        )
    )
    exceptions.close_subject(
        s, row.organisation_id, f"inbox:{inbox_id}", who="operator", now=now, resolution="replayed"
    )
    return True


def counts(s: Session) -> dict[str, int]:
    """Count the rows by state, of the whole house."""
    rows = s.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))
    return {state: int(number) for state, number in rows}


def forget(s: Session, before: datetime) -> int:
    """Drop rows closed before a moment; gives how many. Dead ones stay."""
    return changed(
        s,
        delete(inbox).where(inbox.c.state.in_((DONE, IGNORED)), inbox.c.closed_at < before),
    )


def place_of(provider: str, event_id: str, column: str) -> Place:
    """Say where a column of an event is sealed."""
    return Place("inbox", f"{provider}:{event_id}", column)


def _homes(s: Session, provider: str, tenant_ids: set[str]) -> dict[str, _Home]:
    keys = keys_of(s)
    purpose = mac_purpose(provider)
    tenant_of = {mac: tenant for tenant in tenant_ids for mac in keys.macs(tenant, purpose)}
    homes = dict.fromkeys(tenant_ids, _Home())
    for macs in chunks(list(tenant_of)):
        rows = s.execute(_HOMES, {"provider": provider, "macs": macs})
        for row in rows:
            off = row.state == DISCONNECTED
            homes[tenant_of[row.tenant_mac]] = _Home(
                row.organisation_id,
                row.id,
                IGNORED if off else NEW,
                "the connection is disconnected" if off else "",
                row.live,
            )
    return homes


def _of_its_kind(home: _Home, one: Arrival) -> _Home:
    """Set aside what tells of test data where live data is served, and the other way round."""
    if home.state != NEW or one.live == home.live:
        return home
    return replace(home, state=IGNORED, reason=MIXED)


def _values(
    keys: Keys, provider: str, one: Arrival, home: _Home, now: datetime
) -> dict[str, object]:
    def sealed(column: str, text: str) -> bytes:
        return keys.seal(text, place_of(provider, one.event_id, column))

    return {
        "provider": provider,
        "event_id": one.event_id,
        "organisation_id": home.organisation_id,
        "connection_id": home.connection_id,
        "tenant": sealed("tenant", one.tenant_id),
        "kind": one.kind.value,
        "object_id": one.object_id,
        "part": one.part,
        "verb": one.verb,
        "live": one.live,
        "ends_connection": one.ends_connection,
        "echo_of": one.echo_of,
        "raw": sealed("raw", one.raw),
        "at": one.at,
        "received_at": now,
        "state": home.state,
        "reason": home.reason,
        "next_at": now,
        "closed_at": None if home.state == NEW else now,
    }


def _insert(s: Session, rows: list[dict[str, object]]) -> set[str]:
    """Insert what is new, in one statement, and give the event ids of that."""
    if not rows:
        return set()
    return set(s.scalars(_add_new(s), rows))


def _tell_of_mix(s: Session, home: _Home, now: datetime) -> None:
    exceptions.open_exception(
        s,
        home.organisation_id,
        kind="live_and_test_mixed",
        subject=f"connection:{home.connection_id}",
        title=f"Events of {'test' if home.live else 'live'} data came in",
        detail=f"The connection is to {'live' if home.live else 'test'} data. They are ignored.",
        fix="Give the webhook of test data a signing secret of its own, and leave it out here.",
        now=now,
    )


def _close(s: Session, ids: Sequence[int], state: str, now: datetime, reason: str) -> None:
    for part in chunks(ids):
        values = {"state": state, "closed_at": now, "reason": reason}
        s.execute(_CLOSE, {"of_ids": part, **values})


# The columns that a row shows as they are.
_SHOWN = (
    *("id", "provider", "event_id", "organisation_id", "connection_id", "object_id", "part"),
    *("verb", "live", "ends_connection", "echo_of", "at", "received_at", "state", "reason"),
    *("attempts", "next_at"),
)


def _rows(s: Session, statement: Select[Any], **which: object) -> list[InboxRow]:
    keys = keys_of(s)

    def opened(row: Row[Any], column: str) -> str:
        return keys.open(getattr(row, column), place_of(row.provider, row.event_id, column))

    return [
        InboxRow(
            tenant_id=opened(row, "tenant"),
            raw=opened(row, "raw"),
            kind=Kind(row.kind),
            **{name: getattr(row, name) for name in _SHOWN},
        )
        for row in s.execute(statement, which)
    ]
