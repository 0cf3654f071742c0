"""Pages where a payer pays: checkout sessions and payment links."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.stripe import intents, methods, payments
from sandbox.stripe.ask import Ask, Route, post, wrong_state
from sandbox.stripe.catalog import new
from sandbox.stripe.errors import invalid
from sandbox.stripe.writes import change, found, merged

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

LIFE = timedelta(hours=24)
LIFE_MIN = timedelta(minutes=30)
# From this version on the kinds of payment method are the account's to say.
NO_TYPES_SINCE = "2026-09-30"


def _priced(ask: Ask) -> tuple[int, str]:
    """Add up the line items; gives the sum and its currency."""
    total, currency = 0, ""
    for line in ask.several("line_items"):
        price = line.get("price_data") or found(ask, "price", str(line.get("price")))
        total += int(price["unit_amount"]) * int(line.get("quantity", 1))
        currency = str(price["currency"]).lower()
    if not currency:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    return total, currency


def _create(ask: Ask) -> Doc:
    if "payment_method_types" in ask.params and ask.version >= NO_TYPES_SINCE:
        message = "Passing payment_method_types is no longer supported."
        raise invalid(message, "payment_method_types", "payment_method_types_no_longer_supported")
    total, currency = _priced(ask)
    now = ask.books.now()
    ends = ask.whole("expires_at") or int((now + LIFE).timestamp())
    if not (now + LIFE_MIN).timestamp() <= ends <= (now + LIFE).timestamp():
        raise invalid("expires_at must be 30 minutes to 24 hours from now.", "expires_at")
    key = ask.books.new_id("cs")
    doc: Doc = {
        "id": key,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": ask.text("cancel_url"),
        "client_reference_id": ask.text("client_reference_id"),
        "created": int(now.timestamp()),
        "currency": currency,
        "customer": ask.text("customer"),
        "customer_details": None,
        "expires_at": ends,
        "livemode": ask.books.livemode,
        "metadata": merged({}, ask.params.get("metadata", {})),
        "mode": ask.required("mode"),
        "payment_intent": None,
        "payment_intent_data": ask.within("payment_intent_data"),
        "payment_link": None,
        "payment_status": "unpaid",
        "status": "open",
        "success_url": ask.text("success_url"),
        "url": f"https://checkout.stripe.com/c/pay/{key}",
    }
    ask.books.keep(ask.account, doc)
    ask.books.later(now + timedelta(seconds=ends - now.timestamp()), "expire", session=key)
    return doc


def _expire(ask: Ask) -> Doc:
    doc = found(ask, "checkout.session")
    if doc["status"] != "open":
        raise wrong_state(f"Only open sessions can be expired; this one is {doc['status']}.")
    return change(ask, doc, {"status": "expired", "url": None}, "checkout.session.expired")


def expire(books: StripeBooks, facts: Doc, at: datetime) -> None:
    """Let a session that nobody paid end by itself."""
    doc = books.get("checkout.session", facts["session"])
    if doc["status"] == "open":
        account = books.owner(doc["id"])
        doc = books.keep(account, {**doc, "status": "expired", "url": None})
        books.emit(account, "checkout.session.expired", doc, at=at)


def _page(ask: Ask) -> Doc:
    return found(ask, "checkout.session")


def _confirm(ask: Ask) -> Doc:
    """Pay a session, as its page does for the payer."""
    doc = found(ask, "checkout.session")
    method = found(ask, "payment_method", ask.required("payment_method"))
    if ask.whole("expected_amount") != doc["amount_total"]:
        raise invalid("The amount of this session is another.", "expected_amount")
    payer = {name: method["billing_details"].get(name) for name in ("name", "email")}
    what = methods.outcome(ask.books, ask.account, method["id"])
    return pay(ask.books, ask.account, doc, payer, what)


def pay(books: StripeBooks, account: str, doc: Doc, payer: Doc, what: str) -> Doc:
    """Bring the money of an open session in, now or later as `what` says."""
    if doc["status"] != "open":
        raise wrong_state(f"This session is {doc['status']}.")
    given = doc["payment_intent_data"]
    intent = payments.begin(
        books,
        account,
        {
            "amount": doc["amount_total"],
            "currency": doc["currency"],
            "customer": doc["customer"],
            "description": given.get("description"),
            "metadata": given.get("metadata"),
        },
    )
    books.emit(account, "payment_intent.created", intent)
    intent = intents.attempt(books, account, intent, what, None)
    paid = intent["status"] == "succeeded"
    doc = {
        **doc,
        "customer_details": payer,
        "payment_intent": intent["id"],
        "payment_status": "paid" if paid else "unpaid",
        "status": "complete",
        "url": None,
    }
    books.keep(account, doc)
    books.emit(account, "checkout.session.completed", doc)
    if not paid:
        due = books.now() + intents.DEBIT_DELAY
        books.later(due, "fulfil", session=doc["id"], intent=intent["id"])
    return doc


def fulfil(books: StripeBooks, facts: Doc, at: datetime) -> None:
    """Tell how a payment ended that took its time."""
    account = books.owner(facts["session"])
    doc = books.get("checkout.session", facts["session"])
    paid = books.get("payment_intent", facts["intent"])["status"] == "succeeded"
    if paid:
        doc = books.keep(account, {**doc, "payment_status": "paid"})
    word = "succeeded" if paid else "failed"
    books.emit(account, f"checkout.session.async_payment_{word}", doc, at=at)


def _link(ask: Ask) -> Doc:
    total, currency = _priced(ask)
    number = ask.books.shelf.count("plink url")
    return new(
        ask,
        "plink",
        {
            "object": "payment_link",
            "active": True,
            "allow_promotion_codes": ask.flag("allow_promotion_codes"),
            "amount_total": total,
            "currency": currency,
            "payment_intent_data": ask.within("payment_intent_data"),
            "restrictions": ask.within("restrictions") or None,
            "url": f"https://buy.stripe.com/standin{number:06d}",
        },
    )


def _change_link(ask: Ask) -> Doc:
    flags = {name: ask.flag(name) for name in ("active", "allow_promotion_codes")}
    changed: Doc = {name: value for name, value in flags.items() if name in ask.params}
    if "metadata" in ask.params:
        changed["metadata"] = ask.params["metadata"]
    return change(ask, found(ask, "payment_link"), changed, "payment_link.updated")


ROUTES = (
    post(
        "checkout/sessions",
        _create,
        "mode success_url cancel_url line_items customer client_reference_id metadata"
        " payment_intent_data payment_method_types expires_at customer_email",
    ),
    post("checkout/sessions/{}/expire", _expire),
    # What a session's page asks of Stripe; no part of the public API.
    Route("GET", "payment_pages/{}", _page),
    post("payment_pages/{}/confirm", _confirm, "payment_method expected_amount"),
    post(
        "payment_links",
        _link,
        "line_items metadata payment_intent_data restrictions allow_promotion_codes",
    ),
    post("payment_links/{}", _change_link, "active metadata allow_promotion_codes"),
)
