"""Limits in minor units, rates by day, and the amount above which one fact is not enough."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from rules.matching.policy import Policy, Rate, in_minor, large_amounts

DAY = date(2026, 9, 14)
POLICY = Policy(
    DAY,
    "GBP",
    rates={
        "EUR": (
            Rate(date(2026, 9, 1), Decimal("0.85")),
            Rate(date(2026, 9, 10), Decimal("0.866")),
        ),
        "JPY": (Rate(date(2026, 9, 1), Decimal("0.005")),),
    },
)


def test_a_limit_is_cut_to_the_decimals_of_the_currency():
    limit = Decimal("0.059")
    assert [in_minor(limit, one) for one in ("GBP", "JPY", "KWD")] == [5, 0, 59]


def test_the_rate_is_the_newest_not_after_the_day():
    days = (date(2026, 8, 1), date(2026, 9, 9), date(2026, 9, 10), DAY)
    rates = [str(POLICY.rate_on("EUR", day)) for day in days]
    assert rates == ["0.85", "0.85", "0.866", "0.866"]
    assert POLICY.rate_on("GBP", DAY) == 1
    assert POLICY.rate_on("SEK", DAY) is None


def test_amounts_are_converted_with_the_decimals_of_both_currencies():
    assert POLICY.converted(100_00, "EUR", "GBP", DAY) == 86_60
    assert POLICY.converted(86_60, "GBP", "EUR", DAY) == 100_00
    assert POLICY.converted(20_001, "JPY", "GBP", DAY) == 100_01
    assert POLICY.converted(100_01, "GBP", "JPY", DAY) == 20_002
    assert POLICY.converted(100, "SEK", "GBP", DAY) is None


def test_a_hundredth_of_the_amounts_are_large():
    seen = [("GBP", amount) for amount in range(1, 201)] + [("EUR", 7)]
    assert large_amounts(seen) == {"EUR": 7, "GBP": 198}
    assert large_amounts([]) == {}
