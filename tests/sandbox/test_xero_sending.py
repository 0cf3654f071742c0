"""Invoices on their way out: what may still change, e-mail with its caps, PDF, groups."""

from __future__ import annotations

import pytest

from sandbox.xero.sending import MAILS_A_DAY
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller, messages


@pytest.fixture
def desk():
    standin, _ = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    key = standin.raise_invoice(tenant, contact, "INV-1", TODAY, TODAY, "10.00", "GBP", sent=False)
    return standin, tenant, contact, key, Caller(standin, tenant)


def patch(call, key, **fields):
    return call("POST", f"Invoices/{key}", {"Invoices": [{"InvoiceID": key, **fields}]})


def shown(call, key):
    return call("GET", f"Invoices/{key}").get_json()["Invoices"][0]


def test_an_expected_date_is_all_that_a_patch_changes(desk):
    _, _, _, key, call = desk
    before = shown(call, key)
    answer = patch(call, key, ExpectedPaymentDate="2026-12-05")
    assert answer.get_json()["Invoices"][0]["ExpectedPaymentDateString"] == "2026-12-05T00:00:00"
    changed = {"ExpectedPaymentDate", "ExpectedPaymentDateString"}
    after = shown(call, key)
    assert changed <= set(after)
    assert {k: v for k, v in after.items() if k not in changed} == before
    # Null says nothing: what is there stays.
    assert patch(call, key, ExpectedPaymentDate=None).status_code == 200
    assert shown(call, key) == after


def test_with_money_on_it_only_the_due_date_and_reference_change(desk):
    standin, tenant, _, key, call = desk
    standin.record_payment(tenant, key, "4.00", TODAY)
    [wrong] = messages(patch(call, key, ExpectedPaymentDate="2026-12-05"))
    assert "payment or credit note allocated" in wrong
    before = shown(call, key)["UpdatedDateUTC"]
    standin.clock.move(minutes=5)
    assert patch(call, key, DueDate="2026-12-31").status_code == 200
    assert shown(call, key)["DueDateString"] == "2026-12-31T00:00:00"
    assert shown(call, key)["UpdatedDateUTC"] == before
    assert patch(call, key, Reference="PO 7").status_code == 200
    assert shown(call, key)["UpdatedDateUTC"] != before


def test_locked_void_unknown_and_bad_changes_are_refused(desk):
    standin, tenant, contact, key, call = desk
    assert messages(patch(call, key, ExpectedPaymentDate="soon"))
    assert "LineItems" in messages(patch(call, key, LineItems=[]))[0]
    assert patch(call, "00000000-0000-0000-0000-000000000000").status_code == 404
    assert call("POST", f"Invoices/{key}/Nothing", {}).status_code == 404
    standin.set_lock_date(tenant, TODAY)
    assert "lock date" in messages(patch(call, key, ExpectedPaymentDate="2026-12-05"))[0]
    standin.set_lock_date(tenant, None)
    standin.void(tenant, key)
    assert "valid status" in messages(patch(call, key, ExpectedPaymentDate="2026-12-05"))[0]
    draft = standin.raise_invoice(
        tenant, contact, "INV-2", TODAY, TODAY, "1.00", "GBP", status="DRAFT", sent=False
    )
    answer = patch(call, draft, SentToContact=True).get_json()["Invoices"][0]
    assert "AUTHORISED" in answer["Warnings"][0]["Message"]
    assert answer["SentToContact"] is False


def test_an_email_goes_to_the_contacts_addresses_and_marks_the_invoice_sent(desk):
    standin, tenant, _, _, call = desk
    persons = (("Ann", "ann@ridge.example", True), ("Bob", "bob@ridge.example", False))
    contact = standin.add_contact(tenant, "Crag Ltd", "crag@crag.example", persons=persons)
    key = standin.raise_invoice(tenant, contact, "INV-9", TODAY, TODAY, "1.00", "GBP", sent=False)
    answer = call("POST", f"Invoices/{key}/Email", {})
    assert (answer.status_code, answer.data) == (204, b"")
    [(invoice, to, _)] = standin.mails(tenant)
    assert (invoice, to) == (key, ["crag@crag.example", "ann@ridge.example"])
    assert shown(call, key)["SentToContact"] is True
    [record] = call("GET", f"Invoices/{key}/History").get_json()["HistoryRecords"]
    assert record["Changes"] == "Invoice sent"
    assert standin.notes(tenant) == []


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"edition": "PARTNER"}, "Partner"),
        ({"demo": True}, "limit"),
        ({"mails_a_day": 0}, "limit"),
        ({"spam": True}, "spam"),
    ],
)
def test_an_organisation_that_may_not_mail_is_told_why(desk, fields, word):
    standin, tenant, _, key, call = desk
    standin.set_organisation(tenant, **fields)
    assert word in messages(call("POST", f"Invoices/{key}/Email", {}))[0]
    assert standin.mails(tenant) == []


