"""Batch payments, bank transfers, money spent and tax rates of the Xero stand-in."""

from __future__ import annotations

import pytest

from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller, invoice, messages, payment, state


@pytest.fixture
def desk():
    standin, _clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    return standin, tenant, contact, Caller(standin, tenant)


def batch(*shares, **other):
    paid = [{"Invoice": {"InvoiceID": key}, "Amount": amount} for key, amount in shares]
    body = {"Account": {"Code": "090"}, "Date": TODAY.isoformat(), "Payments": paid, **other}
    return {"BatchPayments": [body]}


def transfer(amount, **other):
    return {
        "FromBankAccount": {"Code": "090"},
        "ToBankAccount": {"Code": "092"},
        "Amount": amount,
        "Date": TODAY.isoformat(),
        **other,
    }


def test_one_deposit_pays_many_invoices_and_is_deleted_whole(desk):
    standin, tenant, contact, call = desk
    one = invoice(standin, tenant, contact)
    two = invoice(standin, tenant, contact, "60.00", "INV-2")
    body = batch((one, 100), (two, 20.5), Details="DNK-1", Reference="only NZ", Narrative="said")
    (made,) = call("PUT", "BatchPayments", body).get_json()["BatchPayments"]
    assert (made["Type"], made["Status"], made["TotalAmount"]) == ("RECBATCH", "AUTHORISED", 120.5)
    assert (made["Details"], made["Narrative"], "Reference" in made) == ("DNK-1", "said", False)
    assert [each["Invoice"]["InvoiceID"] for each in made["Payments"]] == [one, two]
    assert state(standin, tenant, one) == ("PAID", 0, 10000, 0)
    assert state(standin, tenant, two) == ("AUTHORISED", 3950, 2050, 0)
    where = {"where": 'Type=="RECBATCH" AND Status=="AUTHORISED"'}
    (listed,) = call("GET", "BatchPayments", query=where).get_json()["BatchPayments"]
    assert listed == made
    member = made["Payments"][0]["PaymentID"]
    (shown,) = call("GET", f"Payments/{member}").get_json()["Payments"]
    assert shown["BatchPaymentID"] == made["BatchPaymentID"]
    whole = shown["BatchPayment"]
    assert (whole["Details"], whole["TotalAmount"], "Payments" in whole) == ("DNK-1", 120.5, False)
    told = messages(call("POST", f"Payments/{member}", {"Status": "DELETED"}))
    assert "belongs to a batch" in told[0]
    gone = {"BatchPaymentID": made["BatchPaymentID"], "Status": "DELETED"}
    (shown,) = call("POST", "BatchPayments", gone).get_json()["BatchPayments"]
    assert (shown["Status"], shown["Payments"]) == ("DELETED", [])
    assert standin.receivables(tenant) == {"GBP": 16000}
    assert all(each["deleted"] for each in standin.payments(tenant))
    assert "already been deleted" in messages(call("POST", "BatchPayments", gone))[0]
    assert standin.batches(tenant)[0]["status"] == "DELETED"


def test_what_a_batch_says_depends_on_the_country(desk):
    standin, *_ = desk
    tenant = standin.add_organisation("Kiwi", "!kiwi", "NZD", "NEWZEALANDSTANDARDTIME", "NZ")
    standin.add_account(tenant, "Current account", "090")
    contact = standin.add_contact(tenant, "Ridge & Sons")
    key = invoice(standin, tenant, contact, currency="NZD")
    body = batch((key, 1), Reference="a long reference", Details="lost")
    (made,) = Caller(standin, tenant)("PUT", "BatchPayments", body).get_json()["BatchPayments"]
    assert made["Reference"] == "a long reference"
    assert "Details" not in made


