"""What happens: invoices raised, and for each one how it is paid, disputed, credited or not at all.

Written ahead from a seed. The truth stands in it too (`Event.pays`: which invoices a receipt was
meant for), which only the story's accountant may look at, when she is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.story.companies import COMPANIES, Company, customer_email, customer_name
from sandbox.story.early import early_payer
from sandbox.story.event import Bill, Customer, Event, at
from sandbox.story.wires import through_the_bank

if TYPE_CHECKING:
    from random import Random  # noqa: TID251 - only its type; the seeded source is handed in

CUSTOMERS = 36
# Months of invoices that are there before the story begins, and invoices raised during it.
HISTORY_DAYS = 90
INVOICES_BEFORE = 200
INVOICES_DURING = 130


@dataclass(frozen=True, slots=True)
class Story:
    """A whole story. `before` is what the books hold when it begins."""

    start: date
    days: int
    companies: tuple[Company, ...]
    customers: tuple[Customer, ...]
    bills: dict[str, Bill]
    before: tuple[Event, ...]
    events: tuple[Event, ...] = field(default=())

    @property
    def name(self) -> str:
        """What tells this story from another."""
        who = "+".join(f"{one.key}@{one.provider}{one.bank}" for one in self.companies)
        return f"{who} {self.start} {self.days} days {len(self.bills)} bills"


class Writer:
    """Writes one company's part."""

    def __init__(self, company: Company, rng: Random, start: date, days: int) -> None:
        """Begin with nothing written."""
        self.company = company
        self.rng = rng
        self.start = start
        self.end = start + timedelta(days=days)
        self.customers: list[Customer] = []
        self.bills: dict[str, Bill] = {}
        self.events: list[Event] = []

    def write(self) -> None:
        """Write the customers, the bills and what becomes of each."""
        self._write_customers()
        self._write_bills()
        lumps = self._lumps()
        for bill in self.bills.values():
            if bill.number not in lumps:
                self._end_of(bill)
        self._write_people()
        self._write_payouts()
        if self.company.cheques:
            self._write_early()
        if self.company.bank:
            span = (self.start, self.end)
            self.events = through_the_bank(self.company, self.events, self.bills, span)

    def _write_customers(self) -> None:
        for number in range(CUSTOMERS):
            name = customer_name(self.company.country, number)
            currencies = self.company.currencies
            # Most customers are billed in the company's own currency.
            currency = currencies[0] if number % 4 else currencies[number // 4 % len(currencies)]
            self.customers.append(
                Customer(
                    company=self.company.key,
                    name=name,
                    email=customer_email(name),
                    currency=currency,
                    has_email=number != CUSTOMERS - 1,
                )
            )

    def _write_bills(self) -> None:
        before = [
            self.start - timedelta(days=self.rng.randrange(1, HISTORY_DAYS))
            for _ in range(INVOICES_BEFORE)
        ]
        span = (self.end - self.start).days
        during = [
            self.start + timedelta(days=self.rng.randrange(max(span - 5, 1)))
            for _ in range(INVOICES_DURING)
        ]
        for number, day in enumerate(sorted(before + during), start=1001):
            customer = self.rng.choice(self.customers)
            bill = Bill(
                company=self.company.key,
                number=f"{self.company.prefix}{number}",
                customer=customer.name,
                day=day,
                due=day + timedelta(days=self.company.terms_days),
                minor=self.rng.randrange(4_000, 900_000),
                currency=customer.currency,
            )
            self.bills[bill.number] = bill
            self._add("invoice", day, 9, numbers=(bill.number,), customer=bill.customer)

    def _add(  # noqa: PLR0913 - an event has this many sides
        self,
        kind: str,
        day: date,
        hour: int,
        *,
        numbers: tuple[str, ...] = (),
        customer: str = "",
        minor: int = 0,
        currency: str = "",
        text: str = "",
        pays: tuple[str, ...] = (),
    ) -> None:
        moment = at(self.company, day, hour, len(self.events) % 50)
        self.events.append(
            Event(
                moment,
                self.company.key,
                kind,
                numbers=numbers,
                customer=customer,
                minor=minor,
                currency=currency,
                text=text,
                pays=pays,
            )
        )

    def _lumps(self) -> set[str]:
        """Let some customers pay two bills with one transfer that names both."""
        used: set[str] = set()
        by_customer: dict[str, list[Bill]] = {}
        for bill in self.bills.values():
            if bill.day >= self.start - timedelta(days=30):
                by_customer.setdefault(bill.customer, []).append(bill)
        for customer, bills in sorted(by_customer.items())[:12]:
            pair = bills[:2]
            if len(pair) < 2:  # noqa: PLR2004 - a pair
                continue
            numbers = tuple(bill.number for bill in pair)
            used |= set(numbers)
            self._add(
                "receipt",
                max(pair[1].due, self.start) + timedelta(days=self.rng.randrange(2, 9)),
                10,
                customer=customer,
                minor=sum(bill.minor for bill in pair),
                currency=pair[0].currency,
                text=" ".join(numbers),
                pays=numbers,
            )
        return used

    def _end_of(self, bill: Bill) -> None:
        ends: list[tuple[int, Callable[[Bill], None]]] = [
            (30, self._receipt_with_number),
            (14, self._receipt_without_number),
            (20 if self.company.takes_cards else 0, self._card),
            (22, self._booked),
            (5, self._short),
            (4, self._credited),
            (2, self._voided),
            (3, self._disputed),
            (10, self._never),
        ]
        weights = [weight for weight, _end in ends]
        self.rng.choices([end for _weight, end in ends], weights)[0](bill)

    def _paid_on(self, bill: Bill) -> date:
        """Most pay around the due date; some only after a reminder or three."""
        late = self.rng.choice((-6, -2, 0, 1, 2, 4, 8, 12, 16, 24, 33))
        return bill.due + timedelta(days=late)

    def _receipt(self, bill: Bill, minor: int, text: str) -> None:
        self._add(
            "receipt",
            self._paid_on(bill),
            11,
            customer=bill.customer,
            minor=minor,
            currency=bill.currency,
            text=text,
            pays=(bill.number,),
        )

    def _receipt_with_number(self, bill: Bill) -> None:
        self._receipt(bill, bill.minor, self.rng.choice(("", "Payment ", "Inv ")) + bill.number)

    def _receipt_without_number(self, bill: Bill) -> None:
        self._receipt(bill, bill.minor, "TRANSFER")

    def _short(self, bill: Bill) -> None:
        self._receipt(bill, bill.minor - self.rng.randrange(500, 3_000), bill.number)

    def _card(self, bill: Bill) -> None:
        self._add(
            "card",
            self._paid_on(bill),
            14,
            numbers=(bill.number,),
            customer=bill.customer,
            minor=bill.minor,
            currency=bill.currency,
            pays=(bill.number,),
        )

    def _booked(self, bill: Bill) -> None:
        self._add("payment", self._paid_on(bill), 15, numbers=(bill.number,), minor=bill.minor)

    def _credited(self, bill: Bill) -> None:
        day = bill.due + timedelta(days=self.rng.randrange(-5, 9))
        self._add("credit", day, 12, numbers=(bill.number,), minor=bill.minor)

    def _voided(self, bill: Bill) -> None:
        day = bill.day + timedelta(days=self.rng.randrange(2, 20))
        self._add("void", day, 12, numbers=(bill.number,))

    def _disputed(self, bill: Bill) -> None:
        """Open a dispute and end it: half the bill is credited, the rest stays owed."""
        opened = max(bill.due, self.start) + timedelta(days=3)
        self._add("dispute", opened, 13, numbers=(bill.number,), text="Goods arrived damaged")
        ended = opened + timedelta(days=self.rng.randrange(9, 18))
        half = bill.minor // 2
        self._add("credit", ended, 12, numbers=(bill.number,), minor=half)
        self._add("release", ended, 13, numbers=(bill.number,), text="Half of it credited")

    def _never(self, bill: Bill) -> None:
        """Somebody who does not pay, whatever is written."""

    def _write_payouts(self) -> None:
        """Let Stripe pay out what is available, every Friday."""
        for day in range((self.end - self.start).days if self.company.takes_cards else 0):
            friday = self.start + timedelta(days=day)
            if friday.weekday() == 4:  # noqa: PLR2004 - Friday
                self._add("payout", friday, 6)

    def _write_early(self) -> None:
        customer, bills, events = early_payer(self.company, CUSTOMERS, self.start, self.end)
        self.customers.append(customer)
        self.bills |= {bill.number: bill for bill in bills}
        self.events += events

    def _write_people(self) -> None:
        self._add("live", self.start + timedelta(days=1), 8)
        self._add("trust", self.start + timedelta(days=10), 8)
        if self.company.key == COMPANIES[1].key:
            self._add("disconnect", self.start + timedelta(days=30), 16)
            self._add("reconnect", self.start + timedelta(days=32), 9)


def write(rng: Random, start: date, days: int = 60) -> Story:
    """Write the story of all three companies from `start` on."""
    customers: list[Customer] = []
    bills: dict[str, Bill] = {}
    events: list[Event] = []
    for company in COMPANIES:
        writer = Writer(company, rng, start, days)
        writer.write()
        customers += writer.customers
        bills |= writer.bills
        events += writer.events
    events.sort(key=lambda event: event.at)
    begin = datetime.combine(start, time(), UTC)
    end = begin + timedelta(days=days)
    return Story(
        start=start,
        days=days,
        companies=COMPANIES,
        customers=tuple(customers),
        bills=bills,
        before=tuple(event for event in events if event.at < begin),
        events=tuple(event for event in events if begin <= event.at < end),
    )
