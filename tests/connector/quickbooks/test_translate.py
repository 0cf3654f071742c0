"""QuickBooks' documents in our words: samples to the letter, strange ones without a crash."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.quickbooks.calls import quoted, written
from connector.quickbooks.company import organisation
from connector.quickbooks.text import clip, to_latin
from connector.quickbooks.translate import document
from connector.raw import kept
from ledger.documents import CreditNote, Customer, Gone, Invoice, Kind, Receipt, Ref, Status
from ledger.errors import RefusedError
from ledger.money import Money

FIXTURES = Path(__file__).parent / "fixtures"


def load(name):
    text = (FIXTURES / f"{name}.json").read_text("utf-8")
    [(entity, doc)] = json.loads(text, parse_float=Decimal).items()
    return document(entity, doc, "USD")


def test_an_invoice():
    found = load("invoice")
    assert isinstance(found, Invoice)
    assert found.ref == Ref(Kind.INVOICE, "130")
    assert (found.number, found.customer_id, found.po_number) == ("1037", "24", "PO-7781")
    assert (found.issued, found.due) == (date(2026, 9, 1), date(2026, 10, 1))
    assert (found.total, found.balance) == (Money(36207, "USD"), Money(30007, "USD"))
    assert (found.status, found.version, found.disputed) == (Status.OPEN, "3", False)
    assert found.sent_at == datetime(2026, 9, 1, 20, 15, 11, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 9, 20, 21, 2, 0, tzinfo=UTC)


def test_a_voided_invoice():
    found = load("invoice_voided")
    assert isinstance(found, Invoice)
    assert found.status is Status.VOID
    assert not found.is_open


def test_a_payment_paid_partly_by_a_credit_memo():
    found = load("payment")
    assert isinstance(found, Receipt)
    assert (found.amount, found.unapplied) == (Money(98500, "USD"), Money(1000, "USD"))
    assert [(one.invoice_id, one.amount.minor) for one in found.allocations] == [
        ("130", 17_500),
        ("131", 80_000),
    ]
    assert sum(one.amount.minor for one in found.allocations) == 98_500 - 1_000
    assert (found.reference, found.customer_id, found.status) == ("WIRE 88", "24", Status.OPEN)


def test_a_credit_memo_of_a_company_without_currencies():
    found = load("creditmemo")
    assert isinstance(found, CreditNote)
    assert (found.total, found.balance) == (Money(10_000, "USD"), Money(2_550, "USD"))


def test_a_customer():
    found = load("customer")
    assert isinstance(found, Customer)
    assert (found.name, found.email) == ("Weiskopf Consulting", "ap@weiskopf.example")
    assert found.emails_cc == ("boss@weiskopf.example",)
    assert (found.parent_id, found.archived, found.country) == ("58", False, None)


def test_a_tombstone_and_what_is_none_of_ours():
    assert document("Invoice", {"Id": "39", "status": "Deleted"}, "USD") == Gone(
        Ref(Kind.INVOICE, "39")
    )
    assert document("Bill", {"Id": "1"}, "USD") is None


def test_a_document_without_an_id_is_kept_and_told():
    found = document("Invoice", {"DocNumber": "1037"}, "USD")
    assert isinstance(found, Invoice)
    assert (found.number, found.status, found.unread) == ("1037", Status.UNKNOWN, "Id is missing")
    assert found.ref.id.startswith("without-id-")
    assert found == document("Invoice", {"DocNumber": "1037"}, "USD")
    customer = document("Customer", {"DisplayName": "Nobody"}, "USD")
    assert isinstance(customer, Customer)
    assert (customer.archived, customer.unread) == (True, "Id is missing")


INVOICE = {
    "Id": "1",
    "CustomerRef": {"value": "2"},
    "TxnDate": "2026-03-01",
    "DueDate": "2026-03-31",
    "TotalAmt": Decimal("10.50"),
    "Balance": Decimal("10.50"),
    "CurrencyRef": {"value": "USD"},
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Balance": None}, "Balance is empty"),
        ({"Balance": "much"}, 'Balance is "much"'),
        ({"Balance": True}, "Balance is true"),
        ({"Balance": Decimal("10.505")}, "Balance is 10.505"),
        ({"Balance": Decimal(-1)}, "Balance is -1.0"),
        ({"Balance": Decimal("1e30")}, "Balance is 1e+30"),
        ({"Balance": 10**17}, "Balance is 100000000000000000"),
        ({"TotalAmt": [10]}, "TotalAmt is [10]"),
        ({"CurrencyRef": {"value": "XQQ"}}, 'CurrencyRef is {"value": "XQQ"}'),
        ({"CustomerRef": None}, "CustomerRef is empty"),
        ({"TxnDate": "01/03/2026"}, 'TxnDate is "01/03/2026"'),
        ({"DueDate": "31/03/2026"}, 'DueDate is "31/03/2026"'),
    ],
)
def test_an_invoice_nobody_can_read_is_never_open_and_says_why(change, told):
    found = document("Invoice", INVOICE | change, "USD")
    assert isinstance(found, Invoice)
    assert (found.status, found.unread) == (Status.UNKNOWN, told)
    assert not found.is_open


def test_small_liberties_are_taken_with_an_invoice():
    assert document("Invoice", INVOICE | {"Balance": "10.5"}, "USD") == document(
        "Invoice", INVOICE, "USD"
    )
    late = document("Invoice", INVOICE | {"DueDate": None, "EInvoiceStatus": "Disputed"}, "USD")
    assert isinstance(late, Invoice)
    assert (late.due, late.disputed) == (date(2026, 3, 1), True)
    home = document("Invoice", INVOICE | {"CurrencyRef": None, "Balance": 7}, "JPY")
    assert isinstance(home, Invoice)
    assert home.balance == Money(7, "JPY")


_NAMES = sorted(
    {
        *INVOICE,
        *("UnappliedAmt", "RemainingCredit", "Line", "Amount", "LinkedTxn", "TxnId", "TxnType"),
        *("PrivateNote", "DocNumber", "SyncToken", "MetaData", "LastUpdatedTime", "CreateTime"),
        *("PrimaryEmailAddr", "Address", "BillAddr", "Country", "ParentRef", "Active", "value"),
        *("DisplayName", "CustomField", "Name", "StringValue", "DeliveryInfo", "DeliveryTime"),
        *("status", "EInvoiceStatus", "name"),
    }
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["Invoice", "CreditMemo", "Voided", "2026-03-01", "USD", "JPY", "10.00"])
    | st.sampled_from(["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "\ud800", "\0"])
)
_ANY = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=6)
    ),
    max_leaves=15,
)
_DOCS = st.dictionaries(st.sampled_from(_NAMES), _ANY, max_size=12).map(lambda doc: INVOICE | doc)


@given(st.sampled_from(["Customer", "Invoice", "CreditMemo", "Payment"]), _DOCS)
def test_a_hostile_document_never_crashes(entity, doc):
    found = document(entity, doc, "USD")
    kept(doc).encode("utf-8")
    repr(found).encode("utf-8")
    if isinstance(found, Receipt) and found.status is not Status.UNKNOWN:
        assert found.unapplied.minor >= 0
    if isinstance(found, Invoice | CreditNote):
        assert found.balance.minor >= 0 or found.status is Status.UNKNOWN
    if isinstance(found, Invoice | CreditNote | Receipt):
        assert (found.status is Status.UNKNOWN) == bool(found.unread)


@given(_ANY, _ANY, st.lists(st.dictionaries(st.sampled_from(["Code", "Active"]), _SCALARS)))
def test_a_hostile_company_never_crashes(company, preferences, currencies):
    company = company if isinstance(company, dict) else {"NameValue": company}
    preferences = {"CurrencyPrefs": preferences, "AccountingInfoPrefs": preferences}
    found = organisation(company, preferences, currencies)
    assert found.zone


def test_a_company_that_does_not_tell_its_zone():
    found = organisation({"CompanyName": "Kea", "Country": "NZ"}, {}, [])
    assert found.zone == "Pacific/Auckland"
    assert "Pacific/Auckland" in found.warnings[0]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u201cpaid\u201d \u2014 it\u2019s 5 \u20ac\u2026", '"paid" - it\'s 5 EUR...'),
        ("Zo\u00eb Mu\u0308ller", "Zo\u00eb M\u00fcller"),
        ("\u0141\u00f3d\u017a", "L\u00f3dz"),
        ("ok \U0001f600\u65e5\u672c", "ok "),
    ],
)
def test_text_for_companies_in_the_united_states(text, plain):
    assert to_latin(text) == plain


@given(st.text())
def test_every_text_can_be_made_to_fit(text):
    to_latin(text).encode("latin-1")
    assert len(clip(text, 10)) <= 10


def test_amounts_are_written_as_numbers_or_not_at_all():
    assert written({"a": Decimal("55.10"), "b": Decimal("7.00")}) == '{"a": 55.1, "b": 7}'
    with pytest.raises(RefusedError):
        written({"a": Decimal("1234567890123456.78")})
    with pytest.raises(TypeError):
        written({"a": object()})


@given(st.text(max_size=20))
def test_a_quoted_value_ends_where_it_should(text):
    inner = quoted(text)[1:-1]
    assert "'" not in inner.replace("\\\\", "").replace("\\'", "")
