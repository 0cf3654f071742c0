"""Payers: whose the learned names are, changed by a person; pairs kept apart, allowed again."""

from __future__ import annotations

import pytest

from flows import remembering
from rules.facts import Payer
from rules.matching.remembered import Mark
from store import connections, journal, payers
from tests.conftest import NOW
from tests.web.furniture import ACCOUNT_KNOWN, ADA, FINCH, HOME, ROLES
from tests.web.house import House

AT = f"/o/{HOME}/payers"


def named(form: str, customer_id: str = "c1") -> dict[str, str]:
    return {"mark": remembering.name_of(Mark(form, customer_id, 1, (form,)))}


NAME, ACCOUNT = named("name:robins ltd"), named(ACCOUNT_KNOWN)


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def known(house: House) -> set[Payer]:
    with house.sessions() as s:
        return set(payers.known(s, house.ids[HOME]))


def newest(house: House) -> tuple[str, str, str]:
    with house.sessions() as s:
        [entry] = journal.read(s, house.ids[HOME], limit=1)
    return entry.who, entry.subject, entry.text


def test_what_is_known_of_payers_is_shown_in_words(browser):
    text = browser.get(AT).text
    assert "account \u20261234" in text
    # No more of an account number than its end, not even in a form.
    assert "5551234" not in text
    assert "e-mail md@robin.example" in text
    assert text.count("<span>name robins ltd</span>") == 1
    assert "Robin Bakery Ltd" in text
    assert f"{AT}" in browser.get(f"/o/{HOME}/matches").text
    assert "robins ltd" not in browser.get(f"{AT}?q=1234").text
    assert "Nothing is known by that" in browser.get(f"{AT}?q=zzz").text
    assert "robins" not in browser.get(f"/o/{FINCH}/payers").text


def test_a_payer_is_forgotten_in_every_form(fresh, browser):
    answer = fresh.post(browser, f"{AT}/forget", NAME, follow_redirects=True)
    assert "Forgotten: name robins ltd" in answer.text
    assert {one.form for one in known(fresh)} == {ACCOUNT_KNOWN, "email:md@robin.example"}
    text = "payer name robins ltd forgotten for this customer"
    assert newest(fresh) == (ADA, "customer:c1", text)
    for page in ("activity", "customers/c1"):
        assert text in browser.get(f"/o/{HOME}/{page}").text
    with fresh.sessions() as s:
        books = connections.books_of(s, fresh.ids[HOME])
    assert books is not None
    assert books.next_match_at == NOW
    answer = fresh.post(browser, f"{AT}/forget", NAME, follow_redirects=True)
    assert "not remembered any more" in answer.text


def test_a_payer_is_given_to_another_customer(fresh, browser):
    page = browser.get(f"{AT}?mark={NAME['mark']}").text
    assert "Whose is name robins ltd?" in page
    for into in ("c1", "nobody", ""):
        answer = fresh.post(browser, f"{AT}/move", {**NAME, "into": into}, follow_redirects=True)
        assert "Choose another customer" in answer.text
    fresh.post(browser, f"{AT}/move", {**NAME, "into": "c2"})
    assert Payer("name:robins ltd", "c2", 1) in known(fresh)
    assert Payer("bare:robins", "c2", 1) in known(fresh)
    told = "payer name robins ltd is of Wagtail Logistics, not of this customer"
    assert newest(fresh) == (ADA, "customer:c1", told)


def test_who_pays_for_others_identifies_nobody_until_a_person_says_otherwise(fresh, browser):
    fresh.post(browser, f"{AT}/share", NAME)
    with fresh.sessions() as s:
        assert payers.shared(s, fresh.ids[HOME]) == {"name:robins ltd", "bare:robins"}
    assert newest(fresh)[2] == "payer name robins ltd is shared and identifies nobody"
    # Forgotten for its customer, it is still shared, and still shown.
    fresh.post(browser, f"{AT}/forget", NAME)
    assert "name robins ltd" in browser.get(AT).text
    fresh.post(browser, f"{AT}/unshare", named("name:robins ltd", ""))
    assert newest(fresh) == (ADA, "", "payer name robins ltd is not shared and identifies again")
    with fresh.sessions() as s:
        assert payers.shared(s, fresh.ids[HOME]) == frozenset()


def test_a_pair_kept_apart_is_shown_and_allowed_again(fresh, browser):
    text = browser.get(AT).text.split("<h2>Kept apart")[1]
    assert "31.07" in text
    assert "INV-1006" in text
    assert "r-gone" in text
    pair = {"receipt_id": "r3", "invoice_id": "1006"}
    fresh.post(browser, f"{AT}/allow", pair)
    with fresh.sessions() as s:
        assert payers.undone(s, fresh.ids[HOME]) == {("r-gone", "i-gone")}
    told = "receipt r3 may be matched with this invoice again"
    assert newest(fresh) == (ADA, "invoice:1006", told)
    answer = fresh.post(browser, f"{AT}/allow", pair, follow_redirects=True)
    assert "not kept apart any more" in answer.text


def test_nothing_learned_is_said_and_whoever_only_looks_changes_nothing(fresh, browser):
    assert "Nothing yet" in browser.get(f"/o/{FINCH}/payers").text
    assert "No match was taken apart" in browser.get(f"/o/{FINCH}/payers").text
    for role in ("viewer", "approver"):
        answer = fresh.post(fresh.client(ROLES[role]), f"{AT}/forget", ACCOUNT)
        assert answer.status_code == 403
    assert len(known(fresh)) == 4
