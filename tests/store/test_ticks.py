"""One of all processes is the first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone

from store import ticks


def test_one_is_the_first(sessions, now):
    def ask(_):
        with sessions.begin() as s:
            return ticks.first(s, "nightly", now)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(12))) == [False] * 11 + [True]


def test_another_slot_or_name_is_another_matter(s, now):
    assert ticks.first(s, "nightly", now)
    assert not ticks.first(s, "nightly", now.astimezone(timezone(timedelta(hours=2))))
    assert ticks.first(s, "nightly", now + timedelta(days=1))
    assert ticks.first(s, "hourly", now)


def test_a_one_time_mark_is_a_slot_too(s):
    assert ticks.first(s, "sign-in", "nonce-1")
    assert not ticks.first(s, "sign-in", "nonce-1")


def test_a_mark_that_is_taken_back_may_be_made_again(s):
    assert ticks.first(s, "letter", "a")
    assert ticks.first(s, "letter", "b")
    ticks.forget(s, "letter", "a")
    assert ticks.slots(s, "letter") == ["b"]
    assert ticks.first(s, "letter", "a")
