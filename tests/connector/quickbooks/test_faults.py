"""Every row of QuickBooks' table of faults, in our words; and the dialects they come in."""

from __future__ import annotations

import json
import logging

import pytest

from connector.protocol import Access
from connector.quickbooks.calls import Calls
from ledger.errors import (
    READ_ONLY,
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.quickbooks.office import Office, Turnstile
from tests.connector.quickbooks.test_calls import PAYMENT, Canned, calls, fault
from tests.sandbox.quickbooks_desk import DAY

# Code, what it is to us at a read and at a write, and what a person is told beside its own words.
ROWS = [
    ("100", DisconnectedError, DisconnectedError, ""),
    ("120", DisconnectedError, DisconnectedError, "no administrator of the company any more"),
    ("3100", DisconnectedError, DisconnectedError, ""),
    ("3200", DisconnectedError, DisconnectedError, ""),
    ("500", RefusedError, RefusedError, "a fault in Dunnock"),
    ("610", StaleError, StaleError, "deleted or made inactive"),
    ("620", RefusedError, RefusedError, "does not link these"),
    ("2010", RefusedError, RefusedError, ""),
    ("2020", RefusedError, RefusedError, ""),
    ("2030", RefusedError, RefusedError, ""),
    ("2050", RefusedError, RefusedError, ""),
    ("2170", RefusedError, RefusedError, ""),
    ("2500", RefusedError, RefusedError, ""),
    ("3001", RetryLaterError, RetryLaterError, ""),
    ("4001", RefusedError, RefusedError, "a fault in Dunnock"),
    ("5010", StaleError, StaleError, ""),
    ("6000", RefusedError, RefusedError, ""),
    ("6140", RefusedError, RefusedError, ""),
    ("6190", RefusedError, RefusedError, "subscription has ended"),
    ("6200", RefusedError, RefusedError, "book it on a later day"),
    ("6210", RefusedError, RefusedError, "book it on a later day"),
    ("6240", RefusedError, RefusedError, ""),
    ("6540", RefusedError, RefusedError, "take it out of the deposit"),
    ("10000", RetryLaterError, UnknownOutcomeError, ""),
    ("9999", RefusedError, RefusedError, ""),
]


@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize(("code", "on_read", "on_write", "advice"), ROWS)
def test_a_row_of_the_table(status, code, on_read, on_write, advice):
    for spelt in (code, f"00{code}"):
        with pytest.raises(on_read) as asked:
            calls(Canned(status, fault(spelt))).query("SELECT * FROM Payment")
        with pytest.raises(on_write) as wrote:
            calls(Canned(status, fault(spelt))).create("Payment", PAYMENT, "k1")
        for caught in (asked, wrote):
            assert advice in str(caught.value)
            assert "No: because" in str(caught.value)
            assert "[intuit_tid 1-abc]" in str(caught.value)


@pytest.mark.parametrize("code", ["6210", "6200", "5010"])
def test_closed_books_are_told_by_code_and_by_words(code):
    error = {"Message": "Account Period Closed", "Detail": "until 2026-03-31", "code": code}
    body = json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}})
    with pytest.raises(RefusedError, match="later day") as caught:
        calls(Canned(400, body)).create("Payment", PAYMENT, "k1")
    assert caught.value.code == "6210"


XML = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" time="2026-03-10T09:30:00-07:00">'
    '<Fault type="ValidationFault"><Error code="{code}" element="TotalAmt">'
    "<Message>No</Message><Detail>because</Detail></Error></Fault></IntuitResponse>"
)


@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize(
    ("code", "error"), [("5010", StaleError), ("6540", RefusedError), ("03001", RetryLaterError)]
)
def test_a_fault_in_xml_although_json_was_asked(status, code, error):
    with pytest.raises(error):
        calls(Canned(status, XML.format(code=code))).create("Payment", PAYMENT, "k1")


@pytest.mark.parametrize("status", [429, 403, 400, 200])
@pytest.mark.parametrize("body", [fault("3001", "SERVICE"), XML.format(code="003001")])
def test_throttling_in_any_dress_rests_the_company_for_a_minute(status, body):
    gate = Turnstile()
    with pytest.raises(RetryLaterError) as caught:
        calls(Canned(status, body), gate).create("Payment", PAYMENT, "k1")
    assert caught.value.seconds == 60
    assert gate.waits == [60.0]


