"""Invoices that Stripe itself issues, and the invoice payments that tie money to them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

FIRST_ATTEMPT_AFTER = timedelta(hours=1)


def draft(books: StripeBooks, account: str, facts: Doc) -> Doc:
    """Keep a draft; tells nobody.

    `facts` has amount, currency and customer, perhaps metadata, collection_method, number,
    description, days_until_due, parent and auto_advance.
    """
    customer = books.find(account, "customer", facts["customer"]) or {}
    amount = facts["amount"]
    doc: Doc = {
        "id": books.new_id("in"),
        "object": "invoice",
        "amount_due": amount,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": bool(facts.get("auto_advance")),
        "billing_reason": facts.get("billing_reason") or "manual",
        "collection_method": facts.get("collection_method") or "charge_automatically",
        "created": int(books.now().timestamp()),
        "currency": facts["currency"],
        "customer": facts["customer"],
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "days_until_due": facts.get("days_until_due"),
        "description": facts.get("description"),
        "due_date": facts.get("due_date"),
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "livemode": books.livemode,
        "metadata": dict(facts.get("metadata") or {}),
        "next_payment_attempt": None,
        "number": facts.get("number"),
        "parent": facts.get("parent"),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": amount,
        "total": amount,
        "total_taxes": [],
    }
    return books.keep(account, doc)


def issue(books: StripeBooks, account: str, facts: Doc, due: date | None) -> Doc:
    """Issue an invoice at once; no `due` charges automatically. `facts` are those of a draft."""
    noon = datetime.combine(due, time(12), books.now().tzinfo) if due else None
    stamp = int(noon.timestamp()) if noon else None
    method = "send_invoice" if due else "charge_automatically"
    doc = draft(books, account, {**facts, "collection_method": method, "due_date": stamp})
    return finalize(books, account, doc)


def finalize(books: StripeBooks, account: str, doc: Doc, request: Doc | None = None) -> Doc:
    """Turn a draft into a claim with a number and an address to pay at."""
    now = books.now()
    key, due = doc["id"], doc["due_date"]
    if due is None and doc["collection_method"] == "send_invoice":
        due = int((now + timedelta(days=doc["days_until_due"] or 30)).timestamp())
    first = int((now + FIRST_ATTEMPT_AFTER).timestamp())
    doc = {
        **doc,
        "due_date": due,
        "hosted_invoice_url": f"https://invoice.stripe.com/i/{key}",
        "invoice_pdf": f"https://pay.stripe.com/invoice/{key}/pdf",
        "next_payment_attempt": None if due else first,
        "number": doc["number"] or f"STRIPE-{key[-4:]}",
        "status": "open",
        "status_transitions": {**doc["status_transitions"], "finalized_at": int(now.timestamp())},
    }
    books.keep(account, doc)
    books.emit(account, "invoice.finalized", doc, request=request)
    if doc["amount_remaining"] == 0:
        pay_part(books, account, doc, 0, request)
    return doc


def attach(books: StripeBooks, invoice_id: str, intent_id: str, amount: int | None) -> Doc:
    """Tie a succeeded PaymentIntent to an invoice with the amount it pays there.

    Raises ValueError beyond what is still open on the invoice or in another currency.
    """
    account = books.owner(invoice_id)
    invoice = books.get("invoice", invoice_id)
    intent = books.get("payment_intent", intent_id)
    amount = min(intent["amount"], invoice["amount_remaining"]) if amount is None else amount
    if intent["currency"] != invoice["currency"] or not 0 < amount <= invoice["amount_remaining"]:
        msg = f"{amount} {intent['currency']} does not fit the open {invoice_id}"
        raise ValueError(msg)
    stamp = int(books.now().timestamp())
    doc: Doc = {
        "id": books.new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": stamp,
        "currency": invoice["currency"],
        "invoice": invoice_id,
        "is_default": False,
        "livemode": books.livemode,
        "payment": {"type": "payment_intent", "payment_intent": intent_id},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": stamp},
    }
    books.keep(account, doc)
    books.emit(account, "invoice_payment.paid", doc)
    pay_part(books, account, invoice, amount)
    return doc


def pay_part(
    books: StripeBooks, account: str, invoice: Doc, amount: int, request: Doc | None = None
) -> Doc:
    """Count money as paid on an invoice, and tell when that was the last of it."""
    stamp = int(books.now().timestamp())
    before = {"amount_paid": invoice["amount_paid"], "status": invoice["status"]}
    invoice["amount_paid"] += amount
    invoice["amount_remaining"] -= amount
    if invoice["amount_remaining"] == 0:
        invoice["status"] = "paid"
        invoice["next_payment_attempt"] = None
        invoice["status_transitions"]["paid_at"] = stamp
    books.keep(account, invoice)
    books.emit(account, "invoice.updated", invoice, previous=before, request=request)
    if invoice["status"] == "paid":
        books.emit(account, "invoice.paid", invoice, request=request)
        books.emit(account, "invoice.payment_succeeded", invoice, request=request)
    return invoice
