"""Single values out of Stripe's JSON: read exactly, or named as what cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.raw import stand_in_id, text, told
from ledger.days import zone_of
from ledger.errors import RetryLaterError
from ledger.money import Money, MoneyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Doc = dict[str, Any]

DECIMALS_DEFAULT = 2
# Stripe's own table, which is not ISO 4217's: ISK and UGX come with two decimals that are 00.
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"), 0),
    **dict.fromkeys(("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
# The code of ISO 4217 for no currency at all, which is the letter three times.
NO_CURRENCY = 3 * "X"
NAMELESS_SECONDS = 30.0


class UnreadableError(Exception):
    """A field does not hold what it must; says which, in words for a person."""


def decimals_of(currency: str) -> int:
    """Say how many decimals Stripe counts in a currency."""
    return _DECIMALS.get(currency.upper(), DECIMALS_DEFAULT)


def money(minor: int, currency: str) -> Money:
    """Read an amount in Stripe's minor units; raises MoneyError rather than round."""
    code = currency.upper()
    return Money.parse(Decimal(minor).scaleb(-_DECIMALS.get(code, DECIMALS_DEFAULT)), code)


def amount(doc: Mapping[str, Any], name: str, currency: str = "") -> Money:
    """Read an amount of a document, in its own currency if none is given.

    Raises UnreadableError.
    """
    code = currency or doc.get("currency")
    if not isinstance(code, str):
        raise UnreadableError(told(doc, "currency"))
    value = doc.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError(told(doc, name))
    try:
        return money(value, code)
    except (MoneyError, ArithmeticError):
        msg = f"{told(doc, name)} in currency {code[:10]!r}"
        raise UnreadableError(msg) from None


def day(stamp: int, zone: str) -> date:
    """Say which day a moment of Stripe's was on in a zone."""
    return datetime.fromtimestamp(stamp, tz=UTC).astimezone(zone_of(zone)).date()


def day_of(doc: Mapping[str, Any], name: str, zone: str) -> date:
    """Read the day of a moment that a document tells; raises UnreadableError."""
    stamp = doc.get(name)
    try:
        if isinstance(stamp, int) and not isinstance(stamp, bool):
            return day(stamp, zone)
    except (ValueError, OverflowError, OSError):
        pass
    raise UnreadableError(told(doc, name))


def inside(node: Mapping[str, Any], name: str) -> Doc:
    """Give a nested document; an empty one where there is none."""
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def key_of(doc: Mapping[str, Any]) -> str:
    """Give a document's id, or one that stands in for it."""
    return text(doc.get("id")) or stand_in_id(doc)


def last_key(rows: Sequence[Mapping[str, Any]]) -> str:
    """Give the id behind which a list goes on.

    Raises RetryLaterError when no member names itself: then nobody can ask for the rest.
    """
    found = next((text(one.get("id")) for one in reversed(rows) if text(one.get("id"))), "")
    if not found:
        raise RetryLaterError(NAMELESS_SECONDS, "Stripe's list names none of its members")
    return found


def stamp_of(doc: Mapping[str, Any]) -> int:
    """Give the moment a document was made, in Unix seconds; 0 when it does not tell."""
    found = doc.get("created")
    return found if isinstance(found, int) else 0
