"""Xero before anybody connected: consent, tenants, disconnect."""

from __future__ import annotations

import base64
import json

import pytest

from connector.protocol import Access, Wire
from connector.xero import PROVIDER
from ledger.errors import DisconnectedError
from tests.connector.xero import office as offices
from tests.sandbox import xero_desk

HOME = ("UTC", "GB")


def claim(token, name):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))[name]


@pytest.fixture
def office():
    return offices.make()


def test_vendors_addresses_unless_told_otherwise():
    consent = PROVIDER.consent(Wire())
    assert consent.authorize_url == "https://login.xero.com/identity/connect/authorize"
    assert consent.token_url == "https://identity.xero.com/connect/token"
    assert consent.revoke_url == "https://identity.xero.com/connect/revocation"
    assert consent.pkce
    assert consent.previous_works
    here = PROVIDER.consent(Wire(addresses={"login": "http://a/", "identity": "http://b"}))
    assert here.authorize_url == "http://a/identity/connect/authorize"
    assert here.token_url == "http://b/connect/token"


def test_scopes_are_granular_and_enough_for_the_work(office):
    scopes = PROVIDER.consent(Wire()).scopes
    assert "accounting.transactions" not in scopes
    code = xero_desk.consent(office.standin, office.tenant, scope=" ".join(scopes))
    token = xero_desk.redeem(office.standin, code).get_json()["access_token"]
    books = office.books(access=Access(office.tenant, token))
    assert books.organisation().name == "Harbour Supplies Ltd"
    page = books.sync("")
    while page.more:
        page = books.sync(page.cursor)
    assert books.position(office.contact).customer.name == "Ridge & Sons"


def test_tenants_tell_which_one_this_consent_is_about(office):
    first = office.standin.add_organisation("One", "!1", "GBP", *HOME, user="a@b.example")
    second = office.standin.add_organisation("Two", "!2", "GBP", *HOME, user="a@b.example")
    xero_desk.connect(office.standin, first)
    office.clock.move(minutes=1)
    token = xero_desk.connect(office.standin, second)["access_token"]
    told = PROVIDER.tenants(Access("", token), office.wire)
    assert [one.title for one in told] == ["One", "Two"]
    event = claim(token, PROVIDER.consent(Wire()).event_claim)
    assert [one.id for one in told if one.consent_event == event] == [second]
    newest = max(told, key=lambda one: one.connected_at or office.clock.now.min)
    assert newest.id == second
    assert all(one.grant for one in told)


def test_other_kinds_of_tenants_are_left_out(office):
    access = office.access()
    (doc,) = office.standin.shelf.all("connections")
    office.standin.shelf.put("connections", doc["id"], {**doc, "tenantType": "PRACTICE"})
    assert PROVIDER.tenants(access, office.wire) == []


def test_disconnect_ends_one_organisation_only(office):
    first = office.standin.add_organisation("One", "!1", "GBP", *HOME, user="a@b.example")
    second = office.standin.add_organisation("Two", "!2", "GBP", *HOME, user="a@b.example")
    xero_desk.connect(office.standin, first)
    token = xero_desk.connect(office.standin, second)["access_token"]
    mine, other = PROVIDER.tenants(Access("", token), office.wire)
    access = Access(first, token, grant=mine.grant)
    PROVIDER.disconnect(access, office.wire, last=False)
    assert PROVIDER.tenants(Access("", token), office.wire) == [other]
    with pytest.raises(DisconnectedError):
        office.books(access=access).organisation()
    # Gone already is gone; and without the vendor's id of the connection it is looked up.
    PROVIDER.disconnect(access, office.wire, last=False)
    PROVIDER.disconnect(Access(second, token), office.wire, last=True)
    assert PROVIDER.tenants(Access("", token), office.wire) == []


def test_ended_token_is_a_disconnect(office):
    access = office.access()
    office.clock.move(minutes=31)
    with pytest.raises(DisconnectedError, match="TokenExpired"):
        PROVIDER.tenants(access, office.wire)
    with pytest.raises(DisconnectedError):
        office.books(access=access).organisation()
