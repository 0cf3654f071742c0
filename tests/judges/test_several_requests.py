"""Payments for several customers and of changed money are asked for as the vendors describe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from connector.protocol import Share
from ledger.documents import Organisation, Source
from ledger.money import Money
from tests.connector.quickbooks.office import Office, from_stripe
from tests.connector.xero import office as xero_offices
from tests.connector.xero.money import card
from tests.sandbox.quickbooks_desk import DAY, DUE
from tests.sandbox.xero_desk import TODAY

HARBOUR = Organisation("Harbour", "GBP", "Europe/London", country="GB", currencies=("GBP", "EUR"))
SENT = Money(10_000, "EUR")


def test_what_our_books_of_xero_ask(xero) -> None:
    office = xero_offices.make()
    other = office.standin.add_contact(office.tenant, "Birch")
    due = TODAY + timedelta(30)
    shares = [
        Share(
            office.standin.raise_invoice(office.tenant, who, who + code, TODAY, due, "50.00", code),
            Money(5_000, code),
        )
        for who, code in ((office.contact, "GBP"), (other, "GBP"), (office.contact, "EUR"))
    ]
    books = office.books(known=HARBOUR)
    both = books.apply(card(10_000), shares[:2], "one", TODAY)
    books.unapply(both, "undo one")
    wire = card(4_331, source=Source.BANK, original=Money(5_000, "EUR"))
    books.unapply(books.apply(wire, shares[2:], "two", TODAY), "undo two")
    requests = office.standin.requests()
    bodies = [json.loads(one.body) for one in requests if one.path.endswith("/Payments")]
    assert any("CurrencyRate" in each for one in bodies for each in one.get("Payments", ()))
    assert {text for one in requests for text in xero.findings(one)} == set()


def test_what_our_books_of_quickbooks_ask(quickbooks) -> None:
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    desk.tokens = desk.connect(desk.realm)
    office.books = office.open()
    shares = []
    for name in ("Otto", "Weber"):
        who = desk.books.add_customer(desk.realm, name, currency="EUR")
        key = desk.books.raise_invoice(desk.realm, who, name, DAY, DUE, 5_000)
        shares.append(Share(key, Money(5_000, "EUR")))
    wire = replace(from_stripe(8_663, "GBP"), source=Source.BANK, original=SENT)
    applied = office.books.apply(wire, shares, "one", DAY)
    assert office.books.find_applied(wire, shares, "one") == applied
    office.books.unapply(applied, "undo one")
    requests = desk.books.requests()
    bodies = [json.loads(one.body) for one in office.writes("/payment")]
    assert [one.get("ExchangeRate") for one in bodies[:2]] == [0.8663, 0.8663]
    assert {text for one in requests for text in quickbooks.findings(one)} == set()
