"""What an organisation lets cash application do, as far as money and certainty go.

Limits that hold in every currency alike, such as the rounding difference, are decimals in major
units; `in_minor` gives them in minor units of one currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ledger.money import exponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

# A hundredth of the amounts seen are above the amount that asks for two facts.
LARGE_SHARE = Fraction(1, 100)


class Mode(StrEnum):
    """How sure an answer has to be before it is taken without a person."""

    SAFE = "safe"
    BALANCED = "balanced"


class Rate(NamedTuple):
    """What one unit of a currency was worth on a day, in units of the base currency."""

    day: date
    rate: Decimal


class Counted(NamedTuple):
    """How often people found answers of one evidence class right, and wrong."""

    correct: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of one organisation on one day.

    `rates` are per currency, the oldest first, into `base_currency`. `large` is per currency the
    amount in minor units above which one fact is not enough (`large_amounts` finds it).
    `confirmations` are the organisation's own, per evidence class. `undone` are the pairs of
    payment and document that a person took apart. Rules that are `ignored` have nothing to say.
    Who bears a form that is `shared` pays for others, as people said: it identifies nobody.
    `reference_words` stand before numbers, beside the words that always do.
    """

    as_of: date
    base_currency: str
    own_names: tuple[str, ...] = ()
    number_example: str = ""
    mode: Mode = Mode.SAFE
    rounding_max: Decimal = Decimal("0.05")
    bank_fee_max: Decimal = Decimal(50)
    bank_fee_channels: frozenset[str] = frozenset(("wire",))
    discount_grace_days: int = 3
    fx_tolerance: Decimal = Decimal("0.025")
    rates: Mapping[str, tuple[Rate, ...]] = field(default_factory=dict)
    large: Mapping[str, int] = field(default_factory=dict)
    confirmations: Mapping[str, Counted] = field(default_factory=dict)
    undone: frozenset[tuple[str, str]] = frozenset()
    shared: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    max_combined_invoices: int = 6
    max_combination_candidates: int = 20
    minimum_reference_length: int = 4
    reference_words: frozenset[str] = frozenset()

    def rate_on(self, currency: str, day: date) -> Decimal | None:
        """Give what one unit of a currency was worth in the base currency on a day.

        That is the newest rate not after that day, else the oldest there is; None without any.
        """
        if currency == self.base_currency:
            return Decimal(1)
        known = self.rates.get(currency, ())
        before = [one.rate for one in known if one.day <= day]
        return before[-1] if before else known[0].rate if known else None

    def worth(self, minor: int, currency: str, into: str, day: date) -> Decimal | None:
        """Give an amount in minor units of another currency, not rounded; None without a rate."""
        rate, other = self.rate_on(currency, day), self.rate_on(into, day)
        if not rate or not other:
            return None
        major = Decimal(minor).scaleb(-exponent(currency)) * rate / other
        return major.scaleb(exponent(into))

    def converted(self, minor: int, currency: str, into: str, day: date) -> int | None:
        """Give an amount in minor units of another currency, half up; None without a rate."""
        found = self.worth(minor, currency, into, day)
        return None if found is None else int(found.to_integral_value(ROUND_HALF_UP))


def in_minor(limit: Decimal, currency: str) -> int:
    """Give a limit in whole minor units of a currency, never more than was allowed."""
    return int(limit.scaleb(exponent(currency)).to_integral_value(ROUND_DOWN))


def large_amounts(seen: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Give per currency the amount that all but a hundredth of the (currency, minor) stay below."""
    amounts: dict[str, list[int]] = {}
    for currency, minor in seen:
        amounts.setdefault(currency, []).append(minor)
    return {
        currency: sorted(each)[len(each) - 1 - int(len(each) * LARGE_SHARE)]
        for currency, each in sorted(amounts.items())
    }
