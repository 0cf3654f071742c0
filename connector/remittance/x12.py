"""ANSI X12 820, payment order and remittance advice, as payers and their banks send it.

Source of the format: ASC X12 transaction set 820, releases 3040 to 5010. RMR carries the document
(02), what is paid on it (04), what stood on it (05) and the discount taken (06); ADX an adjustment,
of the document above it or of the whole payment; BPR02 is the payment itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from connector.remittance.advice import (
    LINES_MAX,
    UnreadableError,
    finished,
    line_of,
    problems_of,
    sum_of,
)
from ledger.money import Money, MoneyError, exponent
from ledger.remittances import Remittance, RemittanceLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connector.remittance.advice import Given

_ISA_ELEMENTS = 16
# Some senders leave the envelope out: the first segment then shows how things are separated.
_BARE = re.compile(r"ST(.)820\1[^~\\\r\n]{1,20}([~\\\r\n])")
_AMOUNT = re.compile(r"-?(?:\d{1,15}(?:\.\d{0,4})?|\.\d{1,4})")
# Qualifiers of a credit: a buyer's and a seller's credit memo. Some senders write them unsigned.
_CREDITS = frozenset({"CM", "CL"})
_LINES = frozenset({"ENT", "RMR", "ADX", "REF"})
_PAYER = "PR"
_DEBIT = "D"
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")

Segment = list[str]


@dataclass(slots=True)
class Entry:
    """An RMR or an ADX: what it names and its amounts, still as text."""

    reference: str
    qualifier: str
    paid: str
    gross: str = ""
    discount: str = ""
    # What it is called when no reference comes.
    otherwise: str = ""
    # An adjustment of the document above it, which that document's amounts already hold.
    inner: bool = False


@dataclass(slots=True)
class _Transaction:
    """What stands between ST and SE."""

    paid: str = ""
    flag: str = ""
    day: str = ""
    trace: str = ""
    currency: str = ""
    payer: str = ""
    # Segments with ST and SE, and what SE says they are; None without SE.
    count: int = 0
    stated: str | None = None
    under_document: bool = False
    entries: list[Entry] = field(default_factory=list)


def is_x12(text: str) -> bool:
    """Say whether a text begins as an interchange or as an 820 without its envelope."""
    text = text.lstrip("\ufeff \r\n\t")
    return bool(re.match(r"ISA[^A-Za-z0-9\s]", text) or _BARE.match(text))


def read(text: str, given: Given) -> tuple[Remittance, ...]:
    """Read every 820 of an interchange; raises UnreadableError when there is none."""
    found = tuple(_advice(one, given) for one in _transactions(_segments(text)))
    if not found:
        msg = "the interchange holds no 820 (remittance advice)"
        raise UnreadableError(msg)
    return found


def _segments(text: str) -> Iterator[Segment]:
    text = text.lstrip("\ufeff \r\n\t")
    if text.startswith("ISA"):
        separator = text[len("ISA") :][:1] or "*"
        head = text.split(separator, _ISA_ELEMENTS)
        # ISA16 is one character; what follows it ends every segment.
        if len(head) <= _ISA_ELEMENTS or len(head[-1]) < len(":~"):
            msg = "the interchange breaks off in its first segment (ISA)"
            raise UnreadableError(msg)
        terminator = head[-1][1]
    else:
        bare = _BARE.match(text)
        if bare is None:
            msg = "this is no X12 interchange; it begins with neither ISA nor ST"
            raise UnreadableError(msg)
        separator, terminator = bare[1], bare[2]
    for segment in text.split(terminator):
        if bared := segment.strip("\r\n"):
            yield [element.strip() for element in bared.split(separator)]


def _transactions(segments: Iterator[Segment]) -> Iterator[_Transaction]:
    current: _Transaction | None = None
    for segment in segments:
        tag = segment[0]
        if tag == "ST":
            if current:
                yield current
            current = _Transaction() if _at(segment, 1) == "820" else None
        if current is None:
            continue
        current.count += 1
        _take(current, segment)
        if tag == "SE":
            yield current
            current = None
    if current:
        yield current


def _at(segment: Segment, place: int) -> str:
    return segment[place] if place < len(segment) else ""


def _take(one: _Transaction, segment: Segment) -> None:
    """Note what one segment says."""
    tag = segment[0]
    if tag in _LINES:
        _take_line(one, segment)
    elif tag == "BPR":
        one.paid, one.flag, one.day = _at(segment, 2), _at(segment, 3), _at(segment, 16)
    elif tag == "TRN":
        one.trace = one.trace or _at(segment, 2)
    elif tag == "CUR":
        one.currency = one.currency or _at(segment, 2)
    elif tag == "N1" and _at(segment, 1) == _PAYER:
        one.payer = one.payer or _at(segment, 2)
    elif tag == "SE":
        one.stated = _at(segment, 1)


def _take_line(one: _Transaction, segment: Segment) -> None:
    if len(one.entries) >= LINES_MAX:
        msg = f"it has more than {LINES_MAX} lines"
        raise UnreadableError(msg)
    if segment[0] == "ENT":
        one.under_document = False
    elif segment[0] == "RMR":
        one.under_document = True
        entry = Entry(_at(segment, 2), _at(segment, 1), _at(segment, 4))
        entry.gross, entry.discount = _at(segment, 5), _at(segment, 6)
        one.entries.append(entry)
    elif segment[0] == "ADX":
        reason = f"adjustment {_at(segment, 2)}".strip()
        adjustment = Entry(_at(segment, 4), "ADX", _at(segment, 1), otherwise=reason)
        adjustment.inner = one.under_document
        one.entries.append(adjustment)
    elif one.entries and not one.entries[-1].reference:
        one.entries[-1].reference = _at(segment, 2)


def entries(segments: Iterable[Segment]) -> list[Entry]:
    """Read what loose segments of an 820 name, in their order."""
    one = _Transaction()
    for segment in segments:
        _take(one, segment)
    return one.entries


def _line(entry: Entry, currency: str, sign: int = 1) -> RemittanceLine:
    """Give an entry's line in a currency, with its signs turned where a credit bears none."""
    amounts = [_money(text, currency) for text in (entry.paid, entry.gross, entry.discount)]
    if sign < 0:
        amounts = [-one if one else one for one in amounts]
    # An amount that stands there and cannot be read is none; it is not made up from the others.
    if entry.paid and amounts[0] is None:
        return line_of(entry.reference or entry.otherwise, None)
    return line_of(entry.reference or entry.otherwise, *amounts)


