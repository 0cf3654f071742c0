"""What no money came for, named and summed."""

from __future__ import annotations

from ledger.differences import Adjustment, Difference, adjusted
from ledger.money import Money


def test_differences_are_summed_and_none_is_nothing():
    fee = Adjustment("i1", Difference.BANK_FEE, Money(500, "GBP"))
    cents = Adjustment("i2", Difference.ROUNDING, Money(3, "GBP"))
    assert adjusted([fee, cents], "GBP") == Money(503, "GBP")
    assert adjusted([], "EUR") == Money(0, "EUR")
