"""Sealed tokens, refreshed by one at a time; and the one-time states of a consent under way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from store.seal import Place
from store.session import changed, insert_into, keys_of
from store.tables import consent_state as states
from store.tables import token_set as sets

# A person who takes longer to consent starts again.
STATE_LASTS = timedelta(minutes=10)


class StateError(Exception):
    """The state of a callback is unknown, used, too old, or belongs to another browser."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave. `hard_expires_at` is the end no refresh moves."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    hard_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenSet:
    """One consent's tokens as kept. `version` counts refreshes."""

    id: int
    organisation_id: int
    provider: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    previous_refresh: str = field(repr=False)
    expires_at: datetime | None
    hard_expires_at: datetime | None
    version: int
    lease_owner: str | None
    lease_until: datetime | None
    needs_reconnect: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A consent that ends by itself, and when."""

    id: int
    organisation_id: int
    provider: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StateRow:
    """A consent under way: for which organisation (None: a new one), with which PKCE verifier."""

    provider: str
    organisation_id: int | None
    verifier: str = field(repr=False)
    opened_at: datetime


_ONE = select(sets).where(
    sets.c.organisation_id == bindparam("organisation_id"), sets.c.id == bindparam("id")
)


def create(s: Session, organisation_id: int, provider: str, tokens: Tokens, now: datetime) -> int:
    """Keep the tokens of a fresh consent."""
    made = insert_into(s, sets).values(
        organisation_id=organisation_id, provider=provider, version=0, created_at=now
    )
    token_set_id = int(s.execute(made.returning(sets.c.id)).scalar_one())
    replace(s, organisation_id, token_set_id, tokens)
    return token_set_id


def get(s: Session, organisation_id: int, token_set_id: int) -> TokenSet:
    """Give a token set; raises LookupError."""
    which = {"organisation_id": organisation_id, "id": token_set_id}
    row = s.execute(_ONE, which).one_or_none()
    if row is None:
        msg = f"organisation {organisation_id} has no tokens {token_set_id}"
        raise LookupError(msg)
    keys = keys_of(s)

    def unsealed(column: str) -> str:
        sealed = getattr(row, column)
        return "" if sealed is None else keys.open(sealed, place_of(token_set_id, column))

    return TokenSet(
        id=row.id,
        organisation_id=row.organisation_id,
        provider=row.provider,
        access=unsealed("access"),
        refresh=unsealed("refresh"),
        previous_refresh=unsealed("previous_refresh"),
        expires_at=row.expires_at,
        hard_expires_at=row.hard_expires_at,
        version=row.version,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        needs_reconnect=row.needs_reconnect,
    )


def replace(s: Session, organisation_id: int, token_set_id: int, tokens: Tokens) -> None:
    """Put the tokens of a new consent in the place of the old; nothing of the old is kept."""
    _update(
        s,
        _mine(organisation_id, token_set_id),
        **_sealed(s, token_set_id, access=tokens.access, refresh=tokens.refresh),
        previous_refresh=None,
        expires_at=tokens.expires_at,
        hard_expires_at=tokens.hard_expires_at,
        version=sets.c.version + 1,
        needs_reconnect=False,
        **_NO_LEASE,
    )


def take_refresh_lease(
    s: Session, organisation_id: int, token_set_id: int, owner: str, now: datetime, seconds: float
) -> TokenSet | None:
    """Become the one who refreshes, for so long; None while another's lease lasts."""
    free = or_(sets.c.lease_owner.is_(None), sets.c.lease_owner == owner, sets.c.lease_until <= now)
    taken = _update(
        s,
        and_(_mine(organisation_id, token_set_id), free),
        lease_owner=owner,
        lease_until=now + timedelta(seconds=seconds),
    )
    return get(s, organisation_id, token_set_id) if taken else None


def give_refresh_lease_back(
    s: Session, organisation_id: int, token_set_id: int, owner: str
) -> None:
    """Let the next one refresh, after a refresh that failed."""
    mine = and_(_mine(organisation_id, token_set_id), sets.c.lease_owner == owner)
    _update(s, mine, **_NO_LEASE)


def store_refreshed(
    s: Session, organisation_id: int, token_set_id: int, owner: str, version: int, tokens: Tokens
) -> bool:
    """Keep new tokens if the lease is still ours and nobody refreshed; ends the lease.

    The refresh token used becomes the previous one. An empty new refresh token keeps the old.
    """
    values: dict[str, object] = {**_sealed(s, token_set_id, access=tokens.access)}
    if tokens.refresh:
        used = get(s, organisation_id, token_set_id).refresh
        values |= _sealed(s, token_set_id, refresh=tokens.refresh, previous_refresh=used)
    if tokens.hard_expires_at is not None:
        values["hard_expires_at"] = tokens.hard_expires_at
    ours = and_(
        _mine(organisation_id, token_set_id),
        sets.c.lease_owner == owner,
        sets.c.version == version,
    )
    return _update(
        s,
        ours,
        **values,
        expires_at=tokens.expires_at,
        version=version + 1,
        needs_reconnect=False,
        **_NO_LEASE,
    )


