"""Connections: consented Xero organisations, QuickBooks companies and Stripe accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, Update, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from store.seal import Place
from store.session import Sessions, changed, insert_into, keys_of
from store.tables import connection as connections
from store.tables.columns import Moment, fixed

CONNECTED = "connected"
NEEDS_RECONNECT = "needs_reconnect"
DISCONNECTED = "disconnected"

BOOKS = "books"
# Stands for a bank account, whose lines come in files: there is nothing to open.
BANK = "bank"

# Into so many parts a span is cut over which connections are spread by their ids.
SLOTS = 120


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
    environment: str
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
    next_match_at: datetime | None
    rest_until: datetime | None


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
    environment: str = ""
    token_set_id: int | None = None


def connect(s: Session, organisation_id: int, consented: Consented, now: datetime) -> int:
    """Add a connection, or revive this organisation's with the same tenant, mirror and cursor.

    Raises TakenError when the tenant is connected to another organisation, or when the
    organisation has another system of record.
    """
    held = _of_tenant(s, consented.provider, consented.tenant_id)
    mine = next((row for row in held if row.organisation_id == organisation_id), None)
    if any(row.state != DISCONNECTED for row in held if row is not mine):
        msg = f"{consented.title} is connected to another organisation here"
        raise TakenError(msg)
    if consented.role == BOOKS:
        books = books_of(s, organisation_id)
        if books is not None and (mine is None or books.id != mine.id):
            msg = f"the books of this organisation are kept in {books.title}; disconnect it first"
            raise TakenError(msg)
    connection_id = _add(s, organisation_id, consented, now) if mine is None else int(mine.id)
    _settle(s, connection_id, consented, now)
    if mine is not None:
        # Vendors tell what changed for a month at most: look at everything open once.
        set_next(s, connection_id, sweep_at=now)
    return connection_id


def get(s: Session, connection_id: int) -> ConnectionRow:
    """Give one connection, whoever's, for the worker; pages use `one_of`. Raises LookupError."""
    found = _rows(s, _ONE, id=connection_id)
    if not found:
        msg = f"there is no connection {connection_id}"
        raise LookupError(msg)
    return found[0]


def of_organisation(s: Session, organisation_id: int) -> list[ConnectionRow]:
    """List an organisation's connections, books first; disconnected ones too."""
    return _rows(s, _OF_ORGANISATION, organisation_id=organisation_id)


def one_of(s: Session, organisation_id: int, connection_id: int) -> ConnectionRow | None:
    """Give a connection if it is this organisation's."""
    found = _rows(s, _ONE_OF, organisation_id=organisation_id, id=connection_id)
    return found[0] if found else None


def books_of(s: Session, organisation_id: int) -> ConnectionRow | None:
    """Give the system of record, unless it is disconnected."""
    found = _rows(s, _BOOKS_OF, organisation_id=organisation_id)
    return found[0] if found else None


def by_tenant(s: Session, provider: str, tenant_id: str) -> ConnectionRow | None:
    """Find the connection of a vendor's tenant, whoever's and in whatever state.

    Among several it is the one not disconnected, else the newest.
    """
    held = _of_tenant(s, provider, tenant_id)
    live = [row for row in held if row.state != DISCONNECTED]
    found = next(iter(live or held[::-1]), None)
    return None if found is None else get(s, found.id)


def of_token_set(s: Session, organisation_id: int, token_set_id: int) -> list[ConnectionRow]:
    """List the connections that one consent's tokens open."""
    return _rows(s, _OF_TOKEN_SET, organisation_id=organisation_id, token_set_id=token_set_id)


def all_live(s: Session) -> list[ConnectionRow]:
    """List every connection that is not disconnected; for the worker and the clock."""
    return _rows(s, _LIVE)


def set_state(s: Session, connection_id: int, state: str, reason: str) -> None:
    """Say how the connection stands, and why."""
    _update(s, connection_id, state=state, reason=reason)


def rename(s: Session, connection_id: int, title: str) -> None:
    """Take over the name the vendor shows now."""
    _update(s, connection_id, title=title)


def set_token_set(s: Session, connection_id: int, token_set_id: int | None) -> None:
    """Say which tokens open the connection."""
    _update(s, connection_id, token_set_id=token_set_id)


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
    """Keep how far the walk has come; `done` ends the walk (and the first sync, if it was one).

    `now` is the moment from which what was read is known to be true: the start of the walk.
    """
    values: dict[str, object] = {"cursor": cursor, "seen": seen, "total": total}
    if done:
        values |= {"synced_at": now, "first_sync_done": True}
    _update(s, connection_id, **values)


