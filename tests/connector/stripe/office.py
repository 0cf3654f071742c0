"""The account of a merchant as its books, and the few words that its tests speak in."""

from __future__ import annotations

from datetime import date

from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from tests.connector.stripe.stripe_shop import Office

DUE = date(2026, 9, 15)
KEY = "apply:bank:one:two=10000:0"


def gbp(minor):
    return Money(minor, "GBP")


def customer(office: Office, name="Ada Ltd", email="ada@example.com"):
    return office.world.stand_in.add_customer(office.world.shop, name, email)


def invoice(office: Office, minor=10_000, *, of="", due=DUE, **more):
    stand_in, shop = office.world.stand_in, office.world.shop
    return stand_in.add_invoice(shop, of or customer(office), minor, "gbp", due=due, **more)


def bank(minor, text="INV-1"):
    ref = Ref(Kind.RECEIPT, "line-1")
    return Receipt(ref, Source.BANK, DUE, gbp(minor), gbp(minor), Status.OPEN, reference=text)


def one(office: Office, kind, key, part=""):
    return office.books.read([Ref(kind, key, part)])[0].document


def doc(office: Office, key):
    return office.world.stand_in.books.get("invoice", key)


def walked(office: Office, cursor=""):
    found = []
    while True:
        before = office.gate.entered
        page = office.books.sync(cursor)
        assert office.gate.entered - before <= 20, "a page must fit into the burst"
        found += [each.document for each in page.found]
        cursor = page.cursor
        if not page.more:
            return found, cursor


def client(office: Office):
    return office.world.client(office.world.stand_in.add_restricted_key(office.world.shop))
