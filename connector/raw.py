"""What a vendor sent: read without trust, quoted to a person, and kept as it came."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# More digits than Python turns into a number at once; no vendor writes a tenth of it.
DIGITS_MAX = 4000
SHOWN_MAX = 60
# A value in a list of documents that is no document, under a name no vendor uses.
STRAY = "no document"


def parse(body: bytes | str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Read JSON with amounts as Decimal; raises ValueError for what is no JSON.

    One impossible number spoils its own field and not the page around it: it comes as its text.
    """
    try:
        return json.loads(body, parse_float=_decimal, parse_int=_whole, parse_constant=str)
    except RecursionError:
        msg = "the answer is nested too deeply"
        raise ValueError(msg) from None


def _decimal(digits: str) -> Decimal | str:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return digits


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= DIGITS_MAX else digits


def documents(value: object) -> list[dict[str, Any]]:
    """Give the documents in a JSON list, as many as the list has members.

    A member that is no document stands for one that cannot be read: a walk counts members to know
    whether there is another page.
    """
    members = value if isinstance(value, list) else []
    return [one if isinstance(one, dict) else {STRAY: one} for one in members]


def text(value: object) -> str:
    """Give a text safe to keep anywhere; "" for what is none."""
    if not isinstance(value, str):
        return ""
    # Half a surrogate pair and NUL are JSON, but no database takes them.
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()


def told(doc: Mapping[str, Any], name: str) -> str:
    """Say in words what stands in a field, for the person who has to mend it."""
    if name not in doc:
        return f"{name} is missing"
    if doc[name] is None:
        return f"{name} is empty"
    shown = kept(doc[name])
    return f"{name} is {shown}" if len(shown) <= SHOWN_MAX else f"{name} is {shown[:SHOWN_MAX]}..."


def kept(value: object) -> str:
    """Write a document as JSON text to be kept beside its translation."""
    try:
        return json.dumps(value, default=_nearest)
    except RecursionError:
        return json.dumps("nested too deeply to be kept")


def _nearest(value: Decimal) -> float | str:
    number = float(value)
    return number if isfinite(number) else str(value)


def stand_in_id(doc: Mapping[str, Any]) -> str:
    """Give an id to a document without one, so that it can be kept and shown."""
    return "without-id-" + hashlib.sha256(kept(doc).encode()).hexdigest()[:16]
