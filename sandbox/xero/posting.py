"""Entries into the books: each checks as Xero checks, and changes nothing when it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import figures
from sandbox.xero.refusals import Invalid

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

NOT_AUTHORISED = "Payments can only be made against Authorised documents"
TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"
_CREDIT_TYPES = {
    "Overpayments": "RECEIVE-OVERPAYMENT",
    "Prepayments": "RECEIVE-PREPAYMENT",
    "CreditNotes": "ACCRECCREDIT",
}
HAS_PAYMENTS = "This document cannot be edited as it has a payment or credit note allocated to it."
_PAYMENT_TYPES = {
    "Invoices": "ACCRECPAYMENT",
    "Overpayments": "AROVERPAYMENTPAYMENT",
    "Prepayments": "ARPREPAYMENTPAYMENT",
    "CreditNotes": "ARCREDITPAYMENT",
}


def check_lock(books: Books, tenant: str, day: str) -> list[str]:
    """Say whether a day lies in a locked period."""
    organisation = books.organisation(tenant)
    for field, name in (("year_lock", "end of year"), ("period_lock", "period")):
        lock = organisation.get(field)
        if lock and day <= lock:
            shown = figures.plain_day(lock)
            return [
                f"The document date cannot be before the {name} lock date, currently set at {shown}"
            ]
    return []


def check_payment(
    books: Books, tenant: str, kind: str, entry: dict[str, Any], taken: int = 0
) -> list[str]:
    """Say everything that is wrong with a payment; `taken` is what the same request took already.

    `entry` has `target`, `account` (documents or None), `amount` (minor units or None) and `day`.
    """
    target, account, amount = entry["target"], entry["account"], entry["amount"]
    if target is None:
        return [f"{kind[:-1]} could not be found"]
    wrong = [] if target["status"] == "AUTHORISED" else [NOT_AUTHORISED]
    open_ = books.due(target) if kind == "Invoices" else target["remaining"]
    if amount is None or amount <= 0:
        wrong.append("The payment amount must be greater than zero")
    elif amount > open_ - taken:
        wrong.append(TOO_MUCH)
    if entry["day"] is None:
        wrong.append("The payment date is not valid")
    else:
        wrong += check_lock(books, tenant, entry["day"])
    if account is None or not account["payable"] or account["status"] != "ACTIVE":
        wrong.append("A valid account that allows payments must be specified")
    elif account["currency"] not in (
        target["currency"],
        books.organisation(tenant)["base_currency"],
    ):
        wrong.append("The account currency does not match the currency of the document")
    if entry.get("rate", "1") is None:
        wrong.append("The CurrencyRate is not valid")
    return wrong


def pay(books: Books, tenant: str, kind: str, entry: dict[str, Any]) -> Doc:
    """Enter a checked payment against an invoice, or a refund of an overpayment or credit note."""
    target, account, rate = entry["target"], entry["account"], entry.get("rate", "1")
    banked = entry["amount"]
    if account["currency"] != target["currency"]:
        banked = figures.changed(banked, target["currency"], account["currency"], rate)
    payment: Doc = {
        "id": books.new_id("Payments"),
        "target_kind": kind,
        "target": target["id"],
        "type": _PAYMENT_TYPES[kind],
        "account": account["id"],
        "amount": entry["amount"],
        # What the bank account gets, in its own currency.
        "banked": banked,
        "rate": rate,
        "currency": target["currency"],
        "day": entry["day"],
        "reference": entry["reference"],
        "reconciled": entry["reconciled"],
        "deleted": False,
        "batch": entry.get("batch"),
        "by": entry["by"],
        "at": books.now(),
    }
    target["payments"].append(payment["id"])
    books.keep(tenant, "Payments", payment)
    _settle(books, tenant, kind, target)
    return payment


def unpay(books: Books, tenant: str, payment: Doc, *, whole_batch: bool = False) -> None:
    """Delete a payment: what it settled is open again."""
    wrong = check_lock(books, tenant, payment["day"])
    if payment.get("batch") and not whole_batch:
        wrong.append("This payment belongs to a batch payment and cannot be deleted by itself")
    if payment["deleted"]:
        wrong.append("This payment has already been deleted")
    if payment["reconciled"]:
        wrong.append("This payment cannot be deleted because it has been reconciled")
    if wrong:
        raise Invalid(*wrong)
    payment["deleted"] = True
    books.keep(tenant, "Payments", payment)
    target = books.find(tenant, payment["target_kind"], payment["target"])
    if target is not None:
        _settle(books, tenant, payment["target_kind"], target)


def check_allocation(
    books: Books, tenant: str, credit: Doc, entry: dict[str, Any], taken: dict[str, int]
) -> list[str]:
    """Say everything that is wrong with an allocation of a credit to an invoice.

    `taken` is what the same request took already: per invoice id, and from the credit under "".
    """
    invoice, amount = entry["target"], entry["amount"]
    if invoice is None:
        return ["Invoice could not be found"]
    wrong = []
    if invoice["status"] != "AUTHORISED":
        wrong.append("Allocations can only be made against Authorised documents")
    if invoice["contact"] != credit["contact"] or invoice["currency"] != credit["currency"]:
        wrong.append("The invoice and the credit must have the same contact and currency")
    if amount is None or amount <= 0:
        wrong.append("The allocation amount must be greater than zero")
    else:
        if amount > credit["remaining"] - taken.get("", 0):
            wrong.append("The amount allocated cannot be greater than the remaining credit")
        if amount > books.due(invoice) - taken.get(invoice["id"], 0):
            wrong.append("The amount allocated cannot be greater than the amount outstanding")
    if entry["day"] is None:
        wrong.append("The allocation date is not valid")
    else:
        wrong += check_lock(books, tenant, entry["day"])
    return wrong


def allocate(books: Books, tenant: str, kind: str, credit: Doc, entry: dict[str, Any]) -> Doc:
    """Enter a checked allocation of an overpayment or credit note to an invoice."""
    invoice = entry["target"]
    allocation: Doc = {
        "id": books.new_id("Allocations"),
        "source_kind": kind,
        "source": credit["id"],
        "invoice": invoice["id"],
        "amount": entry["amount"],
        "currency": invoice["currency"],
        "day": entry["day"],
        "deleted": False,
        "by": entry["by"],
        "at": books.now(),
    }
    invoice["allocations"].append(allocation["id"])
    credit["allocations"].append(allocation["id"])
    books.keep(tenant, "Allocations", allocation)
    books.settle_invoice(tenant, invoice)
    books.settle_credit(tenant, kind, credit)
    return allocation


def unallocate(books: Books, tenant: str, allocation: Doc) -> None:
    """Take an allocation back: the invoice is open again, the credit free."""
    wrong = check_lock(books, tenant, allocation["day"])
    if allocation["deleted"]:
        wrong.append("This allocation has already been deleted")
    if wrong:
        raise Invalid(*wrong)
    allocation["deleted"] = True
    books.keep(tenant, "Allocations", allocation)
    invoice = books.find(tenant, "Invoices", allocation["invoice"])
    credit = books.find(tenant, allocation["source_kind"], allocation["source"])
    if invoice is not None and credit is not None:
        books.settle_invoice(tenant, invoice)
        books.settle_credit(tenant, allocation["source_kind"], credit)


def enter_credit(books: Books, tenant: str, kind: str, fields: dict[str, Any]) -> Doc:
    """Enter an overpayment, prepayment or credit note nobody has applied yet.

    `fields` has contact, amount, currency, day, reference, number, description and by.
    """
    wrong = check_lock(books, tenant, fields["day"])
    if fields["currency"] not in books.organisation(tenant)["currencies"]:
        wrong.append(f"Organisation is not subscribed to currency {fields['currency']}")
    if wrong:
        raise Invalid(*wrong)
    credit: Doc = {
        "id": books.new_id(kind),
        "type": _CREDIT_TYPES[kind],
        "contact": fields["contact"],
        "number": fields.get("number", ""),
        "total": fields["amount"],
        "remaining": fields["amount"],
        "currency": fields["currency"],
        "day": fields["day"],
        "reference": fields["reference"],
        "description": fields.get("description", ""),
        "status": "AUTHORISED",
        "allocations": [],
        "payments": [],
        "by": fields["by"],
        "at": books.now(),
    }
    books.keep(tenant, kind, credit)
    return credit


def void(books: Books, tenant: str, invoice: Doc) -> None:
    """Void an invoice; refused while anything is applied to it."""
    if books.lines(tenant, "Payments", invoice) or books.lines(tenant, "Allocations", invoice):
        raise Invalid(HAS_PAYMENTS)
    if invoice["status"] != "AUTHORISED":
        raise Invalid("Invoice not of valid status for modification")
    wrong = check_lock(books, tenant, invoice["day"])
    if wrong:
        raise Invalid(*wrong)
    invoice["status"] = "VOIDED"
    books.keep(tenant, "Invoices", invoice)


def _settle(books: Books, tenant: str, kind: str, target: Doc) -> None:
    if kind == "Invoices":
        books.settle_invoice(tenant, target)
    else:
        books.settle_credit(tenant, kind, target)
