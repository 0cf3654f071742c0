"""Customers: who pays, how by default, and what they have as credit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, post
from sandbox.stripe.catalog import deleting
from sandbox.stripe.methods import made, outcome
from sandbox.stripe.writes import change, found, merged, named

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

_PLAIN = ("name", "email", "description", "phone", "metadata")
_TAKES = "name email description phone metadata coupon payment_method invoice_settings source"


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
        "discount": None,
        "email": params.get("email"),
        "invoice_settings": {"default_payment_method": None},
        "livemode": books.livemode,
        "metadata": merged({}, params.get("metadata", {})),
        "name": params.get("name"),
        "phone": params.get("phone"),
        "preferred_locales": [],
    }
    books.keep(account, doc)
    books.emit(account, "customer.created", doc, request=request)
    return doc


def _create(ask: Ask) -> Doc:
    doc = new_customer(ask.books, ask.account, ask.params, ask.request)
    doc = _paying(ask, doc)
    return _discounted(ask, doc)


def _update(ask: Ask) -> Doc:
    doc = _paying(ask, found(ask, "customer"))
    doc = _discounted(ask, doc)
    changed = {name: ask.params[name] for name in _PLAIN if name in ask.params}
    return change(ask, doc, changed, "customer.updated")


def _paying(ask: Ask, doc: Doc) -> Doc:
    """Attach what the customer pays with, and make it the default when the request says so."""
    token = ask.text("payment_method") or ask.text("source")
    given = ask.within("invoice_settings").get("default_payment_method")
    method = given
    if token:
        what = outcome(ask.books, ask.account, token)
        kept = made(ask, "card", what, doc["id"])
        ask.books.emit(ask.account, "payment_method.attached", kept, request=ask.request)
        method = kept["id"] if given in (None, token) else given
    if method is None:
        return doc
    settings = {**doc["invoice_settings"], "default_payment_method": method}
    return ask.books.keep(ask.account, {**doc, "invoice_settings": settings})


def _discounted(ask: Ask, doc: Doc) -> Doc:
    if "coupon" not in ask.params:
        return doc
    before = doc["discount"]
    after = None
    if ask.text("coupon"):
        coupon = named(ask, "coupon", "coupon")
        start = int(ask.books.now().timestamp())
        number = before["id"] if before else ask.books.new_id("di")
        source = {"coupon": coupon["id"], "type": "coupon"}
        after = {"id": number, "object": "discount", "customer": doc["id"], "start": start}
        after |= {"source": source}
    word = "created" if before is None else "updated" if after else "deleted"
    if before or after:
        told = after or before
        ask.books.emit(ask.account, f"customer.discount.{word}", told, request=ask.request)
    return ask.books.keep(ask.account, {**doc, "discount": after})


ROUTES = (
    post("customers", _create, _TAKES),
    post("customers/{}", _update, _TAKES),
    deleting("customers", "customer"),
)
