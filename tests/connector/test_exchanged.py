"""The rate of money that a bank changed: it makes exactly what came, in any currency."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from connector.exchanged import Exchange, as_sent, exchange
from connector.protocol import Share
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money, exponent


def rounded(worth: Decimal, currency: str) -> Money:
    minor = worth.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(int(minor), currency)


@given(
    sent=st.builds(Money, st.integers(1, 10**11), st.sampled_from(["EUR", "JPY", "IDR", "KWD"])),
    came=st.builds(Money, st.integers(1, 10**9), st.sampled_from(["GBP", "USD", "JPY"])),
)
def test_either_way_round_the_rate_makes_what_came(sent: Money, came: Money) -> None:
    found = Exchange(sent, came)
    assert rounded(sent.decimal * found.own_for_one, came.currency) == came
    assert rounded(sent.decimal / found.for_one_own, came.currency) == came


def test_in_one_currency_nothing_was_changed() -> None:
    money = Money(100, "GBP")
    receipt = Receipt(
        *(Ref(Kind.RECEIPT, "r"), Source.BANK, date(2026, 3, 10), money, money, Status.OPEN),
        original=Money(115, "EUR"),
    )
    assert exchange(receipt, [Share("i", money)], "GBP") is None
    assert as_sent(receipt, None) is receipt
