"""MT940 and MT942 in the dialects of many banks.

The file is cut into fields and statements first, so that a field that cannot be read costs its own
line and nothing else. Fields as in SWIFT's category 9; what banks make of them as in their files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.decoding import decode, lines
from connector.bankfile.reading import ProblemKind, Reading, RefusedFileError, UnreadError, quoted
from connector.bankfile.swift_line import CENTURY, Booking, line_of
from ledger.money import Money
from ledger.statements import BankLine, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.bankfile.reading import Findings

_FIELD = re.compile(r":(?P<tag>[0-9]{2}[A-Z]?|NS):(?P<value>.*)", re.DOTALL)
# The end of a message: a dash alone, with the envelope's brace, or filled up by the bank.
_END = re.compile(r"-(\}.*|X*)\s*\Z")
_ACCOUNT_CURRENCY = re.compile(r"(?P<account>.*[0-9])/?(?P<currency>[A-Z]{3})\Z")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z")
_BALANCE = re.compile(
    r"(?P<mark>[CDcd])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9,.]+)"
)
_TOTAL = re.compile(r"[0-9]*(?P<currency>[A-Z]{3})(?P<amount>[0-9,.]+)")
# MT942 may announce what is only expected.
_EXPECTED = re.compile(r"[0-9]{6}(?:[0-9]{4}| {4})?E[CD]")
_OPENING = ("60F", "60M", "60")
_CLOSING = ("62F", "62M", "62")
_TOTALS = {"90D": -1, "90C": 1}
# What never begins a message.
_WITHIN = {"61", "86", "NS", *_CLOSING, "64", "65", "90C", "90D"}
# A message with none of these says nothing of any money.
_SAYING = {"61", *_OPENING, *_CLOSING, "90D", "90C", "34F"}
_WITHIN_DAY = {"13", "13D", "34F", "90D", "90C"}
# Bytes that are letters in DOS code pages, and hardly ever used in others.
_ASCII = bytes(range(0x80))
_DOS_LETTERS = bytes(range(0x80, 0xA6))


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its tag, its value with line breaks, and the line it begins in."""

    tag: str
    value: str
    line: int


@dataclass(slots=True)
class _Message:
    fields: list[Field] = field(default_factory=list)

    def first(self, *wanted: str) -> Field | None:
        """Give the first field with the first of these tags that there is."""
        for tag in wanted:
            for one in self.fields:
                if one.tag == tag:
                    return one
        return None


def read(body: bytes, findings: Findings) -> Reading:
    """Read every statement; raises RefusedFileError when there is none."""
    messages = list(_messages(_decoded(body)))
    within = any(one.tag in _WITHIN_DAY for message in messages for one in message.fields)
    ended = any(message.first(*_CLOSING) for message in messages)
    found = [one for message in messages for one in _statement(message, findings)]
    if not found:
        first = findings.problems[0].says if findings.problems else "nothing of money in it"
        msg = f"The file holds no whole MT940 statement ({first}): download it again."
        raise RefusedFileError(msg)
    return Reading("mt942" if within and not ended else "mt940", tuple(found))


def _decoded(body: bytes) -> str:
    high = body.translate(None, _ASCII)
    others = len(high.translate(None, _DOS_LETTERS))
    return decode(body, otherwise="cp852" if others * 2 < len(high) else "cp1252")


def _messages(text: str) -> Iterator[_Message]:
    message = _Message()
    for one in _fields(text):
        # A field 20 begins a statement, and so does whatever follows an end.
        if (one.tag in {"20", ""}) and message.fields:
            yield message
            message = _Message()
        if one.tag:
            message.fields.append(one)
    if message.fields:
        yield message


def _fields(text: str) -> Iterator[Field]:
    """Give the fields in order, and one without a tag for each end of a message."""
    rows = [row.strip("\x01\x03\x1a\x00") for row in lines(text)]
    ends = _ends(rows)
    tag, at, parts = "", 0, [""]
    for number, row in enumerate(rows, start=1):
        # Some banks break the line between the colon and the tag.
        broken = number > 1 and rows[number - 2].strip() == ":" and not row.startswith(":")
        found = _FIELD.match(f":{row}" if broken else row)
        if found or number in ends:
            if tag:
                yield Field(tag, "\n".join(parts), at)
            tag, at, parts = (found["tag"], number, [found["value"]]) if found else ("", 0, [])
        elif row.strip() != ":":
            parts.append(row)
        if number in ends:
            yield Field("", "", number)
    if tag:
        yield Field(tag, "\n".join(parts), at)


def _ends(rows: list[str]) -> set[int]:
    """Give the lines that end a message: a dash where no field of the same message follows.

    A dash may also stand alone in a line of text.
    """
    found: set[int] = set()
    following = ""
    for number in range(len(rows), 0, -1):
        field = _FIELD.match(rows[number - 1])
        if field:
            following = field["tag"]
        elif following not in _WITHIN and _END.match(rows[number - 1]):
            found.add(number)
    return found


