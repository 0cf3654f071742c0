"""A real receivables history as a story: invoices raised and paid on the days they really were.

The file says when each invoice was settled, not how. Here every invoice whose number ends in a
character with a code divisible by four (of the digits 0, 4 and 8) is booked as paid by the
bookkeeper; all others are paid by bank money that names the number and that nobody has placed yet.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.story.companies import Company
from sandbox.story.event import Bill, Customer, Event, at
from sandbox.story.plan import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import Any, TypeVar

    T = TypeVar("T")

COLUMNS = (
    *("countryCode", "customerID", "invoiceNumber", "InvoiceDate", "DueDate", "InvoiceAmount"),
    *("Disputed", "SettledDate", "PaperlessDate", "PaperlessBill", "DaysToSettle", "DaysLate"),
)
CURRENCY = "USD"
# How long the story goes on after the last thing in the file.
REST_DAYS = 30
# QuickBooks keeps document numbers and payment references up to this length.
NUMBER_CHARS_MAX = 21
# A day is two moments, so that a long history is told quickly: the books are written in one go,
# disputes that end first, and by the time new ones are noted the day's invoices are known.
BOOKED, DISPUTED = 9, 10
ORDER = ("release", "invoice", "payment", "receipt")

_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class ReplayError(Exception):
    """The file cannot be replayed; the text names line and column, and what is expected there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a receivables history; `settled` is None while the invoice is open."""

    country: str
    customer: str
    number: str
    day: date
    due: date
    minor: int
    disputed: bool
    settled: date | None

    @property
    def is_booked_by_hand(self) -> bool:
        """Say whether the bookkeeper books its payment, instead of bank money coming in."""
        return ord(self.number[-1]) % 4 == 0


def read(
    path: Path, provider: str, *, zone: str = "America/New_York", country: str = "US"
) -> Story:
    """Read a receivables history (CSV, days as month/day/year, US dollars) as one company's story.

    A customerID is one customer. ReplayError, naming line and column, when a column is missing or
    a cell cannot be understood; nothing of the file is used then.
    """
    company = Company(
        key="history",
        provider=provider,
        name="History Trading Inc",
        zone=zone,
        country=country,
        currencies=(CURRENCY,),
        prefix="",
        terms_days=30,
    )
    return _story(company, entries(path))


def entries(path: Path) -> list[Entry]:
    """Read the lines of a receivables history; ReplayError names what is wrong where."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_columns(reader.fieldnames or ())
            found = [(reader.line_num, _entry(_Row(reader.line_num, row))) for row in reader]
    except UnicodeDecodeError as error:
        raise ReplayError(f"{path.name} is not UTF-8 text: {error}") from error
    except csv.Error as error:
        raise ReplayError(f"{path.name} is not a CSV file: {error}") from error
    if not found:
        raise ReplayError("line 2: the file holds no invoices")
    _check_together(found)
    return [entry for _line, entry in found]


def _check_columns(names: Iterable[str]) -> None:
    missing = [name for name in COLUMNS if name not in set(names)]
    if missing:
        raise ReplayError(
            f"line 1: column {missing[0]} is missing; the columns are {', '.join(COLUMNS)}"
        )


def _check_together(found: list[tuple[int, Entry]]) -> None:
    """Refuse a number used twice, and an ID used in two countries: both would mix up debtors."""
    lines: dict[str, int] = {}
    homes: dict[str, tuple[int, str]] = {}
    for line, entry in found:
        first = lines.setdefault(entry.number, line)
        if first != line:
            raise ReplayError(
                f"line {line}, invoiceNumber: {entry.number} is already on line {first};"
                " every invoice has a number of its own"
            )
        known, country = homes.setdefault(entry.customer, (line, entry.country))
        if country != entry.country:
            raise ReplayError(
                f"line {line}, countryCode: customer {entry.customer} is in {country} on line"
                f" {known} and in {entry.country} here; give the second one a customerID of its own"
            )


class _Row:
    """One line, opened cell by cell; an error names its line and column."""

    def __init__(self, line: int, cells: dict[str | Any, str | Any]) -> None:
        self.line = line
        self.cells = cells
        # The reader keeps surplus cells under None, and gives None for absent ones.
        if None in cells or None in cells.values():
            raise ReplayError(f"line {line}: it has not as many cells as line 1 has columns")

    def wrong(self, column: str, expected: str) -> ReplayError:
        return ReplayError(f"line {self.line}, {column}: {expected}, not {self.cells[column]!r}")

    def read(self, column: str, reading: Callable[[str], T], expected: str) -> T:
        try:
            return reading(str(self.cells[column]).strip())
        except ValueError:
            raise self.wrong(column, expected) from None

    def day(self, column: str) -> date:
        return self.read(column, _day, "expected a day as month/day/year, for example 1/31/2013")


