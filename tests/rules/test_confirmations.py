"""An organisation's own confirmations make evidence sure that was not, and undos unmake it."""

from __future__ import annotations

import pytest

from rules.actions import Apply, AskHuman
from rules.matching import decide
from tests.rules.making import TODAY, a_receipt, an_invoice, match_facts, matching

# A payer names the digits of an invoice and pays a part of it.
PART = a_receipt("R1", "40.00", text="1001", payer_name="ACME LTD")
CLASS = "digits/short/payer"
# Whatever was measured elsewhere, so many errors make it unsure.
ERRORS = 40


def decided(receipt=PART, **more):
    [found] = decide(match_facts([receipt], [an_invoice("INV-1001")], **more), matching(), TODAY)
    return found


def test_only_what_wants_a_better_record_is_marked_by_its_evidence():
    unsure = decided(confirmations={CLASS: (0, ERRORS)})
    assert isinstance(unsure, AskHuman)
    assert unsure.reason == "unsure"
    assert [one.evidence for one in unsure.candidates] == [CLASS]
    other = decided(a_receipt("R1", "40.00", text="1001"))
    assert isinstance(other, AskHuman)
    assert other.reason == "less_than_named"
    assert [one.evidence for one in other.candidates] == [""]


@pytest.mark.parametrize(
    ("right", "wrong", "alone"),
    [(300, 0, True), (300, ERRORS, False), (20_000, ERRORS, True), (20_000, 3 * ERRORS, False)],
)
def test_own_confirmations_decide_whether_evidence_is_sure(right, wrong, alone):
    found = decided(confirmations={CLASS: (right, wrong)})
    assert isinstance(found, Apply) is alone
    if alone:
        assert found.automatic
        assert found.evidence == CLASS
