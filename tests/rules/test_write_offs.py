"""Giving up the few that are missing: only where the rules say so, and never more than a trifle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.differences import Difference
from ledger.money import Money
from rules.actions import Apply, AskHuman
from rules.fields import Tolerance
from rules.matching import decide
from tests.rules.making import (
    TODAY,
    a_receipt,
    an_invoice,
    gbp,
    match_facts,
    matching,
)

GIVE_UP = {"short_payment": "write_off_within_tolerance"}
BOOKABLE = frozenset({Difference.WRITE_OFF})


def decided(amount, *invoices, text="INV-1001", bookable=BOOKABLE, currency="GBP", **more):
    """Decide money that names what it is for under rules that give up what is within tolerance."""
    payer = more.pop("payer", "Acme Ltd")
    receipt = a_receipt("r1", amount, text=text, payer_name=payer, currency=currency)
    receipt = replace(receipt, unapplied=more.pop("unapplied", receipt.unapplied))
    facts = match_facts([receipt], invoices, bookable=bookable)
    [one] = decide(facts, matching(**{**GIVE_UP, **more}), TODAY)
    return one


def applied(*told, **more):
    """Give the rule, what is cleared of each invoice, and what is given up."""
    one = decided(*told, **more)
    assert isinstance(one, Apply)
    given = [(each.kind, each.amount.text) for each in one.adjustments]
    return one.why.rule, [each.amount.text for each in one.portions], given


def of(total, number="INV-1001", **more):
    return an_invoice(number, 0, total, **more)


@pytest.mark.parametrize(
    ("total", "paid", "missing"),
    [
        ("100.00", "99.50", "0.50"),
        ("100.00", "99.49", None),
        ("1000.00", "999.00", "1.00"),
        ("1000.00", "998.99", None),
        # Half a percent of it is 0.1999: rounded down.
        ("39.99", "39.80", "0.19"),
        ("39.99", "39.79", None),
    ],
)
def test_the_lower_of_both_limits_holds(total, paid, missing):
    short: object = ("reference_part", [paid], [])
    given = ("reference_within_tolerance", [total], [("write_off", missing)])
    assert applied(paid, of(total)) == (given if missing else short)


def test_what_was_given_up_is_told_and_goes_alone():
    one = decided("99.60", of("100.00"))
    assert isinstance(one, Apply)
    assert one.automatic
    assert ("given up", "0.40 GBP of INV-1001") in one.why.facts
    assert one.left == gbp("0.00")


def test_nothing_is_given_up_unless_the_rules_say_so_and_it_can_be_booked():
    short: object = ("reference_part", ["99.60"], [])
    assert applied("99.60", of("100.00"), short_payment="leave_open") == short
    assert applied("99.60", of("100.00"), bookable=frozenset()) == short


def test_in_a_currency_without_a_limit_nothing_is_given_up():
    francs = of("100.00", currency="CHF")
    assert applied("99.60", francs, currency="CHF") == ("reference_part", ["99.60"], [])
    limits = {"percent": "1", "CHF": "0.40"}
    given = ("reference_within_tolerance", ["100.00"], [("write_off", "0.40")])
    assert applied("99.60", francs, currency="CHF", write_off_tolerance=limits) == given


def test_of_several_invoices_one_may_lack_a_little():
    invoices = [of("100.00"), of("200.00", "INV-1002")]
    rule, cleared, given = applied("299.60", *invoices, text="INV-1001 INV-1002")
    assert (rule, sorted(cleared)) == ("reference_within_tolerance", ["100.00", "200.00"])
    assert given == [("write_off", "0.40")]


def test_of_a_payer_that_names_nothing_nothing_is_given_up():
    one = decided("99.60", of("100.00"), text="payment")
    assert isinstance(one, AskHuman)
    assert all(not each.adjustments for each in one.candidates)


def test_of_money_that_is_placed_in_part_nothing_is_given_up():
    one = applied("150.00", of("100.00"), unapplied=gbp("99.60"))
    assert one == ("reference_part", ["99.60"], [])


def test_what_waits_for_a_person_is_offered_so_too():
    waiting = decided("99.60", of("100.00"), mode="suggest")
    assert isinstance(waiting, Apply)
    assert not waiting.automatic
    unknown = decided("99.60", of("100.00"), payer="")
    assert isinstance(unknown, AskHuman)
    [candidate] = unknown.candidates
    for one in (waiting, candidate):
        assert [each.kind for each in one.adjustments] == [Difference.WRITE_OFF]


def test_a_tolerance_knows_currencies_without_cents():
    most = Tolerance(50, (Money(100, "JPY"), Money(1_000, "KWD")))
    assert most.of(Money(50_000, "JPY")) == Money(100, "JPY")
    assert most.of(Money(9_999, "JPY")) == Money(49, "JPY")
    assert most.of(Money(500_000, "KWD")) == Money(1_000, "KWD")
    assert most.of(Money(50_000, "EUR")) == Money(0, "EUR")
