"""The writes an app makes: metadata on what exists, new customers, refunds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.stripe import reversals
from sandbox.stripe.errors import invalid, missing, unknown_parameter

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

KEYS_MAX = 50
KEY_CHARS_MAX = 40
VALUE_CHARS_MAX = 500

# resource -> (noun, the fields an update may set, the event it causes; Stripe tells nobody about
# the edit of a PaymentIntent)
UPDATES: dict[str, tuple[str, frozenset[str], str]] = {
    "payment_intents": (
        "payment_intent",
        frozenset({"metadata", "description", "receipt_email"}),
        "",
    ),
    "charges": ("charge", frozenset({"metadata", "description"}), "charge.updated"),
    "customers": (
        "customer",
        frozenset({"metadata", "description", "name", "email"}),
        "customer.updated",
    ),
    "invoices": ("invoice", frozenset({"metadata", "auto_advance"}), "invoice.updated"),
    "refunds": ("refund", frozenset({"metadata"}), "refund.updated"),
    "payouts": ("payout", frozenset({"metadata"}), "payout.updated"),
}
CREATES: dict[str, frozenset[str]] = {
    "customers": frozenset({"metadata", "description", "name", "email"}),
    "refunds": frozenset({"payment_intent", "charge", "amount", "metadata", "reason"}),
}


def check_write(resource: str, key: str, params: Doc) -> None:
    """Refuse a write with parameters the endpoint lacks, or with metadata Stripe would not take."""
    known = UPDATES[resource][1] if key else CREATES[resource]
    for name in params:
        if name not in known and name != "expand":
            raise unknown_parameter(name)
    _check_metadata(params.get("metadata", {}))


def _check_metadata(given: object) -> None:
    if given == "":
        return
    if not isinstance(given, dict):
        raise invalid("Invalid hash", "metadata", "parameter_invalid_hash")
    for name, value in given.items():
        if len(name) > KEY_CHARS_MAX or re.search(r"[\[\]]", name):
            message = f"Metadata keys must be under {KEY_CHARS_MAX} characters long: {name}"
            raise invalid(message, f"metadata[{name}]")
        if not isinstance(value, str) or len(value) > VALUE_CHARS_MAX:
            message = f"Metadata values can have up to {VALUE_CHARS_MAX} characters"
            raise invalid(message, f"metadata[{name}]")


def merged(before: Doc, given: Doc | str) -> Doc:
    """Set metadata key by key; an empty value takes its key away, an empty map takes all."""
    if isinstance(given, str):
        return {}
    result = {**before, **given}
    result = {name: value for name, value in result.items() if value != ""}
    if len(result) > KEYS_MAX:
        message = f"You can only have up to {KEYS_MAX} metadata keys"
        raise invalid(message, "metadata")
    return result


def update(
    books: StripeBooks, account: str, resource: str, key: str, params: Doc, request: Doc
) -> Doc:
    """Change the named fields of one object; gives it as it is now."""
    noun, _, event = UPDATES[resource]
    doc = books.find(account, noun, key)
    if doc is None:
        raise missing(noun, key)
    changed = {name: value for name, value in params.items() if name != "expand"}
    if "metadata" in changed:
        changed["metadata"] = merged(doc["metadata"], changed["metadata"])
    previous = {name: doc.get(name) for name, value in changed.items() if doc.get(name) != value}
    doc = books.keep(account, {**doc, **changed})
    if event and previous:
        books.emit(account, event, doc, previous=previous, request=request)
    return doc


def create(books: StripeBooks, account: str, resource: str, params: Doc, request: Doc) -> Doc:
    """Make a customer or a refund."""
    if resource == "customers":
        return new_customer(books, account, params, request)
    charge = books.find(account, "charge", params.get("charge", "")) or {}
    intent = params.get("payment_intent") or charge.get("payment_intent", "")
    if books.find(account, "payment_intent", intent) is None:
        raise missing("payment_intent", intent, "payment_intent")
    amount = params.get("amount")
    try:
        doc = reversals.refund(books, intent, None if amount is None else int(amount), request)
    except ValueError as problem:
        raise invalid(str(problem), "amount") from None
    doc["metadata"] = merged({}, params.get("metadata", {}))
    return books.keep(account, doc)


def new_customer(books: StripeBooks, account: str, params: Doc, request: Doc | None = None) -> Doc:
    """Write a new customer into an account's books."""
    doc: Doc = {
        "id": books.new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": int(books.now().timestamp()),
        "currency": None,
        "delinquent": False,
        "description": params.get("description"),
        "email": params.get("email"),
        "livemode": books.livemode,
        "metadata": merged({}, params.get("metadata", {})),
        "name": params.get("name"),
        "phone": None,
        "preferred_locales": [],
    }
    books.keep(account, doc)
    books.emit(account, "customer.created", doc, request=request)
    return doc