def _money(text: str, currency: str) -> Money | None:
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Money.parse(text, currency)
    except MoneyError:
        return None


def _advice(one: _Transaction, given: Given) -> Remittance:
    currency, problems = _currency(one, given)
    total = _money(one.paid, currency)
    lines = lines_of(one.entries, total, currency)
    problems += _whole(one)
    if total is None:
        problems.append(f"BPR02, the amount of the payment, is {one.paid or 'missing'}")
    if not lines:
        problems.append("it names no document")
    problems += problems_of(lines, total, currency)
    return finished(
        Remittance(
            id="",
            received=given.received,
            lines=lines,
            total=total,
            paid_on=_day(one.day),
            sender=given.sender,
            payer_name=one.payer,
            problem="; ".join(problems),
        ),
        trace=one.trace,
    )


def _currency(one: _Transaction, given: Given) -> tuple[str, list[str]]:
    code = one.currency.upper() or given.currency
    try:
        exponent(code)
    except MoneyError as error:
        return given.currency, [str(error)]
    return code, []


def _whole(one: _Transaction) -> list[str]:
    """Say what shows that a transaction did not come as it was sent, or is no payment to us."""
    found = []
    if one.stated is None:
        found.append("it breaks off before its end (SE)")
    elif one.stated.lstrip("0") != str(one.count):
        found.append(f"it has {one.count} segments and says {one.stated}")
    if one.flag == _DEBIT:
        found.append("it announces a debit and no payment")
    return found


def lines_of(
    entries: Sequence[Entry], total: Money | None, currency: str
) -> tuple[RemittanceLine, ...]:
    """Give the reading of signs and adjustments whose sum is the payment, else the plain one."""
    plain = [entry for entry in entries if not entry.inner]
    readings = [
        [_line(entry, currency, _sign(entry, currency) if turned else 1) for entry in taken]
        for taken in (plain, entries)
        for turned in (False, True)
    ]
    fitting = (one for one in readings if total and sum_of(one, currency) == total)
    return tuple(next(fitting, readings[0]))


def _sign(entry: Entry, currency: str) -> int:
    paid = _line(entry, currency).amount
    credit = entry.qualifier in _CREDITS and paid is not None and paid.minor > 0
    return -1 if credit else 1


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None
