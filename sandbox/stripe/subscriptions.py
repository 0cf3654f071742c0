"""Subscriptions: an invoice per period, charged by itself; trials; what ends them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.stripe import invoices, invoicing
from sandbox.stripe.ask import Ask, delete, post
from sandbox.stripe.catalog import new
from sandbox.stripe.errors import StripeRefusal, invalid
from sandbox.stripe.writes import change, found, named

if TYPE_CHECKING:
    from sandbox.shelf import Doc

PERIOD = timedelta(days=30)
# Stripe tells of the end of a trial three days ahead, or at once when it is shorter.
TRIAL_NOTICE_DAYS = 3


def _create(ask: Ask) -> Doc:
    customer = named(ask, "customer", "customer")
    prices = [found(ask, "price", str(one.get("price"))) for one in ask.several("items")]
    if not prices:
        raise invalid("Missing required param: items.", "items", "parameter_missing")
    now = ask.books.now()
    days = ask.whole("trial_period_days")
    end = int((now + (timedelta(days=days) if days else PERIOD)).timestamp())
    start = int(now.timestamp())
    items = [
        {"price": one["id"], "current_period_start": start, "current_period_end": end}
        for one in prices
    ]
    doc = new(
        ask,
        "sub",
        {
            "object": "subscription",
            "cancel_at_period_end": False,
            "collection_method": ask.text("collection_method") or "charge_automatically",
            "currency": prices[0]["currency"],
            "customer": customer["id"],
            "days_until_due": ask.whole("days_until_due"),
            "default_payment_method": ask.text("default_payment_method"),
            "items": {"object": "list", "data": items, "has_more": False},
            "latest_invoice": None,
            "status": "trialing" if days else "incomplete",
            "trial_end": end if days else None,
            "trial_settings": ask.within("trial_settings"),
        },
        "customer.subscription.created",
    )
    if days and days <= TRIAL_NOTICE_DAYS:
        ask.books.emit(ask.account, "customer.subscription.trial_will_end", doc)
    return _bill(ask, doc, 0 if days else sum(one["unit_amount"] for one in prices))


def _bill(ask: Ask, doc: Doc, amount: int) -> Doc:
    """Issue the first period's invoice and charge it; a refusal leaves the subscription waiting."""
    books, account = ask.books, ask.account
    invoice = invoices.draft(
        books,
        account,
        {
            "amount": amount,
            "auto_advance": True,
            "billing_reason": "subscription_create",
            "collection_method": doc["collection_method"],
            "currency": doc["currency"],
            "customer": doc["customer"],
            "days_until_due": doc["days_until_due"],
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"subscription": doc["id"]},
            },
        },
    )
    books.emit(account, "invoice.created", invoice, request=ask.request)
    invoice = invoices.finalize(books, account, invoice, ask.request)
    if invoice["status"] == "open" and doc["collection_method"] == "charge_automatically":
        method = doc["default_payment_method"]
        try:
            invoice = invoicing.collect(books, account, invoice, method, ask.request)
        except StripeRefusal as refusal:
            if refusal.kind != "card_error":
                raise
    changed: Doc = {"latest_invoice": invoice["id"]}
    paid = invoice["status"] == "paid" or doc["collection_method"] == "send_invoice"
    if paid and doc["status"] == "incomplete":
        changed["status"] = "active"
    return change(ask, doc, changed, "customer.subscription.updated")


def _update(ask: Ask) -> Doc:
    doc = found(ask, "subscription")
    changed: Doc = {}
    if "metadata" in ask.params:
        changed["metadata"] = ask.params["metadata"]
    if ask.text("trial_end") == "now":
        changed |= _trial_over(ask, doc)
    if "cancel_at_period_end" in ask.params:
        changed["cancel_at_period_end"] = ask.flag("cancel_at_period_end")
    doc = change(ask, doc, changed, "customer.subscription.updated")
    if changed.get("status") == "paused":
        ask.books.emit(ask.account, "customer.subscription.paused", doc, request=ask.request)
    return doc


def _trial_over(ask: Ask, doc: Doc) -> Doc:
    customer = found(ask, "customer", doc["customer"])
    method = doc["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    behaviour = doc["trial_settings"].get("end_behavior", {})
    pauses = behaviour.get("missing_payment_method") == "pause"
    status = "paused" if pauses and method is None else "active"
    return {"status": status, "trial_end": int(ask.books.now().timestamp())}


def _cancel(ask: Ask) -> Doc:
    doc = found(ask, "subscription")
    stamp = int(ask.books.now().timestamp())
    changed = {"status": "canceled", "canceled_at": stamp, "ended_at": stamp}
    return change(ask, doc, changed, "customer.subscription.deleted")


ROUTES = (
    post(
        "subscriptions",
        _create,
        "customer items trial_period_days trial_settings metadata default_payment_method"
        " collection_method days_until_due",
    ),
    post("subscriptions/{}", _update, "metadata trial_end cancel_at_period_end"),
    delete("subscriptions/{}", _cancel, "prorate invoice_now"),
)
