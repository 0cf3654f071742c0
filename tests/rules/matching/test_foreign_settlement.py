"""How payments settle documents of another currency: on what was sent, or at the day's rate."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Money
from rules.matching.policy import Rate
from rules.matching.settlement import Fit, settle_foreign
from tests.rules.matching.items import ACME, DAY, POLICY, an_item, paid
from tests.rules.matching.test_settlement import MANY, balance, documents, told

A = an_item("A", 10_000)
ABROAD = replace(POLICY, rates={"EUR": (Rate(DAY, Decimal("0.866")),)})
EURO = an_item("E", 100_000, currency="EUR")


@pytest.mark.parametrize(
    ("minor", "more", "expected"),
    [
        # 1,000.00 EUR at 0.866 are 866.00 GBP; 2.5 % of that are 21.65.
        (86_600, {}, ("fx", {"E": 100_000}, {}, 0)),
        (88_765, {}, ("fx", {"E": 100_000}, {"E": -2_500}, 0)),
        (88_766, {}, None),
        (84_435, {}, ("fx", {"E": 100_000}, {"E": 2_500}, 0)),
        (84_434, {}, None),
        # What was sent decides, whatever the rate was.
        (70_000, {"original": Money(100_000, "EUR")}, ("exact", {"E": 100_000}, {}, 0)),
        (
            70_000,
            {"original": Money(98_000, "EUR"), "channel": "wire"},
            ("bank_fee", {"E": 100_000}, {"E": 2_000}, 0),
        ),
        (86_600, {"original": Money(98_000, "EUR")}, ("fx", {"E": 100_000}, {}, 0)),
        (40_000, {"original": Money(50_000, "EUR")}, ("part", {"E": 50_000}, {}, 0)),
        (99_000, {"original": Money(110_000, "EUR")}, None),
        # Sent in a third currency says nothing.
        (86_600, {"original": Money(100_000, "USD")}, ("fx", {"E": 100_000}, {}, 0)),
    ],
)
def test_another_currency(minor, more, expected):
    assert told(settle_foreign([EURO], paid(minor, **more), ABROAD)) == expected


@pytest.mark.parametrize(
    ("owed", "minor", "inside"),
    [
        # 20,387.86562 GBP less 2.5 % are 19,878.1689795; of 20,387.87 they would be a cent more.
        (2_354_257, 1_987_817, True),
        (2_354_257, 1_987_816, False),
        # 43,793.48 EUR are 37,925.15368 GBP: with 2.5 % more 38,873.282522.
        (4_379_348, 3_887_328, True),
        (4_379_348, 3_887_329, False),
        # 10,034.82696 GBP with 2.5 % more are 10,285.697634; of 10,034.83 it would be a cent more.
        (1_158_756, 1_028_569, True),
        (1_158_756, 1_028_570, False),
    ],
)
def test_the_tolerance_is_of_the_exact_worth(owed, minor, inside):
    invoice = an_item("E", owed, currency="EUR")
    assert bool(settle_foreign([invoice], paid(minor), ABROAD)) is inside


def test_another_currency_needs_its_rate_and_one_currency():
    assert settle_foreign([EURO], paid(86_600), POLICY) is None
    assert settle_foreign([EURO, A], paid(86_600), ABROAD) is None
    assert settle_foreign([], paid(86_600), ABROAD) is None
    assert settle_foreign([EURO], paid(-86_600), ABROAD) is None
    credit = EURO._replace(id="N", credit=True)
    assert settle_foreign([credit], paid(86_600), ABROAD) is None
    sent = paid(86_600, original=Money(100_000, "EUR"))
    assert settle_foreign([credit], sent, ABROAD) is None


def test_a_part_in_another_currency_may_be_refused():
    half = paid(43_300, original=Money(50_000, "EUR"))
    assert settle_foreign([EURO], half, ABROAD, short=False) is None


def test_dollars_pay_euros_through_the_base_currency():
    rates = {**ABROAD.rates, "USD": (Rate(DAY, Decimal("0.75")),)}
    # 1,000.00 EUR are 866.00 GBP are 1,154.67 USD, half up.
    found = settle_foreign([EURO], paid(115_467, "USD"), replace(ABROAD, rates=rates))
    assert told(found) == ("fx", {"E": 100_000}, {}, 0)


@MANY
@given(
    documents(),
    st.integers(1, 30_000),
    st.one_of(st.none(), st.integers(-100, 30_000)),
    st.sampled_from(("wire", "fps")),
)
def test_in_another_currency_nothing_is_cleared_beyond_open_either(items, minor, sent, channel):
    euros = [one._replace(currency="EUR") for one in items]
    by_id = {one.id: one for one in euros}
    original = None if sent is None else Money(sent, "EUR")
    payment = paid(minor, channel=channel, original=original)
    found = settle_foreign(euros, payment, ABROAD, ACME)
    if found is None:
        return
    assert not found.settlement.on_account
    for document_id, cleared in found.settlement.cleared:
        one = by_id[document_id]
        assert (cleared < 0) == one.credit
        assert 0 < abs(cleared) <= one.open
    if found.fit is not Fit.FX:
        assert balance(found) == sent
