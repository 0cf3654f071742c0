"""Money that a bank changed on its way: paid as it was sent, where its rate is certain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.differences import Difference
from ledger.documents import Source
from ledger.money import Money
from rules.actions import Apply
from rules.matching.changed import sent_for
from tests.rules.test_acting import ITEMS, act, answer, gbp, item, line

SENT = Money(10_000, "EUR")
WIRE = line(8_663, original=SENT)


def test_what_was_sent_pays_and_takes_all_that_came():
    done = act(WIRE, answer(("e", 10_000)))
    assert isinstance(done, Apply)
    assert [one.amount for one in done.portions] == [SENT]
    assert (done.came, done.paid, done.left) == (gbp(8_663), gbp(8_663), gbp(0))
    assert done.claims == ("receipt:bank:line-1:8663",)
    assert (done.adjustments, done.keep_for, done.customer_id) == ((), "", "acme")


@pytest.mark.parametrize(
    "found",
    [
        answer(("e", 9_999)),
        answer(("e", 10_000), ("a", 100)),
        answer(("e", 10_000), adjustments=[("e", Difference.ROUNDING, 1)]),
        answer(("e", 10_000), on_account=[("acme", 1)]),
        answer(("e", 12_000), ("c", -2_000)),
    ],
)
def test_what_is_not_exactly_that_is_a_persons_matter(found, monkeypatch):
    monkeypatch.setitem(ITEMS, "c", item("c", 2_000, currency="EUR", credit=True))
    assert act(WIRE, found) is None


@pytest.mark.parametrize(
    "told",
    [
        {"original": None},
        {"original": Money(10_000, "USD")},
        {"original": Money(0, "EUR")},
        {"original": gbp(8_663)},
        {"charges": gbp(1)},
        {"unapplied": gbp(8_000)},
        {"source": Source.STRIPE},
        {"amount": gbp(-8_663), "unapplied": gbp(-8_663)},
    ],
)
def test_a_rate_is_certain_where_all_that_was_sent_came(told):
    assert sent_for(WIRE, {"EUR"}) == SENT
    assert sent_for(replace(WIRE, charges=gbp(0)), {"EUR"}) == SENT
    assert sent_for(replace(WIRE, **told), {"EUR"}) is None


def test_documents_of_several_currencies_have_no_rate():
    assert sent_for(WIRE, {"EUR", "GBP"}) is None
    assert sent_for(WIRE, set()) is None


def test_a_part_of_the_money_uses_no_credit():
    """A part of it is placed already, and what that paid cannot be told any more."""
    partly = line(10_000, unapplied=gbp(8_000))
    assert act(partly, answer(("a", 10_000), ("n", -2_000))) is None
