"""Money that no rule placed for sure: a row for a person, until it is placed or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.actions import AskHuman
from rules.reasons import QUIET_REASONS
from store import exceptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from rules.actions import Matched

KIND = "unmatched_receipt"


def tell(s: Session, desk: Desk, decisions: Iterable[Matched]) -> None:
    """Ask about what has to be asked about, and about nothing that somebody placed meanwhile.

    `decisions` are those on all of the money that waits.
    """
    asked = [
        one for one in decisions if isinstance(one, AskHuman) and one.reason not in QUIET_REASONS
    ]
    for one in asked:
        _open(s, desk, one)
    subjects = {_subject(one) for one in asked}
    for row in exceptions.list_open(s, desk.organisation.id, KIND):
        if row.subject not in subjects:
            exceptions.close_subject(
                s,
                desk.organisation.id,
                row.subject,
                kind=KIND,
                who=exceptions.OURSELVES,
                now=desk.now,
                resolution="it is placed, or gone",
            )


def _open(s: Session, desk: Desk, one: AskHuman) -> None:
    rejected = "; ".join(f"{what}: {reason}" for what, reason in one.why.rejected)
    exceptions.open_exception(
        s,
        desk.organisation.id,
        kind=KIND,
        subject=_subject(one),
        title=f"Money nobody could place for sure: {one.reason.replace('_', ' ')}",
        detail=f"{one.why.sentence}{'. ' + rejected if rejected else ''}",
        fix="Choose the invoices it pays on the matches page, or leave it on account.",
        now=desk.now,
    )


def _subject(one: AskHuman) -> str:
    return f"receipt:{one.source}:{one.receipt_id}"
