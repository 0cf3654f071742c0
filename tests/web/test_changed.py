"""Money that a bank changed on its way, as a person sees it on the matches page."""

from __future__ import annotations

import pytest

from flows import bodies
from ledger.documents import Source
from ledger.money import Money
from store import actions, mirror
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, customer, invoice, kept, receipt

AT = f"/o/{HOME}"
SENT = Money(100_000, "EUR")
PATH = f"{AT}/matches/bank/wire"


@pytest.fixture
def browser(fresh):
    """Have 866.37 pounds for which 1,000.00 euro were sent, and an invoice of that."""
    documents = (
        customer("o", "Otto Weber GmbH", None),
        invoice("9101", "o", 5, "1000.00", currency="EUR"),
        invoice("9102", "o", 5, "3000.00", currency="USD"),
        receipt("wire", "866.37", source=Source.BANK, text="INV-9101", original=SENT),
    )
    with fresh.sessions.begin() as s:
        mirror.save(s, fresh.ids[HOME], fresh.ids["quickbooks"], kept(documents), NOW)
    return fresh.client(ADA)


def test_what_was_sent_is_shown_and_applied_at_one_press(fresh, browser):
    [part] = [one for one in browser.get(f"{AT}/matches").text.split("<article") if "866.37" in one]
    assert "<dt>Sent as</dt><dd>" in part
    assert "Seems to pay" in part
    assert 'name="pay:9101" value="1000.00"' in part
    assert fresh.post(browser, PATH, {"pay:9101": "1000.00"}).status_code == 302
    with fresh.sessions() as s:
        planned = actions.in_state(s, fresh.ids[HOME], "planned")
    [row] = [one for one in planned if one.subject == "receipt:bank:wire"]
    found = bodies.read_application(row.body)
    assert [one.amount for one in found.portions] == [SENT]
    assert (found.came, found.paid) == (Money(86_637, "GBP"), Money(86_637, "GBP"))


def test_invoices_in_the_currency_that_was_sent_can_be_chosen_and_no_others(browser):
    text = browser.get(PATH).text
    assert "invoices in EUR are paid by exactly that" in text
    assert 'name="pay:9101"' in text
    assert 'name="pay:9102"' not in text


def test_less_than_what_was_sent_is_refused_beside_the_form(fresh, browser):
    answer = fresh.post(browser, PATH, {"pay:9101": "999.99"})
    assert answer.status_code == 422
    assert "1000.00 EUR was sent: choose invoices for exactly that" in answer.text
    answer = fresh.post(browser, PATH, {"pay:9102": "3000.00"})
    assert "Invoice INV-9102 is in" in answer.text
