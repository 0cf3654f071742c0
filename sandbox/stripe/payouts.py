"""Payouts: what became available, paid to the bank as one sum, and its decomposition."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, post
from sandbox.stripe.errors import invalid
from sandbox.stripe.payments import transaction
from sandbox.stripe.writes import merged, updating

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

ARRIVAL_DELAY = timedelta(days=2)


def payout(books: StripeBooks, account: str) -> Doc | None:
    """Pay out everything that is available and not paid out yet; None when there is nothing."""
    now = books.now()
    stamp = int(now.timestamp())
    paid = {key for row in books.shelf.all(f"{account}/paid_out") for key in row["rows"]}
    rows = [
        row
        for row in books.all(account, "balance_transaction")
        if row["id"] not in paid and row["available_on"] <= stamp and row["type"] != "payout"
    ]
    amount = sum(row["net"] for row in rows)
    if amount <= 0:
        return None
    currency = str(books.get("account", account)["default_currency"])
    key = books.new_id("po")
    facts = {"amount": -amount, "currency": currency, "source": key, "type": "payout"}
    own = transaction(books, account, facts, now)
    for row in rows:
        books.keep(account, {**row, "status": "available"})
    members = [own["id"], *(row["id"] for row in rows)]
    books.shelf.put(f"{account}/paid_out", key, {"id": key, "rows": members})
    arrival = now + ARRIVAL_DELAY
    doc = books.keep(account, _payout(key, own, amount, stamp, arrival))
    doc["livemode"] = books.livemode
    books.keep(account, doc)
    books.emit(account, "payout.created", doc)
    books.later(arrival, "arrive", payout=key)
    return doc


def _payout(key: str, own: Doc, amount: int, stamp: int, arrival: datetime) -> Doc:
    return {
        "id": key,
        "object": "payout",
        "amount": amount,
        "arrival_date": int(arrival.astimezone(UTC).timestamp()),
        "automatic": True,
        "balance_transaction": own["id"],
        "created": stamp,
        "currency": own["currency"],
        "description": "STRIPE PAYOUT",
        "failure_code": None,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "in_progress",
        "source_type": "card",
        "statement_descriptor": "STRIPE",
        "status": "in_transit",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def arrive(books: StripeBooks, facts: Doc, at: datetime) -> None:
    """Let a payout reach the bank: paid, reconciled, and with a trace id."""
    account = books.owner(facts["payout"])
    doc = books.get("payout", facts["payout"])
    doc["status"] = "paid"
    doc["trace_id"] = {"status": "supported", "value": f"TRACE{doc['id'][-8:]}"}
    books.keep(account, doc)
    books.emit(account, "payout.paid", doc, at=at)
    if not doc["automatic"]:
        return
    doc["reconciliation_status"] = "completed"
    books.keep(account, doc)
    books.emit(account, "payout.reconciliation_completed", doc, at=at)


def fail(books: StripeBooks, key: str) -> Doc:
    """Have the bank send a payout back: the money is in the balance again."""
    account = books.owner(key)
    doc = books.get("payout", key)
    facts = {"amount": doc["amount"], "currency": doc["currency"], "source": key}
    facts |= {"type": "payout_failure", "category": "payout_reversal"}
    row = transaction(books, account, facts, books.now())
    doc = {**doc, "status": "failed", "failure_code": "account_closed"}
    doc["failure_balance_transaction"] = row["id"]
    books.keep(account, doc)
    books.emit(account, "payout.failed", doc)
    return doc


def _create(ask: Ask) -> Doc:
    """Pay a sum out by hand: such a payout is never decomposed."""
    amount = ask.whole("amount")
    if amount is None or amount <= 0:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    books, now = ask.books, ask.books.now()
    key = books.new_id("po")
    facts = {"amount": -amount, "currency": ask.required("currency").lower(), "source": key}
    own = transaction(books, ask.account, {**facts, "type": "payout"}, now)
    doc = _payout(key, own, amount, int(now.timestamp()), now + ARRIVAL_DELAY)
    doc |= {
        "automatic": False,
        "description": ask.text("description"),
        "livemode": books.livemode,
        "metadata": merged({}, ask.params.get("metadata", {})),
        "method": ask.text("method") or "standard",
        "reconciliation_status": "not_applicable",
    }
    books.keep(ask.account, doc)
    books.emit(ask.account, "payout.created", doc, request=ask.request)
    books.later(now + ARRIVAL_DELAY, "arrive", payout=key)
    return doc


ROUTES = (
    post("payouts", _create, "amount currency description metadata method statement_descriptor"),
    updating("payouts", "payout", "metadata", "payout.updated"),
)
