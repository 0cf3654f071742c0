"""Journal entries of the QuickBooks stand-in: they balance, and one line may credit a customer."""

from __future__ import annotations

import pytest

from tests.sandbox.quickbooks_desk import DAY, Desk, fault, pays


@pytest.fixture
def desk():
    return Desk()


def account(desk, name):
    return {"value": desk.shelf.get("company", desk.realm)["accounts"][name]}


def entry_line(desk, side, name, amount=5, **detail):
    inner = {"PostingType": side, "AccountRef": account(desk, name), **detail}
    kind = "JournalEntryLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: inner}


def whose(desk):
    return {"Type": "Customer", "EntityRef": {"value": desk.customer}}


def lines(desk, amount=5):
    return [
        entry_line(desk, "Debit", "Merchant Fees", amount),
        entry_line(desk, "Credit", "Accounts Receivable (A/R)", amount, Entity=whose(desk)),
    ]


def post(desk, *found, **other):
    return desk.post("journalentry", {"Line": list(found or lines(desk)), **other})


def link(desk, invoice, entry, amount=5):
    credit = {"Amount": amount, "LinkedTxn": [{"TxnId": entry, "TxnType": "JournalEntry"}]}
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 0}
    return desk.post("payment", body | {"Line": [*pays((invoice, amount)), credit]})


def test_an_entry_credits_a_customer_and_pays_an_invoice(desk):
    invoice = desk.invoice(minor=10_000)
    made = post(desk, DocNumber="DNK-1").get_json()["JournalEntry"]
    assert (made["TotalAmt"], made["DocNumber"]) == (5, "DNK-1")
    paid = link(desk, invoice, made["Id"]).get_json()["Payment"]
    assert paid["UnappliedAmt"] == 0
    assert desk.doc("Invoice", invoice)["Balance"] == 95
    # There is no more of it, and while it is in use it stays.
    assert fault(link(desk, invoice, made["Id"], 1)) == (400, "6000")
    gone = {"Id": made["Id"], "SyncToken": desk.doc("JournalEntry", made["Id"])["SyncToken"]}
    assert fault(desk.post("journalentry", gone, operation="delete")) == (400, "6000")
    paid = desk.doc("Payment", paid["Id"])
    voided = {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True}
    assert desk.post("payment", voided, operation="update", include="void").status_code == 200
    assert desk.doc("Invoice", invoice)["Balance"] == 100
    gone = {"Id": made["Id"], "SyncToken": desk.doc("JournalEntry", made["Id"])["SyncToken"]}
    assert desk.post("journalentry", gone, operation="delete").status_code == 200
    assert desk.shelf.all(f"{desk.realm}/JournalEntry") == []


def test_what_an_entry_cannot_be(desk):
    debit, credit = lines(desk)
    receivable = "Accounts Receivable (A/R)"
    assert fault(desk.post("journalentry", {"TxnDate": DAY.isoformat()})) == (400, "2020")
    assert fault(post(desk, debit)) == (400, "6000")
    assert fault(post(desk, {"Amount": 5})) == (400, "2020")
    assert fault(post(desk, debit, entry_line(desk, "Left", "Services"))) == (400, "2170")
    assert fault(post(desk, debit, entry_line(desk, "Credit", receivable))) == (400, "6000")
    nobody = {"Type": "Customer", "EntityRef": {"value": "999"}}
    stranger = entry_line(desk, "Credit", receivable, Entity=nobody)
    assert fault(post(desk, debit, stranger)) == (400, "610")
    assert fault(post(desk, debit, debit, credit, credit)) == (400, "6000")
    assert fault(post(desk, TxnDate="2/3/2026")) == (400, "2010")
    assert fault(post(desk, CurrencyRef={"value": "EUR"})) == (400, "6000")
    desk.books.set_book_close_date(desk.realm, DAY)
    assert fault(post(desk, TxnDate=DAY.isoformat())) == (400, "6210")


def test_an_entry_that_credits_nobody_pays_nothing(desk):
    invoice = desk.invoice(minor=10_000)
    plain = [
        entry_line(desk, "Debit", "Merchant Fees"),
        entry_line(desk, "Credit", "Services"),
    ]
    made = post(desk, *plain).get_json()["JournalEntry"]
    assert fault(link(desk, invoice, made["Id"])) == (400, "620")
