"""The lines of the ledger file and the payments file, as they are spelled there.

Amounts are decimal text in the record's currency. Fields that are not named here are ignored;
those with a default may be missing or null.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1)]
Text = str | int | None
Amount = str | int | None


class Settings(Struct, tag_field="type", tag="settings"):
    """What the organisation allows, and how it writes its numbers."""

    as_of: date | None = None
    base_currency: str | None = None
    own_names: list[str] | None = None
    rounding_max: Decimal | None = None
    bank_fee_max: Decimal | None = None
    bank_fee_channels: list[str] | None = None
    discount_grace_days: int | None = None
    fx_tolerance: Decimal | None = None
    invoice_number_example: Text = None


class FxRate(Struct, tag_field="type", tag="fx_rate"):
    """What one unit of `currency` was worth in `base_currency` on a day."""

    date: date
    currency: str
    rate: Decimal
    base_currency: str | None = None


class Customer(Struct, tag_field="type", tag="customer"):
    """A customer, and what payments tell of it."""

    id: Name
    name: str | None = None
    number: Text = None
    country: str | None = None
    aliases: list[str] | None = None
    bank_accounts: list[str] | None = None
    emails: list[str] | None = None
    email_domain: str | None = None
    parent: str | None = None
    withholding_rates: list[Decimal] | None = None


class Discount(Struct):
    """What may be taken off by whoever pays until a day."""

    percent: Decimal
    until: date


class _Claim(Struct, tag_field="type"):
    """What an invoice and a credit note have in common."""

    id: Name
    customer_id: str
    currency: str
    total: str | int
    number: Text = None
    issue_date: date | None = None
    due_date: date | None = None
    net: Amount = None
    open_amount: Amount = None
    status: str | None = None
    po_number: Text = None
    payment_reference: Text = None
    discount: Discount | None = None


class Invoice(_Claim, tag="invoice"):
    """A claim on a customer."""


class CreditNote(_Claim, tag="credit_note"):
    """Credit given; `open_amount` is what is left of it, positive."""


class StripePayout(Struct, tag_field="type", tag="stripe_payout"):
    """Money that Stripe sends to the bank in one sum."""

    id: Name
    amount: str | int
    currency: str
    arrival_date: date


class RemittanceEntry(Struct):
    """What a payer pays on one document."""

    reference: Text = None
    amount: Amount = None
    gross: Amount = None
    discount: Amount = None


class RemittanceEntries(Struct):
    """What came with a payment in its addenda."""

    lines: list[RemittanceEntry] | None = None


class Payment(Struct, tag_field="type", tag="payment"):
    """A line of a bank statement; negative where money was returned or went out."""

    id: Name
    booking_date: date
    amount: str | int
    currency: str
    value_date: date | None = None
    channel: str | None = None
    payer_name: str | None = None
    payer_account: Text = None
    payer_email: str | None = None
    description: str | None = None
    reference: Text = None
    end_to_end_id: Text = None
    structured_reference: Text = None
    remittance: RemittanceEntries | None = None
    original_amount: Amount = None
    original_currency: str | None = None
    charges: Amount = None


class PastPayment(Payment, tag=None, tag_field=None):
    """A payment inside a history line, whose type may be left out."""


class PastShare(Struct):
    """What a past payment cleared on one document."""

    document_id: str
    amount: str | int


class History(Struct, tag_field="type", tag="history"):
    """A payment that was placed before, and where."""

    id: Name
    payment: PastPayment
    customer_id: str | None = None
    allocations: list[PastShare] | None = None


class Advice(Struct, tag_field="type", tag="advice"):
    """A remittance advice that came apart from its payment."""

    id: Name
    received_at: str
    currency: str | None = None
    lines: list[RemittanceEntry] | None = None
    sender: str | None = None
    payer_name: str | None = None
    total: Amount = None
    payment_date: date | None = None


class Typed(Struct):
    """The type of a line alone."""

    type: str


Document = Invoice | CreditNote
LedgerRecord = Settings | FxRate | Customer | Document | StripePayout | History
PaymentRecord = Payment | Advice
LEDGER_TYPES = frozenset(
    ("settings", "fx_rate", "customer", "invoice", "credit_note", "stripe_payout", "history")
)
TYPES = LEDGER_TYPES | {"payment", "advice"}
