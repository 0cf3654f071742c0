"""The ledger file: documents, customers, past payments and settings, line by line."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from flows.match_file.amounts import hundredths, minor
from flows.match_file.payment_lines import receipt, text
from flows.match_file.problems import Problem, WrongLineError, decoded, lines
from flows.match_file.records import (
    CreditNote,
    Customer,
    Discount,
    FxRate,
    History,
    Invoice,
    LedgerRecord,
    Settings,
    StripePayout,
)
from ledger.money import Money, MoneyError
from rules.matching.in_memory import MemoryBook
from rules.matching.values import ExpectedPayout, Item, Party, Past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from typing import BinaryIO

STATUSES = ("open", "paid", None)
NO_DISCOUNT: tuple[int, date | None] = (0, None)
# How often it is told how far the reading is, in lines.
TOLD_EVERY = 10_000
Kept = Settings | FxRate | Customer | StripePayout | History
PERCENT, RATE = 100, 10_000


class Ledger(NamedTuple):
    """What a ledger file says, and which of its lines could not be used."""

    book: MemoryBook
    settings: Settings
    rates: tuple[FxRate, ...]
    past: tuple[Past, ...]
    problems: tuple[Problem, ...]


def read_ledger(file: BinaryIO, name: str, told: Callable[[int], None] | None = None) -> Ledger:
    """Read a ledger; a line that cannot be used is a problem, and everything else is used.

    `name` is what the file is called in problems; `told` hears how many bytes are read.
    """
    reader = _Reader(name, told)
    book = MemoryBook(reader.items(file), reader.parties, reader.payouts, reader.past)
    reader.complain_of_twins(book)
    reader.complain_of_settings()
    problems = sorted(reader.problems, key=lambda one: one.line)
    settings = reader.settings or Settings()
    return Ledger(book, settings, tuple(reader.rates), tuple(reader.past), tuple(problems))


class _Reader:
    """Sorts the lines of a ledger file; documents are given on, all else is kept."""

    def __init__(self, name: str, told: Callable[[int], None] | None) -> None:
        self.name, self.told = name, told
        self.settings: Settings | None = None
        self.parties: list[Party] = []
        self.payouts: list[ExpectedPayout] = []
        self.past: list[Past] = []
        self.rates: list[FxRate] = []
        self.problems: list[Problem] = []
        self.lines_of_documents = array("I")
        self.seen: dict[tuple[str, str], int] = {}

    def items(self, file: BinaryIO) -> Iterator[Item]:
        """Give the documents of the file in its order, and keep everything else."""
        decoder, read = msgspec.json.Decoder(LedgerRecord), 0
        for number, line in lines(file):
            read += len(line) + 1
            if self.told and number % TOLD_EVERY == 0:
                self.told(read)
            try:
                record = decoded(decoder, line)
                if isinstance(record, Invoice | CreditNote):
                    item = self._item(record, number)
                    self.lines_of_documents.append(number)
                    yield item
                elif record is not None:
                    self._keep(record, number)
            except (WrongLineError, MoneyError) as error:
                self._complain(number, f"{error}; the line is left out")

    def _complain(self, line: int, what: str) -> None:
        self.problems.append(Problem(self.name, line, what))

    def _item(self, record: Invoice | CreditNote, line: int) -> Item:
        """Make a document of its line; raises WrongLineError, MoneyError."""
        total, net, left = _amounts(record)
        if not record.number and record.number != 0:
            what = f"{record.id} has no `number`; it can be paid, but no payment can name it"
            self._complain(line, what)
        due = record.due_date or record.issue_date
        issued = record.issue_date or record.due_date
        if due is None or issued is None:
            raise WrongLineError("`issue_date` and `due_date` are both missing; give one")
        return Item(
            record.id,
            text(record.number),
            record.customer_id,
            record.currency,
            total,
            net,
            left,
            issued,
            due,
            isinstance(record, CreditNote),
            text(record.po_number),
            text(record.payment_reference),
            *(self._discount(record.discount, line) if record.discount else NO_DISCOUNT),
        )

    def _discount(self, discount: Discount, line: int) -> tuple[int, date | None]:
        try:
            return hundredths(discount.percent, PERCENT), discount.until
        except ValueError as error:
            self._complain(line, f"`discount.percent`: {error}; the discount is left out")
            return NO_DISCOUNT

    def _keep(self, record: Kept, line: int) -> None:
        """Keep what is no document; raises WrongLineError, MoneyError."""
        match record:
            case Settings():
                self._only("settings", "", line)
                self.settings = record
            case FxRate():
                self._keep_rate(record)
            case Customer():
                self._only("customer", record.id, line)
                self.parties.append(self._party(record, line))
            case StripePayout():
                self._only("stripe_payout", record.id, line)
                amount = Money(_amount("amount", record.amount, record.currency), record.currency)
                self.payouts.append(ExpectedPayout(record.id, amount, record.arrival_date))
            case _:
                self._only("history", record.id, line)
                self.past.append(_past(record))

    def _keep_rate(self, rate: FxRate) -> None:
        if not rate.rate.is_finite() or rate.rate <= 0:
            raise WrongLineError(f"`rate` is {rate.rate}; a rate is above zero")
        minor(0, rate.currency)
        self.rates.append(rate)

    def _only(self, kind: str, name: str, line: int) -> None:
        """Refuse the second of two lines of one id: nobody can say which of them holds."""
        first = self.seen.setdefault((kind, name), line)
        if first != line:
            raise WrongLineError(f"{kind} {name} stands on line {first} already".replace("  ", " "))

    def _party(self, record: Customer, line: int) -> Party:
        rates = []
        for rate in record.withholding_rates or ():
            try:
                rates.append(hundredths(rate, RATE))
            except ValueError as error:
                self._complain(line, f"`withholding_rates`: {error}; this rate is left out")
        return Party(
            record.id,
            record.name or "",
            text(record.number),
            record.country or "",
            tuple(record.aliases or ()),
            tuple(record.bank_accounts or ()),
            tuple(record.emails or ()),
            record.email_domain or "",
            record.parent or "",
            tuple(rates),
        )

    def complain_of_twins(self, book: MemoryBook) -> None:
        """Tell which documents stand twice in the file."""
        for twins in book.twins:
            places = [self.lines_of_documents[row] for row in twins.rows]
            others = ", ".join(map(str, places[:-1]))
            what = "the first is used" if twins.same else "they differ: none of them is used"
            self._complain(places[-1], f"{twins.id} stands on line {others} already; {what}")

    def complain_of_settings(self) -> None:
        """Tell what is missing for other currencies, once for the file."""
        if self.settings is None:
            self._complain(0, "there is no line of type settings; usual limits hold")


def _amount(field: str, amount: str | int, currency: str) -> int:
    """Read an amount and say which field is wrong; raises WrongLineError."""
    try:
        return minor(amount, currency)
    except MoneyError as error:
        raise WrongLineError(f"`{field}`: {error}") from None


def _amounts(record: Invoice | CreditNote) -> tuple[int, int, int]:
    """Read total, net and what is open; raises WrongLineError where nobody can mean them."""
    currency, paid = record.currency, record.status == "paid"
    total = left = net = _amount("total", record.total, currency)
    if record.open_amount is not None:
        left = _amount("open_amount", record.open_amount, currency)
    elif paid:
        left = 0
    if record.net is not None:
        net = _amount("net", record.net, currency)
    if record.status not in STATUSES:
        raise WrongLineError(f"`status` is {record.status!r}; use open or paid")
    if total < 0 or left < 0:
        kind = "credit note" if isinstance(record, Invoice) else "invoice"
        raise WrongLineError(f"{record.id} is negative; give it as a {kind} of that amount")
    if paid and left:
        raise WrongLineError(f"{record.id} is paid, but `open_amount` is {record.open_amount}")
    return total, net, left


def _past(record: History) -> Past:
    payment = receipt(record.payment)
    currency = record.payment.currency
    shares = tuple(
        (one.document_id, minor(one.amount, currency)) for one in record.allocations or ()
    )
    return Past(record.id, payment, record.customer_id or "", shares)
