"""Stripe's lists: filters, both paging directions, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.books import EVENT_WINDOW
from sandbox.stripe.errors import invalid, missing, unknown_parameter

if TYPE_CHECKING:
    from sandbox.shelf import Doc

    Filter = str | list[str] | dict[str, str]
    from sandbox.stripe.books import StripeBooks

LIMIT_DEFAULT = 10
LIMIT_MAX = 100
TYPES_MAX = 20
_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand"})

# resource -> (noun, its filters)
LISTS: dict[str, tuple[str, frozenset[str]]] = {
    "payment_intents": ("payment_intent", frozenset({"created", "customer"})),
    "charges": ("charge", frozenset({"created", "customer", "payment_intent"})),
    "balance_transactions": (
        "balance_transaction",
        frozenset({"created", "currency", "payout", "source", "type"}),
    ),
    "customers": ("customer", frozenset({"created", "email"})),
    "invoices": (
        "invoice",
        frozenset({"created", "customer", "status", "due_date", "collection_method"}),
    ),
    "invoice_payments": (
        "invoice_payment",
        frozenset({"created", "invoice", "payment", "status"}),
    ),
    "events": ("event", frozenset({"created", "type", "types", "delivery_success"})),
    "payouts": ("payout", frozenset({"created", "status", "arrival_date"})),
    "refunds": ("refund", frozenset({"created", "charge", "payment_intent"})),
    "disputes": ("dispute", frozenset({"created", "charge", "payment_intent"})),
    "checkout/sessions": (
        "checkout.session",
        frozenset({"created", "customer", "payment_intent", "payment_link", "status"}),
    ),
    "credit_notes": ("credit_note", frozenset({"created", "customer", "invoice"})),
    "invoiceitems": ("invoiceitem", frozenset({"created", "customer", "invoice"})),
    "payment_links": ("payment_link", frozenset({"active"})),
    "payment_methods": ("payment_method", frozenset({"customer", "type"})),
    "subscriptions": ("subscription", frozenset({"created", "customer", "status"})),
    "products": ("product", frozenset({"active", "created"})),
    "prices": ("price", frozenset({"active", "created", "currency", "product"})),
}
_RANGES = frozenset({"created", "due_date", "arrival_date"})
_PAYMENT_KINDS = frozenset({"payment_intent", "charge", "payment_record"})


def check_list(resource: str, params: Doc) -> None:
    """Refuse what this list does not understand, before anything is read."""
    _, filters = LISTS[resource]
    for name in params:
        if name not in filters and name not in _PAGING:
            raise unknown_parameter(name)
    if "starting_after" in params and "ending_before" in params:
        message = "You may only specify one of these parameters: starting_after, ending_before."
        raise invalid(message, "starting_after")
    _check_values(params)
    limit(params)


def _check_values(params: Doc) -> None:
    for name in ("types", "expand"):
        if not isinstance(params.get(name, []), list):
            raise invalid("Invalid array", name, "parameter_invalid_array")
    for name in _RANGES & params.keys():
        _check_range(params[name], name)
    if "payment" in params and _payment_kind(params["payment"]) not in _PAYMENT_KINDS:
        raise invalid("Missing required param: payment[type].", "payment[type]")
    if len(params.get("types", [])) > TYPES_MAX:
        message = f"You may list at most {TYPES_MAX} types"
        raise invalid(message, "types")


def limit(params: Doc) -> int:
    """Read `limit`: 1 to 100, 10 when not given."""
    text = str(params.get("limit", LIMIT_DEFAULT))
    if not text.isdigit():
        raise invalid(f"Invalid integer: {text}", "limit", "parameter_invalid_integer")
    if not 1 <= int(text) <= LIMIT_MAX:
        raise invalid(f"This value must be between 1 and {LIMIT_MAX}.", "limit")
    return int(text)


def page(books: StripeBooks, account: str, resource: str, params: Doc) -> Doc:
    """Give one page of a list as Stripe writes it."""
    noun, _ = LISTS[resource]
    if resource == "balance_transactions" and "payout" in params:
        _check_payout(books, account, str(params["payout"]))
    rows = [row for row in readable(books, account, noun) if _fits(books, account, row, params)]
    size = limit(params)
    if "ending_before" in params:
        # The cursor may be filtered out of the list itself; its place among all rows counts.
        newer = _before(books, account, noun, params["ending_before"])
        rows = [row for row in rows if row["id"] in newer]
        shown = rows[-size:]
    else:
        if "starting_after" in params:
            newer = _before(books, account, noun, params["starting_after"])
            cursor = params["starting_after"]
            rows = [row for row in rows if row["id"] not in newer and row["id"] != cursor]
        shown = rows[:size]
    more = len(rows) > size
    return {"object": "list", "data": shown, "has_more": more, "url": f"/v1/{resource}"}


def _check_payout(books: StripeBooks, account: str, key: str) -> None:
    """Refuse to take a payout apart before Stripe itself has done so, or one made by hand."""
    found = books.find(account, "payout", key)
    if found is None:
        raise missing("payout", key, "payout")
    if not found["automatic"]:
        message = "Balance transaction history can only be filtered on automatic transfers."
        raise invalid(message, "payout")
    if found["reconciliation_status"] != "completed":
        message = "This payout is not reconciled yet."
        raise invalid(message, "payout", "payout_reconciliation_not_ready")


def readable(books: StripeBooks, account: str, noun: str) -> list[Doc]:
    """Give what can still be read, newest first: events only for thirty days."""
    rows = books.all(account, noun)
    if noun != "event":
        return rows
    oldest = int((books.now() - EVENT_WINDOW).timestamp())
    return [row for row in rows if row["created"] >= oldest]


def _before(books: StripeBooks, account: str, noun: str, cursor: str) -> set[str]:
    newer: set[str] = set()
    for row in readable(books, account, noun):
        if row["id"] == cursor:
            return newer
        newer.add(row["id"])
    raise missing(noun, cursor, "ending_before")


def _fits(books: StripeBooks, account: str, row: Doc, params: Doc) -> bool:
    return all(
        _passes(books, account, row, name, wanted)
        for name, wanted in params.items()
        if name not in _PAGING and name != "delivery_success"
    )


def _passes(books: StripeBooks, account: str, row: Doc, name: str, wanted: Filter) -> bool:
    if name in _RANGES:
        return _in_range(row.get(name), wanted)
    if name == "types":
        return row["type"] in wanted
    if name == "payout":
        found = books.shelf.get(f"{account}/paid_out", str(wanted)) or {"rows": []}
        return row["id"] in found["rows"]
    if name == "payment":
        asked = wanted if isinstance(wanted, dict) else {}
        kind = _payment_kind(asked)
        payment = row["payment"]
        return bool(payment["type"] == kind and payment.get(kind) == asked.get(kind))
    return bool(row.get(name) == wanted)


def _payment_kind(wanted: Filter) -> str:
    return wanted.get("type", "") if isinstance(wanted, dict) else ""


def _check_range(wanted: Filter, name: str) -> None:
    for word, text in _bounds(wanted).items():
        if word not in {"gt", "gte", "lt", "lte"} or not text.isdigit():
            raise invalid(f"Invalid timestamp: {text}", f"{name}[{word}]")


def _bounds(wanted: Filter) -> dict[str, str]:
    return wanted if isinstance(wanted, dict) else {"gte": str(wanted), "lte": str(wanted)}


def _in_range(value: int | None, wanted: Filter) -> bool:
    if value is None:
        return False
    for word, text in _bounds(wanted).items():
        bound = int(text)
        fits = {"gt": value > bound, "gte": value >= bound, "lt": value < bound}
        if not fits.get(word, value <= bound):
            return False
    return True
