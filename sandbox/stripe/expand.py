"""`expand`: replacing an id by its object, at most four levels deep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe import cash
from sandbox.stripe.errors import StripeRefusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

LEVELS_MAX = 4

# field -> the noun its id points at; `source` of a balance transaction tells by its prefix.
_POINTS_AT = {
    "customer": "customer",
    "latest_charge": "charge",
    "charge": "charge",
    "balance_transaction": "balance_transaction",
    "payment_intent": "payment_intent",
    "invoice": "invoice",
}
_PREFIXES = {"ch": "charge", "re": "refund", "dp": "dispute", "po": "payout"}
_EXPANDABLE = {
    "payment_intent": {"customer", "latest_charge"},
    "charge": {"customer", "balance_transaction", "payment_intent"},
    "balance_transaction": {"source"},
    "refund": {"charge", "payment_intent", "balance_transaction"},
    "dispute": {"charge", "payment_intent"},
    "payout": {"balance_transaction"},
    "invoice": {"customer", "payments"},
    "invoice_payment": {"invoice"},
    "payment": {"payment_intent"},
    "customer": {"cash_balance"},
}


def expanded(books: StripeBooks, account: str, doc: Doc, paths: Sequence[str]) -> Doc:
    """Give a copy of an answer with every path of `expand` filled in.

    Raises StripeRefusal for a path too deep or a field that cannot be expanded.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > LEVELS_MAX:
            raise _refusal(f"You cannot expand more than {LEVELS_MAX} levels of a property", path)
        doc = _walk(books, account, doc, steps, path) or doc
    return doc


def _walk(
    books: StripeBooks, account: str, node: Doc | None, steps: list[str], path: str
) -> Doc | None:
    if not steps or node is None:
        return node
    step, rest = steps[0], steps[1:]
    if node.get("object") == "list":
        if step != "data":
            raise _refusal("Expanding a list begins with data.", path)
        rows = [_walk(books, account, one, rest, path) for one in node["data"]]
        return {**node, "data": rows}
    if step == "payment" and node.get("object") == "invoice_payment":
        return {**node, "payment": _walk(books, account, node["payment"], rest, path)}
    kind = node.get("object", "payment")
    if step not in _EXPANDABLE.get(kind, set[str]()):
        raise _refusal(f"This property cannot be expanded ({step}).", path)
    return {**node, step: _walk(books, account, _fetch(books, account, node, step), rest, path)}


def _fetch(books: StripeBooks, account: str, node: Doc, step: str) -> Doc | None:
    if step == "payments":
        rows = [
            row for row in books.all(account, "invoice_payment") if row["invoice"] == node["id"]
        ]
        url = "/v1/invoice_payments"
        return {"object": "list", "data": rows, "has_more": False, "url": url}
    if step == "cash_balance":
        return cash.balance(books, account, node["id"])
    value = node.get(step)
    if not isinstance(value, str):
        return value
    noun = _PREFIXES.get(value.split("_")[0], "") if step == "source" else _POINTS_AT[step]
    return books.find(account, noun, value)


def _refusal(message: str, path: str) -> StripeRefusal:
    return StripeRefusal(400, f"{message}: {path}", param="expand")
