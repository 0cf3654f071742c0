"""One customer that takes the discount for early payment, on a bill every fortnight.

It pays over the bank, and always as if it were in time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.story.companies import customer_email, customer_name
from sandbox.story.event import Bill, Customer, Event, at

if TYPE_CHECKING:
    from datetime import date

    from sandbox.story.companies import Company

# Percent, and the days in which it may be kept.
DISCOUNT = (2, 10)
# Where the numbers of its bills begin, behind those of everybody else.
NUMBERS_FROM = 2001
EVERY_DAYS = 14
# Which of its bills it pays too late, and by how much.
LATE, LATE_DAYS = 1, 14


def early_payer(
    company: Company, place: int, start: date, end: date
) -> tuple[Customer, list[Bill], list[Event]]:
    """Write a customer by its place among all, with its bills, and how they come and are paid."""
    name = customer_name(company.country, place)
    currency = company.currencies[0]
    customer = Customer(company.key, name, customer_email(name), currency, discount=DISCOUNT)
    bills: list[Bill] = []
    events: list[Event] = []
    day = start + timedelta(days=1)
    while day < end:
        number = f"{company.prefix}{NUMBERS_FROM + len(bills)}"
        minor = 480_000 + 37_500 * len(bills)
        due = day + timedelta(days=company.terms_days)
        bill = Bill(company.key, number, name, day, due, minor, currency)
        events += [_raised(company, bill), _paid(company, bill, late=len(bills) == LATE)]
        bills.append(bill)
        day += timedelta(days=EVERY_DAYS)
    return customer, bills, events


def _raised(company: Company, bill: Bill) -> Event:
    moment = at(company, bill.day, 9)
    return Event(moment, company.key, "invoice", (bill.number,), bill.customer)


def _paid(company: Company, bill: Bill, *, late: bool) -> Event:
    percent, days = DISCOUNT
    day = bill.day + timedelta(days=days - 2 + (LATE_DAYS if late else 0))
    return Event(
        at(company, day, 11),
        company.key,
        "wire",
        customer=bill.customer,
        minor=bill.minor - bill.minor * percent // 100,
        currency=bill.currency,
        text=bill.number,
        pays=(bill.number,),
        payer=bill.customer,
        how="ach",
    )
