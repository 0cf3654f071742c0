"""The answer of the rules that a person's choice about a receipt judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.cash import choices
from rules.actions import Apply, Candidate

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Receipt
    from rules.ruleset import RuleSet
    from store.organisations import OrganisationRow


def offered(
    s: Session, organisation: OrganisationRow, rules: RuleSet, receipt: Receipt, now: datetime
) -> Candidate | None:
    """Give the answer that the rules have for a receipt now, or None.

    That is what waits to be approved, or what only wants a better record of its evidence: what
    else people choose between says nothing of how often such evidence is right.
    """
    this = (receipt.source, receipt.ref.id)
    for one in choices(s, organisation, rules, now):
        if (one.source, one.receipt_id) != this:
            continue
        if isinstance(one, Apply):
            return Candidate(one.portions, one.why, one.adjustments, one.evidence)
        return next((each for each in one.candidates if each.evidence), None)
    return None
