"""Fresh tokens: one refresh at a time, kept before use, and an end that everybody hears of."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import responses

from connector import PROVIDERS
from ledger.errors import DisconnectedError, RetryLaterError
from oauth import disconnect, open_books
from oauth.consent import paste_key
from oauth.tokens import fresh_access
from store import connections, exceptions, killpoints, tokens
from tests.oauth.desk import Desk
from tests.oauth.test_consent import tenant_of

EVERY = ["xero", "quickbooks", "stripe"]


def connected(desk: Desk, name: str):
    return desk.connect(name, tenant_of(desk, name), desk.asker.organisation_id)


def held(desk: Desk, connection):
    with desk.sessions() as s:
        return tokens.get(s, connection.organisation_id, connection.token_set_id)


def open_kinds(desk: Desk, connection) -> list[str]:
    with desk.sessions() as s:
        return [one.kind for one in exceptions.list_open(s, connection.organisation_id)]


@pytest.mark.parametrize("name", EVERY)
def test_a_token_is_used_until_shortly_before_its_end(desk, name):
    made = connected(desk, name)
    calls = desk.token_calls()
    first = held(desk, made)
    assert fresh_access(desk.opener, made).access.token == first.access
    desk.clock.moment = first.expires_at - timedelta(minutes=5, seconds=1)
    assert fresh_access(desk.opener, made).access.token == first.access
    assert desk.token_calls() == calls
    desk.clock.forward(seconds=2)
    renewed = fresh_access(desk.opener, made)
    assert renewed.access.token == held(desk, made).access != first.access
    assert desk.token_calls() == calls + 1


@pytest.mark.parametrize("name", EVERY)
def test_a_token_the_vendor_refused_is_renewed_once(desk, name):
    made = connected(desk, name)
    calls, old = desk.token_calls(), held(desk, made).access
    desk.clock.forward(seconds=1)
    new = fresh_access(desk.opener, made, old).access.token
    assert new != old
    assert fresh_access(desk.opener, made, old).access.token == new
    assert desk.token_calls() == calls + 1


@pytest.mark.parametrize("name", EVERY)
def test_many_at_once_make_one_call(desk, name):
    """T19: a second refresh at the same time can cost the whole connection."""
    made = connected(desk, name)
    calls = desk.token_calls()
    desk.clock.forward(hours=2)
    opener = replace(desk.opener, wait=lambda seconds: threading.Event().wait(seconds))
    found: list[str] = []

    def one() -> None:
        found.append(fresh_access(opener, made).access.token)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {held(desk, made).access}
    assert len(found) == 20
    assert desk.token_calls() == calls + 1


@pytest.mark.parametrize("name", EVERY)
def test_a_revoked_consent_stops_the_connection_and_tells_a_person(desk, name):
    made = connected(desk, name)
    if name == "xero":
        desk.xero.identity.revoke({"token": held(desk, made).refresh})
    elif name == "quickbooks":
        desk.quickbooks.consent.end(made.tenant_id)
    else:
        desk.stripe.deauthorize(made.tenant_id)
    desk.clock.forward(hours=2)
    with pytest.raises(DisconnectedError):
        fresh_access(desk.opener, made)
    assert desk.row(made).state == "needs_reconnect"
    assert open_kinds(desk, made) == ["needs_reconnect"]
    calls = desk.token_calls()
    for _ in range(3):
        with pytest.raises(DisconnectedError):
            fresh_access(desk.opener, made)
    assert desk.token_calls() == calls


def test_a_crash_before_the_new_token_is_kept_costs_only_time(desk):
    """K21 at Xero: the old token is honoured for half an hour."""

    class CrashError(BaseException):
        pass

    def crash(point: str) -> None:
        if point == "K21":
            raise CrashError

    made = connected(desk, "xero")
    desk.clock.forward(minutes=26)
    killpoints.set_hook(crash)
    try:
        with pytest.raises(CrashError):
            fresh_access(desk.opener, made)
    finally:
        killpoints.set_hook(None)
    with pytest.raises(RetryLaterError):
        fresh_access(desk.opener, made)
    assert sum(desk.waited) < 30
    desk.clock.forward(minutes=1)
    assert fresh_access(desk.opener, made).access.token == held(desk, made).access
    assert desk.row(made).state == "connected"


def test_xero_takes_the_previous_token_once_and_then_it_is_over(desk):
    made = connected(desk, "xero")
    desk.clock.forward(minutes=26)
    fresh_access(desk.opener, made)
    # The answer with the newest token is lost at Xero's side: only the previous one is known.
    desk.xero.shelf.drop("refresh", held(desk, made).refresh)
    calls = desk.token_calls()
    desk.clock.forward(minutes=26)
    assert fresh_access(desk.opener, made).access.token == held(desk, made).access
    assert desk.token_calls() == calls + 2
    for one in desk.xero.shelf.all("sessions"):
        desk.xero.shelf.put("sessions", one["id"], one | {"revoked": True})
    desk.clock.forward(minutes=26)
    with pytest.raises(DisconnectedError):
        fresh_access(desk.opener, made)
    assert desk.token_calls() == calls + 4


@pytest.mark.parametrize("name", EVERY)
def test_silence_gives_the_lease_back_and_changes_nothing(desk, name):
    made = connected(desk, name)
    before = held(desk, made)
    desk.clock.forward(hours=2)
    consent = PROVIDERS[name].consent(desk.wires[name])
    with responses.RequestsMock() as vendor:
        vendor.post(consent.token_url, status=503)
        with pytest.raises(RetryLaterError):
            fresh_access(desk.opener, made)
    after = held(desk, made)
    assert (after.refresh, after.version, after.lease_owner) == (
        before.refresh,
        before.version,
        None,
    )
    fresh_access(desk.opener, made)
    assert desk.row(made).state == "connected"
    assert open_kinds(desk, made) == []


def test_a_wrong_client_secret_is_patience_and_an_exception_and_not_the_end(desk):
    made = connected(desk, "quickbooks")
    desk.quickbooks.consent.client = ("quickbooks-app", "another-secret")
    desk.clock.forward(hours=2)
    with pytest.raises(RetryLaterError) as told:
        fresh_access(desk.opener, made)
    assert told.value.seconds == 600
    assert desk.row(made).state == "connected"
    assert open_kinds(desk, made) == ["client_refused"]


def test_the_end_of_a_consent_is_said_a_month_ahead(desk):
    made = connected(desk, "quickbooks")
    for _ in range(19):  # used every hundred days or less, it lives its five years
        desk.clock.forward(days=95)
        fresh_access(desk.opener, made)
    assert open_kinds(desk, made) == ["consent_ends"]
    desk.clock.forward(days=30)
    with pytest.raises(DisconnectedError):
        fresh_access(desk.opener, made)
    assert set(open_kinds(desk, made)) == {"consent_ends", "needs_reconnect"}


def test_a_pasted_key_never_asks_the_token_endpoint(desk):
    account = tenant_of(desk, "stripe")
    key = desk.stripe.add_restricted_key(account)
    made = paste_key(desk.opener, "stripe", desk.asker, key)
    desk.clock.forward(days=400)
    assert fresh_access(desk.opener, made).access.token == key
    with pytest.raises(DisconnectedError):
        fresh_access(desk.opener, made, key)
    assert desk.row(made).state == "needs_reconnect"
    assert desk.token_calls() == 0


def test_a_platform_key_opens_without_tokens_of_its_own(desk):
    made = replace(connected(desk, "stripe"), strategy="platform")
    access = fresh_access(desk.opener, made).access
    assert (access.token, access.strategy) == ("stripe-secret", "platform")
    with desk.sessions.begin() as s:
        connections.set_state(s, made.id, connections.DISCONNECTED, "by a person")
    with pytest.raises(DisconnectedError):
        fresh_access(desk.opener, made)


def test_a_lost_lease_never_overwrites_the_winner(desk):
    made = connected(desk, "quickbooks")
    before = held(desk, made)
    desk.clock.forward(hours=2)
    won = tokens.Tokens("winner", "winner-refresh", desk.clock() + timedelta(hours=1))

    def overtaken() -> None:
        with desk.sessions.begin() as s:
            tokens.replace(s, made.organisation_id, before.id, won)

    desk.quickbooks.consent.during_refresh = overtaken
    assert fresh_access(desk.opener, made).access.token == "winner"
    assert held(desk, made).refresh == "winner-refresh"


def test_a_lease_that_is_not_given_back_is_waited_for_and_then_put_off(desk):
    made = connected(desk, "quickbooks")
    desk.clock.forward(hours=2)
    opener = replace(desk.opener, wait=desk.waited.append)
    with desk.sessions.begin() as s:
        taken = tokens.take_refresh_lease(
            s, made.organisation_id, made.token_set_id, "another", desk.clock(), 60
        )
    assert taken is not None
    calls = desk.token_calls()
    with pytest.raises(RetryLaterError):
        fresh_access(opener, made)
    assert 10 < sum(desk.waited) < 60
    assert desk.token_calls() == calls


def test_a_refresh_refused_after_another_won_takes_the_winners_token(desk):
    made = connected(desk, "quickbooks")
    before = held(desk, made)
    desk.clock.forward(hours=2)
    won = tokens.Tokens("winner", "winner-refresh", desk.clock() + timedelta(hours=1))

    def overtaken() -> None:
        desk.quickbooks.consent.end(made.tenant_id)
        with desk.sessions.begin() as s:
            tokens.replace(s, made.organisation_id, before.id, won)

    desk.quickbooks.consent.during_refresh = overtaken
    assert fresh_access(desk.opener, made).access.token == "winner"
    assert desk.row(made).state == "connected"


def test_a_refresh_of_another_between_look_and_lease_is_not_repeated(desk):
    made = connected(desk, "quickbooks")
    before = held(desk, made)
    desk.clock.forward(hours=2)
    calls = desk.token_calls()
    won = tokens.Tokens("winner", "winner-refresh", desk.clock() + timedelta(hours=1))

    def ids() -> str:
        with desk.sessions.begin() as s:
            tokens.replace(s, made.organisation_id, before.id, won)
        return "lease"

    assert fresh_access(replace(desk.opener, ids=ids), made).access.token == "winner"
    assert desk.token_calls() == calls
    assert held(desk, made).lease_owner is None


def test_a_winner_whose_token_is_old_too_is_tried_again_later(desk):
    made = connected(desk, "quickbooks")
    before = held(desk, made)
    desk.clock.forward(hours=2)

    def overtaken() -> None:
        with desk.sessions.begin() as s:
            old = tokens.Tokens("winner", "winner-refresh", desk.clock())
            tokens.replace(s, made.organisation_id, before.id, old)

    desk.quickbooks.consent.during_refresh = overtaken
    with pytest.raises(RetryLaterError):
        fresh_access(desk.opener, made)


@pytest.mark.parametrize("name", EVERY)
def test_no_secret_reaches_a_log(desk, name, caplog):
    """T17: not even with every logger at its most talkative."""
    seen = set()
    with caplog.at_level(logging.DEBUG):
        back = desk.come_back(name, tenant_of(desk, name), desk.asker.organisation_id)
        made = desk.finish(name, back)
        seen |= {back["code"], held(desk, made).access, held(desk, made).refresh}
        desk.clock.forward(hours=2)
        open_books(desk.opener, made).organisation()
        seen |= {held(desk, made).access, held(desk, made).refresh, f"{name}-secret"}
        disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    # The person's own browser is not ours; what it carried is cut out of what we log.
    ours = "\n".join(
        one.getMessage() for one in caplog.records if "/connect/oauth2" not in one.getMessage()
    )
    assert [secret for secret in seen if secret in ours] == []
