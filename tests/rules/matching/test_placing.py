"""A batch is decided from strong evidence to weak, and nothing is used twice."""

from __future__ import annotations

from tests.rules.matching.items import an_item
from tests.rules.matching.ledgers import a_payment, decide, only, told

ONE, TWO = an_item("1001", 120_00), an_item("1002", 80_00)


def test_a_number_and_its_amount():
    decision = only(a_payment(120_00, text="INV-1001"), [ONE, TWO])
    assert told(decision) == "1001 12000"
    assert decision.answer.rule == "reference_and_amount"
    assert ("documents", "INV-1001 (120.00 open)") in decision.answer.facts


def test_strong_evidence_goes_first_whatever_the_order():
    unnamed = a_payment(120_00, "P1")
    named = a_payment(120_00, "P2", text="INV-1001")
    decisions = decide([unnamed, named], [ONE, TWO])
    assert [told(one) for one in decisions] == ["no_match", "1001 12000"]


def test_every_payment_is_answered_in_its_order():
    payments = [a_payment(1, f"P{at}") for at in range(5)]
    assert [one.payment_id for one in decide(payments, [ONE])] == [f"P{at}" for at in range(5)]
