"""Amounts of the files: decimal text in, whole minor units, and back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flows.match_file.problems import WrongLineError
from ledger.money import Money, MoneyError, exponent

if TYPE_CHECKING:
    from decimal import Decimal

    from flows.match_file.records import Amount

decimals = cache(exponent)
# So many digits are never more than a ledger holds.
DIGITS_SAFE = 16
# Amounts are written with so many decimals, or more where the currency has more.
PLACES_MIN = 2


def minor(amount: str | int, currency: str) -> int:
    """Read an amount as whole minor units; raises MoneyError, never rounds.

    Text such as 120.00 in a currency of two decimals, which is nearly all there is, is read
    without the detour over Decimal.
    """
    if isinstance(amount, str) and amount[-3:-2] == "." and decimals(currency) == 2:  # noqa: PLR2004
        digits = amount[:-3] + amount[-2:]
        if digits.isdecimal() and len(digits) < DIGITS_SAFE:
            return int(digits)
    return Money.parse(amount, currency).minor


def amount_of(field: str, amount: str | int, currency: str) -> int:
    """Read an amount as whole minor units; raises WrongLineError with the field that is wrong."""
    try:
        return minor(amount, currency)
    except MoneyError as error:
        raise WrongLineError(f"`{_blamed(field, currency)}`: {error}") from None


def money(field: str, amount: Amount, currency: str) -> Money | None:
    """Read an amount that may be missing; raises WrongLineError with the field that is wrong."""
    return None if amount is None else Money(amount_of(field, amount, currency), currency)


def _blamed(field: str, currency: str) -> str:
    """Give the field that is wrong: where nobody issues the currency, it is that one."""
    try:
        decimals(currency)
    except MoneyError:
        return "original_currency" if field == "original_amount" else "currency"
    return field


def text(amount: int, currency: str) -> str:
    """Write minor units as decimal text: two decimals, or three where the currency has them."""
    known = decimals(currency)
    places = max(known, PLACES_MIN)
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount) * 10 ** (places - known), 10**places)
    return f"{sign}{whole}.{part:0{places}d}"


def hundredths(percent: Decimal, scale: int) -> int:
    """Read a percentage (`scale` 100) or a rate (10000) in hundredths of a percent, exactly.

    Raises ValueError where it has more decimals.
    """
    if percent.is_finite() and 0 <= percent < 10_000 // scale:
        found = percent * scale
        if found == int(found):
            return int(found)
    msg = f"{percent} is no percentage in hundredths of a percent"
    raise ValueError(msg)
