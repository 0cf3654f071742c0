"""Payments, allocations, notes and locks: the Xero stand-in's arithmetic and its refusals."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.xero.refusals import Invalid
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller

NOT_AUTHORISED = "Payments can only be made against Authorised documents"
TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"


@pytest.fixture
def desk():
    standin, clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    return standin, clock, tenant, contact, Caller(standin, tenant)


def invoice(standin, tenant, contact, amount="100.00", number="INV-1", currency="GBP"):
    due = TODAY + timedelta(30)
    return standin.raise_invoice(tenant, contact, number, TODAY, due, amount, currency)


def payment(key, amount, **other):
    return {
        "Invoice": {"InvoiceID": key},
        "Account": {"Code": "090"},
        "Date": TODAY.isoformat(),
        "Amount": amount,
        "Reference": "ref",
        **other,
    }


def state(standin, tenant, key):
    (found,) = [one for one in standin.invoices(tenant) if one["id"] == key]
    return found["status"], found["open"], found["paid"], found["credited"]


def messages(answer):
    assert answer.status_code == 400, answer.text
    told = answer.get_json()
    assert (told["ErrorNumber"], told["Type"]) == (10, "ValidationException")
    return [
        error["Message"] for element in told["Elements"] for error in element["ValidationErrors"]
    ]


def test_payment_settles_and_its_deletion_opens_again(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    told = call("PUT", "Payments", {"Payments": [payment(key, 40.1)]}).get_json()["Payments"][0]
    assert (told["Amount"], told["Status"], told["PaymentType"]) == (
        40.1,
        "AUTHORISED",
        "ACCRECPAYMENT",
    )
    assert told["Invoice"]["AmountDue"] == 59.9
    assert told["IsReconciled"] is False
    assert state(standin, tenant, key) == ("AUTHORISED", 5990, 4010, 0)
    call("POST", "Payments", payment(key, "59.90"))
    assert state(standin, tenant, key) == ("PAID", 0, 10000, 0)
    (shown,) = call("GET", f"Invoices/{key}").get_json()["Invoices"]
    assert shown["Status"] == "PAID"
    assert shown["FullyPaidOnDate"]
    assert [one["Amount"] for one in shown["Payments"]] == [40.1, 59.9]
    deleted = call("POST", f"Payments/{told['PaymentID']}", {"Status": "DELETED"})
    assert deleted.get_json()["Payments"][0]["Status"] == "DELETED"
    assert state(standin, tenant, key) == ("AUTHORISED", 4010, 5990, 0)
    again = call("POST", f"Payments/{told['PaymentID']}", {"Status": "DELETED"})
    assert "already been deleted" in messages(again)[0]


def test_payment_refusals(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    void = invoice(standin, tenant, contact, number="INV-2")
    standin.void(tenant, void)
    plain = standin.add_account(tenant, "Sales", "200", type_="REVENUE")
    closed = standin.add_account(tenant, "Old bank", "099")
    standin.set_account(tenant, closed, status="ARCHIVED")
    standin.add_account(tenant, "Dollars", "092", currency="USD")

    def refused(body):
        return messages(call("PUT", "Payments", {"Payments": [body]}))

    assert refused(payment(key, 100.01)) == [TOO_MUCH]
    assert refused(payment(void, 1)) == [NOT_AUTHORISED, TOO_MUCH]
    assert refused(payment("nothing", 1)) == ["Invoice could not be found"]
    assert "greater than zero" in refused(payment(key, 0))[0]
    assert "greater than zero" in refused(payment(key, "ten"))[0]
    assert "greater than zero" in refused(payment(key, True))[0]
    assert "date is not valid" in refused(payment(key, 1, Date="soon"))[0]
    assert "valid account" in refused(payment(key, 1, Account={"AccountID": plain}))[0]
    assert "valid account" in refused(payment(key, 1, Account={"AccountID": closed}))[0]
    assert "valid account" in refused(payment(key, 1, Account=None))[0]
    assert "currency" in refused(payment(key, 1, Account={"Code": "092"}))[0]
    assert "exactly one" in refused(payment(key, 1, CreditNote={"CreditNoteID": "x"}))[0]
    assert state(standin, tenant, key) == ("AUTHORISED", 10000, 0, 0)
    assert standin.payments(tenant) == []


def test_one_bad_payment_fails_the_batch_unless_errors_come_apart(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    body = {"Payments": [payment(key, 60), payment(key, 60)]}
    assert messages(call("PUT", "Payments", body)) == [TOO_MUCH]
    assert standin.payments(tenant) == []
    apart = call("PUT", "Payments", body, query={"summarizeErrors": "false"})
    assert apart.status_code == 200
    told = apart.get_json()["Payments"]
    assert [one["StatusAttributeString"] for one in told] == ["OK", "ERROR"]
    assert told[1]["ValidationErrors"] == [{"Message": TOO_MUCH}]
    assert state(standin, tenant, key) == ("AUTHORISED", 4000, 6000, 0)


def test_bodies_that_cannot_be_read(desk):
    standin, _, tenant, _, call = desk
    bodies: list[object] = [[], [1], {"Payments": []}, {"Payments": [None]}]
    for body in bodies:
        assert call("PUT", "Payments", body).get_json()["Type"] == "PostDataInvalidException"
    answer = standin.app.test_client().put(
        "/api.xro/2.0/Payments",
        data=b"{",
        headers={"Authorization": f"Bearer {call.token}", "xero-tenant-id": tenant},
    )
    assert answer.status_code == 400


def test_paths_that_do_not_exist(desk):
    _, _, _, _, call = desk
    for method, path in (
        ("PUT", "Invoices"),
        ("DELETE", "Payments/x"),
        ("POST", "Payments/x"),
        ("PUT", "Overpayments/x/Allocations"),
        ("PUT", "Invoices/x/History"),
        ("POST", "Payments/x/y"),
    ):
        assert call(method, path, {"Status": "DELETED"}).status_code == 404, path


def test_payment_can_only_be_deleted_and_not_when_reconciled(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    paid = standin.record_payment(tenant, key, "10.00", TODAY, "by hand")
    edit = messages(call("POST", f"Payments/{paid}", {"Amount": 5}))
    assert "only deleted" in edit[0]
    standin.reconcile(tenant, paid)
    assert "reconciled" in messages(call("POST", f"Payments/{paid}", {"Status": "DELETED"}))[0]
    with pytest.raises(Invalid, match="reconciled"):
        standin.remove_payment(tenant, paid)


def test_idempotency_key_replays_for_six_minutes(desk):
    standin, clock, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    body = {"Payments": [payment(key, 10)]}
    first = call("PUT", "Payments", body, key="pay-1")
    clock.move(minutes=5)
    assert call("PUT", "Payments", body, key="pay-1").data == first.data
    assert len(standin.payments(tenant)) == 1
    other = call("PUT", "Payments", {"Payments": [payment(key, 11)]}, key="pay-1")
    assert other.status_code == 400
    assert "Idempotency-Key" in other.get_json()["Message"]
    clock.move(minutes=2)
    call("PUT", "Payments", body, key="pay-1")
    assert len(standin.payments(tenant)) == 2
    assert call("PUT", "Payments", body, key="x" * 129).status_code == 400


def test_idempotency_key_replays_errors_too(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    body = {"Payments": [payment(key, 100)]}
    paid = standin.record_payment(tenant, key, "1.00", TODAY)
    assert messages(call("PUT", "Payments", body, key="k")) == [TOO_MUCH]
    standin.remove_payment(tenant, paid)
    assert messages(call("PUT", "Payments", body, key="k")) == [TOO_MUCH]
    assert call("PUT", "Payments", body, key="k2").status_code == 200


def test_lock_dates_refuse_old_entries(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    old = standin.record_payment(tenant, key, "10.00", date(2026, 6, 30))
    standin.set_lock_date(tenant, date(2013, 7, 31), year_end=True)
    (told,) = messages(call("PUT", "Payments", {"Payments": [payment(key, 1, Date="2013-07-31")]}))
    assert told == (
        "The document date cannot be before the end of year lock date, currently set at 31-Jul-2013"
    )
    standin.set_lock_date(tenant, date(2026, 6, 30))
    assert "period lock date" in messages(call("POST", f"Payments/{old}", {"Status": "DELETED"}))[0]
    standin.set_lock_date(tenant, None)
    assert call("POST", f"Payments/{old}", {"Status": "DELETED"}).status_code == 200


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


def test_notes_are_kept_in_order_and_bounded(desk):
    standin, clock, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    for text in ("first", "second"):
        body = {"HistoryRecords": [{"Details": text}]}
        assert call("PUT", f"Invoices/{key}/History", body).status_code == 200
        clock.move(seconds=1)
    records = call("GET", f"Invoices/{key}/History").get_json()["HistoryRecords"]
    assert [one["Details"] for one in records] == ["second", "first"]
    assert {one["User"] for one in records} == {"System Generated"}
    assert [note[:3] for note in standin.notes(tenant)] == [
        ("Invoices", key, "first"),
        ("Invoices", key, "second"),
    ]
    call("PUT", f"Contacts/{contact}/History", {"HistoryRecords": [{"Details": "about them"}]})
    assert standin.notes(tenant)[-1][:2] == ("Contacts", contact)
    long = {"HistoryRecords": [{"Details": "x" * 2501}]}
    assert "2500" in messages(call("PUT", f"Invoices/{key}/History", long))[0]
    empty = {"HistoryRecords": [{"Details": " "}]}
    assert "must be provided" in messages(call("PUT", f"Invoices/{key}/History", empty))[0]


def test_story_refuses_what_xero_would(desk):
    standin, _, tenant, contact, _ = desk
    key = invoice(standin, tenant, contact)
    with pytest.raises(ValueError, match="unique"):
        invoice(standin, tenant, contact)
    with pytest.raises(ValueError, match="no currency JPY"):
        invoice(standin, tenant, contact, number="J", currency="JPY")
    with pytest.raises(ValueError, match="is no amount"):
        invoice(standin, tenant, contact, amount="many", number="K")
    with pytest.raises(KeyError):
        invoice(standin, tenant, "nobody", number="N")
    with pytest.raises(Invalid, match="exceeds"):
        standin.record_payment(tenant, key, "100.01", TODAY)
    credit = standin.record_receipt(tenant, contact, "5.00", "GBP", TODAY)
    with pytest.raises(Invalid, match="remaining credit"):
        standin.allocate(tenant, "Overpayments", credit, key, "6.00", TODAY)
    with pytest.raises(Invalid, match="not subscribed"):
        standin.raise_credit_note(tenant, contact, "5.00", "USD", TODAY)
    with pytest.raises(ValueError, match="no bank account in USD"):
        standin.record_receipt(tenant, contact, "5.00", "USD", TODAY)
    assert standin.receivables(tenant) == {"GBP": 10000}


def test_a_refused_change_leaves_the_books_as_they_were(desk):
    standin, _, tenant, contact, call = desk
    key = invoice(standin, tenant, contact)
    before = call("GET", f"Invoices/{key}").get_json()["Invoices"]
    waiting = len(standin.shelf.post())

    def half_done():
        with standin.change():
            standin.record_payment(tenant, key, "10.00", TODAY)
            raise KeyError

    with pytest.raises(KeyError):
        half_done()
    assert call("GET", f"Invoices/{key}").get_json()["Invoices"] == before
    assert standin.payments(tenant) == []
    assert len(standin.shelf.post()) == waiting


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
