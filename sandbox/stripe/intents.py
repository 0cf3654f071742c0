"""PaymentIntents as a client makes them: confirmed, declined, captured, canceled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.stripe import cash, methods, payments, reversals
from sandbox.stripe.ask import Ask, post, wrong_state
from sandbox.stripe.errors import declined, invalid
from sandbox.stripe.writes import change, found, named

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

# From this version on the kinds of payment method are the account's to say, not the request's.
NO_TYPES_SINCE = "2026-08-26"
# A direct debit is known to have worked, or not, a good while later.
DEBIT_DELAY = timedelta(minutes=3)
_CANCELABLE = frozenset(
    {
        "requires_payment_method",
        "requires_capture",
        "requires_confirmation",
        "requires_action",
        "processing",
    }
)
_TAKES = (
    "amount currency customer description metadata receipt_email shipping payment_method"
    " payment_method_data payment_method_options setup_future_usage statement_descriptor"
    " transfer_group"
)
_CONFIRM = "payment_method return_url mandate_data off_session"


def _create(ask: Ask) -> Doc:
    if "payment_method_types" in ask.params and ask.version >= NO_TYPES_SINCE:
        message = "Passing payment_method_types is no longer supported."
        raise invalid(message, "payment_method_types", "payment_method_types_no_longer_supported")
    amount = ask.whole("amount")
    if amount is None or amount <= 0:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    if ask.text("customer"):
        named(ask, "customer", "customer")
    asked = {
        "amount": amount,
        "capture_method": ask.text("capture_method"),
        "currency": ask.required("currency").lower(),
        "customer": ask.text("customer"),
        "description": ask.text("description"),
        "metadata": ask.within("metadata"),
        "payment_method_types": ask.params.get("payment_method_types"),
    }
    intent = payments.begin(ask.books, ask.account, asked)
    ask.books.emit(ask.account, "payment_intent.created", intent, request=ask.request)
    return _confirmed(ask, intent) if ask.flag("confirm") else intent


def _confirm(ask: Ask) -> Doc:
    intent = found(ask, "payment_intent")
    if intent["status"] not in _CANCELABLE - {"requires_capture", "processing"}:
        message = f"You cannot confirm this PaymentIntent because it is {intent['status']}."
        raise wrong_state(message, "payment_intent_unexpected_state")
    return _confirmed(ask, intent)


def _confirmed(ask: Ask, intent: Doc) -> Doc:
    method = ask.text("payment_method") or intent["payment_method"] or ""
    kind = ask.within("payment_method_data").get("type")
    what = methods.TRANSFER if kind == "customer_balance" else ""
    what = what or methods.outcome(ask.books, ask.account, method)
    return attempt(ask.books, ask.account, {**intent, "payment_method": method}, what, ask.request)


def attempt(books: StripeBooks, account: str, intent: Doc, what: str, request: Doc | None) -> Doc:
    """Try to bring the money in; raises StripeRefusal (402) when the bank declines."""
    try:
        payments.settles(books, account, intent["currency"])
    except ValueError as problem:
        raise invalid(str(problem), "currency") from None
    if what == methods.DECLINED:
        intent, charge = fail(books, account, intent, request)
        raise declined(intent, charge["id"])
    if what == methods.TRANSFER:
        return cash.pay_from(books, account, intent, request)
    if what == methods.AUTHENTICATE:
        return _wait(books, account, intent, "requires_action", request)
    if what in {methods.SLOW, methods.SLOW_FAILS}:
        word = "fails" if what == methods.SLOW_FAILS else "works"
        books.later(books.now() + DEBIT_DELAY, "debit", intent=intent["id"], word=word)
        return _wait(books, account, intent, "processing", request)
    if intent["capture_method"] == "manual":
        charge = payments.charged(books, account, intent)
        books.keep(account, {**charge, "captured": False, "amount_captured": 0})
        held = {**intent, "amount_capturable": intent["amount"], "latest_charge": charge["id"]}
        return _wait(books, account, held, "requires_capture", request)
    return _paid(books, account, intent, what, request)


def _paid(books: StripeBooks, account: str, intent: Doc, what: str, request: Doc | None) -> Doc:
    at_once = what == methods.AVAILABLE
    paid = payments.succeed(books, account, intent, request, at_once=at_once)
    if what in {methods.INQUIRY, methods.DISPUTED}:
        charge = str(paid["latest_charge"])
        reversals.dispute(books, charge, "fraudulent", inquiry=what == methods.INQUIRY)
    return paid


_TOLD = {
    "requires_action": "payment_intent.requires_action",
    "processing": "payment_intent.processing",
    "requires_capture": "payment_intent.amount_capturable_updated",
}


def _wait(books: StripeBooks, account: str, intent: Doc, status: str, request: Doc | None) -> Doc:
    action = {"type": "use_stripe_sdk"} if status == "requires_action" else None
    doc = books.keep(account, {**intent, "status": status, "next_action": action})
    books.emit(account, _TOLD[status], doc, request=request)
    return doc


def fail(books: StripeBooks, account: str, intent: Doc, request: Doc | None) -> tuple[Doc, Doc]:
    """Have the bank decline: a failed charge, and a PaymentIntent that wants another method."""
    charge = payments.charged(books, account, intent)
    charge |= {
        "amount_captured": 0,
        "captured": False,
        "failure_code": "card_declined",
        "failure_message": "Your card was declined.",
        "outcome": {"network_status": "declined_by_network", "reason": "generic_decline"},
        "paid": False,
        "status": "failed",
    }
    books.keep(account, charge)
    error = {"code": "card_declined", "decline_code": "generic_decline", "type": "card_error"}
    error |= {"charge": charge["id"], "message": "Your card was declined."}
    doc = books.keep(
        account,
        {
            **intent,
            "last_payment_error": error,
            "latest_charge": charge["id"],
            "payment_method": None,
            "status": "requires_payment_method",
        },
    )
    books.emit(account, "charge.failed", charge, request=request)
    books.emit(account, "payment_intent.payment_failed", doc, request=request)
    return doc, charge


def debit(books: StripeBooks, facts: Doc, _at: datetime) -> Doc:
    """Let a direct debit that was under way end."""
    account = books.owner(facts["intent"])
    intent = books.get("payment_intent", facts["intent"])
    if facts["word"] == "fails":
        return fail(books, account, intent, None)[0]
    return payments.succeed(books, account, intent, how="sepa_debit")


def _capture(ask: Ask) -> Doc:
    intent = found(ask, "payment_intent")
    if intent["status"] != "requires_capture":
        message = f"This PaymentIntent could not be captured because it is {intent['status']}."
        raise wrong_state(message, "payment_intent_unexpected_state")
    amount = ask.whole("amount_to_capture") or intent["amount"]
    if amount > intent["amount_capturable"]:
        raise invalid("The amount exceeds what can be captured.", "amount_to_capture")
    charge = found(ask, "charge", intent["latest_charge"])
    charge = {**charge, "captured": True, "amount": amount, "amount_captured": amount}
    ask.books.keep(ask.account, charge)
    done = {**intent, "amount_received": amount, "amount_capturable": 0, "status": "succeeded"}
    ask.books.keep(ask.account, done)
    ask.books.emit(ask.account, "charge.captured", charge, request=ask.request)
    ask.books.emit(ask.account, "payment_intent.succeeded", done, request=ask.request)
    due = ask.books.now() + payments.SETTLE_DELAY
    ask.books.later(due, "settle", charge=charge["id"])
    return done


def _cancel(ask: Ask) -> Doc:
    intent = found(ask, "payment_intent")
    if intent["status"] not in _CANCELABLE:
        message = f"You cannot cancel this PaymentIntent because it is {intent['status']}."
        raise wrong_state(message, "payment_intent_unexpected_state")
    changed = {"status": "canceled", "canceled_at": int(ask.books.now().timestamp())}
    changed["cancellation_reason"] = ask.text("cancellation_reason")
    return change(ask, intent, changed, "payment_intent.canceled")


def _update(ask: Ask) -> Doc:
    # Stripe tells nobody about the edit of a PaymentIntent.
    names = ("metadata", "description", "receipt_email")
    changed = {name: ask.params[name] for name in names if name in ask.params}
    return change(ask, found(ask, "payment_intent"), changed, "")


ROUTES = (
    post(
        "payment_intents",
        _create,
        f"{_TAKES} {_CONFIRM} confirm capture_method confirmation_method payment_method_types"
        " automatic_payment_methods",
    ),
    post("payment_intents/{}", _update, "metadata description receipt_email"),
    post("payment_intents/{}/confirm", _confirm, f"{_CONFIRM} {_TAKES}"),
    post("payment_intents/{}/capture", _capture, "amount_to_capture metadata"),
    post("payment_intents/{}/cancel", _cancel, "cancellation_reason"),
    post(
        "payment_intents/{}/apply_customer_balance",
        lambda ask: cash.apply(ask, found(ask, "payment_intent")),
        "amount currency",
    ),
)