def save_sweep(s: Session, connection_id: int, *, cursor: str, done: bool, now: datetime) -> None:
    """Keep how far the sweep has come; `done` ends it."""
    _update(s, connection_id, sweep_cursor=cursor, **({"swept_at": now} if done else {}))


def set_next(
    s: Session,
    connection_id: int,
    *,
    sync_at: datetime | None = None,
    sweep_at: datetime | None = None,
    tick_at: datetime | None = None,
    match_at: datetime | None = None,
) -> None:
    """Say when the next sync, sweep, dunning look and match are due; None leaves one as it is."""
    given = {
        "next_sync_at": sync_at,
        "next_sweep_at": sweep_at,
        "next_tick_at": tick_at,
        "next_match_at": match_at,
    }
    values = {name: moment for name, moment in given.items() if moment is not None}
    if values:
        _update(s, connection_id, **values)


def want_sync(s: Session, connection_id: int, now: datetime) -> None:
    """Make a sync due now; one already due stays so."""
    _carry_out(s, _WANT_SYNC, connection_id, now=now)


def hasten(s: Session, provider: str, now: datetime, within: timedelta) -> None:
    """Have every connection of a provider synced soon, each at a time of its own."""
    for one in s.execute(_CONNECTED_TO, {"provider": provider}).all():
        at = now + within * (one.id % SLOTS) / SLOTS
        if one.next_sync_at is None or one.next_sync_at > at:
            _update(s, one.id, next_sync_at=at)


def matched(s: Session, connection_id: int) -> None:
    """Note that the matching rules have seen everything there is."""
    _update(s, connection_id, next_match_at=None)


def rest(s: Session, connection_id: int, until: datetime) -> None:
    """Leave a connection alone until a moment, or as long as it rests already, whatever is due."""
    _carry_out(s, _REST, connection_id, until=until)


def take_lease(
    sessions: Sessions, connection_id: int, owner: str, now: datetime, seconds: float
) -> bool:
    """Become the one who works on a connection, for so long; True also for one's own lease."""
    return _lease(sessions, _TAKE_LEASE, connection_id, owner, now, seconds)


def renew(
    sessions: Sessions, connection_id: int, owner: str, now: datetime, seconds: float
) -> bool:
    """Prolong one's own lease; False when it was lost, and the work must stop."""
    return _lease(sessions, _RENEW, connection_id, owner, now, seconds)


def give_back(sessions: Sessions, connection_id: int, owner: str) -> None:
    """Give one's own lease back."""
    with sessions.begin() as s:
        s.execute(_GIVE_BACK, {"of_id": connection_id, "of_owner": owner})


def free_leases(s: Session) -> None:
    """End every lease: for the start of a lone worker, whose dead forerunner may have left some."""
    s.execute(update(connections).values(lease_owner=None, lease_until=None))


def mac_purpose(provider: str) -> str:
    """Name the digest by which a provider's tenants are found while their ids are sealed."""
    return f"tenant {provider}"


def place_of(connection_id: int) -> Place:
    """Say where a tenant's id is sealed."""
    return Place("connection", connection_id, "tenant")


def _lease(
    sessions: Sessions,
    statement: Update,
    connection_id: int,
    owner: str,
    now: datetime,
    seconds: float,
) -> bool:
    values = {
        "of_id": connection_id,
        "of_owner": owner,
        "now": now,
        "lease_owner": owner,
        "lease_until": now + timedelta(seconds=seconds),
    }
    with sessions.begin() as s:
        return changed(s, statement, values) == 1


def _of_tenant(s: Session, provider: str, tenant_id: str) -> Sequence[Any]:
    macs = keys_of(s).macs(tenant_id, mac_purpose(provider))
    return s.execute(_OF_TENANT, {"provider": provider, "macs": macs}).all()


def _add(s: Session, organisation_id: int, consented: Consented, now: datetime) -> int:
    made = insert_into(s, connections).values(
        organisation_id=organisation_id,
        provider=consented.provider,
        role=consented.role,
        tenant_mac=keys_of(s).mac(consented.tenant_id, mac_purpose(consented.provider)),
        title=consented.title,
        state=CONNECTED,
        strategy=consented.strategy,
        live=consented.live,
        created_at=now,
    )
    return int(s.execute(made.returning(connections.c.id)).scalar_one())


