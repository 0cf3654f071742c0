"""Tokens are refreshed by one at a time and survive a crash; states serve once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from store import tokens
from store.tokens import StateError, Tokens


@pytest.fixture
def token_set(sessions, ours, now):
    with sessions.begin() as s:
        fresh = Tokens("access-0", "refresh-0", now, now + timedelta(days=100))
        return tokens.create(s, ours, "xero", fresh, now)


def test_tokens_come_back_and_do_not_show_themselves(s, ours, token_set, now):
    row = tokens.get(s, ours, token_set)
    assert (row.access, row.refresh, row.previous_refresh) == ("access-0", "refresh-0", "")
    assert (row.expires_at, row.hard_expires_at) == (now, now + timedelta(days=100))
    assert "access-0" not in repr(row)
    assert "access-0" not in repr(Tokens("access-0"))


def test_another_organisations_tokens_are_not_there(s, theirs, token_set):
    with pytest.raises(LookupError, match="no tokens"):
        tokens.get(s, theirs, token_set)


def test_one_gets_to_refresh(sessions, ours, token_set, now):
    def take(number):
        with sessions.begin() as s:
            return tokens.take_refresh_lease(s, ours, token_set, f"w{number}", now, 30)

    with ThreadPoolExecutor(4) as pool:
        assert sum(row is not None for row in pool.map(take, range(12))) == 1


def test_a_refresh_keeps_the_token_it_used(s, ours, token_set, now):
    taken = tokens.take_refresh_lease(s, ours, token_set, "one", now, 30)
    assert taken is not None
    fresh = Tokens("access-1", "refresh-1", now + timedelta(minutes=30))
    assert tokens.store_refreshed(s, ours, token_set, "one", taken.version, fresh)
    row = tokens.get(s, ours, token_set)
    assert (row.access, row.refresh, row.previous_refresh) == ("access-1", "refresh-1", "refresh-0")
    assert (row.version, row.lease_owner) == (taken.version + 1, None)
    assert row.hard_expires_at == now + timedelta(days=100)


def test_an_answer_without_a_refresh_token_keeps_the_old(s, ours, token_set, now):
    taken = tokens.take_refresh_lease(s, ours, token_set, "one", now, 30)
    assert taken is not None
    tokens.store_refreshed(s, ours, token_set, "one", taken.version, Tokens("access-1"))
    row = tokens.get(s, ours, token_set)
    assert (row.access, row.refresh, row.previous_refresh) == ("access-1", "refresh-0", "")


def test_a_new_hard_end_is_kept(s, ours, token_set, now):
    taken = tokens.take_refresh_lease(s, ours, token_set, "one", now, 30)
    assert taken is not None
    end = now + timedelta(days=200)
    fresh = Tokens("access-1", "refresh-1", now, end)
    tokens.store_refreshed(s, ours, token_set, "one", taken.version, fresh)
    assert tokens.get(s, ours, token_set).hard_expires_at == end


def test_who_lost_the_lease_stores_nothing(s, ours, token_set, now):
    slow = tokens.take_refresh_lease(s, ours, token_set, "slow", now, 30)
    later = now + timedelta(seconds=30)
    quick = tokens.take_refresh_lease(s, ours, token_set, "quick", later, 30)
    assert slow is not None
    assert quick is not None
    assert not tokens.store_refreshed(s, ours, token_set, "slow", slow.version, Tokens("lost"))
    assert tokens.store_refreshed(s, ours, token_set, "quick", quick.version, Tokens("kept"))
    assert tokens.get(s, ours, token_set).access == "kept"


def test_a_second_store_under_one_lease_is_refused(s, ours, token_set, now):
    taken = tokens.take_refresh_lease(s, ours, token_set, "one", now, 30)
    assert taken is not None
    assert tokens.store_refreshed(s, ours, token_set, "one", taken.version, Tokens("first"))
    tokens.take_refresh_lease(s, ours, token_set, "one", now, 30)
    assert not tokens.store_refreshed(s, ours, token_set, "one", taken.version, Tokens("again"))


def test_a_failed_refresh_lets_the_next_one_try(s, ours, token_set, now):
    assert tokens.take_refresh_lease(s, ours, token_set, "one", now, 30)
    assert tokens.take_refresh_lease(s, ours, token_set, "two", now, 30) is None
    tokens.give_refresh_lease_back(s, ours, token_set, "two")
    assert tokens.take_refresh_lease(s, ours, token_set, "two", now, 30) is None
    tokens.give_refresh_lease_back(s, ours, token_set, "one")
    assert tokens.take_refresh_lease(s, ours, token_set, "two", now, 30)


def test_a_new_consent_ends_the_need_for_one(s, ours, token_set, now):
    tokens.mark_needs_reconnect(s, ours, token_set)
    assert tokens.get(s, ours, token_set).needs_reconnect
    tokens.replace(s, ours, token_set, Tokens("access-9", "refresh-9", now))
    row = tokens.get(s, ours, token_set)
    assert (row.needs_reconnect, row.refresh, row.previous_refresh) == (False, "refresh-9", "")


def test_wiped_tokens_are_gone(s, ours, token_set):
    tokens.wipe(s, ours, token_set)
    row = tokens.get(s, ours, token_set)
    assert (row.access, row.refresh, row.previous_refresh) == ("", "", "")
    assert row.needs_reconnect


def _open(s, ours, now):
    tokens.open_state(
        s,
        provider="xero",
        state="state-1",
        session="browser-1",
        organisation_id=ours,
        verifier="verifier-1",
        now=now,
    )


def test_a_state_serves_once(s, ours, now):
    _open(s, ours, now)
    row = tokens.use_state(s, provider="xero", state="state-1", session="browser-1", now=now)
    assert (row.organisation_id, row.verifier, row.opened_at) == (ours, "verifier-1", now)
    assert "verifier-1" not in repr(row)
    with pytest.raises(StateError, match="was used"):
        tokens.use_state(s, provider="xero", state="state-1", session="browser-1", now=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "stripe"},
        {"state": "state-2"},
        {"session": "browser-2"},
        {"now": timedelta(minutes=10)},
    ],
)
def test_a_foreign_or_old_state_serves_nobody(s, ours, now, wrong):
    _open(s, ours, now)
    right = {"provider": "xero", "state": "state-1", "session": "browser-1", "now": now}
    shown = {**right, **wrong, "now": now + wrong.get("now", timedelta())}
    with pytest.raises(StateError):
        tokens.use_state(s, **shown)
    assert tokens.use_state(s, **right).organisation_id == ours


def test_states_that_are_over_are_forgotten(s, ours, now):
    _open(s, ours, now)
    assert tokens.forget_states(s, now + timedelta(minutes=9)) == 0
    assert tokens.forget_states(s, now + timedelta(minutes=10)) == 1


def test_two_callbacks_with_one_state_are_served_once(sessions, ours, now):
    with sessions.begin() as s:
        _open(s, ours, now)

    def use(_):
        try:
            with sessions.begin() as s:
                tokens.use_state(s, provider="xero", state="state-1", session="browser-1", now=now)
        except StateError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(8))) == 1


def test_a_hint_has_the_next_use_renew_and_changes_nothing_else(s, ours, token_set, now):
    before = tokens.get(s, ours, token_set)
    later = now + timedelta(minutes=1)
    tokens.renew_soon(s, ours, token_set, later)
    row = tokens.get(s, ours, token_set)
    assert row.expires_at == later
    assert (row.access, row.refresh, row.version) == (before.access, before.refresh, before.version)
    assert not row.needs_reconnect


def test_consents_that_end_soon_are_listed_until_they_have_ended(s, ours, token_set, now):
    end = now + timedelta(days=100)
    assert tokens.ending(s, end) == []
    (one,) = tokens.ending(s, end + timedelta(seconds=1))
    assert (one.id, one.organisation_id, one.provider, one.at) == (token_set, ours, "xero", end)
    tokens.mark_needs_reconnect(s, ours, token_set)
    assert tokens.ending(s, end + timedelta(seconds=1)) == []


def test_the_ends_of_ones_own_consents_are_told_while_they_live(s, ours, theirs, token_set, now):
    assert tokens.ends(s, ours) == {token_set: now + timedelta(days=100)}
    assert tokens.ends(s, theirs) == {}
    tokens.mark_needs_reconnect(s, ours, token_set)
    assert tokens.ends(s, ours) == {}
