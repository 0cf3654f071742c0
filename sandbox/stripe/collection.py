"""Stripe charging an invoice by itself: attempts that fail, retries, and the one that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from sandbox.stripe import intents, invoices, payments

if TYPE_CHECKING:
    from datetime import timedelta

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

CONFIRM = "authentication_required"
PRINTED = b"%PDF-1.4\n% the invoice of a stand-in\n%%EOF\n"


def fail(books: StripeBooks, invoice_id: str, code: str, retry: timedelta | None) -> Doc:
    """Have an attempt fail with a decline code; `retry` says when Stripe tries again, if at all.

    The code `authentication_required` means that the payer has to confirm the payment.
    """
    account = books.owner(invoice_id)
    tie = _tie(books, account, invoice_id)
    intent = books.get("payment_intent", tie["payment"]["payment_intent"])
    if code == CONFIRM:
        books.keep(account, {**intent, "status": "requires_action"})
    else:
        intent, _ = intents.fail(books, account, intent, None)
        error = {**intent["last_payment_error"], "decline_code": code}
        books.keep(account, {**intent, "last_payment_error": error})
    before = books.get("invoice", invoice_id)
    again = int((books.now() + retry).timestamp()) if retry else None
    tried = {"attempted": True, "attempt_count": before["attempt_count"] + 1}
    doc = books.keep(account, {**before, **tried, "next_payment_attempt": again})
    word = "payment_action_required" if code == CONFIRM else "payment_failed"
    books.emit(account, f"invoice.{word}", doc)
    previous = {"attempt_count": before["attempt_count"], "attempted": before["attempted"]}
    books.emit(account, "invoice.updated", doc, previous=previous)
    return doc


def debit(books: StripeBooks, invoice_id: str) -> Doc:
    """Have an attempt be under way: a debit that its bank has not answered yet."""
    account = books.owner(invoice_id)
    tie = _tie(books, account, invoice_id)
    intent = books.get("payment_intent", tie["payment"]["payment_intent"])
    intent = books.keep(account, {**intent, "status": "processing"})
    books.emit(account, "payment_intent.processing", intent)
    before = books.get("invoice", invoice_id)
    return books.keep(account, {**before, "attempted": True, "next_payment_attempt": None})


def collect(books: StripeBooks, invoice_id: str) -> Doc:
    """Have an attempt work: the money is in, and the invoice is paid."""
    account = books.owner(invoice_id)
    tie = _tie(books, account, invoice_id)
    intent = books.get("payment_intent", tie["payment"]["payment_intent"])
    payments.succeed(books, account, intent)
    amount = tie["amount_requested"]
    stamp = int(books.now().timestamp())
    moments = {"canceled_at": None, "paid_at": stamp}
    paid = {"amount_paid": amount, "status": "paid", "status_transitions": moments}
    books.emit(account, "invoice_payment.paid", books.keep(account, {**tie, **paid}))
    return invoices.pay_part(books, account, books.get("invoice", invoice_id), amount)


def _tie(books: StripeBooks, account: str, invoice_id: str) -> Doc:
    """Give the open payment of an invoice, made with its PaymentIntent when there is none yet."""
    for row in books.all(account, "invoice_payment"):
        if row["invoice"] == invoice_id and row["status"] == "open":
            return row
    invoice = books.get("invoice", invoice_id)
    facts = {"amount": invoice["amount_remaining"], "currency": invoice["currency"]}
    intent = payments.begin(books, account, {**facts, "customer": invoice["customer"]})
    return books.keep(
        account,
        {
            "id": books.new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": invoice["amount_remaining"],
            "created": int(books.now().timestamp()),
            "currency": invoice["currency"],
            "invoice": invoice_id,
            "is_default": True,
            "livemode": books.livemode,
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        },
    )


def printed_pages(books: StripeBooks) -> Blueprint:
    """Make the address at which a finalised invoice is had as PDF."""
    pages = Blueprint("stripe_invoices", __name__)

    @pages.get("/invoice/<key>/pdf")
    def pdf(key: str) -> Response:
        try:
            books.get("invoice", key)
        except KeyError:
            return Response("No such invoice", 404)
        return Response(PRINTED, content_type="application/pdf")

    return pages
