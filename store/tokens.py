"""Sealed tokens, refreshed by one at a time; and the one-time states of a consent under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

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
class StateRow:
    """A consent under way: for which organisation (None: a new one), with which PKCE verifier."""

    provider: str
    organisation_id: int | None
    verifier: str = field(repr=False)
    opened_at: datetime


def create(s: Session, organisation_id: int, provider: str, tokens: Tokens, now: datetime) -> int:
    """Keep the tokens of a fresh consent."""
    raise NotImplementedError


def get(s: Session, organisation_id: int, token_set_id: int) -> TokenSet:
    """Give a token set; raises LookupError."""
    raise NotImplementedError


def replace(s: Session, organisation_id: int, token_set_id: int, tokens: Tokens) -> None:
    """Put the tokens of a new consent in the place of the old; nothing of the old is kept."""
    raise NotImplementedError


def take_refresh_lease(
    s: Session, organisation_id: int, token_set_id: int, owner: str, now: datetime, seconds: float
) -> TokenSet | None:
    """Become the one who refreshes, for so long; None while another's lease lasts."""
    raise NotImplementedError


def give_refresh_lease_back(
    s: Session, organisation_id: int, token_set_id: int, owner: str
) -> None:
    """Let the next one refresh, after a refresh that failed."""
    raise NotImplementedError


def store_refreshed(
    s: Session, organisation_id: int, token_set_id: int, owner: str, version: int, tokens: Tokens
) -> bool:
    """Keep new tokens if the lease is still ours and nobody refreshed; ends the lease.

    The refresh token used becomes the previous one. An empty new refresh token keeps the old.
    """
    raise NotImplementedError


def mark_needs_reconnect(s: Session, organisation_id: int, token_set_id: int) -> None:
    """Note that only a person's new consent helps; ends any lease."""
    raise NotImplementedError


def wipe(s: Session, organisation_id: int, token_set_id: int) -> None:
    """Forget the tokens, after a disconnect."""
    raise NotImplementedError


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
    raise NotImplementedError


def use_state(s: Session, *, provider: str, state: str, session: str, now: datetime) -> StateRow:
    """Take a state back, once, within ten minutes, in the same browser; raises StateError."""
    raise NotImplementedError


def forget_states(s: Session, now: datetime) -> int:
    """Drop the states that are over; gives how many."""
    raise NotImplementedError
