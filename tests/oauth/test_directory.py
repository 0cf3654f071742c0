"""A vendor's addresses come from its discovery document, as far as that may be believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector import PROVIDERS
from connector.protocol import Wire
from ledger.errors import RefusedError, RetryLaterError
from oauth import directory
from oauth.reading import BYTES_MAX, read_json
from store import discovery
from tests.conftest import NOW
from tests.oauth.desk import Desk
from tests.oauth.test_consent import tenant_of

BOTH = ["xero", "quickbooks"]


def reads(desk: Desk, name: str) -> int:
    return len([one for one in desk.asked(name, "/.well-known/openid") if "jwks" not in one.path])


def told(desk: Desk, name: str, **document: object) -> None:
    """Have a document kept as if the vendor had given it."""
    with desk.sessions.begin() as s:
        discovery.keep(s, name, document, desk.clock())


@pytest.mark.parametrize("name", BOTH)
def test_the_document_is_read_once_a_day(desk, name):
    for _ in range(3):
        directory.look(desk.opener, name)
    assert reads(desk, name) == 1
    desk.clock.forward(hours=23, minutes=59)
    directory.look(desk.opener, name)
    assert reads(desk, name) == 1
    desk.clock.forward(minutes=1)
    directory.look(desk.opener, name)
    assert reads(desk, name) == 2


@pytest.mark.parametrize("name", BOTH)
def test_connecting_looks_at_the_document_first(desk, name):
    desk.connect(name, tenant_of(desk, name))
    assert reads(desk, name) == 1


@pytest.mark.parametrize("name", BOTH)
def test_what_the_document_says_is_what_is_asked(desk, name):
    here = desk.wires[name].addresses["identity"]
    told(
        desk,
        name,
        authorization_endpoint=f"{here}/new/authorize",
        token_endpoint=f"{here}/new/token",
        revocation_endpoint=f"{here}/new/revoke",
        jwks_uri=f"{here}/new/keys",
        userinfo_endpoint=f"{here}/new/userinfo",
    )
    consent, openid = (
        directory.consent_of(desk.opener, name),
        directory.openid_of(desk.opener, name),
    )
    assert consent.authorize_url == f"{here}/new/authorize"
    assert consent.token_url == f"{here}/new/token"
    assert consent.revoke_url == f"{here}/new/revoke"
    assert openid is not None
    assert openid.keys_url == f"{here}/new/keys"
    # Xero says in the id token what Intuit says in userinfo.
    assert bool(openid.userinfo_url) == (name == "quickbooks")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/token",
        "https://xero.com.evil.example/token",
        "https://evilxero.com/token",
        "http://identity.xero.com/token",
        "https://identity.xero.com@evil.example/token",
        "https://user:secret@identity.xero.com/token",
        "https://[broken/token",
        "javascript:alert(1)",
        "/token",
        "",
        None,
        7,
        ["https://identity.xero.com/token"],
    ],
    ids=str,
)
def test_an_address_that_is_not_the_vendors_own_is_not_believed(desk, address):
    before = directory.consent_of(desk.opener, "xero")
    told(desk, "xero", token_endpoint=address, authorization_endpoint=address, jwks_uri=address)
    assert directory.consent_of(desk.opener, "xero") == before
    openid = directory.openid_of(desk.opener, "xero")
    assert openid == PROVIDERS["xero"].openid(desk.opener.wire("xero"))


@pytest.mark.parametrize("address", ["https://identity.xero.com/t", "https://xero.com/t"])
def test_an_address_of_the_vendors_own_is_believed(desk, address):
    told(desk, "xero", token_endpoint=address)
    assert directory.consent_of(desk.opener, "xero").token_url == address


def test_while_the_document_cannot_be_read_the_last_good_copy_counts(desk):
    directory.look(desk.opener, "quickbooks")
    before = directory.consent_of(desk.opener, "quickbooks")
    gone = dict.fromkeys(("api", "identity", "login", "revoke"), "http://127.0.0.1:9")
    good, desk.wires["quickbooks"] = desk.wires["quickbooks"], Wire(gone)
    desk.clock.forward(days=2)
    for _ in range(3):
        directory.look(desk.opener, "quickbooks")
    with desk.sessions() as s:
        kept = discovery.get(s, "quickbooks")
    assert kept is not None
    assert (kept.read_at, kept.tried_at) == (NOW, desk.clock())
    desk.wires["quickbooks"] = good
    assert directory.consent_of(desk.opener, "quickbooks") == before
    # An hour later the vendor is asked again.
    directory.look(desk.opener, "quickbooks")
    assert reads(desk, "quickbooks") == 1
    desk.clock.forward(hours=1)
    directory.look(desk.opener, "quickbooks")
    assert reads(desk, "quickbooks") == 2


def test_before_there_is_a_copy_the_known_addresses_count(desk):
    known = PROVIDERS["quickbooks"].consent(desk.opener.wire("quickbooks"))
    assert directory.consent_of(desk.opener, "quickbooks") == known
    desk.connect("quickbooks", tenant_of(desk, "quickbooks"))


def test_a_vendor_without_a_document_is_asked_for_none(desk):
    directory.look(desk.opener, "stripe")
    assert directory.openid_of(desk.opener, "stripe") is None
    assert desk.stripe.shelf.requests() == []


def test_intuits_documents_are_where_intuit_says():
    openid = PROVIDERS["quickbooks"].openid(Wire())
    assert openid is not None
    assert openid.discovery_url == (
        "https://developer.intuit.com/.well-known/openid_configuration/"
    )
    assert openid.issuer == "https://oauth.platform.intuit.com/op/v1"


def test_only_https_is_read_outside_this_machine():
    with pytest.raises(RefusedError, match="not https"):
        read_json("http://identity.xero.example/keys", Wire())


@pytest.mark.parametrize(
    "app_answers",
    [
        (b"no json", "200 OK"),
        (b"[1]", "200 OK"),
        (b'{"a": 1}', "404 NOT FOUND"),
        (b'{"a": 1}', "302 FOUND"),
        (b'"' + b"a" * BYTES_MAX + b'"', "200 OK"),
        (b"[" * 100_000, "200 OK"),
    ],
    ids=["text", "list", "404", "302", "huge", "deep"],
)
def test_what_is_no_document_is_patience(stages, app_answers):
    body, status = app_answers

    def answer(_environ, start_response):
        start_response(status, [("Location", "http://127.0.0.1:9/elsewhere")])
        return [body]

    stages["xero"].app = answer
    with pytest.raises(RetryLaterError):
        read_json(stages["xero"].address + "/keys", Wire())


def test_the_age_of_a_copy_is_a_day():
    assert timedelta(days=1) == directory.FRESH
