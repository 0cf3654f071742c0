"""Receipts, bills and credits for the tests of writing into Xero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from connector.xero.books import XeroBooks
from ledger.documents import CreditNote, Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from tests.connector.xero.office import Office
from tests.sandbox.xero_desk import TODAY

KEY = "apply:stripe:pi_1"


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def bill(
    office: Office, number: str = "INV-1", amount: str = "100.00", currency: str = "GBP"
) -> str:
    """Raise an invoice due in thirty days."""
    return office.standin.raise_invoice(
        office.tenant, office.contact, number, TODAY, TODAY + timedelta(30), amount, currency
    )


def card(minor: int = 10_000, **other: Any) -> Receipt:
    """Have money from Stripe that is not in Xero yet."""
    receipt = Receipt(
        ref=Ref(Kind.RECEIPT, "pi_1"),
        source=Source.STRIPE,
        received=TODAY,
        amount=gbp(minor),
        unapplied=gbp(minor),
        status=Status.OPEN,
    )
    return replace(receipt, **other)


def credit_note(office: Office, books: XeroBooks, amount: str = "60.00") -> CreditNote:
    """Raise a credit note that nobody allocated."""
    key = office.standin.raise_credit_note(office.tenant, office.contact, amount, "GBP", TODAY)
    [found] = books.read([Ref(Kind.CREDIT_NOTE, key)])
    assert isinstance(found.document, CreditNote)
    return found.document
