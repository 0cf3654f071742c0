"""Connecting: what a browser brings back is believed only as far as it is proven."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connector import PROVIDERS
from connector.protocol import Tenant
from oauth import Asker, ConsentError
from oauth.consent import _of_event, begin, finish, paste_key
from sandbox.xero.refusals import Refusal
from store import connections, exceptions, journal, organisations, tokens
from tests.conftest import NOW
from tests.oauth.desk import SESSION, Desk


def tenant_of(desk: Desk, name: str) -> str:
    """Make one tenant at a stand-in."""
    if name == "xero":
        return desk.xero.add_organisation("Wren", "!wren", "GBP", "GMTSTANDARDTIME", "GB")
    if name == "quickbooks":
        return desk.quickbooks.add_company("Wren Supplies")
    return desk.stripe.add_account("Wren Online", "gbp")


def refused(desk: Desk, name: str, back: dict[str, str], session: str = SESSION) -> ConsentError:
    with pytest.raises(ConsentError) as error:
        finish(desk.opener, name, session, desk.asker, back)
    return error.value


@pytest.mark.parametrize("name", ["xero", "quickbooks", "stripe"])
def test_a_consent_becomes_a_connection_with_sealed_tokens(desk, name):
    tenant = tenant_of(desk, name)
    made = desk.connect(name, tenant, desk.asker.organisation_id)
    assert (made.tenant_id, made.state, made.strategy) == (tenant, "connected", "oauth")
    assert made.organisation_id == desk.asker.organisation_id
    with desk.sessions() as s:
        held = tokens.get(s, made.organisation_id, made.token_set_id)
        (entry,) = journal.read(s, made.organisation_id, limit=5)
        ledger = organisations.get(s, made.organisation_id).ledger
    assert held.access
    assert held.refresh
    assert held.expires_at > desk.clock()
    assert (entry.entry, entry.who) == ("connected", "ada@example.com")
    assert (ledger is not None) == (name != "stripe")


def test_quickbooks_tells_when_the_consent_itself_ends(desk):
    made = desk.connect("quickbooks", tenant_of(desk, "quickbooks"))
    with desk.sessions() as s:
        held = tokens.get(s, made.organisation_id, made.token_set_id)
    assert (held.hard_expires_at - desk.clock()).days == 5 * 365


@pytest.mark.parametrize("name", ["xero", "quickbooks", "stripe"])
def test_with_no_organisation_the_books_make_one(desk, name):
    made = desk.connect(name, tenant_of(desk, name))
    with desk.sessions() as s:
        home = organisations.get(s, made.organisation_id)
        assert organisations.role_of(s, home.id, desk.asker.member_id) == "admin"
    assert made.organisation_id != desk.asker.organisation_id
    assert home.ledger is not None
    assert home.name == home.ledger.name


def test_the_address_asks_for_the_least_and_proves_the_browser(desk):
    asked = parse_qs(urlsplit(begin(desk.opener, "xero", SESSION, None)).query)
    assert "accounting.transactions" not in asked["scope"][0]
    assert asked["code_challenge_method"] == ["S256"]
    again = parse_qs(urlsplit(begin(desk.opener, "xero", SESSION, None)).query)
    assert asked["state"] != again["state"]
    assert asked["code_challenge"] != again["code_challenge"]


# T5: a state that is wrong, used, too old, or another's never leads to a token call.


def test_an_unknown_or_missing_state_is_refused_without_a_token_call(desk):
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    for wrong in ("", "x", back["state"] + "x", back["state"][:-1]):
        assert refused(desk, "xero", back | {"state": wrong}).code == "state"
    assert refused(desk, "xero", {"code": back["code"]}).code == "state"
    assert desk.token_calls() == 0


def test_a_state_works_once(desk):
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    desk.finish("xero", back)
    before = desk.token_calls()
    assert refused(desk, "xero", back).code == "state"
    assert desk.token_calls() == before


def test_a_state_of_another_browser_or_member_is_refused(desk):
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    for other in ("browser-2:1", "browser-1:2", ""):
        assert refused(desk, "xero", back, other).code == "state"
    assert desk.token_calls() == 0


def test_a_state_is_too_old_after_ten_minutes(desk):
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    desk.clock.forward(minutes=10, seconds=1)
    assert refused(desk, "xero", back).code == "state"
    assert desk.token_calls() == 0


def test_a_state_of_another_provider_is_refused(desk):
    """T7: a code may not be carried from one provider's path to another's."""
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    realm = tenant_of(desk, "quickbooks")
    assert refused(desk, "quickbooks", back | {"realmId": realm}).code == "state"
    assert refused(desk, "stripe", back).code == "state"
    assert desk.token_calls() == 0


def test_another_realm_than_the_consented_one_keeps_nothing(desk):
    """T6: realmId is an unsigned argument that anybody may change."""
    mine, other = tenant_of(desk, "quickbooks"), desk.quickbooks.add_company("Victim")
    for realm in (other, "", "1", "' or 1=1", "../v3"):
        back = desk.come_back("quickbooks", mine)
        error = refused(desk, "quickbooks", back | {"realmId": realm})
        assert error.code in {"no_tenant", "other_tenant", "proof"}
    assert desk.kept() == (1, 0)


def test_xero_binds_the_organisation_of_this_consent_and_never_the_first(desk):
    first = desk.xero.add_organisation(
        "First", "!first", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
    )
    second = desk.xero.add_organisation(
        "Second", "!second", "EUR", "GMTSTANDARDTIME", "IE", user="ada@example.com"
    )
    assert desk.connect("xero", first).tenant_id == first
    assert desk.connect("xero", second).tenant_id == second
    assert desk.connect("xero", first).tenant_id == first


@pytest.mark.parametrize("name", ["xero", "quickbooks", "stripe"])
def test_a_refusal_at_the_vendor_keeps_nothing_and_uses_the_state_up(desk, name):
    back = desk.come_back(name, tenant_of(desk, name))
    denied = {"error": "access_denied", "state": back["state"]}
    assert refused(desk, name, denied).code == "denied"
    assert refused(desk, name, back).code == "state"
    assert desk.token_calls() == 0
    assert desk.kept() == (1, 0)


def test_an_unknown_error_of_the_vendor_is_told_in_short(desk):
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    error = refused(desk, "xero", {"error": "x" * 5000, "state": back["state"]})
    assert error.code == "vendor"
    assert len(error.text) < 200


@pytest.mark.parametrize("name", ["xero", "quickbooks", "stripe"])
def test_a_code_the_vendor_does_not_know_keeps_nothing(desk, name):
    back = desk.come_back(name, tenant_of(desk, name))
    assert refused(desk, name, back | {"code": "made-up"}).code == "code"
    assert desk.kept() == (1, 0)


@responses.activate
def test_a_vendor_that_is_down_keeps_nothing(desk):
    address = begin(desk.opener, "xero", SESSION, None)
    state = parse_qs(urlsplit(address).query)["state"][0]
    consent = PROVIDERS["xero"].consent(desk.wires["xero"])
    responses.post(consent.token_url, status=503, body="offline")
    assert refused(desk, "xero", {"code": "c", "state": state}).code == "exchange"
    assert desk.kept() == (1, 0)


def test_a_wrong_client_secret_is_said_plainly(desk):
    back = desk.come_back("quickbooks", tenant_of(desk, "quickbooks"))
    desk.quickbooks.consent.client = ("quickbooks-app", "another-secret")
    error = refused(desk, "quickbooks", back)
    assert (error.code, "invalid_client" in error.text) == ("exchange", True)


@pytest.mark.parametrize("name", ["xero", "quickbooks", "stripe"])
def test_the_same_tenant_again_revives_the_same_connection(desk, name):
    tenant = tenant_of(desk, name)
    made = desk.connect(name, tenant, desk.asker.organisation_id)
    with desk.sessions.begin() as s:
        connections.set_state(s, made.id, "needs_reconnect", "ended")
        exceptions.open_exception(
            s,
            made.organisation_id,
            kind="needs_reconnect",
            subject=f"connection:{made.id}",
            title="t",
            detail="d",
            fix="f",
            now=desk.clock(),
        )
    again = desk.connect(name, tenant, desk.asker.organisation_id)
    assert (again.id, again.state) == (made.id, "connected")
    assert again.token_set_id != made.token_set_id
    with desk.sessions() as s:
        assert exceptions.list_open(s, made.organisation_id) == []
        assert not tokens.get(s, made.organisation_id, made.token_set_id).access


def test_an_organisation_has_one_system_of_record(desk):
    home = desk.asker.organisation_id
    desk.connect("xero", tenant_of(desk, "xero"), home)
    back = desk.come_back("quickbooks", tenant_of(desk, "quickbooks"), home)
    assert refused(desk, "quickbooks", back).code == "taken"
    assert desk.kept() == (1, 1)


def test_a_tenant_of_another_organisation_is_not_taken_over(desk):
    tenant = tenant_of(desk, "xero")
    with desk.sessions.begin() as s:
        other = organisations.create(s, "Other", "public-other", desk.clock())
        eve = organisations.add_member(s, other, "eve@example.com", "Eve", "admin", desk.clock())
    made = desk.connect("xero", tenant, desk.asker.organisation_id)
    back = desk.come_back("xero", tenant, other)
    with pytest.raises(ConsentError) as error:
        finish(desk.opener, "xero", SESSION, Asker(eve, "eve@example.com", other), back)
    assert error.value.code == "taken"
    assert "Wren" not in error.value.text.replace("Wren is", "")
    assert desk.row(made).organisation_id == desk.asker.organisation_id


def test_a_tenant_of_mine_is_connected_where_it_belongs(desk):
    tenant = tenant_of(desk, "quickbooks")
    made = desk.connect("quickbooks", tenant, desk.asker.organisation_id)
    with desk.sessions.begin() as s:
        other = organisations.create(s, "Second", "public-second", desk.clock())
        organisations.add_member(s, other, "ada@example.com", "Ada", "admin", desk.clock())
    error = refused(desk, "quickbooks", desk.come_back("quickbooks", tenant, other))
    assert (error.code, "Wren & Co" in error.text) == ("taken", True)
    # Without saying where, it goes where it was.
    assert desk.connect("quickbooks", tenant).id == made.id


def test_who_left_the_organisation_meanwhile_connects_nothing_to_it(desk):
    home = desk.asker.organisation_id
    back = desk.come_back("quickbooks", tenant_of(desk, "quickbooks"), home)
    with desk.sessions.begin() as s:
        organisations.remove_member(s, home, desk.asker.member_id)
    assert refused(desk, "quickbooks", back).code == "foreign"
    assert desk.kept() == (1, 0)


@pytest.mark.parametrize("names_it", [True, False])
def test_who_may_only_look_connects_nothing(desk, names_it):
    home, tenant = desk.asker.organisation_id, tenant_of(desk, "quickbooks")
    made = desk.connect("quickbooks", tenant, home)
    back = desk.come_back("quickbooks", tenant, home if names_it else None)
    with desk.sessions.begin() as s:
        organisations.add_member(s, home, "ada@example.com", "Ada", "viewer", desk.clock())
    assert refused(desk, "quickbooks", back).code == "role"
    assert desk.row(made).token_set_id == made.token_set_id


def test_a_token_answer_without_a_tenant_keeps_nothing(desk, monkeypatch):
    monkeypatch.setattr(desk.stripe.access, "redeem", lambda _kind, _secret: {"access_token": "a"})
    back = desk.come_back("stripe", tenant_of(desk, "stripe"), desk.asker.organisation_id)
    assert refused(desk, "stripe", back).code == "no_tenant"
    assert desk.kept() == (1, 0)


def test_books_that_cannot_be_read_are_not_connected(desk, monkeypatch):
    refusal = Refusal(desk.xero.identity._refused(403, "Forbidden", "AuthenticationUnsuccessful"))

    def refuse(*_asked):
        raise refusal

    monkeypatch.setattr(desk.xero.identity, "check_tenant", refuse)
    back = desk.come_back("xero", tenant_of(desk, "xero"))
    assert refused(desk, "xero", back).code == "proof"
    assert desk.kept() == (1, 0)


def test_an_organisation_ended_at_once_is_not_connected(desk):
    tenant = tenant_of(desk, "xero")
    back = desk.come_back("xero", tenant)
    desk.xero.disconnect(tenant)
    assert refused(desk, "xero", back).code == "other_tenant"
    assert desk.kept() == (1, 0)


def test_a_key_that_names_no_account_is_not_kept(desk, monkeypatch):
    listing_nothing = copy(PROVIDERS["stripe"])
    monkeypatch.setattr(listing_nothing, "tenants", lambda _access, _wire: [], raising=True)
    opener = replace(desk.opener, providers={"stripe": listing_nothing})
    with pytest.raises(ConsentError) as error:
        paste_key(opener, "stripe", desk.asker, "rk_test_1")
    assert error.value.code == "no_tenant"


def test_test_data_does_not_enter_a_live_house(desk):
    account = tenant_of(desk, "stripe")
    live = {**desk.opener.clients, "stripe": desk.client("stripe", live=True)}
    opener = replace(desk.opener, clients=live)
    back = desk.come_back("stripe", account, desk.asker.organisation_id)
    with pytest.raises(ConsentError) as consented:
        finish(opener, "stripe", SESSION, desk.asker, back)
    with pytest.raises(ConsentError) as pasted:
        paste_key(opener, "stripe", desk.asker, desk.stripe.add_restricted_key(account))
    assert (consented.value.code, pasted.value.code) == ("live", "live")
    assert desk.kept() == (1, 0)


def test_a_provider_without_an_app_cannot_be_begun(desk):
    opener = replace(desk.opener, clients={})
    for name in ("xero", "nobody", ""):
        with pytest.raises(ConsentError):
            begin(opener, name, SESSION, None)


def test_a_token_that_does_not_say_means_the_newest_connection():
    early, late = NOW - timedelta(days=1), NOW
    old, new = (Tenant(name, name, connected_at=at) for name, at in (("a", early), ("b", late)))
    undated = Tenant("c", "c", consent_event="e")
    assert _of_event([old, new, undated], "") == [new]
    assert _of_event([new, old], "") == [new]
    assert _of_event([undated], "") == []
    assert _of_event([old, undated], "e") == [undated]


# Pasted keys.


def test_a_restricted_key_is_kept_after_it_opened_the_account(desk):
    account = tenant_of(desk, "stripe")
    key = desk.stripe.add_restricted_key(account)
    made = paste_key(desk.opener, "stripe", desk.asker, f"  {key}\n")
    assert (made.tenant_id, made.strategy, made.live) == (account, "restricted_key", False)
    assert made.token_set_id is not None
    with desk.sessions() as s:
        held = tokens.get(s, made.organisation_id, made.token_set_id)
    assert (held.access, held.refresh, held.expires_at) == (key, "", None)


@pytest.mark.parametrize(
    "key", ["", "sk_live_all_powerful", "pk_test_1", "rk_test_", "rk_test_unknown", "rk_test_\x00é"]
)
def test_any_other_key_is_refused(desk, key):
    with pytest.raises(ConsentError):
        paste_key(desk.opener, "stripe", desk.asker, key)
    assert desk.kept() == (1, 0)


def test_a_key_cannot_be_pasted_where_there_are_none(desk):
    for name in ("xero", "quickbooks", "nobody"):
        with pytest.raises(ConsentError):
            paste_key(desk.opener, name, desk.asker, "rk_test_1")
