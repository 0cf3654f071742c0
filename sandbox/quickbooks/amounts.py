"""Amounts of the stand-in: whole minor units inside, JSON numbers on the wire."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks.faults import invalid

_PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3}


def places(currency: str) -> int:
    """Say how many decimal places a currency's amounts have."""
    return _PLACES.get(currency, 2)


def to_minor(value: object, currency: str, element: str = "") -> int:
    """Read a JSON number as minor units; text, truth values and broken cents are refused (2010)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        detail = f"Property Name:{element} specified is unsupported or invalid"
        raise invalid("2010", "Request has invalid or unsupported property", detail, element)
    # repr() of a float that came from a short JSON number is that same short number.
    minor = Decimal(repr(value) if isinstance(value, float) else value).scaleb(places(currency))
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise invalid("2050", "Invalid amount", f"{value} is no amount of {currency}", element)
    return int(minor)


def to_wire(minor: int, currency: str) -> int | float:
    """Give minor units as the JSON number whose shortest form is the same decimal."""
    unit = int(10 ** places(currency))
    return minor // unit if minor % unit == 0 else minor / unit


def in_home(minor: int, currency: str, rate: object, home: str) -> int:
    """Convert minor units into the home currency's minor units, halves away from zero."""
    worth = Decimal(minor).scaleb(-places(currency)) * Decimal(str(rate))
    return int(worth.scaleb(places(home)).to_integral_value(rounding="ROUND_HALF_UP"))
