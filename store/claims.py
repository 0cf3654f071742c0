"""Claims: what may happen once, such as a step of an invoice, belongs to one action."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from store.session import Inserter, chunks, per_database
from store.tables import claim as claimed

_FREE = delete(claimed).where(
    claimed.c.organisation_id == bindparam("organisation_id"),
    claimed.c.action_id == bindparam("action_id"),
)

_HOLDERS = select(claimed.c.claim, claimed.c.action_id).where(
    claimed.c.organisation_id == bindparam("organisation_id"),
    claimed.c.claim.in_(bindparam("claims", expanding=True)),
)
_NARROW = _FREE.where(claimed.c.claim.not_in(bindparam("kept", expanding=True)))


@per_database
def _take(insert: Inserter) -> ReturningInsert[str]:
    """Insert those claims that nobody has, and give them back."""
    made = insert(claimed).on_conflict_do_nothing(index_elements=["organisation_id", "claim"])
    return made.returning(claimed.c.claim)


def take(s: Session, organisation_id: int, action_id: int, claims: Sequence[str]) -> bool:
    """Take every claim for an action, or none and give False."""
    if not claims:
        return True
    # In one order everywhere: two that want the same claims cannot wait for each other.
    rows = [
        {"organisation_id": organisation_id, "claim": claim, "action_id": action_id}
        for claim in sorted(claims)
    ]
    taken = s.scalars(_take(s), rows).all()
    if len(taken) == len(claims):
        return True
    free(s, organisation_id, action_id)
    return False


def add(s: Session, organisation_id: int, action_id: int, claims: Sequence[str]) -> None:
    """Give an action those of more claims that nobody has."""
    rows = [
        {"organisation_id": organisation_id, "claim": claim, "action_id": action_id}
        for claim in sorted(claims)
    ]
    if rows:
        s.scalars(_take(s), rows).all()


def holders(s: Session, organisation_id: int, claims: Sequence[str]) -> dict[str, int]:
    """Give, for each of these claims that anybody has, the action that has it."""
    which = {"organisation_id": organisation_id}
    return {
        row.claim: row.action_id
        for part in chunks(claims)
        for row in s.execute(_HOLDERS, {**which, "claims": part})
    }


def free(s: Session, organisation_id: int, action_id: int) -> None:
    """Give an action's claims back."""
    s.execute(_FREE, {"organisation_id": organisation_id, "action_id": action_id})


def narrow(s: Session, organisation_id: int, action_id: int, kept: Sequence[str]) -> None:
    """Give back every claim of an action that is not among `kept`."""
    which = {"organisation_id": organisation_id, "action_id": action_id, "kept": kept}
    s.execute(_NARROW, which)
