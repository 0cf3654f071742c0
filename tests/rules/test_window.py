"""Whose clock and whose holidays count, and when the next message may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger.documents import Customer, Kind, Ref
from rules.dunning import (
    country_for,
    decide,
    in_window,
    next_window,
    zone_for,
)
from tests.rules.making import (
    ACME,
    NOW,
    ORGANISATION,
    an_invoice,
    dunning,
    facts,
    never_closed,
)

ZONED = replace(ACME, zone="America/New_York", country=None)


def test_the_zone_is_the_customers_or_the_organisations():
    assert zone_for(dunning(), ZONED, ORGANISATION) == "America/New_York"
    assert zone_for(dunning(timezone="organisation"), ZONED, ORGANISATION) == "Europe/London"
    assert zone_for(dunning(), ACME, ORGANISATION) == "Europe/London"
    lost = replace(ACME, zone="Mars/Olympus")
    assert zone_for(dunning(), lost, ORGANISATION) == "Europe/London"


def test_the_country_is_the_customers_or_the_organisations():
    french = replace(ACME, country="FR")
    assert country_for(dunning(), french, ORGANISATION) == "FR"
    assert country_for(dunning(), ZONED, ORGANISATION) == "GB"
    assert country_for(dunning(holidays="organisation_country"), french, ORGANISATION) == "GB"
    assert country_for(dunning(holidays="none"), french, ORGANISATION) is None


def test_holidays_may_be_ignored():
    rules = dunning(holidays="none")
    assert in_window(rules, "Europe/London", None, NOW, lambda *_: True)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-10T08:59", "2026-03-10T09:00"),
        ("2026-03-10T10:30", "2026-03-10T10:30"),
        ("2026-03-10T11:00", "2026-03-11T09:00"),
        ("2026-03-13T11:00", "2026-03-16T09:00"),
        # The clocks go forward on Sunday the 29th.
        ("2026-03-27T12:00", "2026-03-30T08:00"),
    ],
)
def test_the_next_window(now, opens):
    found = next_window(
        dunning(),
        "Europe/London",
        "GB",
        datetime.fromisoformat(now).replace(tzinfo=UTC),
        never_closed,
    )
    assert found == datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert in_window(dunning(), "Europe/London", "GB", found, never_closed)


def test_without_an_open_day_it_is_time_to_look_again_in_a_month():
    found = next_window(dunning(), "Europe/London", "GB", NOW, lambda *_: True)
    assert found == datetime(2026, 4, 10, 8, 0, tzinfo=UTC)


def test_a_customer_without_a_country_has_the_organisations_holidays():
    nowhere = Customer(Ref(Kind.CUSTOMER, "C1"), "Nowhere", "a@b.example")
    asked = []

    def closed(_day, country):
        asked.append(country)
        return False

    decide(facts(an_invoice("INV-1", 7), customer=nowhere), dunning(), NOW, closed)
    assert set(asked) == {"GB"}
