"""A payout is the sum of its movements, or somebody must look."""

from __future__ import annotations

from datetime import date

from ledger.documents import Kind, Ref
from ledger.money import Money
from ledger.payouts import Movement, Payout, PayoutEntry


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def entry(movement: Movement, gross: int, fee: int = 0) -> PayoutEntry:
    return PayoutEntry(f"txn-{gross}", movement, gbp(gross), gbp(fee), gbp(0))


def payout(net: int, *entries: PayoutEntry) -> Payout:
    return Payout(Ref(Kind.PAYOUT, "po-1"), date(2026, 3, 4), gbp(net), entries)


def test_payments_less_fees_and_refunds_make_a_payout():
    made = payout(
        8_550,
        entry(Movement.PAYMENT, 10_000, 250),
        entry(Movement.REFUND, -1_000),
        entry(Movement.FEE, 0, 200),
    )
    assert made.adds_up
    assert made.fees == gbp(450)
    assert made.unknown == ()


def test_a_missing_unit_is_noticed():
    assert not payout(9_751, entry(Movement.PAYMENT, 10_000, 250)).adds_up


def test_what_nobody_knows_is_named():
    odd = entry(Movement.UNKNOWN, 7)
    assert payout(7, odd).unknown == (odd,)


def test_an_empty_payout_is_nothing():
    assert payout(0).adds_up
    assert payout(0).fees == gbp(0)
