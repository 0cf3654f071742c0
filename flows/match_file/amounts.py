"""Amounts of the files: decimal text in, whole minor units, and back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ledger.money import Money, exponent

if TYPE_CHECKING:
    from decimal import Decimal

    from flows.match_file.records import Amount

decimals = cache(exponent)
# So many digits are never more than a ledger holds.
DIGITS_SAFE = 16


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


def money(amount: Amount, currency: str) -> Money | None:
    """Read an amount that may be missing; raises MoneyError, never rounds."""
    return None if amount is None else Money(minor(amount, currency), currency)


def text(amount: int, currency: str) -> str:
    """Write minor units as decimal text with the currency's decimals."""
    places = decimals(currency)
    if not places:
        return str(amount)
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**places)
    return f"{sign}{whole}.{part:0{places}d}"


def hundredths(percent: Decimal, scale: int) -> int:
    """Read a percentage (`scale` 100) or a rate (10000) in hundredths of a percent, exactly.

    Raises ValueError where it has more decimals.
    """
    found = percent * scale
    if found != int(found) or not 0 <= found < 10_000:  # noqa: PLR2004 - all of it
        msg = f"{percent} is no percentage in hundredths of a percent"
        raise ValueError(msg)
    return int(found)
