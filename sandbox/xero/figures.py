"""Xero's way of writing amounts and dates, and the way back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

# Digits behind the point where they are not two (ISO 4217).
_EXPONENTS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_MS_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minor(amount: object, currency: str) -> int | None:
    """Count the minor units of an amount as JSON or a person writes it; None when it is none.

    An `int` from JSON means whole units, as Xero reads it. More digits than the currency has are
    rounded half up, which is what Xero does with a posted payment.
    """
    if isinstance(amount, bool) or not isinstance(amount, int | str | float | Decimal):
        return None
    try:
        exact = Decimal(str(amount)).scaleb(_EXPONENTS.get(currency, 2))
        return int(exact.quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    except InvalidOperation:
        return None


def rate(given: object, places: int) -> str | None:
    """Read an exchange rate, units of a currency for one of the books' own; None when it is none.

    Without one the rate of the day holds, which is 1 here. `places` digits of it are kept.
    """
    if given is None:
        return "1"
    if isinstance(given, bool) or not isinstance(given, int | str | float | Decimal):
        return None
    try:
        exact_ = Decimal(str(given))
    except InvalidOperation:
        return None
    return str(round(exact_, places)) if exact_.is_finite() and exact_ > 0 else None


def changed(units: int, currency: str, into: str, at: str) -> int:
    """Change minor units of a currency into those of the books' own at a rate, half up."""
    worth = Decimal(units).scaleb(-_EXPONENTS.get(currency, 2)) / Decimal(at)
    own = worth.scaleb(_EXPONENTS.get(into, 2))
    return int(own.quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def told(amount: str | Decimal | int, currency: str) -> int:
    """Read the amount a story names: text or Decimal in units, an `int` in minor units."""
    if isinstance(amount, int):
        return amount
    counted = minor(amount, currency)
    if counted is None:
        raise ValueError(f"{amount!r} is no amount")
    return counted


def exact(units: int, currency: str) -> Decimal:
    """Write minor units as an exact decimal."""
    return Decimal(units).scaleb(-_EXPONENTS.get(currency, 2))


def number(units: int, currency: str) -> float:
    """Write minor units as the JSON number Xero sends: the shortest float has the same digits."""
    return float(exact(units, currency))


def stamp(moment: datetime) -> str:
    """Write a moment as kept in the books: UTC with milliseconds, no zone; sorts as text."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def ms_date(day_or_stamp: str) -> str:
    """Write a kept day or stamp the way Xero's JSON does: `/Date(1439434356790+0000)/`."""
    moment = datetime.fromisoformat(day_or_stamp).replace(tzinfo=UTC)
    return f"/Date({(moment - _EPOCH) // timedelta(milliseconds=1)}+0000)/"


def day_text(day: str) -> str:
    """Write a kept day as Xero's `...String` twins do."""
    return f"{day}T00:00:00"


def read_day(value: object) -> str | None:
    """Read a day a client sent (`2026-11-22`, with a time, or `/Date(ms)/`), or give None."""
    if not isinstance(value, str):
        return None
    found = _MS_DATE.match(value)
    try:
        if found:
            return (_EPOCH + timedelta(milliseconds=int(found[1]))).date().isoformat()
        return date.fromisoformat(value[:10]).isoformat()
    except (ValueError, OverflowError):
        return None


def plain_day(day: str) -> str:
    """Write a kept day as Xero's messages do: `31-Jul-2013`."""
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    asked = date.fromisoformat(day)
    return f"{asked.day:02d}-{names[asked.month - 1]}-{asked.year}"
