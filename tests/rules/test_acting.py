"""What is done about an answer: what the ledger can be told, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.differences import Difference
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from rules.actions import Apply, Keep
from rules.matching.acting import action
from rules.matching.values import Adjustment, Answer, Cleared, Item, OnAccount, Settlement

DAY = date(2026, 11, 20)
ALL = frozenset(Difference)


def gbp(minor):
    return Money(minor, "GBP")


def item(key, open_=10_000, *, customer="acme", currency="GBP", credit=False):
    number = f"{'CN' if credit else 'INV'}-{key}"
    return Item(key, number, customer, currency, open_, open_, open_, DAY, DAY, credit)


ITEMS = {
    "a": item("a"),
    "b": item("b", 6_000, customer="birch"),
    "n": item("n", 2_000, credit=True),
    "e": item("e", currency="EUR"),
}


def line(minor, **other):
    money = gbp(minor)
    made = Receipt(Ref(Kind.RECEIPT, "line-1"), Source.BANK, DAY, money, money, Status.OPEN)
    return replace(made, **other)


def answer(*cleared, adjustments=(), on_account=()):
    settlement = Settlement(
        tuple(Cleared(*one) for one in cleared),
        tuple(Adjustment(*one) for one in adjustments),
        tuple(OnAccount(*one) for one in on_account),
    )
    return Answer("reference_and_amount", settlement=settlement, facts=(("names", "INV-a"),))


def act(receipt, found, bookable=ALL, *, automatic=True):
    return action(receipt, found, ITEMS, bookable, automatic=automatic, version=3)


def told(done):
    """Give cleared, adjusted and left in minor units."""
    assert isinstance(done, Apply)
    return (
        [(one.number, one.amount.minor) for one in done.portions],
        [(one.kind, one.amount.minor) for one in done.adjustments],
        done.left.minor,
    )


@pytest.mark.parametrize("automatic", [True, False])
def test_what_is_cleared_is_applied_with_its_reason(automatic):
    done = act(line(10_000), answer(("a", 10_000)), automatic=automatic)
    assert told(done) == ([("INV-a", 10_000)], [], 0)
    assert (done.customer_id, done.keep_for, done.automatic) == ("acme", "", automatic)
    assert (done.why.rule, done.why.version) == ("reference_and_amount", 3)
    assert done.why.facts == (("names", "INV-a"),)


def test_a_difference_with_an_account_is_booked():
    fee = answer(("a", 10_000), adjustments=[("a", Difference.BANK_FEE, 500)])
    assert told(act(line(9_500), fee)) == (
        [("INV-a", 10_000)],
        [(Difference.BANK_FEE, 500)],
        0,
    )


def test_a_difference_without_an_account_stays_open():
    fee = answer(
        ("a", 10_000),
        adjustments=[("a", Difference.BANK_FEE, 500), ("a", Difference.ROUNDING, 2)],
    )
    assert told(act(line(9_498), fee, {Difference.ROUNDING})) == (
        [("INV-a", 9_500)],
        [(Difference.ROUNDING, 2)],
        0,
    )


@pytest.mark.parametrize("source", [Source.LEDGER, Source.STRIPE])
def test_a_bank_keeps_nothing_of_what_no_bank_brought(source):
    fee = answer(("a", 10_000), adjustments=[("a", Difference.BANK_FEE, 500)])
    assert told(act(line(9_500, source=source), fee)) == ([("INV-a", 9_500)], [], 0)


def test_a_few_cents_too_much_are_left_with_the_money():
    much = answer(("a", 10_000), adjustments=[("a", Difference.ROUNDING, -3)])
    assert told(act(line(10_003), much)) == ([("INV-a", 10_000)], [], 3)


def test_credit_is_used_with_the_money():
    done = act(line(8_000), answer(("n", -2_000), ("a", 10_000)))
    assert told(done) == ([("CN-n", -2_000), ("INV-a", 10_000)], [], 0)
    assert done.customer_id == "acme"


def test_what_is_left_goes_to_the_customer_it_is_said_to_be_of():
    over = answer(("a", 10_000), on_account=[("birch", 500)])
    assert act(line(10_500), over).keep_for == "birch"
    assert act(line(10_500, customer_id="elm"), over).customer_id == "elm"
    # What is in the ledger is there already, and of two customers nobody is it.
    assert act(line(10_500, source=Source.LEDGER), over).keep_for == ""
    two = answer(("a", 10_000), on_account=[("birch", 300), ("acme", 200)])
    assert act(line(10_500), two).keep_for == ""


def test_money_that_clears_nothing_is_kept_whole():
    done = act(line(500), answer(on_account=[("birch", 500)]))
    assert done == Keep(Source.BANK, "line-1", "birch", gbp(500), done.why)
    assert done.key == "keep:bank:line-1:birch:500"
    assert done.claims == ("receipt:bank:line-1:500",)
    assert act(line(500), answer()) is None
    assert act(line(500, source=Source.LEDGER), answer(on_account=[("birch", 500)])) is None


@pytest.mark.parametrize(
    ("receipt", "found"),
    [
        (line(10_000), answer(("e", 10_000))),
        (line(10_000, unapplied=gbp(4_000)), answer(("a", 10_000))),
        (line(9_000), answer(("a", 10_000))),
        (line(2_000), answer(("n", -2_000))),
    ],
)
def test_what_the_ledger_cannot_be_told_is_a_persons_matter(receipt, found):
    assert act(receipt, found) is None


def test_an_advice_is_used_up_by_one_payment():
    found = answer(("a", 500))
    done = act(line(500), found)
    assert done.claims == ("receipt:bank:line-1:500",)
    advised = act(line(500), replace(found, advice="A1"))
    assert advised.claims == (*done.claims, "advice:A1")


def test_where_nothing_would_be_cleared_nothing_is_done():
    odd = answer(("a", 500), adjustments=[("a", Difference.FX, 500)])
    assert act(line(500), odd, set()) is None


@given(
    paid=st.lists(st.integers(1, 10_000), min_size=1, max_size=2),
    missing=st.lists(st.integers(-50, 400), max_size=2),
    kinds=st.sets(st.sampled_from(list(Difference))),
    more=st.integers(0, 500),
)
def test_no_unit_of_the_money_is_made_or_lost(paid, missing, kinds, more):
    """Whatever is booked or left open, what is cleared never goes beyond what was decided."""
    cleared = list(zip("ab", paid, strict=False))
    less = [
        (key, kind, min(amount, whole))
        for (key, whole), amount, kind in zip(
            cleared, missing, (Difference.ROUNDING, Difference.BANK_FEE), strict=False
        )
    ]
    came = sum(paid) - sum(one[2] for one in less) + more
    assume(came > 0)
    done = act(line(came), answer(*cleared, adjustments=less, on_account=[("acme", more)]), kinds)
    assume(done is not None)
    assert isinstance(done, Apply)
    assert done.paid + done.left == gbp(came)
    assert done.left.minor >= 0
    decided = dict(cleared)
    assert all(one.amount.minor <= decided[one.invoice_id] for one in done.portions)
    assert {one.kind for one in done.adjustments} <= kinds


def test_a_document_nobody_knows_is_an_error():
    with pytest.raises(KeyError):
        act(line(1), answer(("x", 1)))
