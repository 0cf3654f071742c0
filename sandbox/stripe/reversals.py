"""Money that goes back: refunds and disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, post, wrong_state
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.payments import converted, transaction
from sandbox.stripe.writes import change, found, merged, updating

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

DISPUTE_FEE = 1500


def refund(books: StripeBooks, intent_id: str, amount: int | None, request: Doc | None) -> Doc:
    """Give money back, all that is left or a part; raises ValueError beyond what was taken."""
    account = books.owner(intent_id)
    intent = books.get("payment_intent", intent_id)
    charge = books.get("charge", intent["latest_charge"])
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    if not 0 < amount <= left:
        msg = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise ValueError(msg)
    currency = str(books.get("account", account)["default_currency"])
    gross, rate = converted(books, amount, charge["currency"], currency)
    key = books.new_id("re")
    facts = {"amount": -gross, "currency": currency, "source": key, "type": "refund"}
    row = transaction(books, account, facts, books.now(), rate=rate)
    doc: Doc = {
        "id": key,
        "object": "refund",
        "amount": amount,
        "balance_transaction": row["id"],
        "charge": charge["id"],
        "created": int(books.now().timestamp()),
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": intent_id,
        "reason": None,
        "receipt_number": None,
        "status": "succeeded",
    }
    before = charge["amount_refunded"]
    charge["amount_refunded"] = before + amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    books.keep(account, doc)
    books.keep(account, charge)
    books.emit(account, "refund.created", doc, request=request)
    previous = {"amount_refunded": before}
    books.emit(account, "charge.refunded", charge, previous=previous, request=request)
    return doc


def dispute(books: StripeBooks, charge_id: str, reason: str, *, inquiry: bool = False) -> Doc:
    """Let the payer's bank dispute a charge: the money and a fee leave the balance at once.

    An `inquiry` only asks: nothing leaves, and the merchant may still refund.
    """
    account = books.owner(charge_id)
    charge = books.get("charge", charge_id)
    key, now = books.new_id("dp"), books.now()
    doc: Doc = {
        "id": key,
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [] if inquiry else [_withdrawn(books, account, charge, key)],
        "charge": charge_id,
        "created": int(now.timestamp()),
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": int((now + timedelta(days=14)).timestamp()),
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": books.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    charge["disputed"] = True
    books.keep(account, charge)
    books.keep(account, doc)
    books.emit(account, "charge.dispute.created", doc)
    if not inquiry:
        books.emit(account, "charge.dispute.funds_withdrawn", doc)
    return doc


def _withdrawn(books: StripeBooks, account: str, charge: Doc, key: str) -> Doc:
    currency = str(books.get("account", account)["default_currency"])
    gross, rate = converted(books, charge["amount"], charge["currency"], currency)
    facts = {
        "amount": -gross,
        "currency": currency,
        "source": key,
        "type": "adjustment",
        "category": "dispute",
    }
    return transaction(books, account, facts, books.now(), fee=DISPUTE_FEE, rate=rate)


def close_dispute(books: StripeBooks, key: str, *, won: bool) -> Doc:
    """End a dispute; a won one brings the money back, its fee stays gone."""
    account = books.owner(key)
    doc = books.get("dispute", key)
    doc["status"] = "won" if won else "lost"
    if won:
        taken = doc["balance_transactions"][0]
        facts = {
            "amount": -taken["amount"],
            "currency": taken["currency"],
            "source": key,
            "type": "adjustment",
            "category": "dispute_reversal",
        }
        doc["balance_transactions"].append(transaction(books, account, facts, books.now()))
    books.keep(account, doc)
    books.emit(account, "charge.dispute.closed", doc)
    if won:
        books.emit(account, "charge.dispute.funds_reinstated", doc)
    return doc


def _refund(ask: Ask) -> Doc:
    charge = ask.books.find(ask.account, "charge", ask.text("charge") or "") or {}
    intent = ask.text("payment_intent") or charge.get("payment_intent", "")
    if ask.books.find(ask.account, "payment_intent", intent) is None:
        raise missing("payment_intent", intent, "payment_intent")
    try:
        doc = refund(ask.books, intent, ask.whole("amount"), ask.request)
    except ValueError as problem:
        raise invalid(str(problem), "amount") from None
    doc["metadata"] = merged({}, ask.params.get("metadata", {}))
    return ask.books.keep(ask.account, doc)


def _update_refund(ask: Ask) -> Doc:
    before = found(ask, "refund")["metadata"]
    doc = change(ask, found(ask, "refund"), {"metadata": ask.within("metadata")}, "refund.updated")
    if doc["metadata"] != before:
        # The older name of the same news.
        ask.books.emit(ask.account, "charge.refund.updated", doc, request=ask.request)
    return doc


def _update_dispute(ask: Ask) -> Doc:
    doc = found(ask, "dispute")
    changed: Doc = {
        name: ask.params[name] for name in ("metadata", "evidence") if name in ask.params
    }
    if ask.flag("submit"):
        changed["status"] = doc["status"].replace("needs_response", "under_review")
    return change(ask, doc, changed, "charge.dispute.updated")


def _close_dispute(ask: Ask) -> Doc:
    """Give up a dispute: it is lost, or a mere inquiry closed."""
    doc = found(ask, "dispute")
    if "needs_response" not in doc["status"]:
        raise wrong_state("This dispute is already closed.")
    if doc["status"] == "needs_response":
        return close_dispute(ask.books, doc["id"], won=False)
    return change(ask, doc, {"status": "warning_closed"}, "charge.dispute.closed")


ROUTES = (
    post("refunds", _refund, "payment_intent charge amount metadata reason"),
    post("refunds/{}", _update_refund, "metadata"),
    post("disputes/{}", _update_dispute, "metadata evidence submit"),
    post("disputes/{}/close", _close_dispute),
    updating("charges", "charge", "metadata description", "charge.updated"),
)
