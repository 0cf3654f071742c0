"""Giving up the few that are missing of an invoice, where the rules of an organisation say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.money import Money
from rules.matching.values import Adjustment, Difference, Settlement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.documents import Receipt
    from rules.fields import Tolerance
    from rules.matching.values import Answer, Item

# What the payment names and pays in part, and what it becomes.
_PART, _WITHIN = "reference_part", "reference_within_tolerance"


def given_up(
    receipt: Receipt, answer: Answer, items: Mapping[str, Item], tolerance: Tolerance
) -> Answer:
    """Clear the one invoice that is paid in part, where no more is missing than may be given up.

    Only of invoices that the payment names, and of money of which nothing is placed yet.
    """
    cleared = answer.settlement.cleared
    short = [one for one in cleared if 0 < one.amount < items[one.document_id].open]
    named = answer.rule == _PART and receipt.unapplied == receipt.amount
    if not named or len(short) != 1:
        return answer
    [part] = short
    item = items[part.document_id]
    missing = Money(item.open - part.amount, item.currency)
    if missing > tolerance.of(Money(item.total, item.currency)):
        return answer
    whole = tuple(one._replace(amount=item.open) if one is part else one for one in cleared)
    adjustments = (Adjustment(item.id, Difference.WRITE_OFF, missing.minor),)
    facts = (*answer.facts, ("given up", f"{missing} of {item.number}"))
    settlement = Settlement(whole, adjustments)
    return replace(answer, rule=_WITHIN, settlement=settlement, facts=facts)
