"""What of the story goes through a bank: transfers with their ways to go wrong, and statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from sandbox.bank.standin import ORDINARY
from sandbox.story.event import Event, at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from sandbox.story.companies import Company
    from sandbox.story.event import Bill

FEE_MINOR = 12_50
TOO_MUCH_MINOR = 150_00
FRIDAY, WEDNESDAY = 4, 2
# Who pays for customers that belong to it, by country.
PARENTS = {"GB": "Ashdown Group plc", "DE": "Continental Beteiligungs GmbH"}


def through_the_bank(
    company: Company, events: Iterable[Event], bills: Mapping[str, Bill], span: tuple[date, date]
) -> list[Event]:
    """Let a company's money in its own currency come in at its bank instead of in its books.

    Cheques stay in its books, for a statement does not say what they are for. `span` is the first
    day and the day after the last one; what is before stays as it was.
    """
    start, end = span
    begin = at(company, start, 0)
    found = sorted(events, key=lambda event: event.at)
    fates = cycle(_FATES)
    told: list[Event] = []
    for event in found:
        own = event.kind == "receipt" and event.currency == company.currencies[0]
        if company.cheques or not own or event.at < begin:
            told.append(event)
            continue
        wire = replace(event, kind="wire", payer=event.customer, how=ORDINARY[company.bank])
        told += next(fates)(company, wire) if _is_plain(wire, bills) else [wire]
    return [*told, *_housekeeping(company, start, end)]


def _is_plain(wire: Event, bills: Mapping[str, Bill]) -> bool:
    """Say whether it pays one bill in full and names it: others have trouble of their own."""
    (first, *more) = wire.pays
    return not more and first in wire.text and wire.minor == bills[first].minor


def _as_it_is(_company: Company, wire: Event) -> list[Event]:
    return [wire]


def _less_a_fee(company: Company, wire: Event) -> list[Event]:
    """Come from abroad, and lose a bank's fee on the way; a bank at home takes none."""
    if company.bank != "camt" or wire.minor < 10 * FEE_MINOR:
        return [wire]
    return [replace(wire, minor=wire.minor - FEE_MINOR, how="wire", fee_minor=FEE_MINOR)]


def _too_much(_company: Company, wire: Event) -> list[Event]:
    return [replace(wire, minor=wire.minor + TOO_MUCH_MINOR)]


def _by_the_parent(company: Company, wire: Event) -> list[Event]:
    return [replace(wire, payer=PARENTS[company.country])]


def _twice(_company: Company, wire: Event) -> list[Event]:
    return [wire, replace(wire, at=wire.at + timedelta(days=5))]


def _taken_back(_company: Company, wire: Event) -> list[Event]:
    back = replace(wire, minor=-wire.minor, how="returned", pays=())
    return [wire, replace(back, at=wire.at + timedelta(days=4))]


# What becomes of transfers that name their bill, one after the other.
_FATES: tuple[Callable[[Company, Event], list[Event]], ...] = (
    *(_less_a_fee, _too_much, _as_it_is, _by_the_parent, _twice),
    *(_as_it_is, _taken_back, _as_it_is, _as_it_is, _as_it_is),
)


def _housekeeping(company: Company, start: date, end: date) -> Iterator[Event]:
    """Move money between own accounts and earn interest; statements are printed every Friday."""
    for number in range((end - start).days):
        day = start + timedelta(days=number)
        if day.weekday() == FRIDAY:
            yield Event(at(company, day, 8), company.key, "statement")
        if day.weekday() == WEDNESDAY:
            wire = Event(at(company, day, 12), company.key, "wire", currency=company.currencies[0])
            saved = "Transfer to the reserve account"
            yield replace(wire, payer=company.name, how="own", minor=-5_000_00, text=saved)
            yield replace(wire, how="interest", minor=4_12 + number, text="Interest credited")
