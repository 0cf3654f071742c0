"""When messages may go: the customer's clock, its open days, and the hours of the send window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ledger.days import CLOSED_DAYS_MAX, at_local, local_day, local_time, open_day, weekday, zone_of

if TYPE_CHECKING:
    from ledger.documents import Customer, Organisation
    from rules.ruleset import RuleSet

# Says whether a day is a public holiday in a country (two letters, or None where unknown). The
# calendar comes from outside: which day is a holiday is no matter of the rules.
Closed = Callable[[date, str | None], bool]


def zone_for(rules: RuleSet, customer: Customer, organisation: Organisation) -> str:
    """Say whose clock counts for a customer; a zone the ledger misspells is not its own."""
    if rules.dunning.timezone == "organisation" or not customer.zone:
        return organisation.zone
    try:
        zone_of(customer.zone)
    except ValueError:
        return organisation.zone
    return customer.zone


def country_for(rules: RuleSet, customer: Customer, organisation: Organisation) -> str | None:
    """Say whose public holidays count for a customer; None when holidays do not matter."""
    match rules.dunning.holidays:
        case "none":
            return None
        case "customer_country":
            return customer.country or organisation.country
        case _:
            return organisation.country


def is_open(rules: RuleSet, country: str | None, day: date, closed: Closed) -> bool:
    """Whether messages go on a day at all: a send day and no holiday of the country."""
    if weekday(day) not in rules.dunning.send_days:
        return False
    return rules.dunning.holidays == "none" or not closed(day, country)


def in_window(
    rules: RuleSet, zone: str, country: str | None, now: datetime, closed: Closed
) -> bool:
    """Whether a message may go at this moment."""
    window = rules.dunning.send_window
    if not window.start <= local_time(now, zone) < window.end:
        return False
    return is_open(rules, country, local_day(now, zone), closed)


def next_window(
    rules: RuleSet, zone: str, country: str | None, now: datetime, closed: Closed
) -> datetime:
    """Give the first moment, from `now` on, at which a message may go.

    When no day of a month is open it is the end of that month: the time to look again.
    """
    window = rules.dunning.send_window
    day = local_day(now, zone)
    if local_time(now, zone) >= window.end:
        day += timedelta(days=1)
    found = open_day(day, lambda one: is_open(rules, country, one, closed))
    opens = at_local(found or day + timedelta(days=CLOSED_DAYS_MAX), window.start, zone)
    return max(now, opens)
