"""The payments file: bank lines and remittance advices, in booking order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from flows.match_file.amounts import amount_of, money
from flows.match_file.once import Once
from flows.match_file.problems import Problem, WrongLineError, decoded, likely, lines, short
from flows.match_file.records import (
    LEDGER_TYPES,
    Advice,
    Payment,
    PaymentRecord,
    RemittanceEntry,
)
from ledger.documents import Receipt, Source, Status
from ledger.money import Money
from ledger.refs import Kind, Ref
from ledger.remittances import Remittance, RemittanceLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO


# Booked so long after everything else, a payment's day is mistyped.
FUTURE_DAYS = 31
# A ledger may be so much older than the payments, and no more.
LATER_DAYS = 366
# A line that says nothing.
NOTHING = RemittanceEntry()


class Refused(NamedTuple):
    """A payment that could not be read; it is given back for a person to look at."""

    payment_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a payments file says. `order` has every payment once, read or refused, as it came.

    `currencies` has the first line of a payment in each of them.
    """

    payments: tuple[Receipt, ...]
    advices: tuple[Remittance, ...]
    refused: tuple[Refused, ...]
    order: tuple[str, ...]
    currencies: dict[str, int]
    problems: tuple[Problem, ...]


def read_payments(file: BinaryIO, name: str, as_of: date | None) -> Batch:
    """Read payments and advices; a payment that cannot be used is refused, and never lost.

    `as_of` is the day of the ledger, if known: what is booked long after that day and after most
    of the batch has a mistyped day. A batch more than a year after that day is no measure.
    """
    reader = _Reader(name)
    reader.read(file)
    return reader.batch(as_of)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.payments: dict[str, tuple[Receipt, int]] = {}
        self.advices: Once[Remittance] = Once("advice")
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
                    self._advise(record, number)
            except WrongLineError as error:
                self._refuse_line(line, number, short(str(error)))

    def _add(self, payment_id: str, read: Receipt, line: int) -> None:
        known = self.payments.get(payment_id)
        name = short(payment_id)
        if known is None and payment_id not in self.refused:
            self.payments[payment_id] = (read, line)
            self.order[payment_id] = None
        elif known and known[0] == read:
            self._complain(line, f"payment {name} stands on line {known[1]} already")
        else:
            self._refuse(payment_id, line, f"payment {name} stands twice, and differs")

    def _advise(self, record: Advice, line: int) -> None:
        twice = self.advices.add(record.id, _advice(record), line)
        if twice:
            self._complain(line, short(twice))

    def _refuse_line(self, line: bytes, number: int, why: str) -> None:
        """Refuse a payment under its id, or under its line where it has none that can be read."""
        kind, name = likely(line)
        if kind == "advice":
            self._complain(number, f"{why}; the advice is left out")
        elif kind in LEDGER_TYPES:
            self._complain(number, f"{why}; the line is left out")
        else:
            self._refuse(name or f"line {number}", number, why)

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
            usual = days[(len(days) - 1) // 2]
            if as_of:
                usual = max(as_of, usual if (usual - as_of).days <= LATER_DAYS else as_of)
            self._refuse_future(usual)
        currencies: dict[str, int] = {}
        for read, line in self.payments.values():
            currencies.setdefault(read.amount.currency, line)
        return Batch(
            tuple(read for read, _line in self.payments.values()),
            tuple(self.advices),
            tuple(self.refused.values()),
            tuple(self.order),
            currencies,
            tuple(self.problems),
        )

    def _refuse_future(self, usual: date) -> None:
        for payment_id, (read, line) in tuple(self.payments.items()):
            if (read.received - usual).days > FUTURE_DAYS:
                self._refuse(payment_id, line, f"`booking_date` {read.received} is in the future")


def receipt(record: Payment, place: str = "") -> Receipt:
    """Make a receipt of a bank line; raises WrongLineError.

    `place` is where the payment stands in its line, as in `payment.`.
    """
    currency = record.currency
    amount = Money(amount_of(f"{place}amount", record.amount, currency), currency)
    entries = record.remittance.lines if record.remittance else None
    sent_in = record.original_currency or currency
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
        remittance=_lines(f"{place}remittance.lines", entries, currency),
        original=money(f"{place}original_amount", record.original_amount, sent_in),
        charges=money(f"{place}charges", record.charges, currency),
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
        _lines("lines", record.lines, currency),
        money("total", record.total, currency),
        record.payment_date,
        record.sender or "",
        record.payer_name or "",
    )


def _lines(
    field: str, entries: Sequence[RemittanceEntry] | None, currency: str
) -> tuple[RemittanceLine, ...]:
    return tuple(
        RemittanceLine(
            text(one.reference),
            money(f"{field}[{at}].amount", one.amount, currency),
            money(f"{field}[{at}].gross", one.gross, currency),
            money(f"{field}[{at}].discount", one.discount, currency),
        )
        for at, one in enumerate(entries or ())
        if one != NOTHING
    )


def text(value: str | int | None) -> str:
    """Give a field that may be missing, or a bare number, as text."""
    return "" if value is None else str(value)