def _statement(message: _Message, findings: Findings) -> list[Statement]:
    opened, opening = _balance(message.first(*_OPENING), findings)
    closed, closing = _balance(message.first(*_CLOSING), findings)
    if not any(one.tag in _SAYING for one in message.fields):
        return []
    account, currency = _account(message, closing if opening is None else opening)
    where = f"line {message.fields[0].line}"
    if not account or not currency:
        lacks = "account (25)" if not account else "currency (60F)"
        says = f"a statement without {lacks} was left out"
        findings.tell(ProblemKind.LINE, where, says, "download it again")
        return []
    booked = _lines(message, currency, findings)
    _check_totals(message, currency, booked, findings)
    number = message.first("28C", "28")
    return [
        Statement(
            account=account,
            currency=currency,
            lines=tuple(booked),
            number=_number(number.value if number else ""),
            opening=opening,
            closing=closing,
            opened=opened,
            closed=closed,
        )
    ]


def _account(message: _Message, balance: Money | None) -> tuple[str, str]:
    given = message.first("25", "25P")
    account = amounts.tidy(given.value).replace(" ", "") if given else ""
    floor = message.first("34F")
    currency = _issued(amounts.tidy(floor.value)[:3]) if floor else ""
    currency = currency if balance is None else balance.currency
    # The account's own currency may hang on its number; an IBAN may end in letters of its own.
    found = _ACCOUNT_CURRENCY.match(account)
    if found and not _IBAN.match(account):
        hung = _issued(found["currency"])
        if hung and hung == (currency or hung):
            return found["account"], hung
    return account, currency


def _issued(code: str) -> str:
    """Give a currency code, or "" for one that nobody issues."""
    try:
        return amounts.currency(code)
    except UnreadError:
        return ""


def _number(value: str) -> str:
    parts = [part.lstrip("0") for part in amounts.tidy(value).split("/")]
    return "/".join(part or "0" for part in parts) if any(parts) else ""


def _balance(given: Field | None, findings: Findings) -> tuple[date | None, Money | None]:
    if given is None:
        return None, None
    where = f"line {given.line}, field {given.tag}"
    try:
        parts = _shaped(_BALANCE, given)
        money = amounts.money(parts["amount"], parts["currency"], "balance")
        on = amounts.day(CENTURY + parts["day"], "day")
    except UnreadError as error:
        findings.tell(ProblemKind.DETAIL, where, str(error), "ask the bank")
        return None, None
    return on, -money if parts["mark"].upper() == "D" else money


def _shaped(shape: re.Pattern[str], given: Field) -> re.Match[str]:
    """Take a field apart; raises UnreadError for another shape."""
    value = amounts.tidy(given.value)
    found = shape.fullmatch(value)
    if not found:
        msg = f"{quoted(value)} has not the shape of the field"
        raise UnreadError(msg)
    return found


def _lines(message: _Message, currency: str, findings: Findings) -> list[BankLine]:
    found: list[BankLine] = []
    pending = 0
    for booking in _bookings(message):
        if _EXPECTED.match(booking.value):
            pending += 1
            continue
        where = f"line {booking.at}, field 61"
        try:
            found.append(line_of(booking, currency))
        except UnreadError as error:
            fix = "enter it by hand, or ask the bank for the file again"
            findings.tell(ProblemKind.LINE, where, f"{error}; left out", fix)
    if pending:
        says = f"{pending} expected and not booked yet, left out"
        where = f"line {message.fields[0].line}"
        findings.tell(ProblemKind.PENDING, where, says, "they come with a later statement")
    return found


def _bookings(message: _Message) -> Iterator[Booking]:
    current: Booking | None = None
    for one in message.fields:
        if one.tag == "61":
            if current:
                yield current
            current = Booking(one.value, at=one.line)
        elif current and one.tag == "86":
            current.details.append(one.value)
        elif current and one.tag == "NS":
            current.notes.append(one.value)
        elif one.tag not in {"86", "NS"} and current:
            # A field 86 behind the closing balance speaks of the account.
            yield current
            current = None
    if current:
        yield current


def _check_totals(
    message: _Message, currency: str, booked: list[BankLine], findings: Findings
) -> None:
    for one in message.fields:
        sign = _TOTALS.get(one.tag)
        if sign is None:
            continue
        where = f"line {one.line}, field {one.tag}"
        try:
            parts = _shaped(_TOTAL, one)
            stated = amounts.money(parts["amount"], parts["currency"], "total")
        except UnreadError as error:
            findings.tell(ProblemKind.DETAIL, where, str(error), "ask the bank")
            continue
        made = Money(
            sum(abs(line.amount.minor) for line in booked if line.amount.minor * sign > 0), currency
        )
        if made != stated:
            says = f"the bank counts {stated}, the lines make {made}"
            findings.tell(ProblemKind.TOTAL, where, says, "ask the bank")
