"""Stripe's JSON into receipts, without a call."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connector.stripe import translate
from connector.stripe.fields import money
from ledger.documents import Link, Status
from ledger.money import Money, MoneyError

STAMP = int(datetime(2026, 9, 1, 23, 30, tzinfo=UTC).timestamp())


def intent(**more: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "amount": 1_000,
        "amount_received": 1_000,
        "created": STAMP,
        "currency": "gbp",
        "customer": None,
        "description": None,
        "latest_charge": {"amount_refunded": 0, "created": STAMP, "disputed": False},
        "metadata": {},
        "status": "succeeded",
        **more,
    }


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1_234, "gbp", "12.34 GBP"),
        (1_234, "jpy", "1234 JPY"),
        (1_230, "kwd", "1.230 KWD"),
        (1_200, "isk", "12 ISK"),
        (1_200, "ugx", "12 UGX"),
        (1_234, "huf", "12.34 HUF"),
        (1_234, "clp", "1234 CLP"),
        (5, "mga", "5.00 MGA"),
    ],
)
def test_minor_units_are_stripes_own(minor, currency, text):
    assert str(money(minor, currency)) == text


@pytest.mark.parametrize(("minor", "currency"), [(1_234, "isk"), (1, "zzz")])
def test_an_amount_that_is_none_is_told_with_its_payment(minor, currency):
    with pytest.raises(MoneyError):
        money(minor, currency)
    found = translate.receipt(intent(amount_received=minor, currency=currency), zone="Etc/UTC")
    assert (found.ref.id, found.status, found.amount.minor) == ("pi_1", Status.UNKNOWN, 0)
    assert found.unread == f"amount_received is {minor} in currency {currency!r}"


def test_the_day_is_the_merchants():
    assert translate.receipt(intent(), zone="Etc/UTC").received == date(2026, 9, 1)
    assert translate.receipt(intent(), zone="Europe/Berlin").received == date(2026, 9, 2)


@pytest.mark.parametrize(
    ("more", "unapplied", "status", "processing"),
    [
        ({}, 1_000, Status.OPEN, False),
        ({"status": "processing", "amount_received": 0}, 1_000, Status.OPEN, True),
        ({"status": "canceled"}, 0, Status.VOID, False),
        ({"status": "requires_payment_method"}, 0, Status.VOID, False),
        ({"status": "some_new_word"}, 1_000, Status.UNKNOWN, False),
        ({"latest_charge": None}, 1_000, Status.OPEN, False),
        ({"latest_charge": {"amount_refunded": 300}}, 700, Status.OPEN, False),
        ({"latest_charge": {"amount_refunded": 1_000}}, 0, Status.VOID, False),
        ({"latest_charge": {"amount_refunded": 1_100}}, 0, Status.VOID, False),
        ({"latest_charge": {"disputed": True}}, 1_000, Status.OPEN, True),
    ],
)
def test_what_can_be_applied(more, unapplied, status, processing):
    receipt = translate.receipt(intent(**more), zone="Etc/UTC")
    assert receipt.amount == Money(1_000, "GBP")
    assert receipt.unapplied == Money(unapplied, "GBP")
    assert (receipt.status, receipt.processing) == (status, processing)


@pytest.mark.parametrize(
    ("statuses", "unapplied", "processing"),
    [
        (["needs_response"], 1_000, True),
        (["won"], 1_000, False),
        (["warning_closed"], 1_000, False),
        (["lost"], 600, False),
        (["lost", "under_review"], 600, True),
        (["appeal_under_review"], 1_000, True),
        (["some_new_word"], 1_000, True),
    ],
)
def test_disputed_money_is_matched_only_when_it_is_ours_again(statuses, unapplied, processing):
    disputes = [{"amount": 400, "currency": "gbp", "status": status} for status in statuses]
    disputed = intent(latest_charge={"amount_refunded": 0, "disputed": True})
    receipt = translate.receipt(disputed, zone="Etc/UTC", disputes=disputes)
    assert (receipt.unapplied.minor, receipt.processing) == (unapplied, processing)


def test_the_payments_own_metadata_comes_before_any_invoice():
    paid = {
        "amount_paid": 400,
        "currency": "gbp",
        "invoice": {"number": "S-1", "metadata": {"ar_invoice_id": "x-2"}},
    }
    plain = {"amount_paid": 600, "currency": "gbp", "invoice": {"number": "S-2", "metadata": {}}}
    through = translate.receipt(intent(), zone="Etc/UTC", payments=[paid, plain])
    assert through.links == (Link("x-2", "", Money(400, "GBP")),)
    assert through.reference == "S-1 S-2"
    own = intent(metadata={"ar_invoice_number": "INV-1"})
    receipt = translate.receipt(own, zone="Etc/UTC", payments=[paid])
    assert receipt.links == (Link("", "INV-1"),)


@pytest.mark.parametrize(
    ("customer", "typed", "payer"),
    [
        ({"id": "cus_1", "name": "Ada", "email": "a@x"}, {}, ("Ada", "a@x", "cus_1")),
        ("cus_1", {"name": "Bob", "email": "b@x"}, ("Bob", "b@x", "cus_1")),
        ({"id": "cus_1", "deleted": True}, {"name": "Bob"}, ("Bob", "till@x", "cus_1")),
        (None, None, ("", "till@x", "")),
    ],
)
def test_the_payer_is_stripes_customer_or_what_was_typed(customer, typed, payer):
    charge = {"billing_details": typed, "receipt_email": "till@x"}
    receipt = translate.receipt(intent(customer=customer, latest_charge=charge), zone="Etc/UTC")
    assert (receipt.payer_name, receipt.payer_email, receipt.payer_account) == payer


def test_a_long_description_is_cut():
    receipt = translate.receipt(intent(description="x" * 600), zone="Etc/UTC")
    assert len(receipt.text) == 500


def test_an_account_is_described_with_what_it_tells():
    full = {
        "id": "acct_1",
        "country": "DE",
        "default_currency": "eur",
        "settings": {"dashboard": {"display_name": "Shop", "timezone": "Europe/Berlin"}},
    }
    found = translate.organisation(full)
    assert (found.name, found.currency, found.zone, found.country) == (
        "Shop",
        "EUR",
        "Europe/Berlin",
        "DE",
    )
    bare = translate.organisation({"id": "acct_1", "settings": {"dashboard": {"timezone": "Mars"}}})
    assert (bare.name, bare.currency, bare.zone) == ("Stripe account …ct_1", "USD", "Etc/UTC")
    company = translate.organisation({"id": "acct_1", "company": {"name": "Wren GmbH"}})
    assert company.name == "Wren GmbH"
