"""What people say of answers by what they do with them: right, wrong, or nothing at all.

An application that nobody looked at says nothing, however long it stands; undone it was wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.policy import Counted
from store import confirmations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from ledger.differences import Adjustment
    from rules.actions import Apply, Candidate, Portion

# The rule's name in the why of what a person chose.
PERSON = "person"


def is_confirmed(action: Apply) -> bool:
    """Whether a person chose or approved an application."""
    return not action.automatic or action.why.rule == PERSON


def judged(
    offered: Candidate | None, portions: Sequence[Portion], adjustments: Sequence[Adjustment]
) -> tuple[str, str]:
    """Say which class of evidence a choice confirms, and which it passes over; "" for none.

    The same documents with other amounts say neither.
    """
    if offered is None:
        return "", ""
    if _amounts(portions, adjustments) == _amounts(offered.portions, offered.adjustments):
        return offered.evidence, ""
    same = {one.invoice_id for one in portions} == {one.invoice_id for one in offered.portions}
    return "", "" if same else offered.evidence


def _amounts(portions: Sequence[Portion], adjustments: Sequence[Adjustment]) -> set[object]:
    cleared = {(one.invoice_id, one.amount) for one in portions}
    return {*cleared, *((one.invoice_id, one.kind, one.amount) for one in adjustments)}


def pass_over(s: Session, organisation_id: int, offered: Candidate | None) -> None:
    """Count an answer as wrong whose money a person left on account."""
    if offered is not None and offered.evidence:
        confirmations.count(s, organisation_id, offered.evidence, Counted(0, 1))


def count(s: Session, organisation_id: int, action: Apply) -> None:
    """Count what an application that the ledger took says of answers."""
    if action.evidence and is_confirmed(action):
        confirmations.count(s, organisation_id, action.evidence, Counted(1, 0))
    if action.passed_over:
        confirmations.count(s, organisation_id, action.passed_over, Counted(0, 1))


def count_undone(s: Session, organisation_id: int, action: Apply) -> None:
    """Count an application that a person took apart: what it rested on was wrong."""
    if action.evidence:
        correct = -1 if is_confirmed(action) else 0
        confirmations.count(s, organisation_id, action.evidence, Counted(correct, 1))
    if action.passed_over:
        confirmations.count(s, organisation_id, action.passed_over, Counted(0, -1))