def test_batch_refusals(desk):
    standin, tenant, contact, call = desk
    standin.add_account(tenant, "Clearing", "880", type_="CURRENT", payments=True)
    key = invoice(standin, tenant, contact)
    euros = invoice(standin, tenant, contact, number="INV-2", currency="EUR")
    due = TODAY
    bill = standin.raise_invoice(tenant, contact, "B-1", TODAY, due, "10.00", "GBP", type_="ACCPAY")
    for body, expected in (
        (batch((key, 1), Account={"Code": "880"}), "bank account"),
        (batch(), "at least one payment"),
        (batch((key, 60), (key, 60)), "exceeds the amount outstanding"),
        (batch((euros, 1), Account={"Code": "091"}), "base currency"),
        (batch((key, 1), (bill, 1)), "one batch"),
        (batch((key, 1), Details="x" * 19), "longer than 18"),
        (batch((key, 1), Date="never"), "date is not valid"),
        (batch(("nothing", 1)), "could not be found"),
    ):
        told = messages(call("PUT", "BatchPayments", body))
        assert any(expected in message for message in told), (expected, told)
    assert standin.payments(tenant) == []
    (made,) = call("PUT", "BatchPayments", batch((key, 1))).get_json()["BatchPayments"]
    path = f"BatchPayments/{made['BatchPaymentID']}"
    assert "cannot be edited" in messages(call("POST", path, {"Status": "AUTHORISED"}))[0]
    standin.set_fields(tenant, "BatchPayments", made["BatchPaymentID"], reconciled=True)
    standin.set_lock_date(tenant, TODAY)
    told = messages(call("POST", path, {"Status": "DELETED"}))
    assert "lock date" in told[0]
    assert "reconciled" in told[1]
    assert call("POST", "BatchPayments/none", {"Status": "DELETED"}).status_code == 404
    assert call("DELETE", path).status_code == 404


def test_transfer_moves_money_and_is_deleted(desk):
    standin, tenant, contact, call = desk
    standin.add_account(tenant, "Savings", "092")
    accounts = {doc["code"]: doc["id"] for doc in standin.books.all(tenant, "Accounts")}
    call("PUT", "Payments", payment(invoice(standin, tenant, contact), 40))
    body = {"BankTransfers": [transfer(97.1, Reference="po_1 DNK-1")]}
    (made,) = call("PUT", "BankTransfers", body).get_json()["BankTransfers"]
    assert (made["Amount"], made["Reference"], made["Status"]) == (97.1, "po_1 DNK-1", "AUTHORISED")
    assert made["ToBankAccount"]["Name"] == "Savings"
    assert standin.balance(tenant, accounts["090"]) == 4000 - 9710
    assert standin.balance(tenant, accounts["092"]) == 9710
    query = {"where": "Date>=DateTime(2026,11,22)"}
    assert len(call("GET", "BankTransfers", query=query).get_json()["BankTransfers"]) == 1
    path = f"BankTransfers/{made['BankTransferID']}"
    assert "cannot be edited" in messages(call("POST", path, {"Status": "AUTHORISED"}))[0]
    gone = {"BankTransfers": [{"BankTransferID": made["BankTransferID"], "Status": "DELETED"}]}
    assert call("POST", "BankTransfers", gone).get_json()["BankTransfers"][0]["Status"] == "DELETED"
    assert standin.balance(tenant, accounts["092"]) == 0
    assert "already been deleted" in messages(call("POST", path, {"Status": "DELETED"}))[0]
    assert call("GET", "BankTransfers").get_json()["BankTransfers"] == []
    shown = call("GET", "BankTransfers", query={"includeDeleted": "true"}).get_json()
    assert len(shown["BankTransfers"]) == 1
    assert call("POST", "BankTransfers/none", {"Status": "DELETED"}).status_code == 404
    assert call("DELETE", path).status_code == 404


def test_transfer_refusals(desk):
    standin, tenant, _contact, call = desk
    closed = standin.add_account(tenant, "Savings", "092")
    (made,) = call("PUT", "BankTransfers", transfer(5)).get_json()["BankTransfers"]
    standin.set_fields(tenant, "BankTransfers", made["BankTransferID"], reconciled=True)
    path = f"BankTransfers/{made['BankTransferID']}"
    assert "reconciled" in messages(call("POST", path, {"Status": "DELETED"}))[0]
    standin.set_account(tenant, closed, status="ARCHIVED")
    for body, expected in (
        (transfer(5), "active bank account"),
        (transfer(5, ToBankAccount={"Code": "090"}), "two different"),
        (transfer(5, ToBankAccount={"Code": "091"}), "one currency"),
        (transfer(0), "greater than zero"),
        (transfer(5, Date="never"), "Date is not valid"),
    ):
        told = messages(call("PUT", "BankTransfers", body))
        assert any(expected in message for message in told), (expected, told)
    standin.set_lock_date(tenant, TODAY)
    assert "lock date" in messages(call("PUT", "BankTransfers", transfer(5)))[-1]


