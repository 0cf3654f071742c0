"""Promised days, invoice e-mail, addresses online and PDFs, through the real SDK."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from connector.marks import mark
from connector.xero.books import NOTE_BEGINNING, NOTE_MAX, noted
from connector.xero.delivery import unsent
from ledger.documents import Kind, Ref
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.xero import office as offices
from tests.sandbox.xero_desk import TODAY

NOBODY = "00000000-0000-0000-0000-000000000000"
DUE = TODAY + timedelta(days=14)
FRIDAY = date(2026, 12, 11)
KEY = "promise:7:one"


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books()


@pytest.fixture
def bill(office):
    key = office.standin.raise_invoice(
        office.tenant, office.contact, "INV-1", TODAY, DUE, "100.00", "GBP", sent=False
    )
    return Ref(Kind.INVOICE, key)


def promised(books, bill):
    return books.read([bill])[0].document.promised


def calls(office):
    """List what was asked of invoices: method, path and body."""
    return [
        (one.method, one.path.removeprefix("/api.xro/2.0/"), one.body)
        for one in office.standin.requests()
        if "/api.xro/" in one.path
    ]


def test_a_promise_is_the_expected_date_and_nothing_else_is_sent(office, books, bill):
    assert books.promise(bill, FRIDAY, KEY) is True
    [(method, path, body)] = calls(office)
    assert (method, path) == ("POST", f"Invoices/{bill.id}")
    [sent] = json.loads(body)["Invoices"]
    assert {name for name in sent if not name.startswith("Has")} == {
        "InvoiceID",
        "ExpectedPaymentDate",
    }
    assert promised(books, bill) == FRIDAY


def test_the_same_promise_twice_is_one(office, books, bill):
    assert books.promise(bill, FRIDAY, KEY)
    assert office.books().promise(bill, FRIDAY, KEY)
    assert promised(books, bill) == FRIDAY


def test_a_promise_taken_back_leaves_the_due_date_which_promises_nothing(office, books, bill):
    books.promise(bill, FRIDAY, KEY)
    assert books.promise(bill, None, "lift:7:one") is True
    kept = office.standin.doc(office.tenant, "Invoices", bill.id)
    assert kept["expected"] == DUE.isoformat()
    assert promised(books, bill) is None


@pytest.mark.parametrize("how", ["part-paid", "credited", "locked", "void"])
def test_where_xero_takes_no_date_a_note_must_do(office, books, bill, how):
    standin, tenant = office.standin, office.tenant
    if how == "part-paid":
        standin.record_payment(tenant, bill.id, "10.00", TODAY)
    elif how == "credited":
        standin.credit(tenant, bill.id, "10.00", TODAY)
    elif how == "locked":
        standin.set_lock_date(tenant, TODAY)
    else:
        standin.void(tenant, bill.id)
    assert books.promise(bill, FRIDAY, KEY) is False
    assert promised(books, bill) is None


def test_an_answer_that_does_not_show_the_day_is_not_believed(office, books, bill):
    office.standin.set_organisation(office.tenant, ignores=["ExpectedPaymentDate"])
    assert books.promise(bill, FRIDAY, KEY) is False


def test_no_promise_for_what_xero_does_not_have(books):
    assert books.promise(Ref(Kind.INVOICE, NOBODY), None, KEY) is False
    for call in (
        lambda: books.promise(Ref(Kind.INVOICE, "in_stripe"), FRIDAY, KEY),
        lambda: books.online(Ref(Kind.INVOICE, "../Contacts")),
    ):
        with pytest.raises(RefusedError, match="no invoice"):
            call()


@pytest.mark.parametrize(
    ("weather", "error"),
    [("500", UnknownOutcomeError), ("unanswered", UnknownOutcomeError), ("429", RetryLaterError)],
)
def test_weather_is_told_as_it_is(office, books, bill, weather, error):
    office.weather(weather, method="POST")
    for call in (
        lambda: books.promise(bill, FRIDAY, KEY),
        lambda: books.deliver(bill, "", KEY),
    ):
        with pytest.raises(error):
            call()
    office.standin.disconnect(office.tenant)
    office.weather(None)
    with pytest.raises(DisconnectedError):
        books.online(bill)


def test_xero_sends_the_invoice_once_and_says_when(office, books, bill):
    assert books.delivered(bill) is None
    books.deliver(bill, "somebody@else.example", "deliver:one")
    office.books().deliver(bill, "", "deliver:one")
    [(key, to, _)] = office.standin.mails(office.tenant)
    assert (key, to) == (bill.id, ["ap@ridge.example"])
    assert books.delivered(bill) == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_note_of_ours_is_no_sending(books, bill):
    books.note(bill, "Dunnock: reminder sent", "note:one")
    assert books.delivered(bill) is None


@pytest.mark.parametrize(
    ("fields", "cure"),
    [
        ({"mails_a_day": 0}, "tomorrow"),
        ({"demo": True}, "tomorrow"),
        ({"spam": True}, "by hand"),
        ({"edition": "PARTNER"}, "edition"),
    ],
)
def test_an_invoice_that_may_not_be_sent_says_the_cure(office, books, bill, fields, cure):
    office.standin.set_organisation(office.tenant, **fields)
    with pytest.raises(RefusedError, match=cure):
        books.deliver(bill, "", KEY)
    assert office.standin.mails(office.tenant) == []


def test_a_draft_is_neither_sent_nor_online(office, books):
    key = office.standin.raise_invoice(
        office.tenant, office.contact, "D-1", TODAY, DUE, "1.00", "GBP", status="DRAFT"
    )
    draft = Ref(Kind.INVOICE, key)
    with pytest.raises(RefusedError, match="submitted, approved or paid"):
        books.deliver(draft, "", KEY)
    assert books.online(draft) == ""


def test_a_contact_without_address_and_words_nobody_knows(office, books):
    contact = office.standin.add_contact(office.tenant, "No Mail")
    key = office.standin.raise_invoice(
        office.tenant, contact, "N-1", TODAY, DUE, "1.00", "GBP", sent=False
    )
    with pytest.raises(RefusedError, match="no e-mail address in Xero"):
        books.deliver(Ref(Kind.INVOICE, key), "", KEY)
    assert unsent("Computer says no") == "Computer says no"


def test_the_address_online_costs_one_call(office, books, bill):
    assert books.online(bill) == f"https://in.xero.com/!h4rb/{bill.id}"
    assert len(calls(office)) == 1


def test_an_address_that_may_stand_in_no_message_is_none(office, books, bill):
    for code in ("h4rb \nBcc: x", 'h"><script>', ""):
        office.standin.set_organisation(office.tenant, short_code=code)
        found = books.online(bill)
        assert found == ("" if code else f"https://in.xero.com//{bill.id}")


def test_a_pdf_comes_as_it_is_printed(books, bill):
    assert books.pdf(bill).startswith(b"%PDF-")
    with pytest.raises(StaleError, match="no invoice"):
        books.pdf(Ref(Kind.INVOICE, NOBODY))


def test_a_short_note_keeps_its_mark_at_the_end():
    assert noted("Dunnock: paid.", "DNK-1") == "Dunnock: paid. [DNK-1]"


@pytest.mark.parametrize("length", [226, 227, 228, 250, 251, 2470, 2477, 2478, 9000])
def test_the_beginning_of_a_long_note_holds_the_essence_and_the_mark(length):
    said = ("Dunnock: " + "word " * length)[:length]
    tag = mark(KEY)
    whole = noted(said, tag)
    assert len(whole) <= NOTE_MAX
    assert f"[{tag}]" in whole[:NOTE_BEGINNING]
    assert whole.startswith("Dunnock: word word")
    if length + len(f" [{tag}]") <= NOTE_MAX:
        assert whole.replace(f" [{tag}]", "").replace(" ", "") == said.replace(" ", "")
    else:
        assert whole.endswith("...")
    # Also without a blank to cut at.
    assert f"[{tag}]" in noted("x" * length, tag)[:NOTE_BEGINNING]


def test_a_long_note_is_found_again(books, bill):
    books.note(bill, "Dunnock: " + "long story " * 400, "note:long")
    assert books.find_note(bill, "note:long") == ""
    assert books.find_note(bill, "note:other") is None
