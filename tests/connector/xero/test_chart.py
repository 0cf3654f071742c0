"""Which accounts of Xero's chart may be chosen for what."""

from __future__ import annotations

import pytest

from connector.xero.chart import choices, purposes
from ledger.documents import Purpose
from tests.connector.xero import office as offices

MONEY = {Purpose.STRIPE, Purpose.BANK}
BANK = {"AccountID": "a", "Name": "Bank", "Type": "BANK", "Status": "ACTIVE"}


@pytest.mark.parametrize(
    ("doc", "wanted"),
    [
        (BANK, {*MONEY, Purpose.PAYOUTS}),
        (BANK | {"BankAccountType": "PAYPAL"}, {*MONEY, Purpose.PAYOUTS}),
        (BANK | {"BankAccountType": "CREDITCARD"}, set()),
        (BANK | {"Status": "ARCHIVED"}, set()),
        ({"Type": "CURRENT", "Status": "ACTIVE", "EnablePaymentsToAccount": True}, MONEY),
        ({"Type": "CURRENT", "Status": "ACTIVE", "EnablePaymentsToAccount": False}, set()),
        ({"Type": "EXPENSE", "Status": "ACTIVE"}, {Purpose.FEES}),
        ({"Type": "OVERHEADS", "Status": "ACTIVE"}, {Purpose.FEES}),
        ({"Type": "DIRECTCOSTS", "Status": "ACTIVE"}, {Purpose.FEES}),
        ({"Type": "REVENUE", "Status": "ACTIVE"}, set()),
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
        "Card fees": (None, frozenset({Purpose.FEES})),
    }
