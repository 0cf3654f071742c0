"""Money loses nothing: it parses exactly, adds only its own currency, and splits to the unit."""

from __future__ import annotations

import operator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.money import Money, MoneyError, exponent, total, totals

CURRENCIES = st.sampled_from(["GBP", "EUR", "USD", "JPY", "KWD", "HUF", "IQD", "ISK", "UGX"])
MONEY = st.builds(Money, st.integers(-(10**12), 10**12), CURRENCIES)
FEW = settings(max_examples=80, deadline=None)


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("GBP", 2),
        ("JPY", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("HUF", 2),
        ("IQD", 3),
        ("ISK", 0),
        ("CLF", 4),
    ],
)
def test_decimals_are_those_of_iso_4217(currency, decimals):
    assert exponent(currency) == decimals


def test_a_provider_may_count_in_its_own_units():
    assert exponent("UGX", {"UGX": 2}) == 2
    assert exponent("GBP", {"UGX": 2}) == 2


@pytest.mark.parametrize("code", ["", "gbp", "XQX", "POUND"])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(MoneyError, match="currency code"):
        Money.parse("1", code)


@pytest.mark.parametrize(
    "text",
    [
        *("", "ten", "1,50", "1.505", "NaN", "Infinity", "1e30", "1.2.3", "1_000.00", 1.5),
        # Too small, too fine and too large for what counts and keeps them.
        *("1e-999999999", "1.00000000000000000000000000000001", "100000000000000.01", 10**15),
    ],
)
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(MoneyError):
        Money.parse(text, "GBP")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.5", "GBP", 1250),
        ("-0.01", "GBP", -1),
        ("7", "JPY", 7),
        ("1.234", "KWD", 1234),
        (3, "EUR", 300),
        (Decimal("1E+1"), "EUR", 1000),
        ("1.500", "GBP", 150),
    ],
)
def test_an_amount_is_read_exactly(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@FEW
@given(MONEY)
def test_the_text_reads_back_as_the_amount(amount):
    assert Money.parse(amount.text, amount.currency) == amount
    assert str(amount) == f"{amount.text} {amount.currency}"
    assert Decimal(amount.text) == amount.decimal


@FEW
@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), CURRENCIES)
def test_sums_and_order_are_those_of_the_units(left, right, currency):
    one, two = Money(left, currency), Money(right, currency)
    assert one + two == Money(left + right, currency)
    assert one - two == -(two - one)
    assert abs(one).minor == abs(left)
    assert bool(one) == bool(left)
    assert (one < two, one <= two, one > two, one >= two) == (
        left < right,
        left <= right,
        left > right,
        left >= right,
    )


ACTS = {
    "add": operator.add,
    "subtract": operator.sub,
    "less": operator.lt,
    "at most": operator.le,
    "more": operator.gt,
    "at least": operator.ge,
    "total": lambda one, two: total([one, two], "GBP"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_two_currencies_never_meet(act):
    with pytest.raises(MoneyError, match="two currencies"):
        act(Money(1, "GBP"), Money(1, "EUR"))


@FEW
@given(MONEY, st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any))
def test_a_split_loses_no_unit(amount, weights):
    parts = amount.split(weights)
    assert total(parts, amount.currency) == amount
    for part, weight in zip(parts, weights, strict=True):
        exact = Decimal(amount.minor) * weight / sum(weights)
        assert abs(part.minor - exact) < 1
        assert part.minor == 0 or weight


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_a_split_needs_weights(weights):
    with pytest.raises(MoneyError, match="positive"):
        Money(100, "GBP").split(weights)


def test_the_odd_unit_goes_to_the_largest_remainder():
    assert [one.minor for one in Money(100, "GBP").split([1, 1, 1])] == [34, 33, 33]
    assert [one.minor for one in Money(-100, "GBP").split([1, 2])] == [-33, -67]


@FEW
@given(st.lists(MONEY, max_size=8))
def test_totals_add_up_per_currency(amounts):
    found = totals(amounts)
    assert list(found) == sorted({one.currency for one in amounts})
    for currency, whole in found.items():
        assert whole == total([one for one in amounts if one.currency == currency], currency)


def test_nothing_adds_up_to_zero():
    assert total([], "GBP") == Money.zero("GBP")
    assert totals([]) == {}
