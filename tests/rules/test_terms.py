"""What a ledger says of an invoice's terms and of a customer's number, when money is matched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.differences import Difference
from ledger.documents import EarlyDiscount, Link, Source
from rules.actions import Apply
from rules.matching import decide
from rules.matching.gathered import gather
from tests.rules.making import (
    ACME,
    TODAY,
    a_credit,
    a_receipt,
    ago,
    an_invoice,
    answers,
    gbp,
    match_facts,
    matching,
    paid,
)

# 2 % of 100.00 for who pays within ten days, paid on the last of them.
TWO_TEN = replace(an_invoice("INV-1001", -20), early_discount=EarlyDiscount(200, TODAY))
BOOKABLE = frozenset({Difference.EARLY_DISCOUNT})


def applied(invoice, *, minor="98.00", bookable=BOOKABLE, days_ago=0):
    receipt = a_receipt("r1", minor, text="INV-1001", payer_name="Acme Ltd", days_ago=days_ago)
    facts = match_facts([receipt], [invoice], bookable=bookable)
    [one] = decide(facts, matching(), TODAY)
    assert isinstance(one, Apply)
    return one


def test_a_discount_taken_in_time_clears_the_invoice_and_is_named():
    one = applied(TWO_TEN)
    assert (one.why.rule, one.automatic) == ("reference_net_of_discount", True)
    assert [each.amount for each in one.portions] == [gbp("100.00")]
    assert [(each.kind, each.amount) for each in one.adjustments] == [
        (Difference.EARLY_DISCOUNT, gbp("2.00"))
    ]


@pytest.mark.parametrize(
    ("since", "rule"), [(3, "reference_net_of_discount"), (4, "reference_part")]
)
def test_after_its_day_and_the_days_of_grace_it_is_a_short_payment(since, rule):
    late = replace(TWO_TEN, early_discount=EarlyDiscount(200, ago(since)))
    one = applied(late)
    assert one.why.rule == rule
    short = rule == "reference_part"
    assert [each.amount for each in one.portions] == [gbp("98.00" if short else "100.00")]
    assert bool(one.adjustments) is not short


def test_more_than_the_discount_is_a_short_payment():
    one = applied(TWO_TEN, minor="97.00")
    assert (one.why.rule, one.adjustments) == ("reference_part", ())


def test_without_an_account_for_discounts_a_person_decides_what_becomes_of_the_rest():
    one = applied(TWO_TEN, bookable=frozenset())
    assert [each.amount for each in one.portions] == [gbp("98.00")]
    assert (one.adjustments, one.automatic) == ((), False)
    assert ("for a person", "no account is chosen for the early discount") in one.why.facts


def linked(minor, *links, until=TODAY):
    """Have one invoice of two linked to money at Stripe."""
    invoice = replace(TWO_TEN, early_discount=EarlyDiscount(200, until))
    receipt = a_receipt("pi_1", minor, links=links, source=Source.STRIPE)
    facts = match_facts([receipt], [invoice, an_invoice("INV-1002")], bookable=BOOKABLE)
    [one] = decide(facts, matching(), TODAY)
    assert isinstance(one, Apply)
    return [each.amount for each in one.portions], [each.amount for each in one.adjustments]


def test_what_a_payment_is_linked_to_is_paid_in_full_less_its_discount():
    link = Link(invoice_number="INV-1001")
    assert linked("98.00", link) == ([gbp("100.00")], [gbp("2.00")])
    assert linked("98.00", replace(link, amount=gbp("98.00"))) == ([gbp("100.00")], [gbp("2.00")])


def test_what_is_linked_stays_open_for_all_that_is_no_discount():
    link = Link(invoice_number="INV-1001")
    assert linked("98.00", link, until=ago(4)) == ([gbp("98.00")], [])
    assert linked("97.00", link) == ([gbp("97.00")], [])
    # A rounding difference is none either: who links says how much.
    assert linked("99.97", link) == ([gbp("99.97")], [])
    half = replace(link, amount=gbp("48.00"))
    other = Link(invoice_number="INV-1002", amount=gbp("50.00"))
    assert linked("98.00", half, other) == ([gbp("48.00"), gbp("50.00")], [])


def test_net_amounts_are_the_ledgers_or_the_total():
    said = replace(an_invoice("INV-1001"), net=gbp("83.33"))
    nothing = replace(an_invoice("INV-1003"), net=gbp("0.00"))
    credit = replace(a_credit("CN-1", "12.00"), net=gbp("10.00"))
    invoices = [said, an_invoice("INV-1002"), nothing]
    facts = match_facts([], invoices, credit_notes=[credit, a_credit("CN-2", "5.00")])
    book = gather(facts, matching().matching, TODAY).book
    found = [book.item(one.ref.id) for one in (*facts.invoices, *facts.credit_notes)]
    assert [one.net for one in found if one] == [8_333, 10_000, 0, 1_000, 500]


def test_the_number_that_the_ledger_gives_a_customer_tells_who_paid():
    numbered = replace(ACME, number="K-20007")
    receipt = a_receipt("r1", "100.00", text="CUSTOMER NO K-20007")
    assert answers(receipt, [an_invoice("INV-1001")], customers=[ACME]) == "no_match"
    known = answers(receipt, [an_invoice("INV-1001")], customers=[numbered])
    assert known == paid("INV-1001", rule="known_payer_exact_unique")
