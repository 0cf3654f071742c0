"""Stripe's invoices, customers and credit notes as ledger values, however odd they come."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.stripe import invoices
from ledger.documents import Charge, CreditNote, Failure, Invoice, Status
from ledger.money import Money

ZONE = "Europe/London"
NOON = 1_788_264_000
WHOLE = {
    "id": "in_1",
    "object": "invoice",
    "number": "INV-1",
    "status": "open",
    "currency": "gbp",
    "total": 10_000,
    "amount_remaining": 9_000,
    "created": NOON,
    "due_date": NOON + 86_400,
    "customer": "cus_1",
    "collection_method": "send_invoice",
    "metadata": {},
    "status_transitions": {"finalized_at": NOON},
}


def test_the_order_number_and_the_promise_are_read():
    told = [{"name": "Cost centre", "value": "7"}, {"name": "PO number", "value": "4711"}, "x"]
    one = invoices.invoice(
        {**WHOLE, "custom_fields": told, "metadata": {"ar_promised": "2026-09-20"}}, ZONE
    )
    assert (one.po_number, one.promised) == ("4711", date(2026, 9, 20))
    bare = {**WHOLE, "custom_fields": told[:1], "metadata": {"ar_promised": "soon"}}
    one = invoices.invoice(bare, ZONE)
    assert (one.po_number, one.promised) == (None, None)


def test_a_draft_without_a_number_goes_by_its_id():
    draft = {**WHOLE, "status": "draft", "number": None, "status_transitions": {}, "due_date": None}
    one = invoices.invoice(draft, ZONE)
    assert (one.number, one.status, one.balance) == ("in_1", Status.DRAFT, Money(9_000, "GBP"))
    assert one.due == one.issued


@pytest.mark.parametrize(
    "change",
    [
        {"total": None},
        {"currency": "zzzz"},
        {"currency": None},
        {"created": "x"} | {"status_transitions": {}},
        {"amount_remaining": "x"},
        {"due_date": 10**30},
    ],
)
def test_what_cannot_be_read_is_kept_with_a_status_that_nobody_acts_on(change):
    one = invoices.invoice({**WHOLE, **change}, ZONE)
    assert (one.ref.id, one.customer_id, one.status) == ("in_1", "cus_1", Status.UNKNOWN)
    assert not one.is_open
    assert one.unread


def charged(intent, **more):
    doc = {**WHOLE, "collection_method": "charge_automatically", "attempted": True, **more}
    return invoices.charge(doc, ZONE, intent)


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (None, Charge(3)),
        ({"status": "processing"}, Charge(3)),
        ({"status": "requires_payment_method", "last_payment_error": None}, Charge(3)),
        (
            {
                "status": "requires_payment_method",
                "last_payment_error": {"code": "x" * 200},
                "created": NOON,
            },
            Charge(3, date(2026, 9, 1), None, "x" * 80, Failure.OTHER),
        ),
        (
            {"status": "requires_action", "created": NOON},
            Charge(3, date(2026, 9, 1), None, "authentication_required", Failure.CONFIRM),
        ),
    ],
)
def test_only_an_attempt_that_was_answered_with_no_has_failed(intent, expected):
    assert charged(intent, attempt_count=3) == expected


def test_a_customer_goes_by_name_then_address_then_id():
    assert invoices.customer({"id": "cus_1", "name": "Ada", "email": "a@b.example"}).name == "Ada"
    assert invoices.customer({"id": "cus_1", "email": "a@b.example"}).name == "a@b.example"
    bare = invoices.customer({"id": "cus_1", "preferred_locales": [7], "address": "x"})
    assert (bare.name, bare.email, bare.language, bare.country) == ("cus_1", None, None, None)
    full = {"id": "cus_1", "preferred_locales": ["de"], "address": {"country": "DE"}}
    assert invoices.customer(full).language == "de"
    assert invoices.customer(full).country == "DE"
    odd = {"id": "cus_1", "preferred_locales": ["x" * 21], "address": {"country": "Germany"}}
    assert (invoices.customer(odd).language, invoices.customer(odd).country) == (None, None)


@pytest.mark.parametrize(("balance", "left"), [(-500, 500), (0, 0), (700, 0), (None, 0)])
def test_only_a_balance_in_the_customers_favour_is_credit(balance, left):
    note = invoices.credit_balance({"id": "cus_1", "balance": balance}, date(2026, 9, 1), "GBP")
    assert note.balance == Money(left, "GBP")


def test_a_credit_note_that_cannot_be_read_is_kept():
    assert invoices.credit_note({"id": "cn_1"}, ZONE).status is Status.UNKNOWN
    whole = {
        "id": "cn_1",
        "currency": "gbp",
        "created": NOON,
        "total": 500,
        "invoice": {"id": "in_1"},
    }
    note = invoices.credit_note({**whole, "pre_payment_amount": 200}, ZONE)
    assert [(one.invoice_id, one.amount.minor) for one in note.allocations] == [("in_1", 200)]


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            [*WHOLE, "attempted", "next_payment_attempt", "custom_fields", "effective_at"], ODD
        ),
    ),
    ODD,
)
def test_no_body_breaks_a_page(changed, other):
    doc = {**WHOLE, **changed, "id": "in_1"}
    assert isinstance(invoices.invoice(doc, ZONE, {"last_payment_error": other}), Invoice)
    assert isinstance(invoices.credit_note({**doc, "pre_payment_amount": other}, ZONE), CreditNote)
    invoices.customer({**doc, "preferred_locales": other, "address": other})
