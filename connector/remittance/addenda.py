"""Remittance inside a bank line: the addenda of ACH payments (CTX and CCD+).

An addenda record carries 80 characters; a CTX payment cuts its 820 into as many as it needs, in
the middle of words. Source: Nacha Operating Rules, addenda records of type 7 with code 05.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from connector.remittance import x12
from connector.remittance.advice import Given, UnreadableError, sum_of
from ledger.remittances import RemittanceLine

if TYPE_CHECKING:
    from ledger.money import Money

# A record as it stands in a Nacha file: 705, the 80 characters, and two numbers of 4 and 7 digits.
_RECORD = re.compile(r"^705(.{80})\d{11}[ \t]*$", re.MULTILINE)
_BREAK = re.compile(r"[\r\n]+")
# Some banks put each segment on a line of its own and leave out what ended it.
_BARE_BREAK = re.compile(r"(?<![\\~\r\n])[\r\n]+(?=(?:RMR|REF|ADX|DTM|ENT|SE)[*|^])")
_WHOLE = re.compile(r"ISA[*|^]|ST([*|^])820\1")
_SEGMENT = re.compile(r"(?<![A-Za-z0-9])(?=(?:RMR|ADX|REF)[*|^])")
_END = re.compile(r"[\\~]")
_NUMBER_AT = 2


class _Segment(NamedTuple):
    """A segment that names a document; `whole` when something shows where it ended."""

    elements: list[str]
    whole: bool


def lines(text: str, paid: Money) -> tuple[RemittanceLine, ...]:
    """Find the documents that a bank line's addenda name; none where it carries no addenda.

    `paid` is the payment's amount. What ends the text may be cut off: its last amount counts only
    when the lines come to the payment with it.
    """
    joined = _joined(text)
    return _interchange(joined, paid) or _loose(joined, paid)


def of_records(text: str) -> str:
    """Give what the addenda records of an ACH file carry, put together; "" without any."""
    return "".join(_RECORD.findall(text))


def _joined(text: str) -> str:
    return of_records(text) or _BREAK.sub("", _BARE_BREAK.sub("~", text))


def _interchange(text: str, paid: Money) -> tuple[RemittanceLine, ...]:
    """Read a whole 820, if that is what the text carries and it is of this payment."""
    start = _WHOLE.search(text)
    if start is None:
        return ()
    try:
        advices = x12.read(text[start.start() :], Given(date.min, paid.currency))
    except UnreadableError:
        return ()
    return next((one.lines for one in advices if one.total == paid and not one.problem), ())


def _loose(text: str, paid: Money) -> tuple[RemittanceLine, ...]:
    segments = _segments(text)
    named = [one for one in segments if one.elements[0] != "REF"]
    if not named:
        # An invoice's number may stand as a reference of its own, without an amount.
        return tuple(
            RemittanceLine(one.elements[2])
            for one in segments
            if one.whole and one.elements[1] == "IV" and one.elements[2]
        )
    found = x12.lines_of(x12.entries(one.elements for one in named), paid, paid.currency)
    if not named[-1].whole and sum_of(found, paid.currency) != paid:
        # Only what stands before the last separator is sure to be all of it.
        sure = len(named[-1].elements) > _NUMBER_AT + 1
        last = (RemittanceLine(found[-1].reference),) if sure else ()
        found = (*found[:-1], *last)
    return tuple(one for one in found if one.reference)


def _segments(text: str) -> list[_Segment]:
    found: list[_Segment] = []
    pieces = _END.split(text)
    for at, piece in enumerate(pieces, start=1):
        parts = _SEGMENT.split(piece)[1:]
        for number, part in enumerate(parts, start=1):
            elements = [element.strip() for element in part.split(part[len("RMR")])]
            found.append(_Segment(elements, at < len(pieces) or number < len(parts)))
    return found
