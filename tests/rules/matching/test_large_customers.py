"""A customer who owes thousands of documents is decided as any other, and in little time."""

from __future__ import annotations

from ledger.money import Money
from ledger.remittances import Remittance, RemittanceLine
from rules.matching.batch import Batch
from rules.matching.evidence import advices, by_payer, parts
from rules.matching.in_memory import MemoryBook
from rules.matching.line import Line
from rules.matching.values import Answer, Cleared, Settlement
from tests.counting import counted
from tests.rules.matching.items import ACME, DAY, POLICY, an_item
from tests.rules.matching.ledgers import a_payment, gbp, only, told

MANY = [an_item(f"{at:05d}", 4900, overdue=at % 90) for at in range(400)]


def test_many_invoices_of_one_amount_are_a_tie_of_which_a_few_are_shown():
    decision = only(a_payment(4900), MANY)
    assert told(decision) == "tie"
    assert len(decision.suggestions) == 3


def test_among_very_many_one_that_fits_but_for_a_tax_is_no_evidence():
    odd = an_item("99999", 7000)
    few = MANY[:200]
    assert told(only(a_payment(6300), [odd, *few])) == "99999 7000, withholding_tax 700"
    close = [an_item(f"9{at}", 8000) for at in range(by_payer.CLOSE_MAX)]
    assert not only(a_payment(6300), [odd, *few, *close]).apply


def calls_of_a_list(lines: int) -> int:
    """Count what is called for a payment with a list of so many documents."""
    items = [an_item(f"{at:05d}", 4900) for at in range(10_000, 10_000 + lines)]
    listed = tuple(RemittanceLine(one.number, Money(4900, "GBP")) for one in items)
    payment = a_payment(4900 * lines, remittance=listed)
    decision, calls = counted(lambda: only(payment, items))
    assert decision.apply
    assert len(decision.answer.settlement.cleared) == lines
    return calls


def test_a_list_of_a_thousand_takes_no_more_for_each_line_than_a_short_one():
    assert calls_of_a_list(1_000) < 10 * calls_of_a_list(125)


def test_of_many_advices_of_one_total_a_few_are_shown():
    items = MANY[: 3 * advices.RIVALS_MAX]
    told_of = [
        Remittance(f"A{at:03d}", DAY, (RemittanceLine(one.number, gbp(4900)),), gbp(4900))
        for at, one in enumerate(items)
    ]
    batch = Batch(MemoryBook(items, [ACME]), POLICY)
    lines = [Line(at, a_payment(4900, f"P{at}"), batch) for at in range(3)]
    found = advices.assigned(lines, told_of)
    assert [(at, one.reason, len(one.answers)) for at, one in found.items()] == [
        (at, "tie", advices.RIVALS_MAX) for at in range(3)
    ]


def test_rivals_of_a_part_are_only_so_many():
    named = an_item("77777", 9000)
    decision = only(a_payment(4900, text="INV-77777"), [named, *MANY])
    assert not decision.apply
    assert len(decision.suggestions) <= 3 < parts.RIVALS_MAX


def test_what_a_customer_owes_is_remembered_until_something_of_it_is_used():
    batch = Batch(MemoryBook(MANY, [ACME]), POLICY)
    before = batch.owing("C1", "GBP")
    assert batch.owing("C1", "GBP") is before
    whole, part, unknown = Cleared("00000", 4900), Cleared("00001", 900), Cleared("none", 1)
    batch.take(Answer("some_rule", settlement=Settlement((whole, part, unknown))))
    after = batch.owing_of(["C1", "C2"], "GBP")
    assert len(after) == len(before) - 1
    assert {one.open for one in after} == {4900, 4000}
    assert [one.id for one in batch.amounting("GBP", 4000)] == ["00001"]
