"""An invoice as the ledger prints, shows and sends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store import actions, connections, online, organisations
from store.connections import Consented
from tests.web.furniture import ADA, FINCH, HOME, ROLES

AT = f"/o/{HOME}"
PAGE = f"{AT}/invoices/1001"


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def asked(house):
    """List what the ledger is asked to send."""
    with house.sessions() as s:
        rows = actions.in_state(s, house.ids[HOME], actions.PLANNED)
    return [(one.body["invoice_id"], one.body["to"]) for one in rows if one.kind == "deliver"]


def test_the_invoice_is_handed_on_as_the_ledger_prints_it(fresh, browser):
    answer = browser.get(f"{AT}/pdf/1001")
    assert answer.data == b"%PDF-1.4 of 1001"
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-1001.pdf"'
    # A number that is no name for a file.
    evil = browser.get(f"{AT}/pdf/1006").headers["Content-Disposition"]
    assert evil.startswith('attachment; filename="INV-1006-script-alert-')
    assert evil.count('"') == 2
    assert fresh.client(ROLES["viewer"]).get(f"{AT}/pdf/1001").status_code == 200


def test_a_ledger_that_does_not_answer_is_said_to(browser):
    answer = browser.get(f"{AT}/pdf/1002", follow_redirects=True)
    assert "gives no PDF just now: too many calls" in answer.text


def test_what_nobody_has_or_can_do_does_not_exist(fresh, browser):
    assert browser.get(f"{AT}/pdf/404").status_code == 404
    assert fresh.post(browser, f"{AT}/deliver/404").status_code == 404
    assert browser.get(f"/o/{FINCH}/pdf/1001").status_code == 404
    with fresh.sessions.begin() as s:
        connections.set_state(s, fresh.ids["quickbooks"], connections.NEEDS_RECONNECT, "ended")
    assert browser.get(f"{AT}/pdf/1001").status_code == 404
    text = browser.get(PAGE).text
    assert "/pdf/1001" not in text
    assert "/deliver/1001" not in text


def test_the_ledger_is_asked_to_send_once_a_day(fresh, browser):
    assert "/deliver/1001" in browser.get(PAGE).text
    answer = fresh.post(browser, f"{AT}/deliver/1001", follow_redirects=True)
    assert "is asked to send it" in answer.text
    assert "The ledger is to send invoice INV-1001" in answer.text
    answer = fresh.post(browser, f"{AT}/deliver/1001", follow_redirects=True)
    assert "asked for today already" in answer.text
    assert asked(fresh) == [("1001", "accounts@robin.example")]


def test_without_an_address_nothing_is_asked(fresh, browser):
    answer = fresh.post(browser, f"{AT}/deliver/1005", follow_redirects=True)
    assert "no e-mail address" in answer.text
    assert asked(fresh) == []


def test_the_address_online_is_shown_when_it_is_known(fresh, browser):
    assert "As the customer sees it" not in browser.get(PAGE).text
    url = "https://in.example/1001?a=1&b=2"
    with fresh.sessions.begin() as s:
        online.keep(s, fresh.ids[HOME], fresh.ids["quickbooks"], "1001", url, fresh.clock[0])
    assert 'href="https://in.example/1001?a=1&amp;b=2"' in browser.get(PAGE).text


def test_an_organisation_without_ledger_has_no_papers(fresh, browser):
    with fresh.sessions.begin() as s:
        stripe = Consented("stripe", "payments", "acct_finch", "Finch")
        connections.connect(s, fresh.ids[FINCH], stripe, fresh.clock[0])
    assert fresh.post(browser, f"/o/{FINCH}/deliver/1001").status_code == 404


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("https://go.example/!a/view/{id}", "https://go.example/!a/view/"),
        ("javascript:alert({id})", ""),
        ("", ""),
    ],
)
def test_pages_lead_to_where_the_ledgers_users_see_it(fresh, browser, pattern, shown):
    with fresh.sessions.begin() as s:
        kept = organisations.get(s, fresh.ids[HOME]).ledger
        assert kept is not None
        told = replace(kept, invoice_page=pattern, customer_page=pattern)
        organisations.save_ledger(s, fresh.ids[HOME], told)
    for page, key in ((PAGE, "1001"), (f"{AT}/customers/c1", "c1")):
        text = browser.get(page).text
        assert (f'href="{shown}{key}"' in text) == bool(shown)
        assert ("In the ledger</a>" in text) == bool(shown)
