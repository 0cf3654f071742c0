"""The payments file: bank lines and remittance advices, in booking order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from flows.match_file.amounts import minor, money
from flows.match_file.problems import Problem, WrongLineError, decoded, lines
from flows.match_file.records import Advice, Payment, PaymentRecord
from ledger.documents import Receipt, Source, Status
from ledger.money import Money, MoneyError
from ledger.refs import Kind, Ref
from ledger.remittances import Remittance, RemittanceLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from flows.match_file.records import RemittanceEntry

# Booked so long after everything else, a payment's day is mistyped.
FUTURE_DAYS = 31

_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,200})"')
_ADVICE = re.compile(rb'"type"\s*:\s*"advice"')


class Refused(NamedTuple):
    """A payment that could not be read; it is given back for a person to look at."""

    payment_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a payments file says. `order` has every payment once, read or refused, as it came."""

    payments: tuple[Receipt, ...]
    advices: tuple[Remittance, ...]
    refused: tuple[Refused, ...]
    order: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_payments(file: BinaryIO, name: str, as_of: date | None) -> Batch:
    """Read payments and advices; a payment that cannot be used is refused, and never lost.

    `as_of` is the day of the ledger, if known: what is booked long after that day and after most
    of the batch has a mistyped day.
    """
    reader = _Reader(name)
    reader.read(file)
    return reader.batch(as_of)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.payments: dict[str, tuple[Receipt, int]] = {}
        self.advices: dict[str, Remittance] = {}
        self.refused: dict[str, Refused] = {}
        self.order: dict[str, None] = {}
        self.problems: list[Problem] = []

    def read(self, file: BinaryIO) -> None:
        decoder = msgspec.json.Decoder(PaymentRecord)
        for number, line in lines(file):
            try:
                record = decoded(decoder, line)
                if isinstance(record, Payment):
                    self._add(record.id, receipt(record), number)
                elif isinstance(record, Advice):
                    self._advise(record)
            except (WrongLineError, MoneyError) as error:
                self._refuse_line(line, number, str(error))

    def _add(self, payment_id: str, read: Receipt, line: int) -> None:
        known = self.payments.get(payment_id)
        if known is None and payment_id not in self.refused:
            self.payments[payment_id] = (read, line)
            self.order[payment_id] = None
        elif known and known[0] == read:
            self._complain(line, f"payment {payment_id} stands on line {known[1]} already")
        else:
            self._refuse(payment_id, line, f"payment {payment_id} stands twice, and differs")

    def _advise(self, record: Advice) -> None:
        if record.id in self.advices:
            raise WrongLineError(f"advice {record.id} stands twice")
        self.advices[record.id] = _advice(record)

    def _refuse_line(self, line: bytes, number: int, why: str) -> None:
        """Refuse a payment under its id, or under its line where it has none that can be read."""
        if _ADVICE.search(line):
            self._complain(number, f"{why}; the advice is left out")
            return
        found = _ID.search(line)
        name = found.group(1).decode("utf-8", "replace") if found else f"line {number}"
        self._refuse(name, number, why)

    def _refuse(self, payment_id: str, line: int, why: str) -> None:
        self._complain(line, why)
        self.payments.pop(payment_id, None)
        self.refused[payment_id] = Refused(payment_id, f"line {line} of the file: {why}")
        self.order[payment_id] = None

    def _complain(self, line: int, what: str) -> None:
        self.problems.append(Problem(self.name, line, what))

    def batch(self, as_of: date | None) -> Batch:
        """Give all that was read, without what is booked in the future."""
        days = sorted(read.received for read, _line in self.payments.values())
        if days:
            usual = max(days[len(days) // 2], as_of or date.min)
            self._refuse_future(usual + timedelta(days=FUTURE_DAYS))
        return Batch(
            tuple(read for read, _line in self.payments.values()),
            tuple(self.advices.values()),
            tuple(self.refused.values()),
            tuple(self.order),
            tuple(self.problems),
        )

    def _refuse_future(self, latest: date) -> None:
        for payment_id, (read, line) in tuple(self.payments.items()):
            if read.received > latest:
                self._refuse(payment_id, line, f"`booking_date` {read.received} is in the future")


def receipt(record: Payment) -> Receipt:
    """Make a receipt of a bank line; raises WrongLineError, MoneyError."""
    currency = record.currency
    amount = Money(minor(record.amount, currency), currency)
    original = None
    if record.original_amount is not None:
        original = money(record.original_amount, record.original_currency or currency)
    entries = record.remittance.lines if record.remittance else None
    return Receipt(
        Ref(Kind.RECEIPT, record.id),
        Source.BANK,
        record.booking_date,
        amount,
        amount,
        Status.OPEN,
        reference=text(record.reference),
        text=record.description or "",
        payer_name=record.payer_name or "",
        payer_email=record.payer_email or "",
        payer_account=text(record.payer_account),
        value_day=record.value_date,
        channel=record.channel or "",
        end_to_end_id=text(record.end_to_end_id),
        structured_reference=text(record.structured_reference),
        remittance=_lines(entries, currency),
        original=original,
        charges=money(record.charges, currency),
    )


def _advice(record: Advice) -> Remittance:
    currency = record.currency
    if currency is None:
        raise WrongLineError("`currency` is missing")
    try:
        received = date.fromisoformat(record.received_at[:10])
    except ValueError:
        raise WrongLineError("`received_at` is no date such as 2026-09-14") from None
    return Remittance(
        record.id,
        received,
        _lines(record.lines, currency),
        money(record.total, currency),
        record.payment_date,
        record.sender or "",
        record.payer_name or "",
    )


def _lines(entries: Sequence[RemittanceEntry] | None, currency: str) -> tuple[RemittanceLine, ...]:
    return tuple(
        RemittanceLine(
            text(one.reference),
            money(one.amount, currency),
            money(one.gross, currency),
            money(one.discount, currency),
        )
        for one in entries or ()
    )


def text(value: str | int | None) -> str:
    """Give a field that may be missing, or a bare number, as text."""
    return "" if value is None else str(value)
