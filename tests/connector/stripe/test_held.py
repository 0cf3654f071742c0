"""Bank transfers in a cash balance: seen, held back for, and matched with nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.stripe.held import receipt
from connector.stripe.webhook import about, notices
from ledger.documents import HELD, Gone, Kind, Receipt, Ref, Status
from ledger.money import Money
from tests.connector.stripe.stripe_shop import opened
from tests.sandbox.stripe_world import new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as one:
        yield one


@pytest.fixture
def world(door):
    return new_world(door)


@pytest.fixture
def shop(world):
    return opened(world, world.stand_in.add_restricted_key(world.shop))


@pytest.fixture
def customer(world):
    return world.stand_in.add_customer(world.shop, "Ada Ltd", "ada@example.com")


def transfer(world, customer, amount=12_345, reference="INV-7"):
    world.stand_in.send_transfer(
        world.shop, customer, amount, "gbp", reference=reference, sender="A LOVELACE"
    )


@pytest.mark.parametrize("thin", [False, True])
def test_a_transfer_is_told_of_and_read_with_its_reference(world, shop, customer, thin):
    world.install()
    world.stand_in.send_thin(thin=thin)
    transfer(world, customer)
    world.events()
    [told] = [
        one
        for _, body in world.posts
        for one in notices(body)
        if one.verb == "customer_cash_balance_transaction.created"
    ]
    assert Ref(told.kind, told.object_id, told.part) == Ref(Kind.RECEIPT, customer, HELD)
    [found] = shop.books.read([Ref(told.kind, told.object_id, told.part)])
    held = found.document
    assert isinstance(held, Receipt)
    assert (held.amount, held.unapplied) == (Money(12_345, "GBP"), Money(12_345, "GBP"))
    assert held.processing
    assert held.status is Status.OPEN
    assert (held.reference, held.payer_name, held.payer_email) == (
        "INV-7",
        "A LOVELACE",
        "ada@example.com",
    )
    assert json.loads(found.raw)["dunnock"]["cash_balance_transactions"]


def test_what_was_set_against_a_payment_is_held_no_more(world, shop, customer):
    client = world.client("sk_test_app", world.shop)
    world.install()
    transfer(world, customer, 1_000)
    intent = client.v1.payment_intents.create(
        {
            "amount": 1_000,
            "currency": "gbp",
            "customer": customer,
            "confirm": True,
            "payment_method_data": {"type": "customer_balance"},
        }
    )
    assert intent.status == "succeeded"
    held = Ref(Kind.RECEIPT, customer, HELD)
    [gone, paid] = shop.books.read([held, Ref(Kind.RECEIPT, intent.id)])
    assert gone.document == Gone(held)
    assert isinstance(paid.document, Receipt)
    assert paid.document.unapplied == Money(1_000, "GBP")
    assert not paid.document.processing


def test_the_event_log_tells_of_a_transfer_too(world, shop, customer):
    cursor, more = "", True
    while more:
        page = shop.books.sync(cursor)
        cursor, more = page.cursor, page.more
    transfer(world, customer)
    [found] = shop.books.sync(cursor).found
    assert found.document.ref == Ref(Kind.RECEIPT, customer, HELD)


REF = Ref(Kind.RECEIPT, "cus_1", HELD)


def customer_with(available: Any) -> dict[str, Any]:
    return {"id": "cus_1", "created": 1_772_323_200, "cash_balance": {"available": available}}


def test_a_second_currency_is_named():
    found = receipt(REF, customer_with({"usd": 500, "eur": 700}), [{"type": "applied"}], "UTC")
    assert found.amount == Money(700, "EUR")
    assert found.text.endswith("; also 5.00 USD")


def test_an_odd_transfer_is_money_all_the_same():
    odd: tuple[Any, ...] = (None, {}, 7)
    rows: list[Any] = [{"type": "funded", "created": 1_772_323_200, "funded": one} for one in odd]
    rows += [{"type": "funded", "created": 1, "funded": {"bank_transfer": {"type": "new"}}}]
    found = receipt(REF, customer_with({"gbp": 5}), rows, "UTC")
    assert (found.reference, found.payer_name) == ("", "")


def test_what_cannot_be_read_says_why():
    found = receipt(REF, customer_with({"no currency": 5}), [], "UTC")
    assert (found.ref, found.status, found.unapplied.minor) == (REF, Status.UNKNOWN, 0)
    assert found.unread.startswith("cash_balance.available: no currency is 5")


def test_an_event_without_a_customer_is_about_nothing_of_ours():
    assert about({"object": "customer_cash_balance_transaction", "id": "x"}) is None
    assert about({"object": "customer_cash_balance_transaction", "url": "/v1/x"}) is None
