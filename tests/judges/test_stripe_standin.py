"""What the Stripe stand-in answers and tells is made of Stripe's own fields and events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector.stripe.webhook import CAUGHT_UP, SUBSCRIBED
from tests.sandbox.stripe_desk import Desk

# What the stand-in keeps for itself beside them; nothing of ours reads it.
OURS = {
    "checkout.session": {"payment_intent_data"},
    "invoice": {"days_until_due"},
    "invoiceitem": {"created"},
    "payment_link": {"amount_total", "created"},
}


@pytest.fixture(scope="session")
def digest(specs: Path) -> dict[str, Any]:
    (path,) = (specs / "stripe").glob("*.digest.json")
    read: dict[str, Any] = json.loads(path.read_bytes())
    return read


def everything() -> Desk:
    """Live through one of each kind."""
    desk = Desk()
    customer = desk.customer("pm_card_visa", email="ada@x.example")
    invoice = desk.draft(customer)
    desk.post(f"invoices/{invoice}/pay")
    open_one = desk.draft(customer)
    desk.post(f"invoices/{open_one}/finalize")
    desk.post("credit_notes", invoice=open_one, amount=500)
    desk.post("credit_notes", invoice=invoice, amount=500, credit_amount=500)
    price = desk.price(recurring__interval="month")
    desk.post("subscriptions", customer=customer, items__0__price=price)
    line = {"line_items__0__price": price, "line_items__0__quantity": 1}
    desk.post("checkout/sessions", mode="payment", success_url="https://x.test", **line)
    desk.post("payment_links", **line)
    desk.stand_in.send_transfer(desk.shop, customer, 100, "usd", reference="x")
    paid = desk.stand_in.take_payment(desk.shop, 900, "usd", customer=customer)
    desk.stand_in.refund(paid, 100)
    desk.stand_in.dispute(paid)
    desk.post("coupons", percent_off=20)
    desk.wait(days=3)
    desk.stand_in.take_payment(desk.shop, 90_000, "usd")
    desk.wait(days=3)
    assert desk.stand_in.payout(desk.shop)
    desk.wait(days=3)
    return desk


def unknown_fields(doc: dict[str, Any], known: dict[str, Any]) -> set[str]:
    noun = doc["object"]
    fields = set(known[noun]["fields"]) | OURS.get(noun, set())
    return {f"{noun}.{name}" for name in doc if name not in fields}


def test_every_answer_is_made_of_stripes_own_fields(digest: dict[str, Any]) -> None:
    desk = everything()
    known = digest["objects"]
    seen: set[str] = set()
    wrong: set[str] = set()
    for key, owner in desk.stand_in.shelf.items("owner"):
        for kind in known:
            doc = desk.stand_in.books.find(str(owner["account"]), kind, key)
            if doc is not None:
                seen.add(kind)
                wrong |= unknown_fields(doc, known)
    assert wrong == set()
    assert len(seen) >= 20


def test_every_event_is_one_of_stripes(digest: dict[str, Any]) -> None:
    events = set(digest["all_event_types"])
    assert set(everything().told) <= events
    assert {*SUBSCRIBED, *CAUGHT_UP} <= events