def test_drafts_bills_and_contacts_without_address_get_no_email(desk):
    standin, tenant, contact, _, call = desk
    nobody = standin.add_contact(tenant, "No Mail")
    for number, to, more in (
        ("D", contact, {"status": "DRAFT"}),
        ("B", contact, {"type_": "ACCPAY"}),
        ("N", nobody, {}),
    ):
        key = standin.raise_invoice(tenant, to, number, TODAY, TODAY, "1.00", "GBP", **more)
        assert messages(call("POST", f"Invoices/{key}/Email", {}))
        known = call("GET", f"Invoices/{key}/OnlineInvoice").status_code == 200
        assert known is (number == "N")


def test_the_daily_cap_ends_with_the_day(desk):
    standin, tenant, _, key, call = desk
    assert MAILS_A_DAY == 1000
    standin.set_organisation(tenant, mails_a_day=1)
    assert call("POST", f"Invoices/{key}/Email", {}).status_code == 204
    assert "limit" in messages(call("POST", f"Invoices/{key}/Email", {}))[0]
    standin.clock.move(days=1)
    call.token = xero_desk.connect(standin, tenant)["access_token"]
    assert call("POST", f"Invoices/{key}/Email", {}).status_code == 204


def test_an_invoice_is_printed_for_who_asks_for_pdf(desk):
    _, _, _, key, call = desk
    asked = {"headers": {"Accept": "application/pdf"}}
    answer = call("GET", f"Invoices/{key}", **asked)
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert b"Invoice INV-1" in answer.data
    nobody = "00000000-0000-0000-0000-000000000000"
    assert call("GET", f"Invoices/{nobody}", **asked).status_code == 404


def test_groups_are_listed_without_and_shown_with_their_contacts(desk):
    standin, tenant, contact, _, call = desk
    standin.set_groups(tenant, contact, "Key accounts", "North")
    before = standin.doc(tenant, "Contacts", contact)["updated"]
    listed = call("GET", "ContactGroups").get_json()["ContactGroups"]
    assert [(one["Name"], one["Contacts"]) for one in listed] == [
        ("Key accounts", []),
        ("North", []),
    ]
    one = call("GET", f"ContactGroups/{listed[0]['ContactGroupID']}").get_json()["ContactGroups"][0]
    assert [member["ContactID"] for member in one["Contacts"]] == [contact]
    standin.clock.move(minutes=1)
    standin.delete_group(tenant, "North")
    assert len(call("GET", "ContactGroups").get_json()["ContactGroups"]) == 1
    assert call("GET", f"ContactGroups/{listed[1]['ContactGroupID']}").status_code == 404
    kept = standin.doc(tenant, "Contacts", contact)
    assert [group["Name"] for group in kept["groups"]] == ["Key accounts"]
    assert kept["updated"] == before


def test_a_merged_contact_points_on_and_its_documents_move(desk):
    standin, tenant, contact, key, call = desk
    into = standin.add_contact(tenant, "Ridge Group", "pay@ridge.example")
    standin.merge_contacts(tenant, contact, into)
    assert shown(call, key)["Contact"]["ContactID"] == into
    query = {"IDs": contact, "includeArchived": "true"}
    [merged] = call("GET", "Contacts", query=query).get_json()["Contacts"]
    assert (merged["ContactStatus"], merged["MergedToContactID"]) == ("ARCHIVED", into)


def test_a_prepayment_is_a_document_of_its_own(desk):
    standin, tenant, contact, key, call = desk
    money = standin.record_prepayment(tenant, contact, "6.00", "GBP", TODAY)
    [listed] = call("GET", "Prepayments", query={"page": "1"}).get_json()["Prepayments"]
    assert (listed["PrepaymentID"], listed["Type"]) == (money, "RECEIVE-PREPAYMENT")
    assert listed["RemainingCredit"] == 6.0
    standin.allocate(tenant, "Prepayments", money, key, "4.00", TODAY)
    assert [one["AppliedAmount"] for one in shown(call, key)["Prepayments"]] == [4.0]
    assert standin.unapplied(tenant) == {"GBP": 200}