def _entry(row: _Row) -> Entry:
    number = row.read(
        "invoiceNumber", _name, f"expected a number of 1 to {NUMBER_CHARS_MAX} characters"
    )
    found = Entry(
        country=row.read("countryCode", _name, "expected the code of a country"),
        customer=row.read("customerID", _name, "expected the ID of a customer, without a colon"),
        number=number,
        day=row.day("InvoiceDate"),
        due=row.day("DueDate"),
        minor=row.read("InvoiceAmount", _minor, "expected an amount above 0, for example 55.94"),
        disputed=row.read("Disputed", _yes, "expected Yes or No"),
        settled=row.day("SettledDate") if str(row.cells["SettledDate"]).strip() else None,
    )
    _check_days(row, found)
    return found


def _check_days(row: _Row, entry: Entry) -> None:
    """Hold the days against each other: a file with day and month swapped must not pass."""
    if entry.due < entry.day:
        raise row.wrong("DueDate", f"expected a day from {entry.day} on")
    if entry.settled is None:
        return
    if entry.settled < entry.day:
        raise row.wrong("SettledDate", f"expected a day from {entry.day} on, or nothing")
    counts = {
        "DaysToSettle": (entry.settled - entry.day).days,
        "DaysLate": max((entry.settled - entry.due).days, 0),
    }
    for column, days in counts.items():
        if str(row.cells[column]).strip() != str(days):
            raise row.wrong(column, f"expected {days}, as the days of this line say")


def _name(text: str) -> str:
    # QuickBooks takes a colon in a name for the mark between a customer and its sub-customer.
    if not 1 <= len(text) <= NUMBER_CHARS_MAX or ":" in text or not text.isprintable():
        raise ValueError(text)
    return text


def _yes(text: str) -> bool:
    if text.lower() not in {"yes", "no"}:
        raise ValueError(text)
    return text.lower() == "yes"


def _day(text: str) -> date:
    parts = _DAY.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    month, day, year = (int(part) for part in parts.groups())
    return date(year, month, day)


def _minor(text: str) -> int:
    parts = _AMOUNT.fullmatch(text)
    minor = int(parts[1]) * 100 + int((parts[2] or "").ljust(2, "0")) if parts else 0
    if minor == 0:
        raise ValueError(text)
    return minor


def _story(company: Company, found: list[Entry]) -> Story:
    start = min(entry.day for entry in found)
    last = max(max(entry.due, entry.settled or entry.due) for entry in found)
    events = [event for entry in found for event in _events(company, entry)]
    events += [
        Event(at(company, start, 8), company.key, "live"),
        Event(at(company, start + timedelta(days=1), 8), company.key, "trust"),
    ]
    ids = dict.fromkeys(entry.customer for entry in found)
    return Story(
        start=start,
        days=(last - start).days + REST_DAYS,
        companies=(company,),
        customers=tuple(
            _customer(company, place, customer_id) for place, customer_id in enumerate(ids, start=1)
        ),
        bills={entry.number: _bill(company, entry) for entry in found},
        before=(),
        events=tuple(sorted(events, key=_when)),
    )


def _when(event: Event) -> tuple[datetime, int]:
    return event.at, ORDER.index(event.kind) if event.kind in ORDER else 0


def _customer(company: Company, place: int, customer_id: str) -> Customer:
    words = re.findall("[a-z0-9]+", customer_id.lower())
    # IDs that differ in their punctuation alone must not share an address.
    host = "-".join([*words, str(place)])
    return Customer(
        company=company.key,
        name=f"Customer {customer_id}",
        email=f"accounts@{host}.example",
        currency=CURRENCY,
    )


def _bill(company: Company, entry: Entry) -> Bill:
    return Bill(
        company=company.key,
        number=entry.number,
        customer=f"Customer {entry.customer}",
        day=entry.day,
        due=entry.due,
        minor=entry.minor,
        currency=CURRENCY,
    )


def _events(company: Company, entry: Entry) -> list[Event]:
    """Say what becomes of an invoice: raised, perhaps disputed until settled, paid."""
    numbers, customer = (entry.number,), f"Customer {entry.customer}"

    def event(kind: str, day: date, hour: int, **sides: Any) -> Event:  # noqa: ANN401 - its sides
        return Event(at(company, day, hour), company.key, kind, **sides)

    found = [event("invoice", entry.day, BOOKED, numbers=numbers, customer=customer)]
    # One settled on its first day was settled before anybody could note that it is disputed.
    disputed = entry.disputed and entry.settled != entry.day
    if disputed:
        said = "Disputed, as the history says"
        found.append(event("dispute", _disputed_on(entry), DISPUTED, numbers=numbers, text=said))
    if entry.settled is None:
        return found
    if disputed:
        found.append(event("release", entry.settled, BOOKED, numbers=numbers, text="Settled"))
    money = {"minor": entry.minor, "currency": CURRENCY}
    if entry.is_booked_by_hand:
        return [*found, event("payment", entry.settled, BOOKED, numbers=numbers, **money)]
    told = {"customer": customer, "text": entry.number, "pays": numbers}
    return [*found, event("receipt", entry.settled, BOOKED, **money, **told)]


def _disputed_on(entry: Entry) -> date:
    """Open a dispute on the due date, or a third of the way to a settlement before that."""
    if entry.settled is None or entry.settled > entry.due:
        return entry.due
    return entry.day + timedelta(days=(entry.settled - entry.day).days // 3)
