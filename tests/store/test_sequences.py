"""Numbered events: gaps are waited for, filled by late ones, and called lost once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import connections, sequences
from store.connections import Consented
from store.sequences import BEGINS_ANEW, GAPS_MAX, PATIENCE, Gap


@pytest.fixture
def hear(s, now):
    def hear(*numbers, minutes=0, provider="xero"):
        return sequences.hear(s, provider, numbers, now + timedelta(minutes=minutes))

    return hear


def test_numbers_in_a_row_lack_nothing(hear):
    assert hear(5) == ()
    assert hear(6, 7) == ()
    assert hear(8, minutes=60) == ()


def test_what_does_not_come_is_called_lost_once(hear, now):
    hear(1)
    assert hear(4, 5) == ()
    assert hear(6, minutes=9) == ()
    assert hear(7, minutes=10) == (Gap(2, 3, now),)
    assert hear(8, minutes=30) == ()
    assert timedelta(minutes=10) == PATIENCE


def test_late_ones_fill_the_gap(hear, now):
    hear(1)
    hear(9)
    assert hear(4, 2, minutes=1) == ()
    assert hear(10, minutes=11) == (Gap(3, 3, now), Gap(5, 8, now))
    hear(13, minutes=12)
    hear(11, 12, minutes=13)
    assert hear(14, minutes=40) == ()


def test_a_repeat_changes_nothing(hear):
    hear(3, 4)
    assert hear(3, 4, minutes=20) == ()
    assert hear(5, minutes=40) == ()


def test_a_webhook_made_anew_counts_anew(hear):
    hear(5_000_000)
    assert hear(1) == ()
    assert hear(2, minutes=20) == ()
    assert hear(BEGINS_ANEW, minutes=21) == ()
    assert len(hear(BEGINS_ANEW + 1, minutes=40)) == 1


def test_of_very_many_gaps_the_oldest_is_not_waited_for(hear):
    numbers = range(1, 2 * GAPS_MAX + 4, 2)
    lost = hear(0) or hear(*numbers[1:])
    assert [(one.first, one.last) for one in lost] == [(1, 2)]


def test_vendors_are_counted_apart(hear):
    hear(1)
    hear(7, provider="other")
    assert hear(2) == ()
    assert hear(8, provider="other", minutes=30) == ()


def test_connections_are_hastened_each_at_its_time(s, ours, now):
    made = [
        connections.connect(s, ours, Consented(provider, role, f"t-{number}", "T"), now)
        for number, (provider, role) in enumerate(
            [("stripe", "payments"), ("stripe", "payments"), ("xero", "books")]
        )
    ]
    later = now + timedelta(hours=12)
    for one in made:
        connections.set_next(s, one, sync_at=later)
    connections.hasten(s, "stripe", now, timedelta(hours=1))
    first, second, other = (connections.get(s, one).next_sync_at for one in made)
    assert other == later
    assert first is not None
    assert second is not None
    assert now <= first < now + timedelta(hours=1)
    assert second - first == timedelta(seconds=30)
    connections.hasten(s, "stripe", later, timedelta(hours=1))
    assert connections.get(s, made[0]).next_sync_at == first
    connections.set_state(s, made[1], connections.NEEDS_RECONNECT, "")
    connections.set_next(s, made[1], sync_at=later)
    connections.hasten(s, "stripe", now, timedelta(hours=1))
    assert connections.get(s, made[1]).next_sync_at == later


def test_a_late_one_fills_its_own_gap_alone(hear, now):
    for number in (1, 4, 7):
        hear(number)
    hear(5, minutes=1)
    assert hear(8, minutes=10) == (Gap(2, 3, now), Gap(6, 6, now))
