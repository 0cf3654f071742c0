"""What happens in one seeded world: a few small companies, their customers, and every act ahead.

Denser than life: most bills meet some trouble, and the troubles overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.story.companies import Company, customer_email, customer_name
from sandbox.story.event import Bill, Customer, Event, at
from worlds.wires import through_the_bank

if TYPE_CHECKING:
    from random import Random

CUSTOMERS = (9, 13)
BILLS_BEFORE = (12, 18)
BILLS_A_DAY = 0.6
HISTORY_DAYS = 35

# Which companies may live in a world; a world takes one to three of them.
COMPANIES = (
    Company("ash", "xero", "Ash & Alder Ltd", "Europe/London", "GB", ("GBP",), "AA-", 14),
    Company("birch", "quickbooks", "Birch Hollow Inc", "America/Chicago", "US", ("USD",), "BH", 14),
    Company(
        "cypress",
        "xero",
        "Cypress Werkzeug GmbH",
        "Europe/Berlin",
        "DE",
        ("EUR", "USD", "GBP"),
        "CW-",
        10,
    ),
    Company(
        "dogwood", "quickbooks", "Dogwood Tools Inc", "America/New_York", "US", ("USD",), "D", 10
    ),
)

# How a bill ends, with weights; each is a method of `_Writer`.
ENDS = (
    ("by_receipt", 16),
    ("by_mute_receipt", 12),
    ("by_card", 14),
    ("by_two_cards", 8),
    ("booked", 10),
    ("booked_in_parts", 5),
    ("short", 6),
    ("twice", 6),
    ("raced", 6),
    ("credited", 6),
    ("credited_loosely", 4),
    ("voided", 4),
    ("disputed", 6),
    ("promised", 5),
    ("bounced", 4),
    ("moved", 4),
    ("refunded", 3),
    ("never", 12),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """A whole world ahead. `before` stands in the books when the world begins."""

    start: date
    days: int
    companies: tuple[Company, ...]
    customers: tuple[Customer, ...]
    bills: dict[str, Bill]
    before: tuple[Event, ...]
    events: tuple[Event, ...]

    @property
    def begin(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.start, time(), UTC)

    @property
    def end(self) -> datetime:
        """The moment after which nobody does anything any more."""
        return self.begin + timedelta(days=self.days)


def write(rng: Random, days: int) -> Cast:
    """Write a world of so many days."""
    start = date(2026, 1, 5) + timedelta(days=rng.randrange(330))
    picked = rng.sample(COMPANIES, rng.choice((1, 1, 1, 2)))
    writers = [_Writer(company, rng, start, days) for company in picked]
    events: list[Event] = []
    for writer in writers:
        writer.write()
        events += writer.events
    events.sort(key=lambda event: event.at)
    begin = datetime.combine(start, time(), UTC)
    # The last day is quiet, so that what is under way can be carried out.
    end = begin + timedelta(days=days - 1)
    inside = (event for event in events if begin <= event.at < end)
    every_day = [start + timedelta(days=one) for one in range(days)]
    companies, told = through_the_bank(picked, inside, every_day, rng)
    return Cast(
        start=start,
        days=days,
        companies=companies,
        customers=tuple(one for writer in writers for one in writer.customers),
        bills={number: bill for writer in writers for number, bill in writer.bills.items()},
        before=tuple(event for event in events if event.at < begin),
        events=told,
    )


class _Writer:
    """Writes one company's part."""

    def __init__(self, company: Company, rng: Random, start: date, days: int) -> None:
        self.company = company
        self.rng = rng
        self.start = start
        self.days = days
        self.customers: list[Customer] = []
        self.bills: dict[str, Bill] = {}
        self.events: list[Event] = []

    def write(self) -> None:
        """Write customers, bills, what becomes of each, and what people do besides."""
        for number in range(self.rng.randint(*CUSTOMERS)):
            self._customer(number)
        self._bills()
        ends, weights = zip(*ENDS, strict=True)
        for bill in self.bills.values():
            getattr(self, f"_{self.rng.choices(ends, weights)[0]}")(bill)
        self._lumps()
        self._people()
        self._payouts()

    def _customer(self, number: int) -> None:
        name = customer_name(self.company.country, number + self.rng.randrange(3) * 40)
        currency = self.rng.choice(self.company.currencies)
        has_email = self.rng.random() > 0.06  # noqa: PLR2004 - a few have none
        self.customers.append(
            Customer(self.company.key, name, customer_email(name), currency, has_email)
        )

    def _bills(self) -> None:
        before = [
            self.start - timedelta(days=self.rng.randrange(1, HISTORY_DAYS))
            for _ in range(self.rng.randint(*BILLS_BEFORE))
        ]
        during = [
            self.start + timedelta(days=self.rng.randrange(max(self.days - 4, 1)))
            for _ in range(int(self.days * BILLS_A_DAY))
        ]
        amount = 0
        for number, day in enumerate(sorted(before + during), start=1001):
            customer = self.rng.choice(self.customers)
            # Now and then two bills have the same amount: nobody can tell which was paid.
            if not amount or self.rng.random() > 0.1:  # noqa: PLR2004
                amount = self.rng.randrange(4_000, 400_000)
            bill = Bill(
                company=self.company.key,
                number=f"{self.company.prefix}{number}",
                customer=customer.name,
                day=day,
                due=day + timedelta(days=self.company.terms_days),
                minor=amount,
                currency=customer.currency,
            )
            self.bills[bill.number] = bill
            self._add("invoice", day, 8, bill)

    def _add(  # noqa: PLR0913 - an event has this many sides
        self,
        kind: str,
        day: date,
        hour: int,
        bill: Bill | None = None,
        *,
        minor: int = 0,
        text: str = "",
        pays: tuple[str, ...] = (),
    ) -> None:
        self.events.append(
            Event(
                at(self.company, max(day, self.start) if kind != "invoice" else day, hour)
                + timedelta(minutes=self.rng.randrange(50)),
                self.company.key,
                kind,
                numbers=(bill.number,) if bill else (),
                customer=bill.customer if bill else "",
                minor=minor,
                currency=bill.currency if bill else "",
                text=text,
                pays=pays,
            )
        )

    def _paid_on(self, bill: Bill) -> date:
        """Most pay around the due date, some on the very morning a reminder goes out."""
        return bill.due + timedelta(days=self.rng.choice((-5, -3, 0, 0, 1, 3, 7, 7, 8, 14, 20)))

    def _hour(self) -> int:
        return self.rng.choice((7, 9, 9, 10, 10, 11, 14, 17))

    def _by_receipt(self, bill: Bill, *, minor: int = 0, text: str | None = None) -> None:
        words = f"{self.rng.choice(('', 'Payment ', 'Inv '))}{bill.number}"
        self._add(
            "receipt",
            self._paid_on(bill),
            self._hour(),
            bill,
            minor=minor or bill.minor,
            text=words if text is None else text,
            pays=(bill.number,),
        )

    def _by_mute_receipt(self, bill: Bill) -> None:
        self._by_receipt(bill, text="TRANSFER")

    def _by_card(self, bill: Bill, *, minor: int = 0, after: int = 0) -> None:
        day = self._paid_on(bill) + timedelta(days=after)
        self._add("card", day, self._hour(), bill, minor=minor or bill.minor, pays=(bill.number,))

    def _by_two_cards(self, bill: Bill) -> None:
        half = bill.minor // 2
        self._by_card(bill, minor=half)
        self._by_card(bill, minor=bill.minor - half, after=self.rng.randrange(3))

    def _booked(self, bill: Bill) -> None:
        self._add("payment", self._paid_on(bill), self._hour(), bill, minor=bill.minor)

    def _booked_in_parts(self, bill: Bill) -> None:
        self._add("payment", self._paid_on(bill), self._hour(), bill, minor=bill.minor // 3)
        self._booked(bill)

    def _short(self, bill: Bill) -> None:
        self._by_receipt(bill, minor=bill.minor - self.rng.randrange(500, 3_000), text=bill.number)

    def _twice(self, bill: Bill) -> None:
        """Pay by transfer and by card: one of the two must stay unapplied."""
        self._by_receipt(bill)
        self._by_card(bill)

    def _raced(self, bill: Bill) -> None:
        """Pay by transfer, and the bookkeeper books it by hand or applies it herself."""
        self._by_receipt(bill)
        kind = self.rng.choice(("payment", "by_user"))
        self._add(kind, self._paid_on(bill), self._hour(), bill, minor=bill.minor)

    def _credited(self, bill: Bill) -> None:
        day = bill.due + timedelta(days=self.rng.randrange(-5, 9))
        part = self.rng.choice((1, 1, 2))
        self._add("credit", day, self._hour(), bill, minor=bill.minor // part)

    def _credited_loosely(self, bill: Bill) -> None:
        """Credit the customer without saying which bill it is for."""
        day = bill.due + timedelta(days=self.rng.randrange(-5, 9))
        self._add("credit_loose", day, self._hour(), bill, minor=bill.minor)

    def _voided(self, bill: Bill) -> None:
        day = bill.day + timedelta(days=self.rng.randrange(2, 30))
        self._add("void", day, self._hour(), bill)

    def _disputed(self, bill: Bill) -> None:
        opened = bill.due + timedelta(days=self.rng.randrange(-4, 8))
        self._add("dispute", opened, self._hour(), bill, text="Goods arrived damaged")
        ended = max(opened, self.start) + timedelta(days=self.rng.randrange(5, 15))
        self._add("release", ended, self._hour(), bill)

    def _promised(self, bill: Bill) -> None:
        """Promise to pay by a day, and keep it, take it back, or forget it."""
        opened = bill.due + timedelta(days=self.rng.randrange(-3, 12))
        days = self.rng.randrange(2, 12)
        self._add("promise", opened, self._hour(), bill, minor=days, text="Said on the phone")
        kept = self.rng.choice(("kept", "forgotten", "taken back"))
        begun = max(opened, self.start)
        if kept == "kept":
            day = begun + timedelta(days=days)
            self._add("receipt", day, self._hour(), bill, minor=bill.minor, text=bill.number)
        elif kept == "taken back":
            self._add("release", begun + timedelta(days=1), self._hour(), bill)

    def _bounced(self, bill: Bill) -> None:
        """Book a payment that is taken back some days later."""
        self._booked(bill)
        day = bill.due + timedelta(days=self.rng.randrange(15, 24))
        self._add("unpay", day, self._hour(), bill)

    def _moved(self, bill: Bill) -> None:
        day = bill.due + timedelta(days=self.rng.randrange(-3, 6))
        self._add("due", day, self._hour(), bill, minor=self.rng.randrange(3, 12))

    def _refunded(self, bill: Bill) -> None:
        self._by_card(bill)
        day = bill.due + timedelta(days=self.rng.randrange(-4, 24))
        self._add("refund", day, self._hour(), bill)

    def _never(self, bill: Bill) -> None:
        """Somebody who does not pay, whatever is written."""

    def _lumps(self) -> None:
        """Let a customer pay two bills with one transfer that names both."""
        by_customer: dict[str, list[Bill]] = {}
        for bill in self.bills.values():
            by_customer.setdefault(bill.customer, []).append(bill)
        for bills in list(by_customer.values())[:3]:
            pair = bills[-2:]
            numbers = tuple(bill.number for bill in pair)
            self._add(
                "receipt",
                self._paid_on(pair[-1]),
                self._hour(),
                pair[-1],
                minor=sum(bill.minor for bill in pair),
                text=" ".join(numbers),
                pays=numbers,
            )

    def _payouts(self) -> None:
        """Let Stripe pay out what is available, once a week."""
        for week in range(self.days // 7):
            self._add("payout", self.start + timedelta(days=7 * week + 4), 5)

    def _people(self) -> None:
        """Switch everything on early; then undo, lose consent and come back."""
        self._add("live", self.start, 6)
        self._add("trust", self.start + timedelta(days=self.rng.randrange(3)), 6)
        for _ in range(max(self.days // 15, 1)):
            self._add("undo", self._some_day(), self._hour())
        for _ in range(self.days // 20):
            kind = self.rng.choice(("revoke", "disconnect", "revoke_cards", "rename", "lock"))
            day = self._some_day()
            self._add(kind, day, self._hour())
            if kind == "disconnect":
                self._add("reconnect", day + timedelta(days=self.rng.randrange(1, 4)), 9)

    def _some_day(self) -> date:
        return self.start + timedelta(days=self.rng.randrange(min(5, self.days - 1), self.days))
