"""What of a world's money comes in at a bank, and which statements its accountant fetches.

Some of it stands on the bank alone, some in the ledger as well, as a bookkeeper recorded it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.bank.standin import ORDINARY
from sandbox.story.event import Event, at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from random import Random

    from sandbox.story.companies import Company

# How many companies bank where statements are handed in.
BANKING = 0.7
# As what the bank of a country prints them.
FORMS = {"DE": "camt", "GB": "mt940", "US": "bai2"}
FEE_MINOR = (500, 2_500)
PARENT = "Allgemeine Beteiligungs Holding"

# Where money that nobody booked comes in, with weights.
WAYS = (
    ("in_the_ledger", 30),
    ("on_the_bank", 38),
    ("in_both", 12),
    ("less_a_fee", 5),
    ("too_much", 5),
    ("by_the_parent", 4),
    ("twice", 3),
    ("taken_back", 3),
)
# How a statement gets to the product: at once, after the next one, or at once and later again.
HANDED_IN = (("", 70), ("late", 15), ("again", 15))
STATEMENT_DAYS = (2, 3, 4, 7)


def through_the_bank(
    everybody: Iterable[Company], events: Iterable[Event], days: Sequence[date], rng: Random
) -> tuple[tuple[Company, ...], tuple[Event, ...]]:
    """Let some companies have a bank, where some of their money comes in from the first day on.

    Gives the companies and all events again. On the last of the days nothing happens.
    """
    companies: list[Company] = []
    told = list(events)
    for company in everybody:
        if rng.random() > BANKING:
            companies.append(company)
            continue
        banking = replace(company, bank=FORMS[company.country])
        companies.append(banking)
        told = [one for event in told for one in _told(banking, event, rng)]
        told += _statements(banking, days, rng)
    end = datetime.combine(days[-1], time(), UTC)
    told = sorted((one for one in told if one.at < end), key=lambda one: one.at)
    return tuple(companies), tuple(told)


def _told(company: Company, event: Event, rng: Random) -> list[Event]:
    own = event.company == company.key and event.currency == company.currencies[0]
    if event.kind != "receipt" or not own:
        return [event]
    wire = replace(event, kind="wire", payer=event.customer, how=ORDINARY[company.bank])
    way = _drawn(WAYS, rng)
    booked = wire.at + timedelta(days=rng.randrange(3))
    later = wire.at + timedelta(days=rng.randrange(1, 6))
    ways = {
        "in_the_ledger": [event],
        "on_the_bank": [wire],
        "in_both": [wire, replace(event, how="both", at=booked)],
        "too_much": [replace(wire, minor=wire.minor + rng.randrange(1, 20_000))],
        "by_the_parent": [replace(wire, payer=PARENT)],
        "twice": [wire, replace(wire, at=later)],
        "taken_back": [wire, replace(wire, minor=-wire.minor, how="returned", pays=(), at=later)],
    }
    if way == "less_a_fee":
        fee = min(rng.randrange(*FEE_MINOR), wire.minor // 10)
        return [replace(wire, minor=wire.minor - fee, how="wire", fee_minor=fee)]
    return ways[way]


def _statements(company: Company, days: Sequence[date], rng: Random) -> list[Event]:
    found, day = [], days[0]
    while day <= days[-1]:
        day += timedelta(days=rng.choice(STATEMENT_DAYS))
        how = _drawn(HANDED_IN, rng)
        moment = at(company, day, rng.choice((7, 9, 15)))
        found.append(Event(moment, company.key, "statement", how=how))
    return found


def _drawn(odds: tuple[tuple[str, int], ...], rng: Random) -> str:
    return rng.choices([name for name, _ in odds], [weight for _, weight in odds])[0]
