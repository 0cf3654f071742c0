"""Xero's documents as ledger values, also the strange ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.xero import company, fields, translate
from connector.xero.translate import TRANSLATORS
from ledger.documents import Allocation, Gone, Kind, Ref, Source, Status
from ledger.money import Money

FIXTURES = Path(__file__).parent / "fixtures"
INVOICE = "243216c5-369e-4056-ac67-05388f86dc81"
CONTACT = "025867f1-d741-4d6b-b1af-9ac774b59ba7"
UPDATED = datetime(2025, 9, 3, 3, 50, 0, 123000, tzinfo=UTC)


def load(name, **other):
    doc = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"), parse_float=Decimal)
    changed = {**doc, **other}
    return {key: value for key, value in changed.items() if value != "drop"}


def made(kind, name, **other) -> Any:
    """Translate a fixture, which must give something."""
    one = TRANSLATORS[kind](load(name, **other))
    assert one is not None
    return one


def gbp(minor):
    return Money(minor, "GBP")


def test_every_fixture_is_used():
    assert {path.stem for path in FIXTURES.iterdir()} == {
        *("invoice", "contact", "overpayment", "payment", "credit_note")
    }


def test_invoice():
    one = made("Invoices", "invoice")
    assert one.ref == Ref(Kind.INVOICE, INVOICE)
    assert (one.number, one.reference, one.customer_id) == ("OIT00546", "PO 4711", CONTACT)
    assert (one.issued, one.due) == (date(2025, 8, 1), date(2025, 8, 31))
    assert (one.total, one.balance, one.status) == (gbp(202500), gbp(102500), Status.OPEN)
    assert one.promised == date(2025, 9, 8)
    assert one.updated_at == UPDATED
    assert one.is_open
    assert (one.net, one.early_discount) == (gbp(168750), None)


@pytest.mark.parametrize("subtotal", ["drop", None, "168.75", Decimal("0.001"), -1, 2026])
def test_a_net_amount_that_cannot_be_is_not_known(subtotal):
    one = made("Invoices", "invoice", SubTotal=subtotal)
    assert (one.net, one.unread) == (None, "")
    assert made("CreditNotes", "credit_note", SubTotal=subtotal).net is None


def test_the_number_that_the_organisation_gave_a_contact():
    assert made("Contacts", "contact").number == ""
    assert made("Contacts", "contact", AccountNumber=" K-20007 ").number == "K-20007"


def test_expected_on_the_due_date_promises_nothing():
    due = load("invoice")["DueDate"]
    assert made("Invoices", "invoice", ExpectedPaymentDate=due).promised is None
    assert made("Invoices", "invoice", ExpectedPaymentDate="drop").promised is None
    assert made("Invoices", "invoice", ExpectedPaymentDate="someday").promised is None


def test_groups_that_were_deleted_are_none():
    groups = [
        {"Name": "North", "Status": "DELETED"},
        {"Name": "South", "Status": "ACTIVE"},
        {"Name": None},
        "East",
    ]
    assert made("Contacts", "contact", ContactGroups=groups).tags == ("South",)


@pytest.mark.parametrize("word", ["ARCHIVED", "GDPRREQUEST", "SLEEPING", 5])
def test_a_contact_that_is_not_plainly_active_is_written_to_by_nobody(word):
    one = made("Contacts", "contact", ContactStatus=word, MergedToContactID="c-2")
    assert one.archived == (word != 5)
    assert one.merged_into == "c-2"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("DRAFT", Status.DRAFT),
        ("SUBMITTED", Status.DRAFT),
        ("AUTHORISED", Status.OPEN),
        ("PAID", Status.PAID),
        ("VOIDED", Status.VOID),
        ("DELETED", Status.VOID),
        ("ARCHIVED", Status.UNKNOWN),
        (None, Status.UNKNOWN),
        (5, Status.UNKNOWN),
        ("drop", Status.UNKNOWN),
    ],
)
def test_invoice_status(said, status):
    one = made("Invoices", "invoice", Status=said)
    assert one.status is status
    assert one.is_open == (status is Status.OPEN)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"CurrencyCode": None}, "CurrencyCode is empty"),
        ({"CurrencyCode": "ZZZ"}, 'CurrencyCode is "ZZZ"'),
        ({"AmountDue": None}, "AmountDue is empty"),
        ({"AmountDue": "drop"}, "AmountDue is missing"),
        ({"AmountDue": "1025.00"}, 'AmountDue is "1025.00"'),
        ({"AmountDue": Decimal("1025.001")}, "AmountDue is 1025.001"),
        ({"AmountDue": True}, "AmountDue is true"),
        ({"Total": Decimal("1E+400")}, 'Total is "1E+400"'),
        ({"Total": 10**17}, "Total is 100000000000000000"),
        ({"Type": "drop"}, "Type is missing"),
        ({"Type": "ACCRECSOMETHING"}, 'Type is "ACCRECSOMETHING"'),
        ({"Status": "EINVOICED"}, 'Status is "EINVOICED"'),
        ({"Contact": None}, "Contact is empty"),
        ({"DueDate": "soon", "DueDateString": None}, 'DueDate is "soon"'),
        (
            {"DueDate": None, "DueDateString": None, "Date": None, "DateString": None},
            "DueDate is empty",
        ),
    ],
)
def test_invoice_that_cannot_be_read_is_open_to_nobody_and_says_why(other, told):
    one = made("Invoices", "invoice", **other)
    assert one.ref.id == INVOICE
    assert (one.status, one.unread) == (Status.UNKNOWN, told)
    assert not one.is_open
    # What is kept can be shown.
    assert str(one.total)
    assert str(one.balance)


def test_bills_and_refunds_are_none_of_ours():
    assert translate.invoice(load("invoice", Type="ACCPAY")) is None
    assert translate.credit_note(load("credit_note", Type="ACCPAYCREDIT")) is None
    assert translate.overpayment(load("overpayment", Type="SPEND-OVERPAYMENT")) is None
    assert translate.payment(load("payment", PaymentType="AROVERPAYMENTPAYMENT")) is None
    assert translate.payment(load("payment", PaymentType="ACCPAYPAYMENT")) is None


@pytest.mark.parametrize("kind", sorted(TRANSLATORS))
def test_a_document_without_an_id_is_kept_and_told(kind):
    one = TRANSLATORS[kind]({"Name": "Nobody"})
    assert one is not None
    assert not isinstance(one, Gone)
    assert one.unread.endswith("ID is missing")
    assert one.ref.id.startswith("without-id-")
    assert one == TRANSLATORS[kind]({"Name": "Nobody"})
    assert getattr(one, "archived", True)
    assert getattr(one, "status", Status.UNKNOWN) is Status.UNKNOWN


def test_customer():
    one = made("Contacts", "contact")
    assert one.ref == Ref(Kind.CUSTOMER, CONTACT)
    assert (one.name, one.email) == ("City Agency", "accounts@city.example")
    assert one.emails_cc == ("ann@city.example",)
    assert (one.country, one.tags, one.archived) == ("GB", ("Key accounts",), False)
    assert one.merged_into is None


@pytest.mark.parametrize(
    ("said", "archived"),
    [("ACTIVE", False), ("drop", False), ("ARCHIVED", True), ("GDPRREQUEST", True), ("NEW", True)],
)
def test_customer_who_is_not_plainly_active_is_archived(said, archived):
    one = made("Contacts", "contact", ContactStatus=said, EmailAddress=None)
    assert one.archived is archived
    assert one.email is None


def test_merged_customer_says_into_whom():
    assert made("Contacts", "contact", MergedToContactID="x").merged_into == "x"


def test_overpayment_is_money_not_yet_applied():
    one = made("Overpayments", "overpayment")
    assert one.ref.part == "overpayment"
    assert (one.source, one.received) == (Source.LEDGER, date(2025, 9, 2))
    assert (one.amount, one.unapplied, one.status) == (gbp(12000), gbp(2000), Status.OPEN)
    assert (one.reference, one.text) == ("REMIT 7", "CITY AGENCY OIT00546")
    assert one.customer_id == CONTACT
    key = "b12335f4-a1e5-4431-aeb4-488e5547558e"
    assert one.allocations == (Allocation(INVOICE, gbp(10000), date(2025, 9, 3), key),)


def test_voided_overpayment_has_nothing_to_apply():
    one = made("Overpayments", "overpayment", Status="VOIDED")
    assert (one.status, one.unapplied) == (Status.VOID, gbp(0))


def test_prepayment_is_read_like_an_overpayment():
    moved = {"PrepaymentID": "p", "OverpaymentID": "drop"}
    one = made("Prepayments", "overpayment", Type="RECEIVE-PREPAYMENT", **moved)
    assert (one.ref, one.status) == (Ref(Kind.RECEIPT, "p", "prepayment"), Status.OPEN)
    strange = made("Prepayments", "overpayment", **moved)
    assert strange.status is Status.UNKNOWN


def test_payment_is_wholly_applied():
    one = made("Payments", "payment")
    assert one.ref.part == "payment"
    assert (one.amount, one.unapplied, one.status) == (gbp(100000), gbp(0), Status.PAID)
    assert (one.customer_id, one.reference) == (CONTACT, "wire 12")
    assert [line.invoice_id for line in one.allocations] == [INVOICE]


def test_a_payment_of_a_batch_says_what_the_batch_says():
    whole = {"Details": "DNK-0123456789abcd", "Narrative": "ACME AA-1001"}
    one = made("Payments", "payment", BatchPayment=whole)
    assert one.text == "DNK-0123456789abcd ACME AA-1001"
    assert made("Payments", "payment", BatchPayment={"TotalAmount": "50.00"}).text == ""


def test_deleted_payment_applies_nothing():
    one = made("Payments", "payment", Status="DELETED")
    assert (one.status, one.allocations) == (Status.VOID, ())


@pytest.mark.parametrize(
    "other",
    [
        {"Invoice": []},
        {"Invoice": None},
        {"Amount": None},
        {"PaymentType": "drop"},
        {"Status": "PENDING"},
    ],
)
def test_payment_that_cannot_be_read(other):
    one = made("Payments", "payment", **other)
    assert one.status is Status.UNKNOWN
    assert not one.unapplied


def test_credit_note():
    one = made("CreditNotes", "credit_note")
    assert (one.number, one.customer_id, one.issued) == ("CN-0043", CONTACT, date(2025, 9, 2))
    assert (one.total, one.balance, one.status) == (gbp(2000), gbp(1550), Status.OPEN)
    assert [line.amount for line in one.allocations] == [gbp(450)]
    assert made("CreditNotes", "credit_note", SubTotal=Decimal("16.67")).net == gbp(1667)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("/Date(1756871400123+0000)/", UPDATED),
        ("/Date(1756871400123)/", UPDATED),
        ("/Date(1756871400123+1300)/", UPDATED),
        ("2025-09-03T03:50:00.1230000", UPDATED),
        ("2025-09-03T03:50:00.123Z", UPDATED),
        ("/Date(-62135596800000)/", datetime(1, 1, 1, tzinfo=UTC)),
        ("/Date(99999999999999999)/", None),
        ("/Date(x)/", None),
        ("soon", None),
        (5, None),
        (None, None),
    ],
)
def test_moments(value, moment):
    assert fields.moment(value) == moment


def test_texts_are_safe_to_keep():
    assert fields.text({"a": " x\0y\ud800 "}, "a") == "xy?"
    assert fields.text({"a": 5}, "a") == ""


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("NEWZEALANDSTANDARDTIME", "Pacific/Auckland"),
        ("GMTSTANDARDTIME", "Europe/London"),
        ("AUSEASTERNSTANDARDTIME", "Australia/Sydney"),
        ("EASTERNSTANDARDTIME", "America/New_York"),
        ("WEUROPESTANDARDTIME", "Europe/Berlin"),
        ("UTC", "Etc/UTC"),
        ("MARS", None),
        ("", None),
    ],
)
def test_zones(name, zone):
    assert company.zone(name) == zone


def test_organisation_with_nothing_said():
    told = company.organisation({}, [], [], [])
    assert (told.name, told.currency, told.zone, told.country) == ("", "", "Etc/UTC", None)
    partner = company.organisation({"Edition": "PARTNER", "Timezone": "UTC"}, [], [], [])
    [warning] = partner.warnings
    assert "no invoicing" in warning
    demo = company.organisation({"IsDemoCompany": True, "Timezone": "UTC"}, [], [], [])
    [warning] = demo.warnings
    assert "demo company" in warning
    known = company.organisation({"ShortCode": "!h4rb"}, [], [], [])
    assert known.invoice_page == "https://go.xero.com/app/!h4rb/invoicing/view/{id}"
    assert known.customer_page == "https://go.xero.com/app/!h4rb/contacts/contact/{id}"
    for code in ("", "h4rb", "!../x", 5, None):
        assert company.organisation({"ShortCode": code}, [], [], []).invoice_page == ""
    plain = {"IsDemoCompany": "true", "Edition": None, "Timezone": "UTC"}
    assert company.organisation(plain, [{"Name": 5, "Status": []}], [], []).warnings == ()


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["ACCREC", "AUTHORISED", "PAID", "/Date(1756871400123+0000)/", "GBP", "JPY"])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted({key for path in FIXTURES.iterdir() for key in load(path.stem)} | {"PrepaymentID"})


@settings(max_examples=120)
@given(
    st.sampled_from(sorted(TRANSLATORS)),
    st.sampled_from(sorted(path.stem for path in FIXTURES.iterdir())),
    st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=8),
)
def test_hostile_documents_never_crash_and_never_owe_more(kind, fixture, bent):
    one = TRANSLATORS[kind]({**load(fixture), **bent})
    if one is None:
        return
    assert one.ref.id
    amounts = [
        getattr(one, name)
        for name in ("total", "amount", "balance", "unapplied")
        if hasattr(one, name)
    ]
    if getattr(one, "unread", ""):
        assert getattr(one, "status", Status.UNKNOWN) is Status.UNKNOWN
    if getattr(one, "status", None) is Status.UNKNOWN:
        assert not getattr(one, "is_open", False)
    assert all(str(amount) for amount in amounts)
