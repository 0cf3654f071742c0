"""Documents between ledger values and the rows of the mirror."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Table

from ledger.documents import (
    Allocation,
    Charge,
    CreditNote,
    Customer,
    EarlyDiscount,
    Failure,
    Gone,
    Invoice,
    Kind,
    Link,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from ledger.payouts import Movement, Payout, PayoutEntry, Stage
from ledger.remittances import RemittanceLine
from store import tables

# So many invoices are remembered; an organisation has some hundred open ones.
REMEMBERED = 4096

Kept = Customer | Invoice | CreditNote | Receipt | Payout

TABLES: Mapping[Kind, Table] = {
    Kind.CUSTOMER: tables.customer,
    Kind.INVOICE: tables.invoice,
    Kind.CREDIT_NOTE: tables.credit_note,
    Kind.RECEIPT: tables.receipt,
    Kind.PAYOUT: tables.payout,
}

# Columns that hold the field of the same name as it is.
_SAME: Mapping[Kind, tuple[str, ...]] = {
    Kind.CUSTOMER: (
        *("name", "email", "emails_cc", "country", "language", "zone", "parent_id"),
        *("archived", "tags", "merged_into", "number", "unread"),
    ),
    Kind.INVOICE: (
        *("number", "customer_id", "issued", "due", "reference", "po_number", "sent_at"),
        *("promised", "disputed", "payment_scheduled", "unread"),
    ),
    Kind.CREDIT_NOTE: ("number", "customer_id", "issued", "unread"),
    Kind.RECEIPT: (
        *("received", "customer_id", "reference", "text", "payer_name", "payer_email"),
        *("payer_account", "processing", "value_day", "channel", "end_to_end_id"),
        *("structured_reference", "unread"),
    ),
    Kind.PAYOUT: ("arrives", "traced", "reference", "unread"),
}

# What a bank statement tells beside, in JSON.
_TOLD_BY_BANKS = ("remittance", "original", "charges")
# The fields of a charge, each in a column of its own.
_CHARGE = ("attempts", "failed_on", "retry_at", "code", "failure")
# And those of a discount.
_DISCOUNT = ("percent", "until")


_KINDS: Mapping[type[Kept], Kind] = {
    Customer: Kind.CUSTOMER,
    Invoice: Kind.INVOICE,
    CreditNote: Kind.CREDIT_NOTE,
    Receipt: Kind.RECEIPT,
    Payout: Kind.PAYOUT,
}


def kind_of(document: Kept | Gone) -> Kind:
    """Say what sort of document it is, whatever its ref claims."""
    return document.ref.kind if isinstance(document, Gone) else _KINDS[type(document)]


def updated_at(document: Kept) -> datetime | None:
    """Say when the vendor last changed a document, where it tells."""
    return None if isinstance(document, Payout) else document.updated_at


def to_row(document: Kept) -> dict[str, Any]:
    """Give the columns of a document, with the digest that tells a changed one."""
    kind = kind_of(document)
    row: dict[str, Any] = {name: getattr(document, name) for name in _SAME[kind]}
    row |= {"vendor_id": document.ref.id, "part": document.ref.part, "gone": False}
    row |= {"updated_at": updated_at(document), "version": getattr(document, "version", "")}
    match document:
        case Invoice() | CreditNote():
            row |= {"total": document.total.minor, "balance": document.balance.minor}
            row |= {"currency": document.total.currency, "status": document.status.value}
            row |= {"net": None if document.net is None else document.net.minor}
            row |= _of_invoice(document) if isinstance(document, Invoice) else {}
        case Receipt():
            row |= {"amount": document.amount.minor, "unapplied": document.unapplied.minor}
            row |= {"currency": document.amount.currency, "status": document.status.value}
            row |= {"source": document.source.value, "links": document.links}
            row |= {name: getattr(document, name) for name in _TOLD_BY_BANKS}
        case Payout():
            row |= {"net": document.net.minor, "currency": document.net.currency}
            row |= {"stage": document.stage.value, "entries": document.entries}
        case Customer():
            pass
    # The allocations are in the document, so a change of these alone is a change too.
    row["digest"] = hashlib.sha256(repr(document).encode()).hexdigest()
    return row


def _of_invoice(invoice: Invoice) -> dict[str, Any]:
    charge, discount = invoice.charge, invoice.early_discount
    return {
        **{f"charge_{name}": getattr(charge, name, None) for name in _CHARGE},
        **{f"discount_{name}": getattr(discount, name, None) for name in _DISCOUNT},
    }


def _to_discount(row: Row[Any]) -> EarlyDiscount | None:
    percent = row.discount_percent
    return None if percent is None else EarlyDiscount(percent, row.discount_until)


def _to_net(row: Row[Any]) -> Money | None:
    return None if row.net is None else Money(row.net, row.currency)


def _to_charge(row: Row[Any]) -> Charge | None:
    if row.charge_attempts is None:
        return None
    found = {name: getattr(row, f"charge_{name}") for name in _CHARGE}
    return Charge(**{**found, "failure": found["failure"] and Failure(found["failure"])})


def allocations_of(document: Kept) -> Iterable[dict[str, Any]]:
    """Give the rows of what a receipt or credit note is set against."""
    if not isinstance(document, Receipt | CreditNote):
        return
    for place, one in enumerate(document.allocations):
        yield {
            "holder_kind": kind_of(document).value,
            "holder_id": document.ref.id,
            "holder_part": document.ref.part,
            "place": place,
            "vendor_id": one.id,
            "invoice_id": one.invoice_id,
            "amount": one.amount.minor,
            "currency": one.amount.currency,
            "day": one.day,
        }


def to_allocation(row: Row[Any]) -> Allocation:
    """Give an allocation back."""
    amount = Money(row.amount, row.currency)
    return Allocation(row.invoice_id, amount, row.day, row.vendor_id)


def to_customer(row: Row[Any]) -> Customer:
    """Give a customer back; one the vendor no longer has is archived."""
    same = {name: getattr(row, name) for name in _SAME[Kind.CUSTOMER]}
    same["emails_cc"] = tuple(row.emails_cc)
    same["tags"] = tuple(row.tags)
    same["archived"] = row.archived or row.gone
    return Customer(Ref(Kind.CUSTOMER, row.vendor_id, row.part), updated_at=row.updated_at, **same)


# The open ones are read at every look, and most are as they were: the same row, the same value.
@lru_cache(maxsize=REMEMBERED)
def to_invoice(row: Row[Any]) -> Invoice:
    """Give an invoice back."""
    return Invoice(
        ref=Ref(Kind.INVOICE, row.vendor_id, row.part),
        total=Money(row.total, row.currency),
        balance=Money(row.balance, row.currency),
        status=Status(row.status),
        charge=_to_charge(row),
        net=_to_net(row),
        early_discount=_to_discount(row),
        version=row.version,
        updated_at=row.updated_at,
        **{name: getattr(row, name) for name in _SAME[Kind.INVOICE]},
    )


def to_credit_note(row: Row[Any], allocations: Sequence[Allocation]) -> CreditNote:
    """Give a credit note back."""
    return CreditNote(
        ref=Ref(Kind.CREDIT_NOTE, row.vendor_id, row.part),
        number=row.number,
        customer_id=row.customer_id,
        issued=row.issued,
        total=Money(row.total, row.currency),
        balance=Money(row.balance, row.currency),
        status=Status(row.status),
        allocations=tuple(allocations),
        net=_to_net(row),
        version=row.version,
        updated_at=row.updated_at,
        unread=row.unread,
    )


def to_receipt(row: Row[Any], allocations: Sequence[Allocation]) -> Receipt:
    """Give a receipt back; what was applied here is no longer unapplied.

    Money that went out is negative, and so is what was accounted for of it.
    """
    left = row.unapplied - row.applied_here
    return Receipt(
        ref=Ref(Kind.RECEIPT, row.vendor_id, row.part),
        source=Source(row.source),
        amount=Money(row.amount, row.currency),
        unapplied=Money(max(left, 0) if row.amount >= 0 else min(left, 0), row.currency),
        status=Status(row.status),
        links=tuple(_link(one) for one in row.links),
        remittance=tuple(to_remittance_line(one) for one in row.remittance),
        original=to_money(row.original),
        charges=to_money(row.charges),
        allocations=tuple(allocations),
        version=row.version,
        updated_at=row.updated_at,
        **{name: getattr(row, name) for name in _SAME[Kind.RECEIPT]},
    )


def to_money(kept: Mapping[str, Any] | None) -> Money | None:
    """Give an amount back, or that there was none."""
    return Money(**kept) if kept else None


def to_remittance_line(kept: Mapping[str, Any]) -> RemittanceLine:
    """Give one line of a remittance back."""
    amounts = {name: to_money(kept[name]) for name in ("amount", "gross", "discount")}
    return RemittanceLine(kept["reference"], **amounts)


def to_payout(row: Row[Any]) -> Payout:
    """Give a payout back."""
    return Payout(
        ref=Ref(Kind.PAYOUT, row.vendor_id, row.part),
        net=Money(row.net, row.currency),
        entries=tuple(_entry(one) for one in row.entries),
        stage=Stage(row.stage),
        **{name: getattr(row, name) for name in _SAME[Kind.PAYOUT]},
    )


def _entry(kept: Mapping[str, Any]) -> PayoutEntry:
    gross, fee, tax = (Money(**kept[name]) for name in ("gross", "fee", "tax"))
    return PayoutEntry(
        kept["id"], Movement(kept["movement"]), gross, fee, tax, kept["receipt_id"], kept["said"]
    )


def _link(kept: Mapping[str, Any]) -> Link:
    amount = kept["amount"]
    return Link(
        invoice_id=kept["invoice_id"],
        invoice_number=kept["invoice_number"],
        amount=Money(**amount) if amount else None,
        tenant_id=kept.get("tenant_id", ""),
    )