def _settle(s: Session, connection_id: int, consented: Consented, now: datetime) -> None:
    """Write what the consent gave; the id is sealed for its row, so the row comes first."""
    keys = keys_of(s)
    _update(
        s,
        connection_id,
        role=consented.role,
        tenant=keys.seal(consented.tenant_id, place_of(connection_id)),
        tenant_mac=keys.mac(consented.tenant_id, mac_purpose(consented.provider)),
        title=consented.title,
        state=CONNECTED,
        reason="",
        strategy=consented.strategy,
        grant=consented.grant,
        live=consented.live,
        environment=consented.environment,
        token_set_id=consented.token_set_id,
        next_sync_at=now,
        rest_until=None,
    )


def _update(s: Session, connection_id: int, **values: object) -> None:
    _carry_out(s, _UPDATE, connection_id, **values)


def _carry_out(s: Session, statement: Update, connection_id: int, **values: object) -> None:
    if not changed(s, statement, {"of_id": connection_id, **values}):
        raise LookupError(f"there is no connection {connection_id}")


# The columns that a row shows as they are.
_SHOWN = (
    *("id", "organisation_id", "provider", "role", "title", "state", "reason", "strategy"),
    *("grant", "live", "environment", "token_set_id", "cursor", "synced_at", "first_sync_done"),
    *("seen", "total", "sweep_cursor", "swept_at", "next_sync_at", "next_sweep_at"),
    *("next_tick_at", "next_match_at", "rest_until"),
)


_EACH = select(connections.c.tenant, *(connections.c[name] for name in _SHOWN))
_ALL = _EACH.where(connections.c.role != fixed(BANK)).order_by(
    case((connections.c.role == BOOKS, 0), else_=1), connections.c.id
)
_ID: BindParameter[int] = bindparam("id")
_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_NOW: BindParameter[datetime] = bindparam("now", type_=connections.c.next_sync_at.type)
_ONE = _EACH.where(connections.c.id == _ID)
_OF_ORGANISATION = _ALL.where(connections.c.organisation_id == _ORGANISATION)
_ONE_OF = _OF_ORGANISATION.where(connections.c.id == _ID)
_BOOKS_OF = _OF_ORGANISATION.where(
    connections.c.role == fixed(BOOKS), connections.c.state != fixed(DISCONNECTED)
)
_OF_TOKEN_SET = _OF_ORGANISATION.where(connections.c.token_set_id == bindparam("token_set_id"))
_LIVE = _ALL.where(connections.c.state != DISCONNECTED)
_CONNECTED_TO = select(connections.c.id, connections.c.next_sync_at).where(
    connections.c.provider == bindparam("provider"), connections.c.state == fixed(CONNECTED)
)
_OF_TENANT = (
    select(connections.c.id, connections.c.organisation_id, connections.c.state)
    .where(
        connections.c.provider == bindparam("provider"),
        connections.c.tenant_mac.in_(bindparam("macs", expanding=True)),
    )
    .order_by(connections.c.id)
)

# Sets whatever columns it is given; in an update the bare names are those of what is set.
_UPDATE = update(connections).where(connections.c.id == bindparam("of_id"))
_UNTIL, _RESTS = bindparam("until", type_=Moment), connections.c.rest_until
_REST = _UPDATE.values(rest_until=case((_RESTS > _UNTIL, _RESTS), else_=_UNTIL))
_SYNC, _OWNER = connections.c.next_sync_at, connections.c.lease_owner
_WANT_SYNC = _UPDATE.values(
    next_sync_at=case((or_(_SYNC.is_(None), _SYNC > _NOW), _NOW), else_=_SYNC)
)
_LEASED_BY: BindParameter[str] = bindparam("of_owner")
_TAKE_LEASE = _UPDATE.where(
    or_(_OWNER.is_(None), _OWNER == _LEASED_BY, connections.c.lease_until <= _NOW)
)
_RENEW = _UPDATE.where(_OWNER == _LEASED_BY, connections.c.lease_until > _NOW)
_GIVE_BACK = _UPDATE.where(_OWNER == _LEASED_BY).values(lease_owner=None, lease_until=None)


def _rows(s: Session, statement: Select[Any], **which: object) -> list[ConnectionRow]:
    keys = keys_of(s)
    return [
        ConnectionRow(
            tenant_id=keys.open(row.tenant, place_of(row.id)),
            **{name: getattr(row, name) for name in _SHOWN},
        )
        for row in s.execute(statement, which)
    ]
