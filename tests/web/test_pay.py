"""The turnstile of the pay links; where they lead is tested with the flows."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import NOW
from web import pay
from web.pay import CLICKS_MAX, CLICKS_SECONDS, Turnstile


def test_a_link_passes_so_often_a_minute_and_others_are_not_held_up():
    gate = Turnstile()
    assert [gate.lets("a", NOW) for _ in range(CLICKS_MAX + 2)] == [True] * CLICKS_MAX + [False] * 2
    assert gate.lets("b", NOW)
    assert not gate.lets("a", NOW + timedelta(seconds=CLICKS_SECONDS - 1))
    assert gate.lets("a", NOW + timedelta(seconds=2 * CLICKS_SECONDS))


def test_it_remembers_so_many_links_and_forgets_the_oldest(monkeypatch):
    monkeypatch.setattr(pay, "LINKS_MAX", 3)
    gate = Turnstile()
    for name in "abcd":
        assert gate.lets(name, NOW)
    assert list(gate.passed) == ["b", "c", "d"]
