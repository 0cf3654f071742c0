"""Receivable documents as every room sees them, whatever system of record they come from.

`unread` says which of the vendor's fields keeps a document from being understood, in words for a
person. Such a document is Status.UNKNOWN: no rule acts on it, and it is told until it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.payouts import Payout
from ledger.refs import Kind, Ref

if TYPE_CHECKING:
    from datetime import date, datetime

    from ledger.money import Money
    from ledger.remittances import RemittanceLine

__all__ = [
    "Allocation",
    "Charge",
    "CreditNote",
    "Customer",
    "Document",
    "EarlyDiscount",
    "Failure",
    "Gone",
    "Invoice",
    "Kind",
    "Link",
    "Organisation",
    "Payout",
    "Position",
    "Purpose",
    "Receipt",
    "Ref",
    "Source",
    "Status",
]


class Status(StrEnum):
    """Where a document stands. UNKNOWN is a word the vendor used that nobody here has seen."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where money came in: seen in the ledger itself, at Stripe, or on a bank statement."""

    LEDGER = "ledger"
    STRIPE = "stripe"
    BANK = "bank"


class Purpose(StrEnum):
    """What a ledger account is chosen for; the first two share their words with `Source`.

    STRIPE holds money between a payment and its payout, PAYOUTS is the bank account that payouts
    arrive in, FEES takes what Stripe or a bank kept. The others take what a customer did not pay
    and does not owe any more: a discount it took, a tax it kept for its state, a few cents, what
    was given up.
    """

    STRIPE = "stripe"
    BANK = "bank"
    PAYOUTS = "payouts"
    FEES = "fees"
    DISCOUNTS = "discounts"
    WITHHOLDING = "withholding"
    ROUNDING = "rounding"
    WRITE_OFFS = "write_offs"


# The `part` of a receipt that lies with the processor, set against no payment there yet.
HELD = "cash_balance"


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes. `zone` and `language` are what the ledger knows, or None.

    `parent_id` names the customer who is billed in its stead, if any. `number` is the one that the
    ledger's people gave it and payers quote; "" where they gave none.
    """

    ref: Ref
    name: str
    email: str | None = None
    emails_cc: tuple[str, ...] = ()
    country: str | None = None
    language: str | None = None
    zone: str | None = None
    parent_id: str | None = None
    archived: bool = False
    tags: tuple[str, ...] = ()
    merged_into: str | None = None
    number: str = ""
    updated_at: datetime | None = None
    unread: str = ""


class Failure(StrEnum):
    """What a failed charge asks of the payer: a confirmation, money, or another card or account."""

    CONFIRM = "confirm"
    FUNDS = "funds"
    METHOD = "method"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Charge:
    """How an invoice stands that the ledger charges by itself, to a card or account on file.

    `failed_on` is the day of the last attempt, if that failed, and `retry_at` when the next one
    is due; None means that there is none. `code` is the vendor's own word for what went wrong.
    """

    attempts: int = 0
    failed_on: date | None = None
    retry_at: datetime | None = None
    code: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class EarlyDiscount:
    """What whoever pays an invoice no later than a day may keep of its total.

    `percent` is in hundredths of a percent: 2 % is 200.
    """

    percent: int
    until: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """A claim. `balance` is what is still open; all amounts are in the document's currency.

    `payment_scheduled`: the ledger will collect it by itself, as the customer agreed. With a
    `charge` nobody was asked to pay, and it says how the ledger's own attempts went. `net` is the
    total without tax, or None where the ledger does not say.
    """

    ref: Ref
    number: str
    customer_id: str
    issued: date
    due: date
    total: Money
    balance: Money
    status: Status
    reference: str | None = None
    po_number: str | None = None
    sent_at: datetime | None = None
    promised: date | None = None
    disputed: bool = False
    payment_scheduled: bool = False
    charge: Charge | None = None
    net: Money | None = None
    early_discount: EarlyDiscount | None = None
    version: str = ""
    updated_at: datetime | None = None
    unread: str = ""

    @property
    def is_open(self) -> bool:
        """Whether money is still owed on it."""
        return self.status is Status.OPEN and self.balance.minor > 0


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a receipt or credit note set against an invoice, in the invoice's currency."""

    invoice_id: str
    amount: Money
    day: date | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Credit given. `balance` is what is not yet allocated; `net` is as on an invoice."""

    ref: Ref
    number: str
    customer_id: str
    issued: date
    total: Money
    balance: Money
    status: Status
    allocations: tuple[Allocation, ...] = ()
    net: Money | None = None
    version: str = ""
    updated_at: datetime | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An invoice that the payment itself names by id or number; `amount` None means all of it.

    `tenant_id` is the vendor's id of the organisation it belongs to, where the payment says that
    too: one Stripe account may serve several organisations with equal numbers.
    """

    invoice_id: str = ""
    invoice_number: str = ""
    amount: Money | None = None
    tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in. `unapplied` is what is set against no invoice yet.

    `customer_id` is the ledger's customer where the ledger says so; payer evidence from elsewhere
    stays in the `payer_*` fields and is for the rules to weigh. On a bank statement a negative
    `amount` is money that went out or came back; the fields from `value_day` on are as on a
    `ledger.statements.BankLine`. `ledger_account` is the ledger's account that the money is on,
    where somebody said so; it is known only while the money is being applied.
    """

    ref: Ref
    source: Source
    received: date
    amount: Money
    unapplied: Money
    status: Status
    customer_id: str | None = None
    reference: str = ""
    text: str = ""
    payer_name: str = ""
    payer_email: str = ""
    payer_account: str = ""
    links: tuple[Link, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    processing: bool = False
    value_day: date | None = None
    channel: str = ""
    end_to_end_id: str = ""
    structured_reference: str = ""
    remittance: tuple[RemittanceLine, ...] = ()
    original: Money | None = None
    charges: Money | None = None
    ledger_account: str = ""
    version: str = ""
    updated_at: datetime | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A document the vendor no longer has."""

    ref: Ref


Document = Customer | Invoice | CreditNote | Receipt | Payout | Gone


@dataclass(frozen=True, slots=True)
class Organisation:
    """The business whose books these are, as its system of record describes it."""

    name: str
    currency: str
    zone: str
    country: str | None = None
    currencies: tuple[str, ...] = ()
    locked_until: date | None = None
    warnings: tuple[str, ...] = ()
    legal_name: str = ""
    # What whoever connected is not allowed to do there, in the words of `connector.Ability`.
    denied: tuple[str, ...] = ()
    # Where the ledger's own users see a document, with {id} for the vendor's id of it; or "".
    invoice_page: str = ""
    customer_page: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Everything open of one customer, read at one moment: what a reminder may rest on."""

    customer: Customer
    read_at: datetime
    invoices: tuple[Invoice, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    receipts: tuple[Receipt, ...] = field(default=())
