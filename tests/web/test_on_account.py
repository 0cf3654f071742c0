"""Money left on account: shown apart, asked about no more, and taken back by a button."""

from __future__ import annotations

import pytest

from store import actions, confirmations, connections, exceptions, journal
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME
from tests.web.house import House

AT = f"/o/{HOME}"


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def left(house: House, subject: str = "receipt:ledger:r3") -> actions.ActionRow:
    """Give the newest decision to leave this money."""
    with house.sessions() as s:
        rows = actions.of_subject(s, house.ids[HOME], subject)
    return [row for row in rows if row.kind == "leave"][-1]


def told(house: House) -> list[tuple[str, str, str]]:
    with house.sessions() as s:
        return [(one.entry, one.who, one.text) for one in journal.read(s, house.ids[HOME], limit=3)]


def test_money_left_on_account_is_asked_no_more(fresh, browser):
    question = "/matches/ledger/r3"
    assert question in browser.get(f"{AT}/matches").text.split("<h2>Left on account")[0]
    fresh.post(browser, f"{AT}/matches/leave/ledger/r3")
    asked, apart = browser.get(f"{AT}/matches").text.split("<h2>Left on account")
    assert question not in asked
    assert question in apart
    with fresh.sessions() as s:
        assert "unmatched_receipt" not in {
            one.kind for one in exceptions.list_open(s, fresh.ids[HOME])
        }
    assert ("decided", ADA, "31.07 GBP left on account") in told(fresh)


def test_what_was_proposed_and_left_on_account_was_wrong(fresh, browser):
    fresh.post(browser, f"{AT}/matches/leave/ledger/r1")
    with fresh.sessions() as s:
        found = confirmations.of_evidence(s, fresh.ids[HOME])
    assert {name: tuple(one) for name, one in found.items()} == {"number/exact/payer": (0, 1)}


def test_taken_back_it_is_asked_again(fresh, browser):
    fresh.post(browser, f"{AT}/matches/leave/ledger/r3")
    path = f"{AT}/matches/take-back/{left(fresh).id}"
    fresh.post(browser, path)
    text = browser.get(f"{AT}/matches").text
    assert "/matches/leave/ledger/r3" in text
    assert "<h2>Left on account" not in text
    assert told(fresh)[0] == ("undone", ADA, "no longer left on account")
    with fresh.sessions() as s:
        books = connections.books_of(s, fresh.ids[HOME])
    assert books is not None
    assert books.next_match_at == NOW
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "not left on account any more" in answer.text


def test_left_twice_is_said(fresh, browser):
    fresh.post(browser, f"{AT}/matches/leave/ledger/r3")
    answer = fresh.post(browser, f"{AT}/matches/leave/ledger/r3", follow_redirects=True)
    assert "left on account already" in answer.text


def test_what_is_left_can_still_be_chosen_for(fresh, browser):
    fresh.post(browser, f"{AT}/matches/leave/ledger/r3")
    fresh.post(browser, f"{AT}/matches/ledger/r3", {"pay:1009": "31.07"})
    assert left(fresh).undone_at == NOW
    assert "On its way" in browser.get(f"{AT}/matches").text
    # What is being applied cannot be left.
    answer = fresh.post(browser, f"{AT}/matches/leave/ledger/r3", follow_redirects=True)
    assert "is being applied" in answer.text


def test_what_was_not_left_cannot_be_taken_back(fresh, browser):
    path = f"{AT}/matches/take-back/{fresh.ids['applied']}"
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "not left on account any more" in answer.text
    assert fresh.post(browser, f"{AT}/matches/take-back/999").status_code == 404
