"""Signing in with a vendor: who comes back is who the vendor signed for, in this browser, once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from oauth import ConsentError
from oauth.sign_in import Person, begin, finish, offered
from tests.oauth.desk import SESSION, Desk

BOTH = ["xero", "quickbooks"]


def somebody(desk: Desk, name: str, email: str = "ann@x.example", *, verified: bool = True) -> str:
    """Let somebody have an account at a vendor; gives what they are chosen by on its page."""
    if name == "quickbooks":
        return desk.quickbooks.consent.people.add(email, "Ann", "Wren", verified=verified)
    key = f"person-{len(desk.xero.identity.people())}"
    desk.xero.identity.add_person(key, email, "Ann Wren")
    return key


def come_back(desk: Desk, name: str, who: str) -> dict[str, str]:
    return desk.sign_in(name, begin(desk.opener, name, SESSION), who)


def refused(desk: Desk, name: str, back: dict[str, str], session: str = SESSION) -> str:
    with pytest.raises(ConsentError) as error:
        finish(desk.opener, name, session, back)
    return error.value.code


def test_only_vendors_with_openid_are_offered(desk):
    assert offered(desk.opener) == {"xero": "Xero", "quickbooks": "Intuit"}
    with pytest.raises(ConsentError):
        begin(desk.opener, "stripe", SESSION)
    assert refused(desk, "sage", {}) == "unknown_provider"


@pytest.mark.parametrize("name", BOTH)
def test_somebody_comes_back_under_the_vendors_own_name(desk, name):
    who = somebody(desk, name)
    person = finish(desk.opener, name, SESSION, come_back(desk, name, who))
    assert isinstance(person, Person)
    assert (person.provider, person.email, person.name) == (name, "ann@x.example", "Ann Wren")
    assert person.subject
    assert person.has_address == (name == "quickbooks")
    again = finish(desk.opener, name, SESSION, come_back(desk, name, who))
    assert again.subject == person.subject


@pytest.mark.parametrize("name", BOTH)
def test_the_same_address_is_not_the_same_person(desk, name):
    people = [
        finish(desk.opener, name, SESSION, come_back(desk, name, somebody(desk, name)))
        for _ in range(2)
    ]
    assert people[0].email == people[1].email
    assert people[0].subject != people[1].subject


@pytest.mark.parametrize("name", BOTH)
def test_nothing_but_who_they_are_is_asked_for(desk, name):
    asked = parse_qs(urlsplit(begin(desk.opener, name, SESSION)).query)
    assert asked["scope"] == ["openid profile email"]
    assert asked["redirect_uri"] == [f"http://127.0.0.1:9/sign-in/with/{name}/callback"]
    again = parse_qs(urlsplit(begin(desk.opener, name, SESSION)).query)
    assert asked["nonce"] != again["nonce"]
    assert asked["state"] != again["state"]


@pytest.mark.parametrize("name", BOTH)
def test_a_sign_in_serves_once_in_its_own_browser_and_in_time(desk, name):
    back = come_back(desk, name, somebody(desk, name))
    assert refused(desk, name, back, "browser-2:1") == "state"
    assert refused(desk, name, back | {"state": "x"}) == "state"
    calls = desk.token_calls()
    assert calls == 0
    finish(desk.opener, name, SESSION, back)
    calls = desk.token_calls()
    assert refused(desk, name, back) == "state"
    late = come_back(desk, name, somebody(desk, name))
    desk.clock.forward(minutes=11)
    assert refused(desk, name, late) == "state"
    assert desk.token_calls() == calls


def test_a_sign_in_is_not_carried_from_one_vendor_to_the_other(desk):
    back = come_back(desk, "xero", somebody(desk, "xero"))
    assert refused(desk, "quickbooks", back) == "state"


def test_a_consent_signs_nobody_in_and_a_sign_in_connects_nothing(desk):
    tenant = desk.xero.add_organisation("Wren", "!wren", "GBP", "GMTSTANDARDTIME", "GB")
    assert refused(desk, "xero", desk.come_back("xero", tenant)) == "state"
    back = come_back(desk, "xero", somebody(desk, "xero"))
    with pytest.raises(ConsentError):
        desk.finish("xero", back)
    assert desk.kept() == (1, 0)


@pytest.mark.parametrize("name", BOTH)
def test_who_cancels_is_told_so(desk, name):
    address = begin(desk.opener, name, SESSION)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert refused(desk, name, {"error": "access_denied", "state": state}) == "denied"
    assert desk.token_calls() == 0


def test_an_unverified_address_at_intuit_is_refused(desk):
    who = somebody(desk, "quickbooks", verified=False)
    assert refused(desk, "quickbooks", come_back(desk, "quickbooks", who)) == "unverified"


@pytest.mark.parametrize("name", BOTH)
def test_a_code_of_another_sign_in_is_found_out_by_its_nonce(desk, name):
    back = come_back(desk, name, somebody(desk, name))
    kind = {"xero": "codes", "quickbooks": "code"}[name]
    shelf = desk.stand_in(name).shelf
    code = shelf.get(kind, back["code"])
    # PKCE would find it out as well; the nonce alone has to do.
    shelf.put(kind, back["code"], code | {"nonce": "of another sign-in"})
    assert refused(desk, name, back) == "sign_in"


def test_xero_has_to_repeat_the_nonce_and_intuit_need_not(desk):
    back = come_back(desk, "xero", somebody(desk, "xero"))
    code = desk.xero.shelf.get("codes", back["code"])
    desk.xero.shelf.put("codes", back["code"], code | {"nonce": ""})
    assert refused(desk, "xero", back) == "sign_in"
    desk.quickbooks.consent.people.repeats_nonce = False
    back = come_back(desk, "quickbooks", somebody(desk, "quickbooks"))
    assert finish(desk.opener, "quickbooks", SESSION, back).subject


@pytest.mark.parametrize("name", BOTH)
def test_a_vendor_that_changes_its_key_is_still_believed(desk, name):
    who = somebody(desk, name)
    first = finish(desk.opener, name, SESSION, come_back(desk, name, who))
    signer = {
        "xero": desk.xero.identity.signer,
        "quickbooks": desk.quickbooks.consent.people.signer,
    }[name]
    signer.turn()
    assert finish(desk.opener, name, SESSION, come_back(desk, name, who)) == first


def test_userinfo_about_somebody_else_is_refused(desk, monkeypatch):
    back = come_back(desk, "quickbooks", somebody(desk, "quickbooks"))
    people = desk.quickbooks.consent.people
    told = people.told
    monkeypatch.setattr(people, "told", lambda token: told(token) | {"sub": "somebody-else"})
    assert refused(desk, "quickbooks", back) == "other_person"


@pytest.mark.parametrize("name", BOTH)
def test_signing_in_revokes_and_disconnects_nothing(desk, name):
    who = somebody(desk, name)
    finish(desk.opener, name, SESSION, come_back(desk, name, who))
    assert desk.asked(name, "revo") == []