def test_tax_rates_are_the_organisations_own(desk):
    standin, tenant, _contact, call = desk

    def told():
        rates = call("GET", "TaxRates").get_json()["TaxRates"]
        return [(one["TaxType"], one["EffectiveRate"], one["CanApplyToExpenses"]) for one in rates]

    assert told() == [("NONE", 0, True), ("INPUT2", 20, True), ("OUTPUT2", 20, False)]
    standin.set_organisation(tenant, tax_rates=[("TAX001", "Ours", "12.5", True)])
    assert told() == [("TAX001", 12.5, True)]
    standin.add_account(tenant, "Card fees", "404", type_="EXPENSE", tax_type="TAX001")
    found = {one["Code"]: one for one in call("GET", "Accounts").get_json()["Accounts"]}
    assert (found["404"]["Class"], found["404"]["TaxType"]) == ("EXPENSE", "TAX001")
    assert "CurrencyCode" not in found["404"]
    assert (found["090"]["Class"], found["090"]["CurrencyCode"]) == ("ASSET", "GBP")


def spend(*lines, **other):
    return {
        "Type": "SPEND",
        "Contact": {"Name": "Stripe"},
        "BankAccount": {"Code": "090"},
        "LineAmountTypes": "Inclusive",
        "LineItems": list(lines),
        "Reference": "DNK-1",
        **other,
    }


def line(amount, **other):
    return {"Description": "Fees", "LineAmount": amount, "AccountCode": "404", **other}


def test_money_spent_has_the_tax_of_its_account_and_is_deleted(desk):
    standin, tenant, _contact, call = desk
    standin.add_account(tenant, "Card fees", "404", type_="EXPENSE", tax_type="INPUT2")
    body = spend(line(1.2), line(0.24, TaxType="NONE"))
    (made,) = call("PUT", "BankTransactions", body).get_json()["BankTransactions"]
    assert (made["Total"], made["TotalTax"], made["SubTotal"]) == (1.44, 0.2, 1.24)
    assert [one["TaxType"] for one in made["LineItems"]] == ["INPUT2", "NONE"]
    assert made["Contact"]["Name"] == "Stripe"
    again = made
    for way, total in (("Exclusive", 1.44), ("NoTax", 1.2)):
        body = spend(line(1.2), LineAmountTypes=way)
        (again,) = call("PUT", "BankTransactions", body).get_json()["BankTransactions"]
        assert again["Total"] == total
        # Who is known by name is not made twice.
        assert again["Contact"] == made["Contact"]
    path = f"BankTransactions/{made['BankTransactionID']}"
    assert "Only deleting" in messages(call("POST", path, spend()))[0]
    (gone,) = call("POST", path, {"Status": "DELETED"}).get_json()["BankTransactions"]
    assert gone["Status"] == "DELETED"
    assert "already been deleted" in messages(call("POST", path, {"Status": "DELETED"}))[0]
    assert call("POST", "BankTransactions/none", {"Status": "DELETED"}).status_code == 404
    assert call("DELETE", path).status_code == 404
    standin.set_fields(tenant, "BankTransactions", again["BankTransactionID"], reconciled=True)
    path = f"BankTransactions/{again['BankTransactionID']}"
    assert "reconciled" in messages(call("POST", path, {"Status": "DELETED"}))[0]


def test_what_is_spent_or_received_is_checked(desk):
    standin, tenant, contact, call = desk
    standin.add_account(tenant, "Card fees", "404", type_="EXPENSE")
    received = {"Description": "Receipt", "LineAmount": 120}
    receipt = {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"ContactID": contact},
        "BankAccount": {"Code": "090"},
        "LineAmountTypes": "NoTax",
        "LineItems": [received],
    }
    (made,) = call("PUT", "BankTransactions", receipt).get_json()["BankTransactions"]
    path = f"BankTransactions/{made['BankTransactionID']}"
    assert "cannot be updated" in messages(call("POST", path, {"Status": "DELETED"}))[0]
    (shown,) = call("GET", f"Overpayments/{made['OverpaymentID']}").get_json()["Overpayments"]
    assert shown["LineItems"][0]["Description"] == "Receipt"
    other = standin.add_contact(tenant, "Old customer")
    standin.archive_contact(tenant, other)
    for body, expected in (
        (receipt | {"LineItems": [received, received]}, "one line item"),
        (receipt | {"LineAmountTypes": "Inclusive"}, "without tax"),
        (receipt | {"Contact": {"ContactID": other}}, "archived"),
        (spend(line(1, AccountCode="999")), "not a valid code"),
        (spend(line(1, TaxType="OUTPUT2")), "TaxType code 'OUTPUT2'"),
        (spend(line(1), Contact={"Name": " "}), "A Contact must be specified"),
        (spend(line(1), LineAmountTypes="Net"), "LineAmountTypes"),
    ):
        told = messages(call("PUT", "BankTransactions", body))
        assert any(expected in message for message in told), (expected, told)
    assert len(standin.bank_entries(tenant)) == 1
