"""How payments settle documents: by hand, to the minor unit, and what must always hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.money import Money
from rules.matching.settlement import Fit, settle
from rules.matching.values import Difference, OnAccount
from tests.rules.matching.items import ACME, DAY, POLICY, an_item, paid

MANY = settings(max_examples=150, deadline=None)


def told(settled):
    """Tell a settlement in a line: the fit, what is cleared, what was taken off, what is left."""
    if settled is None:
        return None
    found = settled.settlement
    return (
        settled.fit.value,
        {one.document_id: one.amount for one in found.cleared},
        {one.document_id: one.amount for one in found.adjustments},
        sum(one.amount for one in found.on_account),
    )


def must_settle(*told, **more):
    """Settle what has a settlement."""
    found = settle(*told, **more)
    assert found is not None
    return found


def discounted(name, total, percent=200, days=0, **more):
    until = DAY + timedelta(days=days)
    return an_item(name, total, discount_percent=percent, discount_until=until, **more)


A, B = an_item("A", 10_000, overdue=5), an_item("B", 6_000, overdue=9)
CREDIT = an_item("N", 2_500, credit=True)


@pytest.mark.parametrize(
    ("documents", "minor", "expected"),
    [
        ([A], 10_000, ("exact", {"A": 10_000}, {}, 0)),
        ([A, B], 16_000, ("exact", {"A": 10_000, "B": 6_000}, {}, 0)),
        ([A, CREDIT], 7_500, ("exact", {"A": 10_000, "N": -2_500}, {}, 0)),
        ([A], 9_995, ("rounding", {"A": 10_000}, {"A": 5}, 0)),
        ([CREDIT, A], 7_496, ("rounding", {"A": 10_000, "N": -2_500}, {"A": 4}, 0)),
        ([A], 10_005, ("rounding", {"A": 10_000}, {"A": -5}, 0)),
        ([A], 9_994, ("part", {"A": 9_994}, {}, 0)),
        ([A], 10_006, ("overpaid", {"A": 10_000}, {}, 6)),
        ([A, B], 7_000, ("oldest_first", {"B": 6_000, "A": 1_000}, {}, 0)),
        ([A, B], 6_000, ("oldest_first", {"B": 6_000}, {}, 0)),
        ([A, B, CREDIT], 4_000, ("oldest_first", {"N": -2_500, "B": 6_000, "A": 500}, {}, 0)),
        ([A, B], 20_000, ("overpaid", {"A": 10_000, "B": 6_000}, {}, 4_000)),
        ([an_item("P", 10_000, left=0)], 10_000, ("overpaid", {}, {}, 10_000)),
        ([an_item("P", 10_000, left=0)], 3, ("overpaid", {}, {}, 3)),
        ([an_item("L", 10_000, left=4_000)], 4_000, ("exact", {"L": 4_000}, {}, 0)),
        (
            [an_item("S", 3), an_item("T", 2)],
            1,
            ("rounding", {"S": 3, "T": 2}, {"S": 3, "T": 1}, 0),
        ),
        # Credit beyond the invoices is no payment's to settle.
        ([an_item("S", 1_000), CREDIT], 500, None),
        ([CREDIT], 2_500, None),
        ([], 100, None),
        ([an_item("E", 100, currency="EUR")], 100, None),
    ],
)
def test_the_plain_ways(documents, minor, expected):
    assert told(settle(documents, paid(minor), POLICY)) == expected


@pytest.mark.parametrize(
    ("documents", "minor", "expected"),
    [
        ([discounted("A", 10_000)], 9_800, ("early_discount", {"A": 10_000}, {"A": 200}, 0)),
        # 2 % of 100.25 is 2.005, half up 2.01.
        ([discounted("A", 10_025)], 9_824, ("early_discount", {"A": 10_025}, {"A": 201}, 0)),
        # Within three days of grace, and a day beyond.
        (
            [discounted("A", 10_000, days=-3)],
            9_800,
            ("early_discount", {"A": 10_000}, {"A": 200}, 0),
        ),
        ([discounted("A", 10_000, days=-4)], 9_800, ("part", {"A": 9_800}, {}, 0)),
        # Only one of two still has a discount to give.
        (
            [discounted("A", 10_000), B],
            15_800,
            ("early_discount", {"A": 10_000, "B": 6_000}, {"A": 200}, 0),
        ),
        # Rounded on each it is .51 + .51 + .51, on the sum 1.52.
        (
            [discounted(name, 2_525) for name in "ABC"],
            7_422,
            ("early_discount", dict.fromkeys("ABC", 2_525), dict.fromkeys("ABC", 51), 0),
        ),
        (
            [discounted(name, 2_525) for name in "ABC"],
            7_423,
            ("early_discount", dict.fromkeys("ABC", 2_525), {"A": 51, "B": 50, "C": 51}, 0),
        ),
        # A credit note with terms of its own loses its share.
        (
            [discounted("A", 10_000), discounted("N", 2_500, credit=True)],
            7_350,
            ("early_discount", {"A": 10_000, "N": -2_500}, {"A": 200, "N": -50}, 0),
        ),
        # Of what is left of an invoice paid in part, or of all of it.
        (
            [discounted("A", 10_000, left=5_000)],
            4_900,
            ("early_discount", {"A": 5_000}, {"A": 100}, 0),
        ),
        (
            [discounted("A", 10_000, left=5_000)],
            4_800,
            ("early_discount", {"A": 5_000}, {"A": 200}, 0),
        ),
        # It would take more than is left of it.
        ([discounted("A", 10_000, left=150), B], 5_950, ("oldest_first", {"B": 5_950}, {}, 0)),
    ],
)
def test_early_discount(documents, minor, expected):
    assert told(settle(documents, paid(minor), POLICY)) == expected


def test_a_discount_may_end_with_the_calendar():
    endless = [an_item("A", 10_000, discount_percent=200, discount_until=date.max)]
    taken = ("early_discount", {"A": 10_000}, {"A": 200}, 0)
    assert told(settle(endless, paid(9_800), POLICY)) == taken
    patient = replace(POLICY, discount_grace_days=10**9)
    assert told(settle([discounted("A", 10_000)], paid(9_800), patient)) == taken


def test_the_value_day_counts_for_a_discount():
    late = [discounted("A", 10_000, days=-5)]
    in_time = paid(9_800, value_day=DAY - timedelta(days=2))
    assert must_settle(late, in_time, POLICY).fit is Fit.EARLY_DISCOUNT
    assert must_settle(late, paid(9_800), POLICY).fit is Fit.PART


@pytest.mark.parametrize(
    ("documents", "minor", "expected"),
    [
        # The second rate: 15 % of the net 100.00 of 120.00.
        (
            [an_item("A", 12_000, net=10_000)],
            10_500,
            ("withholding_tax", {"A": 12_000}, {"A": 1_500}, 0),
        ),
        (
            [an_item("A", 12_000, net=10_000), an_item("B", 6_000, net=5_005)],
            16_499,
            ("withholding_tax", {"A": 12_000, "B": 6_000}, {"A": 1_000, "B": 501}, 0),
        ),
        # The last instalment: tax on its own half of the net, or on all of it.
        (
            [an_item("A", 12_000, net=10_000, left=6_000)],
            5_500,
            ("withholding_tax", {"A": 6_000}, {"A": 500}, 0),
        ),
        (
            [an_item("A", 12_000, net=10_000, left=6_000)],
            5_000,
            ("withholding_tax", {"A": 6_000}, {"A": 1_000}, 0),
        ),
        ([an_item("A", 12_000, net=10_000)], 10_400, ("part", {"A": 10_400}, {}, 0)),
    ],
)
def test_withholding_tax(documents, minor, expected):
    assert told(settle(documents, paid(minor), POLICY, ACME)) == expected


def test_only_a_payer_with_rates_withholds():
    assert (
        must_settle([A], paid(9_000), POLICY, replace(ACME, withholding_percents=())).fit
        is Fit.PART
    )
    assert must_settle([A], paid(9_000), POLICY).fit is Fit.PART


@pytest.mark.parametrize(
    ("minor", "more", "expected"),
    [
        (8_000, {"channel": "wire"}, ("bank_fee", {"A": 10_000}, {"A": 2_000}, 0)),
        # Not more than four times the fee was open; more than a bank keeps; no wire.
        (7_500, {"channel": "wire"}, ("part", {"A": 7_500}, {}, 0)),
        (8_000, {"channel": "fps"}, ("part", {"A": 8_000}, {}, 0)),
        # The statement itself names the charge.
        (8_500, {"charges": Money(1_500, "GBP")}, ("bank_fee", {"A": 10_000}, {"A": 1_500}, 0)),
        (8_500, {"charges": Money(1_400, "GBP")}, ("part", {"A": 8_500}, {}, 0)),
        (8_500, {"charges": Money(1_500, "EUR")}, ("part", {"A": 8_500}, {}, 0)),
    ],
)
def test_bank_fees(minor, more, expected):
    assert told(settle([A], paid(minor, **more), POLICY)) == expected


def test_a_fee_beyond_the_limit_is_short():
    large = an_item("L", 100_000)
    assert must_settle([large], paid(95_000, channel="wire"), POLICY).fit is Fit.BANK_FEE
    assert must_settle([large], paid(94_999, channel="wire"), POLICY).fit is Fit.PART


def test_a_fee_the_first_cannot_bear_is_shared():
    small = [an_item("S", 100), an_item("Z", 100, left=0), an_item("L", 10_000)]
    found = settle(small, paid(9_850, channel="wire"), POLICY)
    assert told(found) == ("bank_fee", {"S": 100, "L": 10_000}, {"S": 100, "L": 150}, 0)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({"A": 4_000, "B": 3_000}, ("as_listed", {"A": 4_000, "B": 3_000}, {}, 0)),
        (
            {"B": 1_000, "A": 8_500, "N": -2_500},
            ("as_listed", {"A": 8_500, "B": 1_000, "N": -2_500}, {}, 0),
        ),
        ({"A": 7_000}, ("as_listed", {"A": 7_000}, {}, 0)),
        # They make another sum, name another document, or more than is open.
        ({"A": 4_000}, ("oldest_first", {"N": -2_500, "B": 6_000, "A": 3_500}, {}, 0)),
        ({"A": 4_000, "X": 3_000}, ("oldest_first", {"N": -2_500, "B": 6_000, "A": 3_500}, {}, 0)),
        ({"B": 7_000}, ("oldest_first", {"N": -2_500, "B": 6_000, "A": 3_500}, {}, 0)),
        (
            {"A": 10_000, "N": -3_000},
            ("oldest_first", {"N": -2_500, "B": 6_000, "A": 3_500}, {}, 0),
        ),
        ({"A": 7_000, "B": 0}, ("oldest_first", {"N": -2_500, "B": 6_000, "A": 3_500}, {}, 0)),
    ],
)
def test_a_shortfall_follows_what_the_payer_listed(lines, expected):
    found = settle([A, B, CREDIT], paid(7_000), POLICY, lines=lines)
    assert told(found) == expected


def test_a_shortfall_nobody_explained_may_be_refused():
    assert settle([A], paid(9_000), POLICY, short=False) is None
    assert must_settle([A], paid(10_000), POLICY, short=False).fit is Fit.EXACT
    assert must_settle([A], paid(11_000), POLICY, short=False).fit is Fit.OVERPAID


def test_surplus_is_the_payers():
    assert must_settle([A], paid(10_500), POLICY).settlement.on_account == (OnAccount("C1", 500),)
    parent = replace(ACME, id="C9")
    found = must_settle([A], paid(10_500), POLICY, parent)
    assert found.settlement.on_account == (OnAccount("C9", 500),)


@pytest.mark.parametrize(
    ("documents", "minor", "expected"),
    [
        ([CREDIT], -2_500, ("exact", {"N": -2_500}, {}, 0)),
        ([A], 0, None),
        ([CREDIT], 0, None),
        ([CREDIT], -1_000, ("part", {"N": -1_000}, {}, 0)),
        ([CREDIT], -2_501, None),
        (
            [CREDIT, an_item("M", 500, credit=True)],
            -3_000,
            ("exact", {"N": -2_500, "M": -500}, {}, 0),
        ),
        ([CREDIT, an_item("M", 500, credit=True)], -2_900, None),
        ([A], -10_000, None),
        ([A, CREDIT], -2_500, None),
    ],
)
def test_refunds_take_credit_notes(documents, minor, expected):
    assert told(settle(documents, paid(minor), POLICY)) == expected


@pytest.mark.parametrize(
    ("currency", "total", "minor", "fit"),
    [
        # Yen have no rounding difference of a twentieth; dinars have one of 50 fils.
        ("JPY", 10_000, 9_999, Fit.PART),
        ("JPY", 10_000, 9_800, Fit.EARLY_DISCOUNT),
        ("KWD", 10_000, 9_950, Fit.ROUNDING),
        ("KWD", 10_000, 9_949, Fit.PART),
        ("KWD", 12_345, 12_098, Fit.EARLY_DISCOUNT),
    ],
)
def test_currencies_without_cents_and_with_mills(currency, total, minor, fit):
    one = discounted("A", total, currency=currency)
    assert must_settle([one], paid(minor, currency), POLICY).fit is fit


def documents():
    return st.lists(
        st.tuples(
            st.integers(1, 5_000),
            st.booleans(),
            st.integers(0, 30),
            st.sampled_from((0, 200, 333)),
        ),
        min_size=1,
        max_size=6,
    ).map(
        lambda rows: [
            an_item(str(at), total, overdue=overdue, credit=credit, net=total * 5 // 6)._replace(
                discount_percent=percent, discount_until=DAY if percent else None
            )
            for at, (total, credit, overdue, percent) in enumerate(rows)
        ]
    )


def balance(settled):
    found = settled.settlement
    return (
        sum(one.amount for one in found.cleared)
        - sum(one.amount for one in found.adjustments)
        + sum(one.amount for one in found.on_account)
    )


@MANY
@given(
    documents(), st.integers(-6_000, 30_000), st.sampled_from(("wire", "fps")), st.integers(0, 900)
)
def test_the_money_always_adds_up_and_nothing_is_cleared_beyond_open(items, minor, channel, off):
    owed = sum(-one.open if one.credit else one.open for one in items)
    by_id = {one.id: one for one in items}
    for amount in (minor, owed - off):
        found = settle(items, paid(amount, channel=channel), POLICY, ACME)
        if found is None:
            continue
        assert balance(found) == amount
        for document_id, cleared in found.settlement.cleared:
            one = by_id[document_id]
            assert (cleared < 0) == one.credit
            assert 0 < abs(cleared) <= one.open
        assert all(one.amount for one in found.settlement.adjustments)
        taken = {one.document_id: one.amount for one in found.settlement.adjustments}
        assert all(abs(each) <= by_id[name].open for name, each in taken.items() if each > 5)
        if found.fit in (Fit.AS_LISTED, Fit.PART, Fit.OLDEST_FIRST):
            assert not found.settlement.adjustments
        assert all(one.amount > 0 for one in found.settlement.on_account)


@MANY
@given(documents(), st.integers(1, 30_000), st.randoms(use_true_random=False))
def test_what_is_cleared_does_not_depend_on_the_order(items, minor, random):
    mixed = list(items)
    random.shuffle(mixed)
    first, second = (settle(one, paid(minor), POLICY, ACME) for one in (items, mixed))
    if first is None:
        assert second is None
        return
    assert second is not None
    assert first.fit is second.fit
    assert sorted(first.settlement.cleared) == sorted(second.settlement.cleared)
    assert {one.kind for one in first.settlement.adjustments} <= set(Difference)
