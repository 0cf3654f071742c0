"""Single values out of Xero's JSON: whatever is missing, null or strange comes out as nothing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from connector import raw
from ledger.days import moment as iso_moment
from ledger.money import Money, MoneyError, exponent

if TYPE_CHECKING:
    from collections.abc import Mapping

_MS_DATE = re.compile(r"^/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/$")
_UUID = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_ADDRESS = re.compile(r"^https://[!#-;=?-\[\]_a-z~]{1,2000}$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Python reads six digits of a fraction; Xero writes seven.
_FRACTION = re.compile(r"(\.\d{6})\d+")
# The code of ISO 4217 for no currency at all, which is the letter three times.
NO_CURRENCY = 3 * "X"


def text(doc: Mapping[str, object], name: str) -> str:
    """Give a text safe to keep anywhere; "" for what is none."""
    return raw.text(doc.get(name))


def part(doc: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Give a nested document; an empty one for null or the empty list Xero sometimes sends."""
    value = doc.get(name)
    return value if isinstance(value, dict) else {}


def moment(value: object) -> datetime | None:
    """Read a moment, from `/Date(ms+0000)/` or ISO text; UTC."""
    if not isinstance(value, str):
        return None
    found = _MS_DATE.match(value)
    try:
        if found:
            # The offset only says where the document was made; the milliseconds are UTC.
            return _EPOCH + timedelta(milliseconds=int(found[1]))
        return iso_moment(_FRACTION.sub(r"\1", value))
    except (ValueError, OverflowError):
        return None


def day(doc: Mapping[str, object], name: str) -> date | None:
    """Read a day; Xero writes days as midnight UTC."""
    found = moment(doc.get(name)) or moment(doc.get(f"{name}String"))
    return found.date() if found else None


def currency(doc: Mapping[str, object]) -> str:
    """Give the currency of a document; NO_CURRENCY for one that nobody issues."""
    code = text(doc, "CurrencyCode")
    try:
        exponent(code)
    except MoneyError:
        return NO_CURRENCY
    return code


def money(doc: Mapping[str, object], name: str, code: str) -> Money | None:
    """Read an amount; None for one that is missing or that its currency cannot hold exactly."""
    value = doc.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        return Money.parse(value, code)
    except MoneyError:
        return None


def address(doc: Mapping[str, object], name: str) -> str:
    """Give the address of a page; "" for what is none that may stand in a message."""
    value = text(doc, name)
    return value if _ADDRESS.match(value) else ""


def is_id(value: str) -> bool:
    """Say whether a text is an id as Xero gives them; nothing else is put into a query."""
    return bool(_UUID.match(value))
