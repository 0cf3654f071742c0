"""Money kept on account on the matches page: taken off again where the ledger lets an app."""

from __future__ import annotations

from flask.testing import FlaskClient

from ledger.documents import Source
from store import actions, mirror
from store.actions import ActionRow
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, customer, invoice, kept, receipt
from tests.web.house import House
from tests.web.test_connections import to_xero

AT = f"/o/{HOME}/matches"
LINE = "line-1"


def came(house: House, books: int) -> None:
    """Have 500 from the bank come in, and somebody who owes it."""
    line = receipt(LINE, "500.00", source=Source.BANK)
    papers = (customer("k1", "Dunlin Ltd", None), invoice("k1001", "k1", 0, "500.00"), line)
    with house.sessions.begin() as s:
        mirror.save(s, house.ids[HOME], books, kept(papers), NOW)


def keep(house: House, browser: FlaskClient) -> ActionRow:
    """Have it kept on account."""
    ours = house.ids[HOME]
    house.post(browser, f"{AT}/bank/{LINE}", {"keep_for": "k1"})
    with house.sessions.begin() as s:
        [row] = actions.of_subject(s, ours, f"receipt:bank:{LINE}")
        actions.begin(s, ours, row.id, attempts=0, owner="w", now=NOW, body=row.body)
        held = {"held": ["77", "", [50_000, "GBP"]]}
        actions.close(s, ours, row.id, state="done", outcome=held, now=NOW, text="keep done")
    return row


def test_it_is_taken_back_by_a_button(fresh: House) -> None:
    browser = fresh.client(ADA)
    came(fresh, fresh.ids["quickbooks"])
    assert "as long as it pays no invoice" in browser.get(f"{AT}/bank/{LINE}").text
    row = keep(fresh, browser)
    shown = browser.get(AT).text.partition("<h2>Kept on account")[2]
    assert "as long as it pays no invoice" in shown
    path = f"{AT}/kept/{row.id}/take-back"
    assert path in shown
    assert fresh.post(browser, path).status_code == 302
    page = browser.get(AT).text
    assert "within a minute, and waits here again then" in page
    assert "Take off the account" in page
    fresh.post(browser, path)
    assert "It is being taken back already" in browser.get(AT).text
    assert fresh.post(browser, f"{AT}/kept/9999/take-back").status_code == 404
    with fresh.sessions() as s:
        [released] = actions.in_state(s, fresh.ids[HOME], "planned")
    assert (released.kind, released.body["held"][0]) == ("release", "77")
    assert "To be taken off an account" in browser.get(f"/o/{HOME}/activity").text


def test_what_the_ledger_keeps_for_good_is_said_before_and_after(fresh: House) -> None:
    browser = fresh.client(ADA)
    came(fresh, to_xero(fresh))
    said = "Dunnock cannot take it back: Xero lets no app do that. In Xero, open the overpayment"
    assert said in browser.get(f"{AT}/bank/{LINE}").text
    row = keep(fresh, browser)
    shown = browser.get(AT).text.partition("<h2>Kept on account")[2]
    path = f"{AT}/kept/{row.id}/take-back"
    assert said in shown
    assert path not in shown
    fresh.post(browser, path)
    assert "Xero lets no app take money kept on account back" in browser.get(AT).text


def test_an_application_is_no_money_on_account(fresh: House) -> None:
    browser = fresh.client(ADA)
    fresh.post(browser, f"{AT}/kept/{fresh.ids['applied']}/take-back")
    assert "This money is not on account any more" in browser.get(AT).text
