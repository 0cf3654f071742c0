"""Overpayments and credit notes of the Xero stand-in, and that money is conserved."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.xero.refusals import Invalid
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller, invoice, messages, payment, state

TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"


@pytest.fixture
def desk():
    standin, clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    return standin, clock, tenant, contact, Caller(standin, tenant)


def test_overpayment_is_entered_allocated_and_freed(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    other = invoice(standin, tenant, contact, "30.00", "INV-2")
    line = {"Description": "Receipt", "LineAmount": 120}
    body = {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"ContactID": contact},
        "BankAccount": {"Code": "090"},
        "LineAmountTypes": "NoTax",
        "LineItems": [line],
        "Reference": "REMIT 7",
    }
    (bank,) = call("PUT", "BankTransactions", body).get_json()["BankTransactions"]
    credit = bank["OverpaymentID"]
    (shown,) = call("GET", f"Overpayments/{credit}").get_json()["Overpayments"]
    assert (shown["Total"], shown["RemainingCredit"], shown["Reference"]) == (120, 120, "REMIT 7")
    parts = [
        {"Invoice": {"InvoiceID": key}, "Amount": 100, "Date": TODAY.isoformat()},
        {"Invoice": {"InvoiceID": other}, "Amount": 20},
    ]
    path = f"Overpayments/{credit}/Allocations"
    made = call("PUT", path, {"Allocations": parts}).get_json()["Allocations"]
    assert [one["Amount"] for one in made] == [100, 20]
    assert state(standin, tenant, key) == ("PAID", 0, 0, 10000)
    assert state(standin, tenant, other) == ("AUTHORISED", 1000, 0, 2000)
    (shown,) = call("GET", f"Overpayments/{credit}").get_json()["Overpayments"]
    assert (shown["Status"], shown["RemainingCredit"]) == ("PAID", 0)
    (paid,) = call("GET", f"Invoices/{key}").get_json()["Invoices"]
    assert [one["OverpaymentID"] for one in paid["Overpayments"]] == [credit]
    one = made[0]["AllocationID"]
    gone = call("DELETE", f"{path}/{one}").get_json()
    assert (gone["AllocationId"], gone["IsDeleted"], gone["Invoice"]) == (
        one,
        True,
        [{"InvoiceID": key}],
    )
    assert call("DELETE", f"{path}/{one}").status_code == 404
    assert state(standin, tenant, key) == ("AUTHORISED", 10000, 0, 0)
    assert standin.unapplied(tenant) == {"GBP": 10000}
    assert [line["deleted"] for line in standin.allocations(tenant)] == [True, False]


def test_allocation_refusals(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    stranger = standin.add_contact(tenant, "Someone else")
    theirs = invoice(standin, tenant, stranger, number="INV-2")
    euros = invoice(standin, tenant, contact, number="INV-3", currency="EUR")
    credit = standin.record_receipt(tenant, contact, "50.00", "GBP", TODAY, "no reference")

    def refused(*parts):
        body = {"Allocations": [{"Invoice": {"InvoiceID": k}, "Amount": a} for k, a in parts]}
        return messages(call("PUT", f"Overpayments/{credit}/Allocations", body))

    assert "remaining credit" in refused((key, 50.01))[0]
    assert "same contact and currency" in refused((theirs, 1))[0]
    assert "same contact and currency" in refused((euros, 1))[0]
    assert "greater than zero" in refused((key, -1))[0]
    assert refused(("nothing", 1)) == ["Invoice could not be found"]
    assert "remaining credit" in refused((key, 30), (key, 30))[0]
    standin.record_payment(tenant, key, "60.00", TODAY)
    assert "amount outstanding" in refused((key, 41))[0]
    standin.set_lock_date(tenant, TODAY)
    assert "lock date" in refused((key, 1))[0]
    assert standin.allocations(tenant) == []


def test_bank_transactions_and_their_refusals(desk):
    standin, _, tenant, contact, call = desk
    standin.add_account(tenant, "Clearing", "880", type_="CURRENT", payments=True)
    standin.add_account(tenant, "Card fees", "404", type_="EXPENSE")
    fee = {
        "Type": "SPEND",
        "Contact": {"ContactID": contact},
        "BankAccount": {"Code": "090"},
        "LineItems": [{"Description": "Fee", "UnitAmount": 2.9, "AccountCode": "404"}],
    }
    (told,) = call("PUT", "BankTransactions", fee).get_json()["BankTransactions"]
    assert (told["Type"], told["Total"]) == ("SPEND", 2.9)
    assert "OverpaymentID" not in told
    for change, expected in (
        ({"Type": "RECEIVE"}, "Type"),
        ({"Contact": None}, "Contact"),
        ({"BankAccount": {"Code": "880"}}, "bank account"),
        ({"CurrencyCode": "EUR"}, "Currency"),
        ({"LineItems": []}, "greater than zero"),
        ({"LineItems": [{"Description": "x", "UnitAmount": "many"}]}, "greater than zero"),
        ({"LineItems": [{"UnitAmount": 1}]}, "Description"),
        ({"Date": "never"}, "Date"),
    ):
        told = messages(call("PUT", "BankTransactions", fee | change))
        assert any(expected in message for message in told), (change, told)
    assert len(call("GET", "BankTransactions").get_json()["BankTransactions"]) == 1


def test_refund_of_an_overpayment(desk):
    standin, _, tenant, contact, call = desk
    credit = standin.record_receipt(tenant, contact, "50.00", "GBP", TODAY)
    body = payment("", 20) | {"Invoice": None, "Overpayment": {"OverpaymentID": credit}}
    told = call("PUT", "Payments", {"Payments": [body]}).get_json()["Payments"][0]
    assert told["PaymentType"] == "AROVERPAYMENTPAYMENT"
    assert standin.unapplied(tenant) == {"GBP": 3000}
    body["Amount"] = 30.01
    assert messages(call("PUT", "Payments", {"Payments": [body]})) == [TOO_MUCH]
    call("POST", f"Payments/{told['PaymentID']}", {"Status": "DELETED"})
    assert standin.unapplied(tenant) == {"GBP": 5000}


def test_credit_notes(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    credited = standin.credit(tenant, key, "25.00", TODAY)
    assert state(standin, tenant, key) == ("AUTHORISED", 7500, 0, 2500)
    loose = standin.raise_credit_note(tenant, contact, "10.00", "GBP", TODAY, "goodwill")
    shown = {
        one["CreditNoteID"]: one for one in call("GET", "CreditNotes").get_json()["CreditNotes"]
    }
    assert (shown[credited]["Status"], shown[loose]["Status"]) == ("PAID", "AUTHORISED")
    assert shown[credited]["Allocations"][0]["Invoice"]["InvoiceID"] == key
    part = {"Allocations": [{"Invoice": {"InvoiceID": key}, "Amount": 10}]}
    assert call("PUT", f"CreditNotes/{loose}/Allocations", part).status_code == 200
    assert state(standin, tenant, key) == ("AUTHORISED", 6500, 0, 3500)
    assert [one["remaining"] for one in standin.credits(tenant, "CreditNotes")] == [0, 0]
    with pytest.raises(Invalid, match="payment or credit note allocated"):
        standin.void(tenant, key)
    first = standin.allocations(tenant)[0]["id"]
    standin.remove_allocation(tenant, first)
    with pytest.raises(Invalid, match="already"):
        standin.remove_allocation(tenant, first)


def test_voided_invoice_owes_nothing(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    standin.void(tenant, key)
    (shown,) = call("GET", f"Invoices/{key}").get_json()["Invoices"]
    assert (shown["Status"], shown["AmountDue"], shown["Total"]) == ("VOIDED", 0, 100)
    assert standin.receivables(tenant) == {}
    with pytest.raises(Invalid, match="not of valid status"):
        standin.void(tenant, key)


class People:
    """People doing this and that in the books; what Xero refuses does not happen."""

    def __init__(self):
        self.standin, _ = xero_desk.make()
        self.tenant, self.contact = xero_desk.harbour(self.standin)
        for number in range(3):
            invoice(self.standin, self.tenant, self.contact, 5000, f"I{number}")
        self.received = 0

    def pick(self, found, at):
        return found[at % len(found)]["id"]

    def pay(self, key, _at, amount):
        self.standin.record_payment(self.tenant, key, amount, TODAY)

    def receive(self, _key, _at, amount):
        self.received += abs(amount) + 1
        self.standin.record_receipt(self.tenant, self.contact, abs(amount) + 1, "GBP", TODAY)

    def allocate(self, key, at, amount):
        credit = self.pick(self.standin.credits(self.tenant, "Overpayments"), at)
        self.standin.allocate(self.tenant, "Overpayments", credit, key, amount, TODAY)

    def credit(self, key, _at, amount):
        self.standin.credit(self.tenant, key, amount, TODAY)

    def unpay(self, _key, at, _amount):
        payment_id = self.pick(self.standin.payments(self.tenant), at)
        self.standin.remove_payment(self.tenant, payment_id)

    def free(self, _key, at, _amount):
        allocation_id = self.pick(self.standin.allocations(self.tenant), at)
        self.standin.remove_allocation(self.tenant, allocation_id)

    def void(self, key, _at, _amount):
        self.standin.void(self.tenant, key)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "receive", "allocate", "credit", "unpay", "free", "void"]),
        st.integers(0, 4),
        st.integers(-100, 9000),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_money_is_conserved_whatever_people_do(steps):
    """Totals = open + paid + credited on every invoice; credits = remaining + allocated."""
    people = People()
    standin, tenant = people.standin, people.tenant
    keys = [one["id"] for one in standin.invoices(tenant)]
    for what, at, amount in steps:
        # Nothing there to pick, or Xero refuses.
        with suppress(Invalid, ZeroDivisionError):
            getattr(people, what)(keys[at % 3], at, amount)
    payments = [one for one in standin.payments(tenant) if not one["deleted"]]
    allocations = [one for one in standin.allocations(tenant) if not one["deleted"]]
    for one in standin.invoices(tenant):
        paid = sum(line["amount"] for line in payments if line["target"] == one["id"])
        credited = sum(line["amount"] for line in allocations if line["invoice"] == one["id"])
        assert (one["paid"], one["credited"]) == (paid, credited)
        void = one["status"] == "VOIDED"
        assert one["total"] == one["open"] + paid + credited + (one["total"] if void else 0)
        assert (one["status"] == "AUTHORISED") == (one["open"] > 0)
    for one in (*standin.credits(tenant, "Overpayments"), *standin.credits(tenant, "CreditNotes")):
        spent = sum(line["amount"] for line in allocations if line["source"] == one["id"])
        assert one["total"] == one["remaining"] + spent
        assert one["remaining"] >= 0
    told = sum(one["total"] for one in standin.credits(tenant, "Overpayments"))
    assert told == people.received
