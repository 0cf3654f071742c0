"""Days belong to a zone, moments to everybody, and open days are found without looping for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.days import (
    CLOSED_DAYS_MAX,
    WEEKDAYS,
    at_local,
    days_between,
    local_day,
    local_time,
    moment,
    open_day,
    weekday,
    zone_of,
)

ZONES = st.sampled_from(
    ["Europe/London", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"]
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
FEW = settings(max_examples=80, deadline=None)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_an_unknown_zone_names_itself(name):
    with pytest.raises(ValueError, match="time zone"):
        zone_of(name)


def test_a_moment_is_utc_whatever_its_offset():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert moment("2026-03-01T13:00:00+01:00") == noon
    assert moment("2026-03-01T12:00:00") == noon
    assert moment("2026-03-01T12:00:00Z").tzinfo is UTC
    with pytest.raises(ValueError, match="Invalid isoformat"):
        moment("yesterday")


def test_the_same_moment_is_two_days_in_two_zones():
    now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    assert local_day(now, "Pacific/Kiritimati") == date(2026, 3, 2)
    assert local_day(now, "Pacific/Pago_Pago") == date(2026, 2, 28)
    assert local_time(now, "Asia/Kolkata") == time(16, 0)


@FEW
@given(DAYS, st.times(min_value=time(4), max_value=time(23)), ZONES)
def test_a_wall_clock_shows_what_it_was_set_to(day, clock, zone):
    found = at_local(day, clock, zone)
    assert found.tzinfo is UTC
    assert local_day(found, zone) == day
    assert local_time(found, zone) == clock


def test_clocks_that_change_neither_skip_nor_repeat():
    # In London 01:30 does not exist on 29 March 2026 and comes twice on 25 October 2026.
    assert at_local(date(2026, 3, 29), time(1, 30), "Europe/London") == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )
    assert at_local(date(2026, 10, 25), time(1, 30), "Europe/London") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


@FEW
@given(DAYS, st.sets(st.sampled_from(WEEKDAYS), min_size=1), st.booleans())
def test_the_open_day_found_is_the_nearest(day, names, forward):
    found = open_day(day, lambda one: weekday(one) in names, forward=forward)
    assert found is not None
    assert weekday(found) in names
    away = days_between(day, found) if forward else days_between(found, day)
    assert 0 <= away < 7
    step = 1 if forward else -1
    assert all(weekday(day + timedelta(days=step * passed)) not in names for passed in range(away))


def test_a_calendar_without_open_days_gives_up_after_a_month():
    asked = []

    def never(day):
        asked.append(day)
        return False

    assert open_day(date(2026, 1, 1), never) is None
    assert len(asked) == CLOSED_DAYS_MAX


def test_weekdays_are_named_as_the_rules_write_them():
    assert [weekday(date(2026, 3, 2) + timedelta(days=at)) for at in range(7)] == list(WEEKDAYS)


def test_days_between_may_be_negative():
    assert days_between(date(2026, 3, 1), date(2026, 2, 27)) == -2
