"""The line of settings: a field of it that cannot be used is left out, and the rest holds."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from flows.match_file.amounts import decimals
from flows.match_file.problems import UNREADABLE
from flows.match_file.records import Settings
from ledger.money import MoneyError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELD = re.compile(r"`\$\.(\w+)")
# What a limit may be at most: beyond it, it is a slip.
AMOUNT_MAX = Decimal(1_000_000)
TOLERANCE_MAX = Decimal("0.5")
GRACE_MAX_DAYS = 366
LIMITS: Mapping[str, tuple[int | Decimal, str]] = {
    "rounding_max": (AMOUNT_MAX, "an amount such as 0.05"),
    "bank_fee_max": (AMOUNT_MAX, "an amount such as 50.00"),
    "discount_grace_days": (GRACE_MAX_DAYS, "a number of days up to 366"),
    "fx_tolerance": (TOLERANCE_MAX, "a share such as 0.025, at most 0.5"),
}


class Mended(NamedTuple):
    """The settings that can be used of a line, and what is wrong with the others."""

    settings: Settings
    problems: tuple[str, ...]


def mended(line: bytes) -> Mended | None:
    """Read a line of settings of which some fields are wrong; None for any other line."""
    try:
        fields = msgspec.json.decode(line)
    except UNREADABLE:
        return None
    if not isinstance(fields, dict) or fields.get("type") != "settings":
        return None
    problems: list[str] = []
    while True:
        try:
            return Mended(msgspec.convert(fields, Settings), tuple(problems))
        except msgspec.ValidationError as error:
            found = _FIELD.search(str(error))
            if found is None or fields.pop(found.group(1), None) is None:
                return None
            said = str(error).replace("`$.", "`")
            problems.append(f"{said}; it is left out, and what is usual holds")


def bounded(settings: Settings) -> Mended:
    """Leave out the limits that nobody can mean, such as a rounding difference below zero."""
    problems: list[str] = []
    changed: dict[str, None] = {}
    for field, (most, means) in LIMITS.items():
        value = getattr(settings, field)
        if value is not None and not _within(value, most):
            problems.append(f"`{field}` is {value}, not {means}; what is usual holds")
            changed[field] = None
    if settings.base_currency is not None:
        try:
            decimals(settings.base_currency)
        except MoneyError as error:
            problems.append(f"`base_currency`: {error}; it is left out")
            changed["base_currency"] = None
    return Mended(msgspec.structs.replace(settings, **changed), tuple(problems))


def _within(value: int | Decimal, most: int | Decimal) -> bool:
    return Decimal(value).is_finite() and 0 <= value <= most
