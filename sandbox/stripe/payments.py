"""Payments and the balance transactions they become a little later."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

# Stripe captures asynchronously: the balance transaction comes a little later.
SETTLE_DELAY = timedelta(minutes=2)
AVAILABLE_DELAY = timedelta(days=2)
ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv"}
    | {"xaf", "xof", "xpf"}
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def decimals(currency: str) -> int:
    """Give the number of decimals Stripe uses for a currency in its amounts."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def take(books: StripeBooks, account: str, asked: Doc, request: Doc | None = None) -> Doc:
    """Let a payer pay: a succeeded PaymentIntent and its charge, whose fee is not known yet.

    `asked` has amount (minor units), currency, customer, metadata and description. Raises
    ValueError when the account does not settle that currency and no rate was set for it.
    """
    settles(books, account, asked["currency"])
    intent = begin(books, account, asked)
    return succeed(books, account, intent, request, payer=asked.get("payer"))


def settles(books: StripeBooks, account: str, currency: str) -> None:
    """Raise ValueError for a currency the account neither settles nor has a rate for."""
    _rate(books, currency, str(books.get("account", account)["default_currency"]))


def begin(books: StripeBooks, account: str, asked: Doc) -> Doc:
    """Keep a PaymentIntent that has brought no money yet; tells nobody."""
    doc = _intent(asked, books.new_id("pi"), int(books.now().timestamp()))
    return books.keep(account, {**doc, "livemode": books.livemode})


def succeed(  # noqa: PLR0913 - a payment has this many sides
    books: StripeBooks,
    account: str,
    intent: Doc,
    request: Doc | None = None,
    *,
    payer: Doc | None = None,
    how: str = "card",
    at_once: bool = False,
) -> Doc:
    """Bring the money of a PaymentIntent in; `at_once` makes it available without the wait."""
    charge = charged(books, account, intent, payer=payer, how=how)
    intent = {
        **intent,
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "status": "succeeded",
    }
    books.keep(account, intent)
    books.emit(account, "charge.succeeded", charge, request=request)
    books.emit(account, "payment_intent.succeeded", intent, request=request)
    when = "available" if at_once else "usual"
    books.later(books.now() + SETTLE_DELAY, "settle", charge=charge["id"], when=when)
    return intent


def charged(
    books: StripeBooks, account: str, intent: Doc, *, payer: Doc | None = None, how: str = "card"
) -> Doc:
    """Keep the charge of a PaymentIntent that is paid now."""
    key = books.new_id("ch")
    asked = {**intent, "payer": payer}
    doc = _charge(asked, intent["id"], key, int(books.now().timestamp()))
    details: Doc = {"type": how}
    return books.keep(
        account, {**doc, "livemode": books.livemode, "payment_method_details": details}
    )


def _intent(asked: Doc, key: str, now: int) -> Doc:
    return {
        "id": key,
        "object": "payment_intent",
        "amount": asked["amount"],
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "capture_method": asked.get("capture_method") or "automatic_async",
        "client_secret": f"{key}_secret_standin",
        "confirmation_method": "automatic",
        "created": now,
        "currency": asked["currency"],
        "customer": asked.get("customer"),
        "description": asked.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": dict(asked.get("metadata") or {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": asked.get("payment_method_types") or ["card"],
        "receipt_email": None,
        "status": "requires_payment_method",
        "transfer_group": None,
    }


def _charge(asked: Doc, intent: str, key: str, now: int) -> Doc:
    payer: Doc = asked.get("payer") or {}
    return {
        "id": key,
        "object": "charge",
        "amount": asked["amount"],
        "amount_captured": asked["amount"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"name": payer.get("name"), "email": payer.get("email")},
        "captured": True,
        "created": now,
        "currency": asked["currency"],
        "customer": asked.get("customer"),
        "description": asked.get("description"),
        "disputed": False,
        "failure_code": None,
        # Copied once, when the charge is made; later edits of the PaymentIntent do not reach it.
        "metadata": dict(asked.get("metadata") or {}),
        "paid": True,
        "payment_intent": intent,
        "payment_method_details": {"type": "card"},
        "receipt_email": payer.get("email"),
        "refunded": False,
        "status": "succeeded",
        "transfer_group": None,
    }


def settle(books: StripeBooks, facts: Doc, at: datetime) -> None:
    """Give a charge its balance transaction, and say so with `charge.updated`."""
    account = books.owner(facts["charge"])
    charge = books.get("charge", facts["charge"])
    currency = str(books.get("account", account)["default_currency"])
    gross, rate = converted(books, charge["amount"], charge["currency"], currency)
    made = {"amount": gross, "currency": currency, "source": charge["id"], "type": "charge"}
    at_once = facts.get("when") == "available"
    row = transaction(
        books,
        account,
        {**made, "at_once": at_once},
        at,
        fee=min(gross, (gross * 29 + 500) // 1000 + 30),
        rate=rate,
    )
    charge["balance_transaction"] = row["id"]
    books.keep(account, charge)
    books.emit(account, "charge.updated", charge, at=at, previous={"balance_transaction": None})
    if at_once:
        books.emit(account, "balance.available", _balance(row), at=at)


def _balance(row: Doc) -> Doc:
    """Give the balance as far as an event about one row needs it."""
    available = [{"amount": row["net"], "currency": row["currency"]}]
    return {"id": "balance", "object": "balance", "available": available, "pending": []}


def transaction(
    books: StripeBooks,
    account: str,
    facts: Doc,
    at: datetime,
    *,
    fee: int = 0,
    rate: Decimal | None = None,
) -> Doc:
    """Write one row of an account's balance; `facts` has amount, currency, source and type."""
    stamp = int(at.timestamp())
    at_once = facts["type"] == "payout" or facts.get("at_once")
    available = stamp if at_once else stamp + int(AVAILABLE_DELAY.total_seconds())
    details: list[dict[str, Any]] = []
    if fee:
        text = "Stripe processing fees"
        details = [
            {
                "amount": fee,
                "application": None,
                "currency": facts["currency"],
                "description": text,
                "type": "stripe_fee",
            }
        ]
    row: Doc = {
        "id": books.new_id("txn"),
        "object": "balance_transaction",
        "amount": facts["amount"],
        "available_on": available,
        "balance_type": "payments",
        "created": stamp,
        "currency": facts["currency"],
        "description": None,
        # Stripe writes the rate as a number; Decimal(str) of it is exact at these lengths.
        "exchange_rate": float(rate) if rate is not None else None,
        "fee": fee,
        "fee_details": details,
        "net": facts["amount"] - fee,
        "reporting_category": facts.get("category", facts["type"]),
        "source": facts["source"],
        "status": "pending",
        "type": facts["type"],
    }
    return books.keep(account, row)


def _rate(books: StripeBooks, source: str, target: str) -> Decimal | None:
    if source == target:
        return None
    found = books.shelf.get("rate", f"{source}/{target}")
    if found is None:
        msg = f"no exchange rate from {source} to {target}: call set_rate first"
        raise ValueError(msg)
    return Decimal(found["rate"])


def converted(
    books: StripeBooks, amount: int, source: str, target: str
) -> tuple[int, Decimal | None]:
    """Turn a charge's amount into the settlement currency; gives the rate, None when the same."""
    rate = _rate(books, source, target)
    if rate is None:
        return amount, None
    exact = Decimal(amount).scaleb(decimals(target) - decimals(source)) * rate
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), rate
