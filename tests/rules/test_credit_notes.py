"""A credit note that a payer takes off: used up with the invoice, or asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.documents import Status
from rules.actions import Apply, AskHuman
from rules.matching import decide
from tests.rules.making import TODAY, a_credit, a_receipt, an_invoice, gbp, match_facts, matching

OWED = an_invoice("INV-1001", overdue=3, balance="100.00")
CREDIT = a_credit("CN-2001", "25.00")


def placed(amount, *credit_notes):
    """Place a payment that names both documents."""
    receipt = a_receipt("r1", amount, text="INV-1001 less CN-2001")
    facts = match_facts([receipt], [OWED], credit_notes=credit_notes)
    [found] = decide(facts, matching(), TODAY)
    return found


def test_a_payer_who_takes_off_a_credit_note_pays_the_rest():
    found = placed("75.00", CREDIT)
    assert isinstance(found, Apply)
    assert [(one.number, one.amount) for one in found.invoices] == [("INV-1001", gbp("100.00"))]
    assert [(one.number, one.amount) for one in found.credits] == [("CN-2001", gbp("-25.00"))]
    assert (found.paid, found.left) == (gbp("75.00"), gbp("0.00"))


@pytest.mark.parametrize(
    "spent",
    [
        replace(CREDIT, balance=gbp("0.00"), status=Status.PAID),
        replace(CREDIT, status=Status.VOID),
        # Some ledgers number their documents together: the invoice of this id is meant.
        replace(CREDIT, ref=replace(CREDIT.ref, id=OWED.ref.id)),
    ],
)
def test_a_credit_note_that_cannot_be_used_leaves_a_short_payment_to_a_person(spent):
    found = placed("75.00", spent)
    assert isinstance(found, AskHuman)
    assert found.reason == "less_than_named"
    offered = [portion for one in found.candidates for portion in one.portions]
    assert [(one.number, one.amount) for one in offered] == [("INV-1001", gbp("75.00"))]
