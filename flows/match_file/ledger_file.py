"""The ledger file: documents, customers, past payments and settings, line by line."""

from __future__ import annotations

from array import array
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from flows.match_file.amounts import amount_of, hundredths
from flows.match_file.claims import RATE, claim
from flows.match_file.limits import bounded, mended
from flows.match_file.once import Once
from flows.match_file.payment_lines import receipt, text
from flows.match_file.problems import Problem, WrongLineError, decoded, lines, short
from flows.match_file.records import (
    CreditNote,
    Customer,
    FxRate,
    History,
    Invoice,
    LedgerRecord,
    Settings,
    StripePayout,
)
from ledger.money import Money
from rules.matching.in_memory import MemoryBook
from rules.matching.values import ExpectedPayout, Item, Party, Past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

# How often it is told how far the reading is, in lines.
TOLD_EVERY = 10_000
# What one unit of a currency may be worth; more or less was mistyped.
RATE_MIN, RATE_MAX = Decimal("1e-12"), Decimal("1e12")
Kept = Settings | FxRate | Customer | StripePayout | History


class Ledger(NamedTuple):
    """What a ledger file says, and which of its lines could not be used.

    `currencies` has the first line of a document in each of them.
    """

    book: MemoryBook
    settings: Settings
    rates: tuple[FxRate, ...]
    past: tuple[Past, ...]
    currencies: dict[str, int]
    problems: tuple[Problem, ...]


def read_ledger(file: BinaryIO, name: str, told: Callable[[int], None] | None = None) -> Ledger:
    """Read a ledger; a line that cannot be used is a problem, and everything else is used.

    `name` is what the file is called in problems; `told` hears how many bytes are read.
    """
    reader = _Reader(name, told)
    book = MemoryBook(reader.items(file), reader.parties, reader.payouts, reader.past)
    reader.complain_of_twins(book)
    settings = reader.settled()
    problems = sorted(reader.problems, key=lambda one: one.line)
    return Ledger(
        *(book, settings, tuple(reader.rates), tuple(reader.past)),
        *(reader.currencies, tuple(problems)),
    )


class _Reader:
    """Sorts the lines of a ledger file; documents are given on, all else is kept."""

    def __init__(self, name: str, told: Callable[[int], None] | None) -> None:
        self.name, self.told = name, told
        self.settings: Once[Settings] = Once("settings")
        self.parties: Once[Party] = Once("customer")
        self.payouts: Once[ExpectedPayout] = Once("stripe_payout")
        self.past: Once[Past] = Once("history")
        self.rates: Once[FxRate] = Once("fx_rate")
        self.problems: list[Problem] = []
        self.lines_of_documents = array("I")
        self.currencies: dict[str, int] = {}

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
                    item, odd = claim(record)
                    if odd:
                        self._complain(number, *odd)
                    self.lines_of_documents.append(number)
                    self.currencies.setdefault(item.currency, number)
                    yield item
                elif record is not None:
                    self._keep(record, number)
            except WrongLineError as error:
                self._leave_out(line, number, str(error))

    def _leave_out(self, line: bytes, number: int, why: str) -> None:
        """Leave a line out, or of one of settings what is wrong on it."""
        found = mended(line)
        if found is None:
            self._complain(number, f"{short(why)}; the line is left out")
        else:
            self._complain(number, *map(short, found.problems))
            self._keep(found.settings, number)

    def _complain(self, line: int, *said: str) -> None:
        self.problems += [Problem(self.name, line, what) for what in said]

    def _keep(self, record: Kept, line: int) -> None:
        """Keep what is no document; raises WrongLineError."""
        match record:
            case Settings():
                settings, odd = bounded(record)
                self._complain(line, *map(short, odd))
                twice = self.settings.add("", settings, line)
            case FxRate():
                twice = self.rates.add(*_rate(record), line)
            case Customer():
                twice = self.parties.add(record.id, self._party(record, line), line)
            case StripePayout():
                amount = amount_of("amount", record.amount, record.currency)
                payout = ExpectedPayout(
                    record.id, Money(amount, record.currency), record.arrival_date
                )
                twice = self.payouts.add(record.id, payout, line)
            case _:
                twice = self.past.add(record.id, _past(record), line)
        if twice:
            self._complain(line, short(twice))

    def _party(self, record: Customer, line: int) -> Party:
        rates = []
        for rate in record.withholding_rates or ():
            try:
                rates.append(hundredths(rate, RATE))
            except ValueError as error:
                what = f"`withholding_rates`: {error}; this rate is left out"
                self._complain(line, short(what))
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
            said = f"{twins.id} stands on line {others} already; {what}"
            self._complain(places[-1], short(said))

    def settled(self) -> Settings:
        """Give the settings of the file, or the usual ones, which is told once."""
        for found in self.settings:
            return found
        self._complain(0, "there is no line of type settings; usual limits hold")
        return Settings()


def _rate(record: FxRate) -> tuple[str, FxRate]:
    """Give a rate under what it is of; raises WrongLineError."""
    if not (record.rate.is_finite() and RATE_MIN <= record.rate <= RATE_MAX):
        raise WrongLineError(f"`rate` is {record.rate}; a rate is a number above zero, as 0.866")
    amount_of("currency", 0, record.currency)
    pair = f"{record.currency} {record.base_currency or ''}".rstrip()
    return f"{pair} {record.date}", record


def _past(record: History) -> Past:
    payment = receipt(record.payment, "payment.")
    currency = record.payment.currency
    shares = tuple(
        (one.document_id, amount_of(f"allocations[{at}].amount", one.amount, currency))
        for at, one in enumerate(record.allocations or ())
    )
    return Past(record.id, payment, record.customer_id or "", shares)
