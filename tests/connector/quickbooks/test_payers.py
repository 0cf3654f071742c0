"""Whose payment pays whose invoice in QuickBooks: families of customers, and their currencies."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connector.protocol import Share
from ledger.documents import Kind, Receipt, Ref
from ledger.errors import (
    RefusedError,
    StaleError,
)
from ledger.money import Money
from tests.connector.quickbooks.office import Office, from_stripe, pays
from tests.sandbox.quickbooks_desk import DAY, DUE


@pytest.fixture
def office():
    return Office()


def payments(office):
    return office.desk.books.payments(office.desk.realm)


def balance(office, key):
    return office.desk.doc("Invoice", key)["Balance"]


def test_a_payment_is_for_one_customer_or_its_family(office):
    desk = office.desk
    child = desk.books.add_customer(desk.realm, "Ada's shop", parent=desk.customer)
    stranger = desk.books.add_customer(desk.realm, "Bo")
    own = desk.invoice("1", 1_000)
    theirs = desk.books.raise_invoice(desk.realm, child, "2", DAY, DUE, 2_000)
    foreign = desk.books.raise_invoice(desk.realm, stranger, "3", DAY, DUE, 3_000)
    both = [pays(own, 500), pays(theirs, 500)]
    applied = office.books.apply(from_stripe(9_000), both, "k1", DAY)
    assert desk.doc("Payment", applied.holder_id)["CustomerRef"]["value"] == desk.customer
    office.books.apply(office.receipt(1_000), [pays(theirs, 1_000)], "k2", DAY)
    with pytest.raises(RefusedError, match="another customer"):
        office.books.apply(office.receipt(1_000), [pays(foreign, 1)], "k4", DAY)


def test_the_lowest_payer_of_all_is_named(office):
    """Two stalls of one shop are paid for by the shop, and not by whoever is above it."""
    desk = office.desk
    books, realm = desk.books, desk.realm
    shop = books.add_customer(realm, "Shop", parent=desk.customer)
    stalls = [books.add_customer(realm, f"Stall {number}", parent=shop) for number in (1, 2)]
    keys = [books.raise_invoice(realm, one, one, DAY, DUE, 1_000) for one in stalls]
    both = [pays(key, 1_000) for key in keys]
    applied = office.books.apply(from_stripe(2_000), both, "k1", DAY)
    assert desk.doc("Payment", applied.holder_id)["CustomerRef"]["value"] == shop
    own = books.raise_invoice(realm, stalls[0], "own", DAY, DUE, 1_000)
    other = replace(from_stripe(1_000), ref=Ref(Kind.RECEIPT, "pi_2"))
    applied = office.books.apply(other, [pays(own, 1_000)], "k2", DAY)
    assert desk.doc("Payment", applied.holder_id)["CustomerRef"]["value"] == stalls[0]


def test_a_sub_customer_billed_by_itself_is_not_paid_for_by_its_parent(office):
    desk = office.desk
    books, realm = desk.books, desk.realm
    shop = books.add_customer(realm, "Shop", parent=desk.customer, billed_with_parent=False)
    theirs = books.raise_invoice(realm, shop, "2", DAY, DUE, 1_000)
    with pytest.raises(RefusedError, match="not billed with it; enter it in QuickBooks"):
        office.books.apply(office.receipt(1_000), [pays(theirs, 1)], "k2", DAY)
    assert balance(office, theirs) == 10


def test_an_inactive_customer_is_told_and_nothing_is_booked(office):
    key = office.desk.invoice()
    office.desk.books.deactivate_customer(office.desk.realm, office.desk.customer)
    with pytest.raises(StaleError, match="made inactive"):
        office.books.apply(from_stripe(10_000), [pays(key, 10_000)], "k1", DAY)
    assert payments(office) == []


def test_a_foreign_invoice_without_a_rate_is_left_alone():
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP")
    desk.tokens = desk.connect(desk.realm)
    euro = desk.books.add_customer(desk.realm, "Otto", currency="EUR")
    key = desk.books.raise_invoice(desk.realm, euro, "E-1", DAY, DUE, 10_001)
    office.books = office.open()
    with pytest.raises(RefusedError, match="no exchange rate for EUR"):
        office.books.apply(from_stripe(20_000, "EUR"), [Share(key, Money(1, "EUR"))], "k1", DAY)
    assert payments(office) == []


def test_foreign_money_carries_its_rate():
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    desk.tokens = desk.connect(desk.realm)
    euro = desk.books.add_customer(desk.realm, "Otto", currency="EUR")
    key = desk.books.raise_invoice(desk.realm, euro, "E-1", DAY, DUE, 10_001)
    desk.books.edit_invoice(desk.realm, key, ExchangeRate=0.8512)
    office.books = office.open()
    share = Share(key, Money(10_001, "EUR"))
    with pytest.raises(StaleError, match="is not open"):
        office.books.apply(from_stripe(20_000), [pays(key, 10)], "k0", DAY)
    with pytest.raises(RefusedError, match="the receipt is in USD, the invoice is not"):
        office.books.apply(from_stripe(20_000), [share], "k0", DAY)
    office.books.apply(from_stripe(20_000, "EUR"), [share], "k1", DAY)
    [payment] = payments(office)
    assert (payment["CurrencyRef"]["value"], payment["ExchangeRate"]) == ("EUR", 0.8512)
    assert desk.books.receivables(desk.realm) == {"EUR": 0}
    # Money recorded by hand keeps the rate it was recorded at.
    other = desk.books.raise_invoice(desk.realm, euro, "E-2", DAY, DUE, 500)
    money = desk.books.record_receipt(desk.realm, euro, 500, DAY, "R")
    desk.books.edit_payment(desk.realm, money, ExchangeRate=0.9)
    receipt = office.read(Kind.RECEIPT, money)
    assert isinstance(receipt, Receipt)
    office.books.apply(receipt, [Share(other, Money(500, "EUR"))], "k2", DAY)
    body = json.loads(office.writes("/payment")[-1].body)
    assert (body["ExchangeRate"], body["CurrencyRef"]) == (0.9, {"value": "EUR"})
