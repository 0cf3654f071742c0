"""Invoices that Stripe itself issued, and the invoice payments that tie money to them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.stripe.writes import updating

if TYPE_CHECKING:
    from datetime import date

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks


def issue(books: StripeBooks, account: str, facts: Doc, due: date | None) -> Doc:
    """Issue a finalised invoice; `facts` has amount, currency, customer, number and metadata."""
    now = books.now()
    key = books.new_id("in")
    customer = books.find(account, "customer", facts["customer"]) or {}
    noon = datetime.combine(due, time(12), now.tzinfo) if due else None
    doc: Doc = {
        "id": key,
        "object": "invoice",
        "amount_due": facts["amount"],
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": facts["amount"],
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "collection_method": "send_invoice" if due else "charge_automatically",
        "created": int(now.timestamp()),
        "currency": facts["currency"],
        "customer": facts["customer"],
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "description": None,
        "due_date": int(noon.timestamp()) if noon else None,
        "hosted_invoice_url": f"https://invoice.stripe.com/i/{key}",
        "invoice_pdf": f"https://pay.stripe.com/invoice/{key}/pdf",
        "livemode": books.livemode,
        "metadata": dict(facts.get("metadata") or {}),
        "next_payment_attempt": None if due else int((now + timedelta(hours=1)).timestamp()),
        "number": facts.get("number") or f"STRIPE-{key[-4:]}",
        "parent": None,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "status": "open",
        "status_transitions": {
            "finalized_at": int(now.timestamp()),
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": facts["amount"],
        "total": facts["amount"],
        "total_taxes": [],
    }
    books.keep(account, doc)
    books.emit(account, "invoice.finalized", doc)
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
    _paid(books, account, invoice, amount, stamp)
    return doc


def _paid(books: StripeBooks, account: str, invoice: Doc, amount: int, stamp: int) -> None:
    before = {"amount_paid": invoice["amount_paid"], "status": invoice["status"]}
    invoice["amount_paid"] += amount
    invoice["amount_remaining"] -= amount
    if invoice["amount_remaining"] == 0:
        invoice["status"] = "paid"
        invoice["status_transitions"]["paid_at"] = stamp
    books.keep(account, invoice)
    books.emit(account, "invoice.updated", invoice, previous=before)
    if invoice["status"] == "paid":
        books.emit(account, "invoice.paid", invoice)


ROUTES = (updating("invoices", "invoice", "metadata auto_advance", "invoice.updated"),)
