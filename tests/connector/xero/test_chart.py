"""Which accounts of Xero's chart may be chosen for what, and what cannot be read of it."""

from __future__ import annotations

import pytest

from connector.xero import company
from connector.xero.chart import Chart, choices, purposes
from connector.xero.shares import payment_lines
from ledger.documents import Purpose
from ledger.errors import RetryLaterError
from tests.connector.xero import office as offices
from tests.connector.xero.test_calls import Canned, calls

MONEY = {Purpose.STRIPE, Purpose.BANK}
INCOME = {Purpose.DISCOUNTS, Purpose.ROUNDING}
KEPT = Purpose.WITHHOLDING
COSTS = {*INCOME, KEPT, Purpose.FEES, Purpose.WRITE_OFFS}
BANK = {"AccountID": "a", "Name": "Bank", "Type": "BANK", "Status": "ACTIVE"}


@pytest.mark.parametrize(
    ("doc", "wanted"),
    [
        (BANK, {*MONEY, Purpose.PAYOUTS}),
        (BANK | {"BankAccountType": "PAYPAL"}, {*MONEY, Purpose.PAYOUTS}),
        (BANK | {"BankAccountType": "CREDITCARD"}, set()),
        (BANK | {"Status": "ARCHIVED"}, set()),
        ({"Type": "CURRENT", "Status": "ACTIVE", "EnablePaymentsToAccount": True}, {*MONEY, KEPT}),
        ({"Type": "CURRENT", "Status": "ACTIVE", "EnablePaymentsToAccount": False}, {KEPT}),
        ({"Type": "CURRLIAB", "Status": "ACTIVE", "SystemAccount": "GST"}, set()),
        ({"Type": "EXPENSE", "Status": "ACTIVE"}, COSTS),
        ({"Type": "OVERHEADS", "Status": "ACTIVE"}, COSTS),
        ({"Type": "DIRECTCOSTS", "Status": "ACTIVE"}, COSTS),
        ({"Type": "REVENUE", "Status": "ACTIVE"}, INCOME),
        ({"Type": "FIXED", "Status": "ACTIVE"}, set()),
        ({"Type": None, "Status": "ACTIVE"}, set()),
        ({}, set()),
    ],
)
def test_an_account_may_be_chosen_for_what_xero_takes_there(doc, wanted):
    assert purposes(doc) == wanted
    assert [one.purposes for one in choices([doc])] == ([wanted] if wanted else [])


def test_the_accounts_of_an_organisation_come_with_their_purposes():
    office = offices.make()
    add = office.standin.add_account
    add(office.tenant, "Card fees", "404", type_="EXPENSE")
    add(office.tenant, "Sales", "200", type_="REVENUE")
    closed = add(office.tenant, "Old bank", "093")
    office.standin.set_account(office.tenant, closed, status="ARCHIVED")
    found = {one.name: (one.currency, one.purposes) for one in office.books().accounts()}
    bank = frozenset({*MONEY, Purpose.PAYOUTS})
    assert found == {
        "Current account": ("GBP", bank),
        "Euro account": ("EUR", bank),
        "Stripe clearing": ("GBP", bank),
        "Card fees": (None, frozenset(COSTS)),
        "Sales": (None, frozenset(INCOME)),
    }


def test_an_account_without_a_rate_leaves_the_tax_to_xero():
    """Nothing is sent then, and nothing asked: Xero takes what it holds to be right."""
    asked = Canned(body='{"Accounts": [{"AccountID": "a", "TaxType": null}]}')
    chart = Chart(calls(asked), {})
    assert chart.tax_type({"AccountID": "a", "TaxType": None}) is None
    assert len(asked.sent) == 1


def test_an_answer_without_an_organisation_is_asked_again():
    with pytest.raises(RetryLaterError, match="holds no organisation"):
        company.read(calls(Canned(body='{"Organisations": []}')))


def test_payments_that_cannot_be_read_are_nobodys():
    whole = {"PaymentID": "p", "Amount": 5, "Invoice": {"InvoiceID": "i"}}
    broken = [{}, whole | {"PaymentID": None}, whole | {"Amount": "5"}, whole | {"Amount": True}]
    assert payment_lines([*broken, whole], "GBP") == [("i", 500, "p")]
