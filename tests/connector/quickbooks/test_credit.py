"""Credit memos set against invoices by a payment of nothing, once, and taken back."""

from __future__ import annotations

import json

import pytest

from connector.marks import mark
from connector.protocol import Share
from ledger.documents import CreditNote, Kind
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError
from ledger.money import Money
from tests.connector.quickbooks.office import Office, dollars, pays
from tests.sandbox.quickbooks_desk import DAY, DUE


@pytest.fixture
def office():
    return Office()


def left(office, credit):
    return office.desk.doc("CreditMemo", credit.ref.id)["RemainingCredit"]


def balance(office, key):
    return office.desk.doc("Invoice", key)["Balance"]


def payments(office):
    return office.desk.books.payments(office.desk.realm)


def test_credit_pays_invoices_without_money(office):
    first, second = office.desk.invoice("1", 3_000), office.desk.invoice("2", 5_000)
    credit = office.credit_note(6_000)
    shares = [pays(first, 3_000), pays(second, 1_550)]
    applied = office.books.apply_credit(credit, shares, "k1", DUE)
    assert (balance(office, first), balance(office, second)) == (0, 34.5)
    assert left(office, credit) == 14.5
    [payment] = payments(office)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)
    assert (payment["PaymentRefNum"], payment["TxnDate"]) == (mark("k1"), DUE.isoformat())
    assert [part.amount for part in applied.parts] == [dollars(3_000), dollars(1_550)]
    assert office.books.find_credit(credit, shares, "k1") == applied
    assert office.books.find_credit(credit, shares, "k2") is None
    again = office.read(Kind.CREDIT_NOTE, credit.ref.id)
    assert isinstance(again, CreditNote)
    assert again.balance == dollars(1_450)


def test_one_key_applies_credit_once_even_when_the_answer_was_lost(office):
    key, credit = office.desk.invoice(minor=10_000), office.credit_note(6_000)
    shares = [pays(key, 2_000)]
    office.storm = [None, "unanswered"]
    with pytest.raises(UnknownOutcomeError):
        office.books.apply_credit(credit, shares, "k1", DAY)
    found = office.books.find_credit(credit, shares, "k1")
    # Another process, long after the vendor forgot the request id.
    office.desk.shelf._db.execute("delete from answer")
    assert office.open().apply_credit(credit, shares, "k1", DAY) == found
    assert balance(office, key) == 80
    assert len(payments(office)) == 1


def test_undoing_gives_invoice_and_credit_back(office):
    key, credit = office.desk.invoice(minor=10_000), office.credit_note(6_000)
    shares = [pays(key, 6_000)]
    applied = office.books.apply_credit(credit, shares, "k1", DAY)
    for _ in range(2):
        office.books.unapply(applied, "u1")
    assert (balance(office, key), left(office, credit)) == (100, 60)
    assert office.books.find_credit(credit, shares, "k1") is None
    office.books.apply_credit(credit, shares, "k2", DAY)
    assert balance(office, key) == 40


def test_undoing_stops_when_somebody_built_upon_it(office):
    desk = office.desk
    first, second = desk.invoice("1", 10_000), desk.invoice("2", 10_000)
    credit = office.credit_note(6_000)
    applied = office.books.apply_credit(credit, [pays(first, 3_000)], "k1", DAY)
    payment = desk.doc("Payment", applied.holder_id)
    lines = [
        {"Amount": 30, "LinkedTxn": [{"TxnId": first, "TxnType": "Invoice"}]},
        {"Amount": 10, "LinkedTxn": [{"TxnId": second, "TxnType": "Invoice"}]},
        {"Amount": 40, "LinkedTxn": [{"TxnId": credit.ref.id, "TxnType": "CreditMemo"}]},
    ]
    sparse = {"Id": payment["Id"], "SyncToken": payment["SyncToken"], "sparse": True}
    assert desk.post("payment", sparse | {"Line": lines}).status_code == 200
    with pytest.raises(StaleError, match="more was applied"):
        office.books.unapply(applied, "u1")
    assert (balance(office, first), left(office, credit)) == (70, 20)


def test_more_credit_than_is_left_is_never_asked_for(office):
    desk = office.desk
    key, credit = desk.invoice(minor=10_000), office.credit_note(6_000)
    with pytest.raises(StaleError, match=r"has 60\.00 USD left"):
        office.books.apply_credit(credit, [pays(key, 6_001)], "k1", DAY)
    desk.books.delete(desk.realm, "CreditMemo", credit.ref.id)
    with pytest.raises(StaleError, match="credit memo has None left"):
        office.books.apply_credit(credit, [pays(key, 1)], "k2", DAY)
    with pytest.raises(RefusedError, match="several currencies"):
        office.books.apply_credit(credit, [pays(key, 1), Share(key, Money(1, "EUR"))], "k3", DAY)
    assert payments(office) == []


def test_credit_is_for_its_own_customer_or_its_family(office):
    desk = office.desk
    child = desk.books.add_customer(desk.realm, "Shop", parent=desk.customer)
    grandchild = desk.books.add_customer(desk.realm, "Stall", parent=child)
    stranger = desk.books.add_customer(desk.realm, "Bo")
    theirs = desk.books.raise_invoice(desk.realm, grandchild, "2", DAY, DUE, 2_000)
    foreign = desk.books.raise_invoice(desk.realm, stranger, "3", DAY, DUE, 3_000)
    credit = office.credit_note(6_000)
    applied = office.books.apply_credit(credit, [pays(theirs, 2_000)], "k1", DAY)
    assert desk.doc("Payment", applied.holder_id)["CustomerRef"]["value"] == desk.customer
    with pytest.raises(RefusedError, match="several customers"):
        office.books.apply_credit(credit, [pays(foreign, 1)], "k2", DAY)


def test_foreign_credit_carries_its_rate():
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    desk.tokens = desk.connect(desk.realm)
    desk.customer = desk.books.add_customer(desk.realm, "Otto", currency="EUR")
    key = desk.books.raise_invoice(desk.realm, desk.customer, "E-1", DAY, DUE, 10_000)
    desk.books.edit_invoice(desk.realm, key, ExchangeRate=0.8512)
    office.books = office.open()
    office.books.apply_credit(office.credit_note(500), [Share(key, Money(500, "EUR"))], "k1", DAY)
    [write] = office.writes("/payment")
    body = json.loads(write.body)
    assert (body["TotalAmt"], body["ExchangeRate"]) == (0, 0.8512)
    assert body["CurrencyRef"] == {"value": "EUR"}
