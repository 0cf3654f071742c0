"""Payments, allocations, notes and locks: the Xero stand-in's arithmetic and its refusals."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.xero.refusals import Invalid
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller, invoice, messages, payment, state

NOT_AUTHORISED = "Payments can only be made against Authorised documents"
TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"


@pytest.fixture
def desk():
    standin, clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    return standin, clock, tenant, contact, Caller(standin, tenant)


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