def mark_needs_reconnect(s: Session, organisation_id: int, token_set_id: int) -> None:
    """Note that only a person's new consent helps; ends any lease."""
    _update(s, _mine(organisation_id, token_set_id), needs_reconnect=True, **_NO_LEASE)


def renew_soon(s: Session, organisation_id: int, token_set_id: int, now: datetime) -> None:
    """Have the next use renew the tokens first, which shows whether the consent still lives."""
    _update(s, _mine(organisation_id, token_set_id), expires_at=now)


def ending(s: Session, before: datetime) -> list[Ending]:
    """List the consents that end before a moment, whoever's; those already ended are left out."""
    rows = s.execute(
        select(sets.c.id, sets.c.organisation_id, sets.c.provider, sets.c.hard_expires_at)
        .where(sets.c.hard_expires_at < before, sets.c.needs_reconnect.is_(False))
        .order_by(sets.c.id)
    )
    return [Ending(row.id, row.organisation_id, row.provider, row.hard_expires_at) for row in rows]


def ends(s: Session, organisation_id: int) -> dict[int, datetime]:
    """Say when an organisation's consents end by themselves, by token set, as far as known."""
    rows = s.execute(
        select(sets.c.id, sets.c.hard_expires_at).where(
            sets.c.organisation_id == organisation_id,
            sets.c.hard_expires_at.is_not(None),
            sets.c.needs_reconnect.is_(False),
        )
    )
    return {row.id: row.hard_expires_at for row in rows}


def wipe(s: Session, organisation_id: int, token_set_id: int) -> None:
    """Forget the tokens, after a disconnect."""
    _update(
        s,
        _mine(organisation_id, token_set_id),
        access=None,
        refresh=None,
        previous_refresh=None,
        expires_at=None,
        needs_reconnect=True,
        version=sets.c.version + 1,
        **_NO_LEASE,
    )


def open_state(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    *,
    provider: str,
    state: str,
    session: str,
    organisation_id: int | None,
    verifier: str,
    now: datetime,
) -> None:
    """Remember a consent that starts: `state` goes to the vendor, `session` names the browser."""
    digest = _digest(state)
    place = Place("consent_state", digest, "verifier")
    s.execute(
        insert_into(s, states).values(
            state_digest=digest,
            session_digest=_digest(session),
            provider=provider,
            organisation_id=organisation_id,
            verifier=keys_of(s).seal(verifier, place),
            opened_at=now,
        )
    )


def use_state(s: Session, *, provider: str, state: str, session: str, now: datetime) -> StateRow:
    """Take a state back, once, within ten minutes, in the same browser; raises StateError."""
    digest = _digest(state)
    # One statement decides: of two callbacks with the same state, one is served.
    row = s.execute(
        update(states)
        .where(
            states.c.state_digest == digest,
            states.c.session_digest == _digest(session),
            states.c.provider == provider,
            states.c.used_at.is_(None),
            states.c.opened_at > now - STATE_LASTS,
        )
        .values(used_at=now)
        .returning(states.c.organisation_id, states.c.verifier, states.c.opened_at)
    ).one_or_none()
    if row is None:
        msg = "this sign-in at the provider was used, is too old, or began in another browser"
        raise StateError(msg)
    verifier = keys_of(s).open(row.verifier, Place("consent_state", digest, "verifier"))
    return StateRow(provider, row.organisation_id, verifier, row.opened_at)


def forget_states(s: Session, now: datetime) -> int:
    """Drop the states that are over; gives how many."""
    return changed(s, delete(states).where(states.c.opened_at <= now - STATE_LASTS))


def place_of(token_set_id: int, column: str) -> Place:
    """Say where a token is sealed."""
    return Place("token_set", token_set_id, column)


_NO_LEASE: dict[str, None] = {"lease_owner": None, "lease_until": None}


def _mine(organisation_id: int, token_set_id: int) -> ColumnElement[bool]:
    return and_(sets.c.organisation_id == organisation_id, sets.c.id == token_set_id)


def _update(s: Session, which: ColumnElement[bool], **values: object) -> bool:
    return changed(s, update(sets).where(which).values(**values)) == 1


def _sealed(s: Session, token_set_id: int, **texts: str) -> dict[str, bytes | None]:
    keys = keys_of(s)
    return {
        column: keys.seal(text, place_of(token_set_id, column)) if text else None
        for column, text in texts.items()
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
