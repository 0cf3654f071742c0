"""Stripe's three ways in: an app's tokens, an app's one key, a merchant's own key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from ledger.documents import Kind, Ref
from ledger.errors import DisconnectedError, RefusedError, RetryLaterError
from oauth import ConsentError, Opener, disconnect, open_books
from oauth.consent import Choice, begin, finish, paste_key
from oauth.tokens import fresh_access
from store import exceptions, journal, tokens
from store.connections import ConnectionRow
from tests.oauth.desk import SESSION, Desk
from tests.oauth.test_consent import tenant_of
from tests.oauth.test_tokens import connected, open_kinds


def with_client(desk: Desk, **change: Any) -> Opener:
    """Give an opener whose Stripe app is set up otherwise."""
    opener = desk.opener
    stripe = replace(opener.clients["stripe"], **change)
    return replace(opener, clients={**opener.clients, "stripe": stripe})


def agree(address: str, account: str) -> dict[str, str]:
    answer = requests.post(address, data={"account": account}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


# Environments: live, test and sandbox have keys of their own.


def test_the_environment_of_an_install_is_kept_and_a_pasted_key_has_none(desk):
    opener = with_client(desk, environment="sandbox")
    account = tenant_of(desk, "stripe")
    home = desk.asker.organisation_id
    made = finish(
        opener,
        "stripe",
        SESSION,
        desk.asker,
        agree(begin(opener, "stripe", SESSION, home), account),
    )
    assert not isinstance(made, Choice)
    assert (made.environment, made.live) == ("sandbox", False)
    key = desk.stripe.add_restricted_key(account)
    assert paste_key(opener, "stripe", desk.asker, key).environment == ""


def test_a_code_of_another_environment_is_told_clearly(desk):
    opener = with_client(desk, secret="sk_test_of_the_sandbox")
    desk.stripe.access.other_keys.add("sk_test_of_the_sandbox")
    back = agree(
        begin(opener, "stripe", SESSION, desk.asker.organisation_id), tenant_of(desk, "stripe")
    )
    with pytest.raises(ConsentError) as error:
        finish(opener, "stripe", SESSION, desk.asker, back)
    assert "does not belong to you" in error.value.text
    assert "environment" in error.value.text
    assert desk.kept() == (1, 0)


def test_the_vendors_word_of_a_foreign_token_is_no_end_of_the_consent(desk):
    made = connected(desk, "stripe")
    opener = with_client(desk, secret="sk_live_other")
    desk.stripe.access.other_keys.add("sk_live_other")
    desk.clock.forward(hours=2)
    with pytest.raises(RetryLaterError):
        fresh_access(opener, made)
    assert desk.row(made).state == "connected"
    assert open_kinds(desk, made) == ["client_refused"]
    # The right key finds everything as it was.
    assert fresh_access(desk.opener, made).access.token


def test_keys_of_another_environment_are_not_even_tried(desk):
    test, live = with_client(desk, environment="test"), with_client(desk, environment="live")
    back = agree(
        begin(test, "stripe", SESSION, desk.asker.organisation_id), tenant_of(desk, "stripe")
    )
    made = finish(test, "stripe", SESSION, desk.asker, back)
    assert isinstance(made, ConnectionRow)
    calls = desk.token_calls()
    desk.clock.forward(hours=2)
    with pytest.raises(RetryLaterError, match="environment test"):
        fresh_access(live, made)
    assert desk.token_calls() == calls
    assert desk.row(made).state == "connected"
    with desk.sessions() as s:
        (row,) = exceptions.list_open(s, made.organisation_id)
    assert "those of live" in row.detail


# Before the app is published, the External test link alone leads to it.


def test_the_channel_of_an_external_test_is_part_of_the_address(desk):
    desk.stripe.access.channel = "chnlink_61abc"
    bare = begin(desk.opener, "stripe", SESSION, desk.asker.organisation_id)
    assert requests.get(bare, timeout=10).status_code == 400
    opener = with_client(desk, channel="chnlink_61abc")
    address = begin(opener, "stripe", SESSION, desk.asker.organisation_id)
    assert urlsplit(address).path == "/oauth/v2/chnlink_61abc/authorize"
    made = finish(opener, "stripe", SESSION, desk.asker, agree(address, tenant_of(desk, "stripe")))
    assert isinstance(made, ConnectionRow)


# The platform's key: one key, the account in a header, no tokens.


@pytest.fixture
def platform(desk: Desk) -> Opener:
    here = desk.wires["stripe"].addresses["api"]
    desk.stripe.access.developer_key = "sk_test_platform"
    return with_client(
        desk,
        secret="sk_test_platform",
        install_url=f"{here}/apps/install/link/stripe-app?lang=en",
        install_secrets=("absec_old", desk.stripe.access.install_secret),
    )


def installed(desk: Desk, opener: Opener) -> ConnectionRow:
    home = desk.asker.organisation_id
    back = agree(begin(opener, "stripe", SESSION, home), tenant_of(desk, "stripe"))
    made = finish(opener, "stripe", SESSION, desk.asker, back)
    assert isinstance(made, ConnectionRow)
    return made


def test_an_install_becomes_a_connection_without_tokens(desk, platform):
    asked = parse_qs(urlsplit(begin(platform, "stripe", SESSION, None)).query)
    assert set(asked) == {"lang", "redirect_uri", "state"}
    made = installed(desk, platform)
    assert (made.strategy, made.token_set_id, made.title) == ("platform", None, "Wren Online")
    assert desk.token_calls() == 0
    assert open_books(platform, made).organisation().name == "Wren Online"
    with desk.sessions() as s:
        (entry,) = journal.read(s, made.organisation_id, limit=5)
    assert entry.evidence["strategy"] == "platform"


@pytest.mark.parametrize("name", ["account_id", "user_id", "install_signature"])
def test_another_merchants_account_cannot_be_named(desk, platform, name):
    """Our key opens every merchant that installed us: the signature says which one this is."""
    victim = tenant_of(desk, "stripe")
    agree(begin(platform, "stripe", SESSION, desk.asker.organisation_id), victim)
    mine = desk.stripe.add_account("Mine", "gbp")
    back = agree(begin(platform, "stripe", SESSION, desk.asker.organisation_id), mine)
    for wrong in (victim, ""):
        changed = back | {name: wrong}
        with pytest.raises(ConsentError) as error:
            finish(platform, "stripe", SESSION, desk.asker, changed)
        assert error.value.code in {"install", "state"}
        back = agree(begin(platform, "stripe", SESSION, desk.asker.organisation_id), mine)
    assert desk.kept() == (1, 0)


def test_an_install_of_another_state_or_of_yesterday_is_refused(desk, platform):
    home, account = desk.asker.organisation_id, tenant_of(desk, "stripe")
    first = agree(begin(platform, "stripe", SESSION, home), account)
    second = agree(begin(platform, "stripe", SESSION, home), account)
    with pytest.raises(ConsentError) as error:
        finish(platform, "stripe", SESSION, desk.asker, first | {"state": second["state"]})
    assert error.value.code == "install"
    desk.clock.forward(minutes=6)
    with pytest.raises(ConsentError) as error:
        finish(platform, "stripe", SESSION, desk.asker, first)
    assert error.value.code == "install"
    assert desk.kept() == (1, 0)


def test_without_a_signing_secret_nobody_is_connected(desk, platform):
    stripe = replace(platform.clients["stripe"], install_secrets=())
    opener = replace(platform, clients={**platform.clients, "stripe": stripe})
    home = desk.asker.organisation_id
    back = agree(begin(opener, "stripe", SESSION, home), tenant_of(desk, "stripe"))
    with pytest.raises(ConsentError, match="does not check"):
        finish(opener, "stripe", SESSION, desk.asker, back)


def test_who_cancels_the_install_is_told_so(desk, platform):
    back = agree(begin(platform, "stripe", SESSION, desk.asker.organisation_id), "nobody")
    with pytest.raises(ConsentError) as error:
        finish(platform, "stripe", SESSION, desk.asker, back)
    assert error.value.code == "denied"


@pytest.mark.parametrize("name", ["xero", "quickbooks"])
def test_other_vendors_have_no_such_installs(desk, name):
    opener = desk.opener
    client = replace(opener.clients[name], install_url="https://x.example/", install_secrets=("s",))
    opener = replace(opener, clients={**opener.clients, name: client})
    address = begin(opener, name, SESSION, None)
    state = parse_qs(urlsplit(address).query)["state"][0]
    with pytest.raises(ConsentError) as error:
        finish(opener, name, SESSION, desk.asker, {"state": state, "account_id": "1"})
    assert error.value.code == "install"


def test_an_uninstalled_app_is_found_out_and_may_come_again(desk, platform):
    made = installed(desk, platform)
    desk.stripe.deauthorize(made.tenant_id)
    with pytest.raises(DisconnectedError):
        open_books(platform, made).organisation()
    assert desk.row(made).state == "needs_reconnect"
    back = agree(begin(platform, "stripe", SESSION, made.organisation_id), made.tenant_id)
    again = finish(platform, "stripe", SESSION, desk.asker, back)
    assert isinstance(again, ConnectionRow)
    assert (again.id, again.state) == (made.id, "connected")


def test_a_platform_connection_ends_without_a_word_to_stripe(desk, platform):
    made = installed(desk, platform)
    disconnect(platform, made.organisation_id, made.id, "ada@example.com")
    assert desk.row(made).state == "disconnected"


def test_from_tokens_to_the_platforms_key_the_tokens_are_forgotten(desk, platform):
    by_token = replace(platform.clients["stripe"], install_url="")
    opener = replace(platform, clients={**platform.clients, "stripe": by_token})
    home, account = desk.asker.organisation_id, tenant_of(desk, "stripe")
    first = agree(begin(opener, "stripe", SESSION, home), account)
    made = finish(opener, "stripe", SESSION, desk.asker, first)
    assert isinstance(made, ConnectionRow)
    assert made.token_set_id is not None
    back = agree(begin(platform, "stripe", SESSION, made.organisation_id), made.tenant_id)
    again = finish(platform, "stripe", SESSION, desk.asker, back)
    assert isinstance(again, ConnectionRow)
    assert (again.id, again.strategy, again.token_set_id) == (made.id, "platform", None)
    with desk.sessions() as s:
        assert tokens.get(s, made.organisation_id, made.token_set_id).access == ""


def test_a_platform_key_of_another_environment_waits(desk, platform):
    made = installed(desk, platform)
    with_env = replace(platform.clients["stripe"], environment="live")
    live = replace(platform, clients={**platform.clients, "stripe": with_env})
    assert fresh_access(live, replace(made, environment="live")).until is None
    with pytest.raises(RetryLaterError):
        fresh_access(live, replace(made, environment="test"))


# A permission nobody gave: a person reviews it, and the work waits.


@pytest.mark.parametrize("strategy", ["oauth", "restricted_key"])
def test_a_missing_permission_is_told_with_the_way_to_give_it(desk, strategy):
    account, home = tenant_of(desk, "stripe"), desk.asker
    made = (
        paste_key(desk.opener, "stripe", home, desk.stripe.add_restricted_key(account))
        if strategy == "restricted_key"
        else desk.connect("stripe", account, home.organisation_id)
    )
    desk.stripe.withhold(account, "payment_intent_read")
    with pytest.raises(RetryLaterError) as error:
        open_books(desk.opener, made).sync("")
    assert error.value.seconds == 3600
    with desk.sessions() as s:
        (row,) = exceptions.list_open(s, made.organisation_id)
    assert row.kind == "needs_permission"
    assert "payment_intent_read" in row.detail
    wanted = "Review permissions" if strategy == "oauth" else "Give the key this permission"
    assert wanted in row.fix
    assert desk.row(made).state == "connected"
    # Once it is given, the work goes on by itself.
    desk.stripe.withhold(account)
    assert open_books(desk.opener, made).sync("").found == ()


def test_a_write_without_permission_is_refused_and_told(desk):
    made = connected(desk, "stripe")
    payment = desk.stripe.take_payment(made.tenant_id, 1000, "gbp")
    desk.stripe.withhold(made.tenant_id, "payment_intent_write")
    with pytest.raises(RefusedError):
        open_books(desk.opener, made).note(Ref(Kind.RECEIPT, payment), "text", "key")
    assert open_kinds(desk, made) == ["needs_permission"]


def test_any_other_refusal_of_a_walk_is_passed_on_as_it_is(desk, monkeypatch):
    books = open_books(desk.opener, connected(desk, "stripe"))

    def refuse(_cursor: str) -> None:
        raise RefusedError("bad statement", "4001")

    monkeypatch.setattr(books._books, "sync", refuse)  # type: ignore[attr-defined]
    with pytest.raises(RefusedError, match="bad statement"):
        books.sync("")
