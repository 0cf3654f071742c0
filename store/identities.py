"""Who a vendor says a person is: found by vendor and subject, never by an address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store import organisations
from store.organisations import MemberRow
from store.session import changed, insert_into
from store.tables import identity as identities


def member_of(s: Session, provider: str, subject: str) -> MemberRow | None:
    """Give the person that a vendor's subject is linked to."""
    member_id = s.scalar(
        select(identities.c.member_id).where(
            identities.c.provider == provider, identities.c.subject == subject
        )
    )
    return None if member_id is None else organisations.member(s, member_id)


def link(s: Session, member_id: int, provider: str, subject: str, now: datetime) -> bool:
    """Let a vendor's subject sign this person in; False when it signs in somebody else."""
    made = insert_into(s, identities).values(
        member_id=member_id, provider=provider, subject=subject, created_at=now
    )
    s.execute(made.on_conflict_do_nothing())
    known = member_of(s, provider, subject)
    return known is not None and known.id == member_id


def unlink(s: Session, member_id: int, provider: str) -> bool:
    """Take back that a vendor signs this person in; False when it did not."""
    mine = (identities.c.member_id == member_id, identities.c.provider == provider)
    return changed(s, delete(identities).where(*mine)) > 0


def providers_of(s: Session, member_id: int) -> frozenset[str]:
    """Name the vendors that sign this person in."""
    rows = s.scalars(select(identities.c.provider).where(identities.c.member_id == member_id))
    return frozenset(rows)
