"""Organisations and the people in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.orm import Session

from ledger.documents import Organisation, Purpose
from store.session import changed, insert_into
from store.tables import member as members
from store.tables import membership as memberships
from store.tables import organisation as organisations


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A business that installed Dunnock. `ledger` is None until its books were read once.

    `accounts` says which ledger account serves which purpose; `live_since` is the day a
    person switched sending on, `payouts_since` the day from which payouts are booked.
    """

    id: int
    public_id: str
    name: str
    ledger: Organisation | None
    accounts: Mapping[Purpose, str]
    live_since: date | None
    created_at: datetime
    payouts_since: date | None = None

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names under which money goes between its own accounts."""
        told = (self.ledger.name, self.ledger.legal_name) if self.ledger else ()
        return tuple(dict.fromkeys(filter(None, (self.name, *told))))


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


# The roles whose members may do everything; an approver may let go or drop what waits, and
# anybody else may only look.
ACTING = frozenset({"admin", "operator"})
APPROVER = "approver"

_ONE = select(organisations).where(organisations.c.id == bindparam("id"))


def create(s: Session, name: str, public_id: str, now: datetime) -> int:
    """Add an organisation; `public_id` is unguessable and stands in addresses."""
    values = {"name": name, "public_id": public_id, "accounts": {}, "created_at": now}
    made = insert_into(s, organisations).values(values).returning(organisations.c.id)
    return int(s.execute(made).scalar_one())


def get(s: Session, organisation_id: int) -> OrganisationRow:
    """Give one organisation; raises LookupError."""
    row = s.execute(_ONE, {"id": organisation_id}).one_or_none()
    if row is None:
        msg = f"there is no organisation {organisation_id}"
        raise LookupError(msg)
    return _organisation(row)


def by_public_id(s: Session, public_id: str) -> OrganisationRow | None:
    """Find an organisation by what stands in addresses."""
    row = s.execute(
        select(organisations).where(organisations.c.public_id == public_id)
    ).one_or_none()
    return None if row is None else _organisation(row)


def all_ids(s: Session) -> list[int]:
    """List every organisation; for the clock, never for a page."""
    return list(s.scalars(select(organisations.c.id).order_by(organisations.c.id)))


def save_ledger(s: Session, organisation_id: int, ledger: Organisation) -> None:
    """Keep what the system of record says of the business itself."""
    _update(s, organisation_id, ledger=ledger)


def set_accounts(s: Session, organisation_id: int, accounts: Mapping[Purpose, str]) -> None:
    """Keep which ledger account money from each source goes into."""
    _update(s, organisation_id, accounts=dict(accounts))


def set_live(s: Session, organisation_id: int, since: date | None) -> None:
    """Switch sending on from a day, or off with None."""
    _update(s, organisation_id, live_since=since)


def set_payouts(s: Session, organisation_id: int, since: date | None) -> None:
    """Have payouts that arrive from a day on booked, or none with None."""
    _update(s, organisation_id, payouts_since=since)


def rename(s: Session, organisation_id: int, name: str) -> None:
    """Give the organisation another name."""
    _update(s, organisation_id, name=name)


def add_person(s: Session, email: str, name: str, now: datetime) -> int:
    """Add somebody who belongs to no organisation yet, or find who has the address already."""
    known = member_by_email(s, email)
    if known is not None:
        return known.id
    values = {"email": _address(email), "name": name, "created_at": now}
    made = insert_into(s, members).values(values).returning(members.c.id)
    return int(s.execute(made).scalar_one())


def add_member(
    s: Session, organisation_id: int, email: str, name: str, role: str, now: datetime
) -> int:
    """Give a person a role here; a person already known by the address is the same person."""
    member_id = add_person(s, email, name, now)
    seat = insert_into(s, memberships).values(
        organisation_id=organisation_id, member_id=member_id, role=role
    )
    s.execute(
        seat.on_conflict_do_update(
            index_elements=["organisation_id", "member_id"], set_={"role": seat.excluded.role}
        )
    )
    return member_id


def remove_member(s: Session, organisation_id: int, member_id: int) -> bool:
    """Take a person out of the organisation; False when they were not in it."""
    met = changed(
        s,
        delete(memberships).where(
            memberships.c.organisation_id == organisation_id,
            memberships.c.member_id == member_id,
        ),
    )
    return met == 1


def member(s: Session, member_id: int) -> MemberRow | None:
    """Give a person."""
    row = s.execute(select(members).where(members.c.id == member_id)).one_or_none()
    return None if row is None else _member(row)


def member_by_email(s: Session, email: str) -> MemberRow | None:
    """Find a person by address, whatever its case."""
    row = s.execute(select(members).where(members.c.email == _address(email))).one_or_none()
    return None if row is None else _member(row)


def set_password_hash(s: Session, member_id: int, password_hash: str) -> None:
    """Keep the (already hashed) password of a person."""
    s.execute(update(members).where(members.c.id == member_id).values(password_hash=password_hash))


def organisations_of(s: Session, member_id: int) -> list[OrganisationRow]:
    """List the organisations a person belongs to, by name."""
    rows = s.execute(
        select(organisations)
        .join(memberships, memberships.c.organisation_id == organisations.c.id)
        .where(memberships.c.member_id == member_id)
        .order_by(organisations.c.name, organisations.c.id)
    )
    return [_organisation(row) for row in rows]


def seats(s: Session, organisation_id: int) -> list[Seat]:
    """List the people of an organisation with their roles, by address."""
    rows = s.execute(
        select(members, memberships.c.role)
        .join(memberships, memberships.c.member_id == members.c.id)
        .where(memberships.c.organisation_id == organisation_id)
        .order_by(members.c.email)
    )
    return [Seat(_member(row), row.role) for row in rows]


def role_of(s: Session, organisation_id: int, member_id: int) -> str | None:
    """Say the role of a person here; None when they do not belong."""
    return s.scalar(
        select(memberships.c.role).where(
            memberships.c.organisation_id == organisation_id,
            memberships.c.member_id == member_id,
        )
    )


def read_ledger(kept: Mapping[str, Any] | None) -> Organisation | None:
    """Give the system of record's words back from their JSON."""
    if kept is None:
        return None
    locked = kept["locked_until"]
    return Organisation(
        **{
            **kept,
            "currencies": tuple(kept["currencies"]),
            "warnings": tuple(kept["warnings"]),
            "denied": tuple(kept.get("denied", ())),
            "locked_until": date.fromisoformat(locked) if locked else None,
        }
    )


def _update(s: Session, organisation_id: int, **values: object) -> None:
    statement = update(organisations).where(organisations.c.id == organisation_id)
    if not changed(s, statement.values(**values)):
        msg = f"there is no organisation {organisation_id}"
        raise LookupError(msg)


def _address(email: str) -> str:
    return email.strip().lower()


def _organisation(row: Row[Any]) -> OrganisationRow:
    return OrganisationRow(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        ledger=read_ledger(row.ledger),
        accounts={Purpose(name): account for name, account in row.accounts.items()},
        live_since=row.live_since,
        created_at=row.created_at,
        payouts_since=row.payouts_since,
    )


def _member(row: Row[Any]) -> MemberRow:
    return MemberRow(row.id, row.email, row.name, row.password_hash)
