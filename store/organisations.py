"""Organisations and the people in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.documents import Organisation, Source


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A business that installed Dunnock. `ledger` is None until its books were read once.

    `accounts` says which ledger account money from a source goes into; `live_since` is the day a
    person switched sending on.
    """

    id: int
    public_id: str
    name: str
    ledger: Organisation | None
    accounts: Mapping[Source, str]
    live_since: date | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person. `password_hash` is empty for one who signs in by link."""

    id: int
    email: str
    name: str
    password_hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place in one organisation."""

    member: MemberRow
    role: str


def create(s: Session, name: str, public_id: str, now: datetime) -> int:
    """Add an organisation; `public_id` is unguessable and stands in addresses."""
    raise NotImplementedError


def get(s: Session, organisation_id: int) -> OrganisationRow:
    """Give one organisation; raises LookupError."""
    raise NotImplementedError


def by_public_id(s: Session, public_id: str) -> OrganisationRow | None:
    """Find an organisation by what stands in addresses."""
    raise NotImplementedError


def all_ids(s: Session) -> list[int]:
    """List every organisation; for the clock, never for a page."""
    raise NotImplementedError


def save_ledger(s: Session, organisation_id: int, ledger: Organisation) -> None:
    """Keep what the system of record says of the business itself."""
    raise NotImplementedError


def set_accounts(s: Session, organisation_id: int, accounts: Mapping[Source, str]) -> None:
    """Keep which ledger account money from each source goes into."""
    raise NotImplementedError


def set_live(s: Session, organisation_id: int, since: date | None) -> None:
    """Switch sending on from a day, or off with None."""
    raise NotImplementedError


def rename(s: Session, organisation_id: int, name: str) -> None:
    """Give the organisation another name."""
    raise NotImplementedError


def add_member(
    s: Session, organisation_id: int, email: str, name: str, role: str, now: datetime
) -> int:
    """Give a person a role here; a person already known by the address is the same person."""
    raise NotImplementedError


def remove_member(s: Session, organisation_id: int, member_id: int) -> bool:
    """Take a person out of the organisation; False when they were not in it."""
    raise NotImplementedError


def member(s: Session, member_id: int) -> MemberRow | None:
    """Give a person."""
    raise NotImplementedError


def member_by_email(s: Session, email: str) -> MemberRow | None:
    """Find a person by address, whatever its case."""
    raise NotImplementedError


def set_password_hash(s: Session, member_id: int, password_hash: str) -> None:
    """Keep the (already hashed) password of a person."""
    raise NotImplementedError


def organisations_of(s: Session, member_id: int) -> list[OrganisationRow]:
    """List the organisations a person belongs to, by name."""
    raise NotImplementedError


def seats(s: Session, organisation_id: int) -> list[Seat]:
    """List the people of an organisation with their roles, by address."""
    raise NotImplementedError


def role_of(s: Session, organisation_id: int, member_id: int) -> str | None:
    """Say the role of a person here; None when they do not belong."""
    raise NotImplementedError