def test_an_outage_in_html_is_no_answer():
    page = "<html><body>Service Unavailable</body></html>"
    with pytest.raises(UnknownOutcomeError, match="Service Unavailable"):
        calls(Canned(503, page)).create("Payment", PAYMENT, "k1")


def test_the_vendors_id_of_a_call_is_in_every_line_about_its_error(caplog):
    caplog.set_level(logging.WARNING)
    for status, body in ((400, fault("6000")), (200, "<html>"), (200, "[]"), (500, "")):
        caplog.clear()
        with pytest.raises((RefusedError, UnknownOutcomeError)) as caught:
            calls(Canned(status, body)).create("Payment", PAYMENT, "k1")
        [line] = [one for one in caplog.records if one.name.startswith("connector.quickbooks")]
        assert "intuit_tid 1-abc" in line.getMessage()
        assert "[intuit_tid 1-abc]" in str(caught.value)
        # What the refusal says may name a customer, and is for the exception's row alone.
        assert "because" not in line.getMessage()


def test_the_vendors_id_of_the_last_write_is_known():
    asked = calls(Canned(200, '{"QueryResponse": {}, "Payment": {"Id": "1"}}'))
    asked.query("SELECT * FROM Payment")
    assert asked.trace == ""
    asked.create("Payment", PAYMENT, "k1")
    assert asked.trace == "1-abc"


# Each fault that the stand-in's own rules can bring about, and how.
@pytest.fixture
def office():
    return Office()


def ours(office, entity="Payment", **body):
    """Write something of the company's customer."""
    desk = office.desk
    made = Calls(Access(desk.realm, desk.token), office.gate, office.wire())
    sold = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 1}
    return made.create(entity, (sold if entity in {"Payment", "Invoice"} else {}) | body, "k1")


def sale(**more):
    return {"Line": [{"Amount": 1, "DetailType": "SalesItemLineDetail"}], **more}


@pytest.mark.asks_wrongly
@pytest.mark.parametrize(
    ("entity", "body", "error", "code"),
    [
        ("Payment", {"TotalAmnt": 1}, RefusedError, "2010"),
        ("Payment", {"TxnDate": "20/11/2026"}, RefusedError, "2010"),
        ("Payment", {"CustomerRef": None}, RefusedError, "2020"),
        ("Payment", {"PaymentRefNum": "x" * 22}, RefusedError, "2050"),
        ("Invoice", sale(EmailStatus="NeedsToSend"), RefusedError, "2170"),
        ("Attachable", {"Note": "x", "AttachableRef": [{"EntityRef": {}}]}, RefusedError, "2500"),
        ("Attachable", {"Note": ""}, RefusedError, "6000"),
        ("Invoice", sale(DocNumber="1001"), RefusedError, "6140"),
        ("Customer", {"DisplayName": "Ada Mills"}, RefusedError, "6240"),
        ("Payment", {"PrivateNote": "paid \u2014 thanks"}, RefusedError, "500"),
        ("Payment", {"CustomerRef": {"value": "999"}}, StaleError, ""),
    ],
)
def test_a_fault_of_the_books_themselves(office, entity, body, error, code):
    office.desk.invoice("1001")
    with pytest.raises(error) as caught:
        ours(office, entity, **body)
    assert getattr(caught.value, "code", "") == code


def test_an_inactive_customer_is_out_of_date_until_a_person_sees_it(office):
    office.desk.books.deactivate_customer(office.desk.realm, office.desk.customer)
    with pytest.raises(StaleError, match="made inactive"):
        ours(office)


def test_the_states_of_a_company(office):
    books, realm = office.desk.books, office.desk.realm
    books.set_book_close_date(realm, DAY)
    with pytest.raises(RefusedError) as closed:
        ours(office, TxnDate=DAY.isoformat())
    assert closed.value.code == "6210"
    books.set_read_only(realm, on=True)
    with pytest.raises(RefusedError, match="can only be read") as ended:
        ours(office)
    assert ended.value.code == READ_ONLY
    books.disconnect(realm)
    with pytest.raises(DisconnectedError):
        ours(office)
