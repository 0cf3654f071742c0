"""Credit notes that a client raises at the Xero stand-in, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller, messages


@pytest.fixture
def desk():
    standin, _clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    account = standin.add_account(tenant, "Discounts", "260", type_="REVENUE", tax_type="OUTPUT2")
    return standin, tenant, contact, account, Caller(standin, tenant)


def note(contact, account, **other):
    line = {"Description": "Discount", "LineAmount": 2, "AccountID": account}
    return {
        "Type": "ACCRECCREDIT",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": contact},
        "LineAmountTypes": "Inclusive",
        "LineItems": [line | other.pop("line", {})],
        "Reference": "DNK",
        **other,
    }


def test_a_credit_note_is_raised_and_voided_once(desk):
    standin, tenant, contact, account, call = desk
    (made,) = call("PUT", "CreditNotes", note(contact, account)).get_json()["CreditNotes"]
    assert (made["Total"], made["RemainingCredit"], made["Status"]) == (2, 2, "AUTHORISED")
    assert standin.unapplied(tenant) == {"GBP": 200}
    path = f"CreditNotes/{made['CreditNoteID']}"
    assert messages(call("POST", path, {"Status": "PAID"})) == [
        "Only voiding a credit note is modelled here"
    ]
    (gone,) = call("POST", path, {"Status": "VOIDED"}).get_json()["CreditNotes"]
    assert (gone["Status"], gone["RemainingCredit"]) == ("VOIDED", 0)
    assert standin.unapplied(tenant) == {"GBP": 0}
    wrong = ["Credit note not of valid status for modification"]
    assert messages(call("POST", path, {"Status": "VOIDED"})) == wrong


def test_one_that_is_allocated_is_not_voided(desk):
    standin, tenant, contact, account, call = desk
    key = xero_desk.invoice(standin, tenant, contact)
    (made,) = call("PUT", "CreditNotes", note(contact, account)).get_json()["CreditNotes"]
    standin.allocate(tenant, "CreditNotes", made["CreditNoteID"], key, "2.00", TODAY)
    answer = call("POST", f"CreditNotes/{made['CreditNoteID']}", {"Status": "VOIDED"})
    assert messages(answer) == ["Credit note not of valid status for modification"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"Type": "ACCPAYCREDIT"}, "The Type is not supported"),
        ({"Status": "DRAFT"}, "Only authorised credit notes are modelled"),
        ({"LineAmountTypes": "NoTax"}, "Only inclusive lines are modelled"),
        ({"Contact": "Acme"}, "A Contact must be specified"),
        ({"Date": "soon"}, "Date is not valid"),
        ({"LineItems": []}, "The amount must be greater than zero"),
        ({"line": {"LineAmount": "two"}}, "The amount must be greater than zero"),
        ({"line": {"Description": ""}}, "Description is required"),
        ({"line": {"AccountID": "x"}}, "Account code is not a valid code for this document"),
        ({"line": {"TaxType": "TIDE"}}, "The TaxType code cannot be used here"),
        ({"CurrencyCode": "JPY"}, "Organisation is not subscribed to currency JPY"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_raised(desk, other, said):
    standin, tenant, contact, account, call = desk
    assert said in messages(call("PUT", "CreditNotes", note(contact, account, **other)))
    assert standin.credits(tenant, "CreditNotes") == []


def test_a_locked_period_takes_none_and_voids_none(desk):
    standin, tenant, contact, account, call = desk
    (made,) = call("PUT", "CreditNotes", note(contact, account)).get_json()["CreditNotes"]
    standin.set_lock_date(tenant, TODAY + timedelta(1))
    (said,) = messages(call("PUT", "CreditNotes", note(contact, account)))
    assert "lock date" in said
    (said,) = messages(call("POST", f"CreditNotes/{made['CreditNoteID']}", {"Status": "VOIDED"}))
    assert "lock date" in said


def test_nothing_else_is_done_with_them(desk):
    _, _, contact, account, call = desk
    assert call("POST", "CreditNotes", note(contact, account)).status_code == 404
    assert call("POST", "CreditNotes/nowhere", {"Status": "VOIDED"}).status_code == 404
