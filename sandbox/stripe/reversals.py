"""Money that goes back: refunds and disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.stripe.payments import converted, transaction

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


def dispute(books: StripeBooks, charge_id: str, reason: str) -> Doc:
    """Let the payer's bank dispute a charge: the money and a fee leave the balance at once."""
    account = books.owner(charge_id)
    charge = books.get("charge", charge_id)
    currency = str(books.get("account", account)["default_currency"])
    gross, rate = converted(books, charge["amount"], charge["currency"], currency)
    key = books.new_id("dp")
    facts = {
        "amount": -gross,
        "currency": currency,
        "source": key,
        "type": "adjustment",
        "category": "dispute",
    }
    now = books.now()
    row = transaction(books, account, facts, now, fee=DISPUTE_FEE, rate=rate)
    doc: Doc = {
        "id": key,
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [row],
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
        "is_charge_refundable": False,
        "livemode": books.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    charge["disputed"] = True
    books.keep(account, charge)
    books.keep(account, doc)
    books.emit(account, "charge.dispute.created", doc)
    books.emit(account, "charge.dispute.funds_withdrawn", doc)
    return doc


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
