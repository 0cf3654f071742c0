"""Advices that carry a problem of their own."""

from __future__ import annotations

from dataclasses import replace

from ledger.remittances import Remittance, RemittanceLine
from tests.rules.matching.items import DAY, an_item
from tests.rules.matching.ledgers import a_payment, gbp, only, told

ITEMS = (an_item("0815", 10000), an_item("0816", 25000), an_item("0817", 99900))
ADVICE = Remittance(
    id="A1",
    received=DAY,
    lines=(RemittanceLine("INV-0815", gbp(10000)), RemittanceLine("INV-0816", gbp(25000))),
    total=gbp(35000),
    payer_name="Acme Ltd",
)
DOUBTFUL = replace(ADVICE, problem="no total is stated to check the lines by")


def test_an_advice_without_a_problem_is_taken() -> None:
    assert told(only(a_payment(35000), ITEMS, advices=[ADVICE])) == "0815 10000, 0816 25000"


def test_an_answer_names_the_advice_that_it_uses_up() -> None:
    assert only(a_payment(35000), ITEMS, advices=[ADVICE]).answer.advice == "A1"
    listed = a_payment(35000, remittance=ADVICE.lines)
    assert only(listed, ITEMS, advices=[ADVICE]).answer.advice == ""


def test_a_doubtful_advice_is_a_suggestion_and_says_why() -> None:
    decision = only(a_payment(35000), ITEMS, advices=[DOUBTFUL])
    assert told(decision) == "doubtful_advice"
    assert ("advice", DOUBTFUL.problem) in decision.rejected
    cleared = decision.suggestions[0].settlement.cleared
    assert [(one.document_id, one.amount) for one in cleared] == [("0815", 10000), ("0816", 25000)]


def test_what_the_payment_names_decides_beside_a_doubtful_advice() -> None:
    payment = a_payment(35000, text="INV-0815 INV-0816")
    assert told(only(payment, ITEMS, advices=[DOUBTFUL])) == "0815 10000, 0816 25000"
