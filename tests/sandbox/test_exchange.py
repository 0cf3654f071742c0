"""Rates of exchange at the stand-ins: what a payment of a foreign invoice brings the bank."""

from __future__ import annotations

import pytest

from tests.sandbox import xero_desk
from tests.sandbox.quickbooks_desk import DAY, DUE, Desk
from tests.sandbox.xero_desk import TODAY, Caller, messages


@pytest.fixture
def euro():
    """Have an invoice of 100.00 euro in Xero; gives the stand-in, its calls and a payment."""
    standin, _ = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    key = standin.raise_invoice(tenant, contact, "E-1", TODAY, TODAY, "100.00", "EUR")
    pounds = standin.add_account(tenant, "Pounds", "095")
    euros = standin.add_account(tenant, "Euros", "096", currency="EUR")
    accounts = {"GBP": pounds, "EUR": euros}
    body = {"Invoice": {"InvoiceID": key}, "Amount": 100, "Date": TODAY.isoformat()}
    return standin, tenant, Caller(standin, tenant), body, accounts


def paid(call, body, **more):
    return call("PUT", "Payments", {"Payments": [body | more]})


def test_an_account_in_the_books_currency_gets_what_the_rate_makes(euro):
    standin, tenant, call, body, accounts = euro
    answer = paid(call, body, Account={"AccountID": accounts["GBP"]}, CurrencyRate=1.25)
    [told] = answer.get_json()["Payments"]
    assert (told["Amount"], told["BankAmount"], told["CurrencyRate"]) == (100, 80, 1.25)
    assert standin.balance(tenant, accounts["GBP"]) == 8_000


def test_an_account_in_the_invoices_currency_gets_what_is_paid(euro):
    standin, tenant, call, body, accounts = euro
    answer = paid(call, body, Account={"AccountID": accounts["EUR"]}, CurrencyRate=1.25)
    assert answer.get_json()["Payments"][0]["BankAmount"] == 100
    assert standin.balance(tenant, accounts["EUR"]) == 10_000


@pytest.mark.parametrize("rate", [0, -1, "x", True, [1]])
def test_what_is_no_rate_is_refused(euro, rate):
    _, _, call, body, accounts = euro
    answer = paid(call, body, Account={"AccountID": accounts["GBP"]}, CurrencyRate=rate)
    assert messages(answer) == ["The CurrencyRate is not valid"]


def test_xero_keeps_no_more_digits_than_it_was_told(euro):
    standin, tenant, call, body, accounts = euro
    standin.set_organisation(tenant, rate_places=2)
    answer = paid(call, body, Account={"AccountID": accounts["GBP"]}, CurrencyRate=1.2549)
    assert answer.get_json()["Payments"][0]["CurrencyRate"] == 1.25


@pytest.mark.parametrize("rate", [0, -1, "0.9", True])
def test_quickbooks_takes_no_such_rate(rate):
    desk = Desk()
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    desk.tokens = desk.connect(desk.realm)
    who = desk.books.add_customer(desk.realm, "Otto", currency="EUR")
    key = desk.books.raise_invoice(desk.realm, who, "E-1", DAY, DUE, 10_000)
    line = {"Amount": 100, "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
    body = {"CustomerRef": {"value": who}, "TotalAmt": 100, "CurrencyRef": {"value": "EUR"}}
    answer = desk.post("payment", body | {"Line": [line], "ExchangeRate": rate})
    assert answer.status_code == 400
    assert desk.books.payments(desk.realm) == []
