"""One booking of an MT940 statement: field 61 with what follows it in fields 86 and NS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.reading import UnreadError, quoted
from connector.bankfile.swift_details import IBAN, Details, details_of, is_iban, joined
from ledger.statements import BankLine

if TYPE_CHECKING:
    from ledger.money import Money

# Statements of the last century are nobody's.
CENTURY = "20"
# Amounts in full, however many zeros a bank puts before them: what follows is a letter.
_BOOKING = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?(?P<mark>R?[DC])(?P<funds>[A-Z])?[\n ]?"
    r"(?P<amount>[0-9,.]+)(?P<kind>[A-Z][A-Z0-9 ]{3})?(?P<rest>[^\n]*)(\n(?P<more>.*))?",
    re.DOTALL | re.IGNORECASE,
)
# The standard's length of the payer's reference; what stands behind it is the bank's addition.
_REFERENCE_MAX = 16
_RETURNED = {"RTI"}
_CHANNELS = {"CHK": "check"}
# Notes of banks of their own begin with the number of their kind.
_NOTE = re.compile(r"\A[0-9]{2}")


@dataclass(slots=True)
class Booking:
    """The raw fields of one booking, and the line of the file it begins in."""

    value: str
    at: int
    details: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def line_of(booking: Booking, currency: str) -> BankLine:
    """Read a booking in the statement's currency; raises UnreadError naming the part at fault."""
    parts = _parts(booking.value)
    amount = _amount(parts, currency)
    value_day = amounts.day(CENTURY + parts["value"], "value day")
    details = details_of("\n".join(booking.details), is_credit=amount.minor >= 0)
    # The standard has these behind the references, most banks have them in field 86.
    aside = details_of(parts["more"], is_credit=amount.minor >= 0)
    sent = details.original or aside.original
    reference = parts["reference"]
    kind = parts["kind"][1:]
    return BankLine(
        booked=_booked(parts["entry"].strip(), value_day),
        amount=amount,
        text=_text(booking, parts["more"], details),
        value_day=value_day,
        bank_id=amounts.told(amounts.tidy(parts["bank_reference"])),
        reference="" if is_iban(reference) else amounts.told(reference) or details.own_reference,
        end_to_end_id=details.end_to_end_id,
        structured_reference=details.structured_reference,
        payer_name=details.name or _named(parts, details),
        payer_account=details.account or (reference if is_iban(reference) else ""),
        channel=details.channel or _CHANNELS.get(kind, ""),
        original=-sent if sent and amount.minor < 0 else sent,
        charges=details.charges or aside.charges,
        reversal=parts["mark"].startswith("R") or kind in _RETURNED or details.is_return,
    )


def _parts(value: str) -> dict[str, str]:
    plain = "\n".join(line.rstrip() for line in value.strip().splitlines())
    found = _BOOKING.fullmatch(plain)
    if not found:
        msg = f"{quoted(plain)} is no booking of day, mark and amount"
        raise UnreadError(msg)
    parts = {name: part or "" for name, part in found.groupdict().items()}
    reference, _, bank_reference = parts["rest"].partition("//")
    more = ""
    if not bank_reference and not IBAN.fullmatch(reference):
        reference, more = reference[:_REFERENCE_MAX], reference[_REFERENCE_MAX:]
    return parts | {
        "mark": parts["mark"].upper(),
        "reference": amounts.tidy(reference),
        "bank_reference": bank_reference,
        "more": amounts.tidy(f"{more} {parts['more']}"),
    }


def _amount(parts: dict[str, str], currency: str) -> Money:
    amount = amounts.money(parts["amount"], currency, "amount")
    # Taking back a credit takes money out, taking back a debit brings it.
    return -amount if parts["mark"] in {"D", "RC"} else amount


def _booked(entry: str, value_day: date) -> date:
    if not entry:
        return value_day
    # The day of booking has no year: the one nearest to the value day is meant.
    near = []
    for year in range(value_day.year - 1, value_day.year + 2):
        try:
            near.append(date(year, int(entry[:2]), int(entry[2:])))
        except ValueError:
            continue
    if not near:
        msg = f"day of booking {quoted(entry)} is no day of a year"
        raise UnreadError(msg)
    return min(near, key=lambda one: abs((one - value_day).days))


def _named(parts: dict[str, str], details: Details) -> str:
    # Banks that put the other side's account into the reference put its name behind it, and both
    # once more at the head of field 86.
    account, name = parts["reference"], parts["more"]
    return name if is_iban(account) and details.text.startswith(f"{account} {name}") else ""


def _text(booking: Booking, more: str, details: Details) -> str:
    notes = "\n".join(_NOTE.sub("", line) for one in booking.notes for line in one.splitlines())
    found = [details.text, "" if amounts.told(more) in details.text else more, joined(notes)]
    return " ".join(part for part in found if part)
