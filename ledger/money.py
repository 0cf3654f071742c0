"""Money: an integer of minor units with a currency. No float comes in and none goes out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING

from babel.core import get_global

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# More digits than any ledger keeps; bounds what a hostile body can make us compute.
DIGITS_MAX = 18
# What the database can hold, with room to add up many.
MINOR_MAX = 10**16


class MoneyError(ValueError):
    """The amount is no money: wrong text, unknown currency, too many decimals, two currencies."""


@cache
def _exponents() -> dict[str, int]:
    # CLDR's fraction data lists only the exceptions to two decimals; its third and fourth numbers
    # are for cash, which no ledger uses.
    return {code: row[0] for code, row in get_global("currency_fractions").items()}


@cache
def _known() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))


# CLDR drops the decimals of currencies whose coins are gone; ISO 4217 and the ledgers keep them.
_ISO = {"IQD": 3} | dict.fromkeys(
    (
        *("AFN", "ALL", "COP", "HUF", "IDR", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "PKR"),
        *("RSD", "SOS", "SYP", "TWD", "YER"),
    ),
    2,
)


def exponent(currency: str, overrides: Mapping[str, int] | None = None) -> int:
    """Give the number of decimals of a currency (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD.

    `overrides` is a provider's own table. Raises MoneyError for a code nobody issues.
    """
    if overrides and currency in overrides:
        return overrides[currency]
    if currency in _ISO:
        return _ISO[currency]
    if currency not in _known():
        msg = f"{currency!r} is no currency code; use three letters such as GBP"
        raise MoneyError(msg)
    return _exponents().get(currency, _exponents()["DEFAULT"])


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (pence, cents, yen) of one currency."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str | Decimal | int, currency: str) -> Money:
        """Read a decimal amount; raises MoneyError rather than round."""
        if isinstance(text, float):
            msg = "a float is no amount; give text such as '12.50'"
            raise MoneyError(msg)
        try:
            # Python reads 1_000 as a thousand; nobody else writes it so.
            number = Decimal(str(text).replace("_", "?"))
        except InvalidOperation:
            msg = f"{text!r} is no amount; write it as 1234.50"
            raise MoneyError(msg) from None
        if not number.is_finite() or number.adjusted() > DIGITS_MAX:
            msg = f"{text!r} is no amount of money"
            raise MoneyError(msg)
        minor = number.scaleb(exponent(currency))
        # What is longer than its precision Decimal would round in silence.
        if minor != minor.to_integral_value() or minor.scaleb(-exponent(currency)) != number:
            msg = f"{text} has more decimals than {currency} has"
            raise MoneyError(msg)
        if abs(minor) > MINOR_MAX:
            msg = f"{text!r} is more than any ledger holds"
            raise MoneyError(msg)
        return cls(int(minor), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact, with the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def text(self) -> str:
        """The amount as plain digits, such as 1234.50; `parse` reads it back."""
        return f"{self.decimal:f}"

    def __str__(self) -> str:
        return f"{self.text} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            msg = f"{self} and {other} are two currencies"
            raise MoneyError(msg)
        return other.minor

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Share out by weights (largest remainder): the parts always sum to the whole.

        Raises MoneyError when a weight is negative or all are zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            msg = "weights must be positive"
            raise MoneyError(msg)
        size = abs(self.minor)
        parts = [size * weight // total for weight in weights]
        # The units left over go to the largest remainders, the first of equals first.
        order = sorted(range(len(weights)), key=lambda at: -(size * weights[at] % total))
        for at in order[: size - sum(parts)]:
            parts[at] += 1
        sign = -1 if self.minor < 0 else 1
        return [Money(sign * part, self.currency) for part in parts]


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add amounts of one currency; nothing sums to zero. Raises MoneyError on another currency."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def totals(amounts: Iterable[Money]) -> dict[str, Money]:
    """Add amounts per currency, in the order of the currency codes."""
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, Money.zero(amount.currency)) + amount
    return dict(sorted(found.items()))
