"""Lists, filters, limits and error dialects of the Xero stand-in."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta

import pytest

from sandbox.xero.limits import Limits
from tests.counting import counted
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY, Caller


@pytest.fixture
def desk():
    standin, clock = xero_desk.make()
    tenant, contact = xero_desk.harbour(standin)
    return standin, clock, tenant, contact, Caller(standin, tenant)


def raise_some(standin, tenant, contact, count, currency="GBP"):
    return [
        standin.raise_invoice(
            tenant, contact, f"{currency}-{n:04d}", TODAY, TODAY + timedelta(n), 1000 + n, currency
        )
        for n in range(count)
    ]


def test_settings(desk):
    standin, _, tenant, _, call = desk
    standin.set_lock_date(tenant, date(2026, 6, 30))
    standin.set_organisation(tenant, reminders=True, not_allowed=["VoidInvoice"])
    (told,) = call("GET", "Organisation").get_json()["Organisations"]
    assert told["OrganisationID"] == tenant
    assert told["Timezone"] == "GMTSTANDARDTIME"
    assert told["PeriodLockDate"] == "/Date(1782777600000+0000)/"
    assert "EndOfYearLockDate" not in told
    codes = call("GET", "Currencies").get_json()["Currencies"]
    assert [one["Code"] for one in codes] == ["GBP", "EUR"]
    actions = call("GET", "Organisation/Actions").get_json()["Actions"]
    assert {"Name": "VoidInvoice", "Status": "NOT-ALLOWED"} in actions
    assert {"Name": "CreateInvoicePayment", "Status": "ALLOWED"} in actions
    settings = call("GET", "InvoiceReminders/Settings").get_json()["InvoiceReminders"]
    assert settings == [{"Enabled": True}]
    assert call("GET", "Organisation/Nothing").status_code == 404
    assert call("GET", "Quotes").status_code == 404


def test_accounts_by_type(desk):
    standin, _, tenant, _, call = desk
    standin.add_account(tenant, "Clearing", "880", type_="CURRENT", payments=True)
    found = call("GET", "Accounts", query={"where": 'Type=="BANK"'}).get_json()["Accounts"]
    assert {one["Code"] for one in found} == {"090", "091"}
    payable = call("GET", "Accounts", query={"where": "EnablePaymentsToAccount==true"})
    assert [one["Name"] for one in payable.get_json()["Accounts"]] == ["Clearing"]


def test_invoice_as_xero_shows_it(desk):
    standin, _, tenant, contact, call = desk
    key = standin.raise_invoice(
        tenant, contact, "INV-1", TODAY, date(2026, 12, 22), "120.00", "GBP", "PO 7", tax="20.00"
    )
    (told,) = call("GET", f"Invoices/{key.upper()}").get_json()["Invoices"]
    assert (told["SubTotal"], told["TotalTax"], told["Total"]) == (100.0, 20.0, 120.0)
    assert (told["AmountDue"], told["AmountPaid"], told["AmountCredited"]) == (120.0, 0.0, 0.0)
    assert told["Date"] == "/Date(1795305600000+0000)/"
    assert told["DueDateString"] == "2026-12-22T00:00:00"
    assert told["Contact"] == {"ContactID": contact, "Name": "Ridge & Sons"}
    assert told["Payments"] == told["Overpayments"] == []
    assert "FullyPaidOnDate" not in told
    assert call("GET", "Invoices/none").status_code == 404
    assert call("GET", f"Invoices/{key}/Nothing").status_code == 404
    online = call("GET", f"Invoices/{key}/OnlineInvoice").get_json()["OnlineInvoices"][0]
    assert online["OnlineInvoiceUrl"].endswith(key)


def test_paging_clamps_and_counts(desk):
    standin, _, tenant, contact, call = desk
    raise_some(standin, tenant, contact, 7)
    pages = [
        call("GET", "Invoices", query={"page": page, "pageSize": 3}).get_json()
        for page in (1, 2, 3, 4)
    ]
    assert [len(page["Invoices"]) for page in pages] == [3, 3, 1, 0]
    assert pages[0]["pagination"] == {"page": 1, "pageSize": 3, "pageCount": 3, "itemCount": 7}
    seen = [one["InvoiceID"] for page in pages for one in page["Invoices"]]
    assert len(set(seen)) == 7
    clamped = call("GET", "Invoices", query={"page": 0, "pageSize": 5000}).get_json()
    assert (clamped["pagination"]["page"], clamped["pagination"]["pageSize"]) == (1, 1000)
    assert "pagination" not in call("GET", "Invoices").get_json()
    bad = call("GET", "Invoices", query={"page": "abc"})
    assert (bad.status_code, bad.get_json()["Type"]) == (400, "QueryParseException")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"where": 'Type=="ACCREC" AND Status=="AUTHORISED"'}, ["A", "B"]),
        ({"where": 'Type="ACCPAY"'}, ["BILL"]),
        ({"where": "DueDate<DateTime(2026,12,1)"}, ["A"]),
        ({"where": "Date>=DateTime(2026, 11, 22) && AmountDue > 150.5"}, ["B"]),
        ({"where": 'InvoiceNumber=="A" OR InvoiceNumber=="C"'}, ["A", "C"]),
        ({"where": 'InvoiceNumber!="A"'}, ["BILL", "B", "C"]),
        ({"where": "Reference==null"}, []),
        ({"where": "Reference!=null"}, ["BILL", "A", "B", "C"]),
        ({"where": "AmountDue<=0"}, ["C"]),
        ({"Statuses": "VOIDED,PAID"}, ["C"]),
        ({"InvoiceNumbers": "a,b"}, ["A", "B"]),
        ({"order": "InvoiceNumber DESC", "where": 'Type=="ACCREC"'}, ["C", "B", "A"]),
        ({"order": "DueDate"}, ["A", "B", "C", "BILL"]),
    ],
)
def test_filters(desk, query, numbers):
    standin, clock, tenant, contact, call = desk
    dues = {"BILL": date(2027, 3, 1), "A": date(2026, 11, 30), "B": date(2026, 12, 31)}
    for number, due in {**dues, "C": date(2027, 1, 31)}.items():
        kind = "ACCPAY" if number == "BILL" else "ACCREC"
        amount = 20000 if number == "B" else 15050
        standin.raise_invoice(tenant, contact, number, TODAY, due, amount, "GBP", type_=kind)
        clock.move(seconds=1)
    standin.void(tenant, standin.invoices(tenant)[-1]["id"])
    found = call("GET", "Invoices", query=query).get_json()["Invoices"]
    assert [one["InvoiceNumber"] for one in found] == numbers


def test_guid_filter_needs_no_case(desk):
    standin, _, tenant, contact, call = desk
    key = raise_some(standin, tenant, contact, 2)[0]
    where = f'Contact.ContactID=guid("{contact.upper()}") AND InvoiceId==Guid("{key}")'
    (found,) = call("GET", "Invoices", query={"where": where}).get_json()["Invoices"]
    assert found["InvoiceID"] == key
    by_ids = call("GET", "Invoices", query={"IDs": key, "ContactIDs": contact}).get_json()
    assert len(by_ids["Invoices"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"where": "Colour==1"},
        {"where": 'Status=="A" AND'},
        {"where": 'Status=="A" Status=="B"'},
        {"where": "Status LIKE x"},
        {"order": "Colour"},
    ],
)
def test_unreadable_queries(desk, query):
    answer = desk[-1]("GET", "Invoices", query=query)
    assert answer.status_code == 400
    assert answer.get_json()["Type"] == "QueryParseException"
    assert "Elements" not in answer.get_json()


def test_summary_has_no_lines_and_is_paged(desk):
    standin, _, tenant, contact, call = desk
    raise_some(standin, tenant, contact, 2)
    told = call("GET", "Invoices", query={"summaryOnly": "True"}).get_json()
    assert told["pagination"]["itemCount"] == 2
    assert "Payments" not in told["Invoices"][0]
    contacts = call("GET", "Contacts", query={"summaryOnly": "true"}).get_json()["Contacts"]
    assert "Balances" not in contacts[0]


def test_contacts_with_balances_and_archived(desk):
    standin, _, tenant, contact, call = desk
    late = TODAY - timedelta(1)
    standin.raise_invoice(tenant, contact, "L", late - timedelta(30), late, "50.00", "GBP")
    raise_some(standin, tenant, contact, 1)
    (told,) = call("GET", "Contacts").get_json()["Contacts"]
    assert told["Balances"]["AccountsReceivable"] == {"Outstanding": 60.0, "Overdue": 50.0}
    standin.archive_contact(tenant, contact)
    assert call("GET", "Contacts", query={"IDs": contact}).get_json()["Contacts"] == []
    query = {"IDs": contact, "includeArchived": "True"}
    (told,) = call("GET", "Contacts", query=query).get_json()["Contacts"]
    assert told["ContactStatus"] == "ARCHIVED"


def test_renamed_contact_shows_on_its_invoices(desk):
    standin, _, tenant, contact, call = desk
    raise_some(standin, tenant, contact, 1)
    assert call("GET", "Invoices").get_json()["Invoices"][0]["Contact"]["Name"] == "Ridge & Sons"
    standin.change_contact(tenant, contact, name="Ridge Ltd", merged_into="elsewhere")
    assert call("GET", "Invoices").get_json()["Invoices"][0]["Contact"]["Name"] == "Ridge Ltd"
    (told,) = call("GET", "Contacts").get_json()["Contacts"]
    assert told["MergedToContactID"] == "elsewhere"


def test_if_modified_since_and_what_it_misses(desk):
    standin, clock, tenant, contact, call = desk
    first, second = raise_some(standin, tenant, contact, 2)
    standin.record_payment(tenant, first, 100, TODAY)
    clock.move(minutes=10)
    since = {"If-Modified-Since": clock.now.replace(tzinfo=None).isoformat()}
    assert call("GET", "Invoices", headers=since).get_json()["Invoices"] == []
    standin.change_due(tenant, second, TODAY)
    found = call("GET", "Invoices", headers=since).get_json()["Invoices"]
    assert [one["InvoiceID"] for one in found] == [second]
    # The due date of a part-paid invoice moves without UpdatedDateUTC moving.
    standin.change_due(tenant, first, TODAY)
    found = call("GET", "Invoices", headers=since).get_json()["Invoices"]
    assert [one["InvoiceID"] for one in found] == [second]
    http = {"If-Modified-Since": "Sun, 22 Nov 2026 09:10:00 GMT"}
    assert len(call("GET", "Invoices", headers=http).get_json()["Invoices"]) == 1
    unreadable = {"If-Modified-Since": "yesterday"}
    assert len(call("GET", "Invoices", headers=unreadable).get_json()["Invoices"]) == 2


def test_minute_limit_with_headers(desk):
    standin, clock, _, _, call = desk
    other, _ = xero_desk.harbour(standin)
    answers = [call("GET", "Organisation") for _ in range(60)]
    told = [int(one.headers["X-MinLimit-Remaining"]) for one in answers]
    assert told == list(range(59, -1, -1))
    answer = answers[-1]
    assert answer.headers["X-DayLimit-Remaining"] == "4940"
    assert answer.headers["X-AppMinLimit-Remaining"] == "9940"
    refused = call("GET", "Organisation")
    assert (refused.status_code, refused.data) == (429, b"")
    assert refused.headers["X-Rate-Limit-Problem"] == "minute"
    assert Caller(standin, other)("GET", "Organisation").status_code == 200
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 60
    clock.move(seconds=wait - 1)
    assert call("GET", "Organisation").status_code == 429
    clock.move(seconds=1)
    assert call("GET", "Organisation").status_code == 200


def test_day_limit():
    standin, clock = xero_desk.make(limits=Limits(per_minute=10, per_day=12))
    tenant, _ = xero_desk.harbour(standin)
    call = Caller(standin, tenant)
    for _ in range(12):
        assert call("GET", "Organisation").status_code == 200
        clock.move(seconds=20)
    refused = call("GET", "Organisation")
    assert refused.headers["X-Rate-Limit-Problem"] == "day"
    assert int(refused.headers["Retry-After"]) <= 86_400


def test_concurrent_limit_has_no_retry_after(desk):
    standin, _, tenant, _, call = desk
    for _ in range(5):
        standin.limits.enter(tenant)
    refused = call("GET", "Organisation")
    assert refused.headers["X-Rate-Limit-Problem"] == "concurrent"
    assert "Retry-After" not in refused.headers
    standin.limits.leave(tenant)
    assert call("GET", "Organisation").status_code == 200


def test_faults_answer_instead_of_the_work(desk):
    standin, _, tenant, contact, call = desk
    key = raise_some(standin, tenant, contact, 1)[0]
    limited = call("GET", "Organisation", fault="429")
    assert limited.headers["Retry-After"] == "30"
    assert b"unavailable" in call("GET", "Organisation", fault="503").data
    body = {"HistoryRecords": [{"Details": "x"}]}
    failed = call("PUT", f"Invoices/{key}/History", body, fault="500", key="k")
    assert failed.get_json()["Status"] == 500
    assert standin.notes(tenant) == []
    # The key remembers errors too, for its minutes.
    assert call("PUT", f"Invoices/{key}/History", body, key="k").status_code == 500
    assert standin.notes(tenant) == []


def test_answers_are_gzipped_when_asked_and_xml_when_not_asked_for_json(desk):
    standin, _, tenant, contact, call = desk
    raise_some(standin, tenant, contact, 20)
    packed = call("GET", "Invoices", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(packed.data))["Invoices"]) == 20
    xml = call("GET", "Invoices", headers={"Accept": "*/*"})
    assert xml.data.startswith(b"<Response>")


def test_log_tells_who_asked_what(desk):
    standin, _, tenant, contact, call = desk
    key = raise_some(standin, tenant, contact, 1)[0]
    after = standin.requests()[-1].seq
    body = {"HistoryRecords": [{"Details": "seen"}]}
    call("PUT", f"Invoices/{key}/History", body, key="note-1")
    (line,) = standin.requests(after)
    assert (line.method, line.tenant, line.key, line.status) == ("PUT", tenant, "note-1", 200)
    assert line.path == f"/api.xro/2.0/Invoices/{key}/History"
    assert line.token == call.token
    assert json.loads(line.body) == body


def test_listing_invoices_again_does_not_make_them_anew(desk):
    standin, _, tenant, contact, call = desk
    with standin.change():
        raise_some(standin, tenant, contact, 1000)
    query = {"page": 1, "pageSize": 1000, "where": 'Type=="ACCREC"'}
    first, calls = counted(lambda: call("GET", "Invoices", query=query))
    assert len(first.get_json()["Invoices"]) == 1000
    again, calls_again = counted(lambda: call("GET", "Invoices", query=query))
    assert again.data == first.data
    assert calls_again < calls / 3


def test_books_are_found_again_after_a_restart(tmp_path):
    path = str(tmp_path / "xero.sqlite")
    standin, _ = xero_desk.make(path)
    tenant, contact = xero_desk.harbour(standin)
    call = Caller(standin, tenant)
    keys = raise_some(standin, tenant, contact, 2)
    standin.record_payment(tenant, keys[0], 100, TODAY)
    before = (standin.invoices(tenant), standin.payments(tenant), standin.receivables(tenant))
    standin.shelf.close()
    again, _ = xero_desk.make(path)
    assert (again.invoices(tenant), again.payments(tenant), again.receivables(tenant)) == before
    assert Caller(again, tenant, call.token)("GET", "Organisation").status_code == 200
    third = again.raise_invoice(tenant, contact, "NEW", TODAY, TODAY, 1, "GBP")
    assert third not in keys
    again.shelf.close()
