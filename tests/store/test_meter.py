"""Calls keep the vendor's pace, whatever number of processes makes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connector.pace import Gate, Limits
from ledger.errors import RetryLaterError
from store import connections, meter
from store.meter import SqlGate


class Wall:
    """A clock that stands until it is moved."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def wall(now):
    return Wall(now)


@pytest.fixture
def gate(sessions, ours, books, wall):
    return SqlGate(sessions, books, ours, "xero", Limits(per_minute=60, burst=5), wall)


def _entered(gate, tries):
    """Try so often; give how many calls were allowed."""
    allowed = 0
    for _ in range(tries):
        try:
            gate.enter()
        except RetryLaterError:
            continue
        allowed += 1
    return allowed


def test_it_is_a_gate(gate):
    kept: Gate = gate
    kept.enter(metered=True)


def test_a_burst_passes_and_then_the_pace_is_kept(gate, wall):
    assert _entered(gate, 20) == 5
    with pytest.raises(RetryLaterError) as told:
        gate.enter()
    assert told.value.seconds == pytest.approx(1.0)
    wall.wait(told.value.seconds)
    assert _entered(gate, 20) == 1
    wall.wait(600)
    assert _entered(gate, 20) == 5


def test_a_heavy_call_leaves_room_for_fewer_and_counts_its_reads(sessions, ours, books, wall):
    gate = SqlGate(sessions, books, ours, "quickbooks", Limits(per_minute=300, burst=5), wall)
    passed = 0
    for _ in range(600):
        try:
            gate.enter(metered=3, weight=8)
        except RetryLaterError:
            wall.wait(0.1)
        else:
            passed += 1
    assert 35 <= passed <= 40
    with sessions() as s:
        [month] = meter.usage(s, ours)
    assert (month.calls, month.metered) == (passed, 3 * passed)


def test_many_at_once_never_exceed_the_pace(gate):
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: _entered(gate, 10), range(4))) == 5


def test_no_window_has_more_calls_than_allowed(gate, wall):
    made = []
    for _ in range(400):
        if _entered(gate, 1):
            made.append(wall.now)
        wall.wait(0.37)
    for start in made:
        end = start + timedelta(seconds=60)
        assert sum(start <= one < end for one in made) <= 60 + 5


def test_the_vendors_wish_to_be_left_alone_is_kept(gate, wall):
    gate.told(retry_after_seconds=30)
    gate.told(retry_after_seconds=10)
    with pytest.raises(RetryLaterError) as told:
        gate.enter()
    assert told.value.seconds == pytest.approx(30)
    wall.wait(29.9)
    assert _entered(gate, 3) == 0
    wall.wait(0.1)
    assert _entered(gate, 1) == 1


def test_the_vendors_count_of_calls_left_is_heard(gate, wall):
    gate.told(remaining=2)
    assert _entered(gate, 10) == 2
    wall.wait(600)
    gate.told(remaining=0)
    assert _entered(gate, 10) == 0
    wall.wait(1)
    assert _entered(gate, 10) == 1


def test_a_comfortable_count_changes_nothing(gate):
    gate.told(remaining=55)
    gate.told()
    assert _entered(gate, 10) == 5


def test_a_day_has_only_so_many_calls(gate, wall):
    daily = replace(gate, limits=Limits(per_minute=6000, burst=100, per_day=3))
    wall.now = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    assert _entered(daily, 10) == 3
    with pytest.raises(RetryLaterError) as told:
        daily.enter()
    assert told.value.seconds == pytest.approx(3600)
    wall.wait(3600)
    assert _entered(daily, 10) == 3


def test_connections_do_not_share_a_budget(gate, sessions, ours, stripe):
    other = replace(gate, connection_id=stripe, provider="stripe")
    assert _entered(gate, 10) == 5
    assert _entered(other, 10) == 5
    with sessions.begin() as s:
        assert len(meter.usage(s, ours)) == 2


@pytest.fixture
def stripe(sessions, ours, now):
    consented = connections.Consented("stripe", "payments", "acct", "Stripe")
    with sessions.begin() as s:
        return connections.connect(s, ours, consented, now)


def test_calls_are_counted_by_month(gate, sessions, ours, theirs, wall):
    gate.enter()
    gate.enter(metered=True)
    wall.now = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
    gate.enter(metered=True)
    with sessions.begin() as s:
        assert meter.usage(s, ours) == [
            meter.Usage("xero", date(2026, 4, 1), 1, 1),
            meter.Usage("xero", date(2026, 3, 1), 2, 1),
        ]
        assert meter.usage(s, theirs) == []


def test_a_call_that_was_not_allowed_is_not_counted(gate, sessions, ours):
    _entered(gate, 50)
    with sessions.begin() as s:
        assert meter.usage(s, ours)[0].calls == 5


def test_calls_are_told_by_connection_and_day_and_metered_ones_for_all(sessions, ours, books, wall):
    gate = SqlGate(sessions, books, ours, "xero", Limits(per_minute=6000, burst=100), wall)
    for metered in (True, True, False):
        gate.enter(metered=metered)
    day = wall().date()
    with sessions() as s:
        assert meter.used_today(s, ours, day) == {books: 3}
        assert meter.used_today(s, ours, day + timedelta(days=1)) == {}
        assert meter.used_today(s, ours + 1, day) == {}
        assert meter.metered(s, "xero", day.replace(day=1)) == 2
        assert meter.metered(s, "quickbooks", day.replace(day=1)) == 0
