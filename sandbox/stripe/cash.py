"""Cash balances: bank transfers that customers send, and what they are set against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe import payments
from sandbox.stripe.ask import Ask, Route, post
from sandbox.stripe.errors import invalid
from sandbox.stripe.listing import limit
from sandbox.stripe.writes import found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

_BANK = {"eur": "eu_bank_transfer", "gbp": "gb_bank_transfer", "usd": "us_bank_transfer"}
_WAITING = frozenset({"requires_action", "requires_payment_method"})


def balance(books: StripeBooks, account: str, customer: str) -> Doc:
    """Give a customer's cash balance; money per currency in minor units."""
    kept = books.shelf.get(f"{account}/cash", customer) or {"available": {}}
    return {
        "object": "cash_balance",
        "available": dict(kept["available"]) or None,
        "customer": customer,
        "livemode": books.livemode,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": True},
    }


def fund(
    books: StripeBooks, account: str, customer: str, amount: Mapping[str, int], told: Doc
) -> Doc:
    """Let a bank transfer arrive: `amount` is {currency: minor}; `told` what the bank said of it.

    `told` may have reference, sender_name and iban_last4. Stripe sets the money against the
    customer's unpaid PaymentIntents by itself, the oldest first.
    """
    ((currency, minor),) = amount.items()
    kind = _BANK.get(currency, "jp_bank_transfer")
    sender = {"sender_name": told.get("sender_name")}
    if kind != "us_bank_transfer":
        sender["iban_last4"] = told.get("iban_last4")
    transfer = {"type": kind, "reference": told.get("reference"), kind: sender}
    inside: Doc = {"bank_transfer": transfer}
    row = _moved(books, account, customer, (currency, minor), "funded", funded=inside)
    books.emit(account, "customer_cash_balance_transaction.created", row)
    now = balance(books, account, customer)
    books.emit(account, "cash_balance.funds_available", now)
    intents = [one for one in books.all(account, "payment_intent") if one["customer"] == customer]
    for intent in reversed(intents):
        wants = "customer_balance" in intent["payment_method_types"]
        fits = intent["currency"] == currency and intent["status"] in _WAITING
        if wants and fits and intent["next_action"]:
            _set_against(books, account, intent, None)
    return row


def _moved(
    books: StripeBooks,
    account: str,
    customer: str,
    net: tuple[str, int],
    kind: str,
    **facts: Doc,
) -> Doc:
    currency, minor = net
    held = dict((balance(books, account, customer)["available"]) or {})
    held[currency] = held.get(currency, 0) + minor
    kept = {"id": customer, "available": {one: left for one, left in held.items() if left}}
    books.shelf.put(f"{account}/cash", customer, kept)
    doc = {
        "id": books.new_id("ccsbtxn"),
        "object": "customer_cash_balance_transaction",
        "created": int(books.now().timestamp()),
        "currency": currency,
        "customer": customer,
        "ending_balance": held[currency],
        "livemode": books.livemode,
        "net_amount": minor,
        "type": kind,
        **facts,
    }
    return books.keep(account, doc)


def pay_from(books: StripeBooks, account: str, intent: Doc, request: Doc | None) -> Doc:
    """Pay a PaymentIntent from the cash balance, now or when the transfer arrives."""
    kind = "display_bank_transfer_instructions"
    asked = {"amount_remaining": intent["amount"], "currency": intent["currency"]}
    action = {"type": kind, kind: {**asked, "reference": intent["id"][-8:].upper()}}
    doc = {**intent, "status": "requires_action", "next_action": action}
    books.keep(account, {**doc, "payment_method_types": ["customer_balance"]})
    books.emit(account, "payment_intent.requires_action", doc, request=request)
    return _set_against(books, account, books.get("payment_intent", intent["id"]), request)


def _set_against(books: StripeBooks, account: str, intent: Doc, request: Doc | None) -> Doc:
    held = (balance(books, account, intent["customer"])["available"]) or {}
    action = intent["next_action"]["display_bank_transfer_instructions"]
    part = min(held.get(intent["currency"], 0), action["amount_remaining"])
    if part <= 0:
        return intent
    where: Doc = {"payment_intent": intent["id"]}
    row = _moved(
        books,
        account,
        intent["customer"],
        (intent["currency"], -part),
        "applied_to_payment",
        applied_to_payment=where,
    )
    books.emit(account, "customer_cash_balance_transaction.created", row, request=request)
    action["amount_remaining"] -= part
    books.keep(account, intent)
    if action["amount_remaining"]:
        books.emit(account, "payment_intent.partially_funded", intent, request=request)
        return intent
    return payments.succeed(books, account, intent, request, how="customer_balance")


def apply(ask: Ask, intent: Doc) -> Doc:
    """Set the customer's cash against a PaymentIntent, as a person does in manual mode."""
    if not intent["next_action"]:
        raise invalid("This PaymentIntent takes no customer balance.", "intent")
    return _set_against(ask.books, ask.account, intent, ask.request)


def _fund(ask: Ask) -> Doc:
    amount = ask.whole("amount")
    if amount is None or amount <= 0:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    customer = found(ask, "customer")
    told: Doc = {"reference": ask.text("reference"), "sender_name": "Test transfer"}
    currency = ask.required("currency").lower()
    return fund(ask.books, ask.account, customer["id"], {currency: amount}, told)


def _instructions(ask: Ask) -> Doc:
    customer = found(ask, "customer")
    currency = ask.required("currency").lower()
    kind = ask.within("bank_transfer").get("type", "")
    if ask.required("funding_type") != "bank_transfer" or not kind:
        raise invalid("Missing required param: bank_transfer[type].", "bank_transfer[type]")
    number = f"GB{customer['id'][-10:]}"
    address = {"type": "iban", "iban": {"iban": number, "account_holder_name": "Stripe"}}
    return {
        "object": "funding_instructions",
        "bank_transfer": {"financial_addresses": [address], "type": kind},
        "currency": currency,
        "funding_type": "bank_transfer",
        "livemode": ask.books.livemode,
    }


def _rows(ask: Ask) -> Doc:
    customer = found(ask, "customer")
    rows = ask.books.all(ask.account, "customer_cash_balance_transaction")
    mine = [one for one in rows if one["customer"] == customer["id"]]
    size = limit(ask.params)
    url = f"/v1/customers/{customer['id']}/cash_balance_transactions"
    return {"object": "list", "data": mine[:size], "has_more": len(mine) > size, "url": url}


def _balance(ask: Ask) -> Doc:
    return balance(ask.books, ask.account, found(ask, "customer")["id"])


ROUTES = (
    Route("GET", "customers/{}/cash_balance", _balance),
    Route("GET", "customers/{}/cash_balance_transactions", _rows, frozenset({"limit"})),
    post("test_helpers/customers/{}/fund_cash_balance", _fund, "amount currency reference"),
    post(
        "customers/{}/funding_instructions",
        _instructions,
        "funding_type currency bank_transfer",
    ),
)
