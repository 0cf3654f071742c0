"""What is sold: products, prices, plans and coupons, as far as invoices need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, Route, delete, post
from sandbox.stripe.writes import found, merged, updating

if TYPE_CHECKING:
    from sandbox.shelf import Doc

_PRICE = (
    "product product_data currency unit_amount recurring nickname metadata active lookup_key"
    " tax_behavior"
)


def new(ask: Ask, prefix: str, doc: Doc, event: str = "") -> Doc:
    """Keep a new object under the next id of its kind, and tell of it."""
    made: Doc = {
        "id": ask.books.new_id(prefix),
        "created": int(ask.books.now().timestamp()),
        "livemode": ask.books.livemode,
        **doc,
        "metadata": merged({}, ask.params.get("metadata", {})),
    }
    ask.books.keep(ask.account, made)
    told = event or f"{doc['object']}.created"
    ask.books.emit(ask.account, told, made, request=ask.request)
    return made


def gone(ask: Ask, noun: str, event: str = "") -> Doc:
    """Delete an object for good, and tell of it."""
    doc = found(ask, noun)
    ask.books.forget(ask.account, doc)
    ask.books.emit(ask.account, event or f"{noun}.deleted", doc, request=ask.request)
    return {"id": doc["id"], "object": noun, "deleted": True}


def deleting(resource: str, noun: str) -> Route:
    """Make the route that deletes one object."""
    return delete(f"{resource}/{{}}", lambda ask: gone(ask, noun))


def _product(ask: Ask) -> Doc:
    facts = {"active": True, "description": ask.text("description"), "name": ask.required("name")}
    return new(ask, "prod", {"object": "product", **facts})


def _of_product(ask: Ask, inline: str) -> str:
    """Give the product a price is for, made on the spot when it was given by name."""
    given = ask.params.get("product")
    name = ask.within(inline).get("name")
    if isinstance(given, str):
        return str(found(ask, "product", given)["id"])
    inside = Ask(ask.books, ask.account, (), {"name": name or ""}, ask.request)
    return str(_product(inside)["id"])


def _price(ask: Ask) -> Doc:
    every = ask.within("recurring").get("interval")
    return new(
        ask,
        "price",
        {
            "object": "price",
            "active": True,
            "currency": ask.required("currency").lower(),
            "nickname": ask.text("nickname"),
            "product": _of_product(ask, "product_data"),
            "recurring": {"interval": every, "interval_count": 1} if every else None,
            "type": "recurring" if every else "one_time",
            "unit_amount": ask.whole("unit_amount"),
        },
    )


def _plan(ask: Ask) -> Doc:
    return new(
        ask,
        "plan",
        {
            "object": "plan",
            "active": True,
            "amount": ask.whole("amount"),
            "currency": ask.required("currency").lower(),
            "interval": ask.required("interval"),
            "product": _of_product(ask, "product"),
        },
    )


def _coupon(ask: Ask) -> Doc:
    facts = {"amount_off": ask.whole("amount_off"), "percent_off": ask.whole("percent_off")}
    return new(ask, "coupon", {"object": "coupon", "duration": "once", "valid": True, **facts})


ROUTES = (
    post("products", _product, "name description metadata active"),
    updating("products", "product", "name description metadata active", "product.updated"),
    deleting("products", "product"),
    post("prices", _price, _PRICE),
    updating("prices", "price", "nickname metadata active", "price.updated"),
    post("plans", _plan, "currency interval amount product metadata nickname"),
    updating("plans", "plan", "metadata nickname active", "plan.updated"),
    deleting("plans", "plan"),
    post("coupons", _coupon, "percent_off amount_off currency duration metadata name"),
    updating("coupons", "coupon", "metadata name", "coupon.updated"),
    deleting("coupons", "coupon"),
)
