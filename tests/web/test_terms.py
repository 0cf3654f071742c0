"""What the ledger says of terms and numbers, where a person looks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.documents import EarlyDiscount, Source
from store import mirror
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, kept, receipt


@pytest.fixture
def browser(fresh):
    """Look at an invoice with 2.5 % off, of a customer with a number, and money to place."""
    ours, books = fresh.ids[HOME], fresh.ids["quickbooks"]
    with fresh.sessions.begin() as s:
        owed = mirror.invoice(s, ours, "1007")
        assert owed is not None
        owner = mirror.customer(s, ours, owed.customer_id)
        assert owner is not None
        sold = replace(owed, early_discount=EarlyDiscount(250, date(2026, 3, 12)))
        line = receipt("line-1", "500.00", source=Source.BANK)
        mirror.save(s, ours, books, kept((sold, replace(owner, number="K-20007"), line)), NOW)
    found = fresh.client(ADA)
    found.owner = owner.ref.id
    return found


def test_an_invoice_shows_its_discount_and_until_when(browser):
    page = browser.get(f"/o/{HOME}/invoices/1007").text
    assert "<dt>Early discount</dt><dd>2.5% when paid by 12 Mar 2026</dd>" in page
    assert "Early discount" not in browser.get(f"/o/{HOME}/invoices/1001").text
    german = browser.get(f"/o/{HOME}/invoices/1007", headers={"Accept-Language": "de"}).text
    assert "2,5\xa0%" in german


def test_who_places_money_by_hand_sees_the_discount(browser):
    page = browser.get(f"/o/{HOME}/matches/bank/line-1").text
    assert page.count("2.5% less by 12 Mar 2026") == 1


def test_a_customer_shows_its_number(browser):
    page = browser.get(f"/o/{HOME}/customers/{browser.owner}").text
    assert "<dt>Number</dt><dd>K-20007</dd>" in page
    assert "<dt>Number</dt>" not in browser.get(f"/o/{HOME}/customers/c1").text
