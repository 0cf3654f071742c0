"""What a story is made of: customers, their bills, and what happens at which moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sandbox.story.companies import Company


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of one company."""

    company: str
    name: str
    email: str
    currency: str
    # A customer without address cannot be reminded by mail.
    has_email: bool = True
    # What it may keep of a bill: so many percent, where it pays within so many days.
    discount: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice of the story; `minor` units of `currency`."""

    company: str
    number: str
    customer: str
    day: date
    due: date
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a moment.

    `kind`: invoice, payment (booked by the bookkeeper), receipt (bank money nobody has placed),
    card and payout (Stripe), credit, void; and what people do in the product: dispute, promise
    (`minor` days ahead), release, live, trust (matching goes from suggest to auto), disconnect,
    reconnect. A wire is a line on a bank account: `payer` is who the bank says it is, `how` the way
    it came or went, and banks kept `fee_minor` of it; a statement is what the bank prints of them.
    """

    at: datetime
    company: str
    kind: str
    numbers: tuple[str, ...] = ()
    customer: str = ""
    minor: int = 0
    currency: str = ""
    text: str = ""
    pays: tuple[str, ...] = ()
    payer: str = ""
    how: str = ""
    fee_minor: int = 0


def at(company: Company, day: date, hour: int, minute: int = 0) -> datetime:
    """Give the moment of a wall-clock time where a company is."""
    local = datetime.combine(day, time(hour, minute), ZoneInfo(company.zone))
    return local.astimezone(UTC)
