"""Pages to pay at: exactly the amount, in Stripe's own minor units, once for one key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.bill import Bill
from ledger.errors import RefusedError
from ledger.money import Money
from tests.connector.stripe.stripe_shop import opened
from tests.sandbox.stripe_world import new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as made:
        yield made


@pytest.fixture
def shop(door):
    world = new_world(door)
    return opened(world, world.stand_in.add_restricted_key(world.shop))


def bill(shop, amount, number="INV-7"):
    until = shop.world.clock() + timedelta(minutes=45)
    return Bill("inv-id", number, "tenant", amount, until, "https://dunnock.example/pay/thanks")


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        (Money(12_345, "GBP"), 12_345),
        (Money(500, "JPY"), 500),
        # Stripe counts Iceland's kronur with two decimals, which ISO does not.
        (Money(500, "ISK"), 50_000),
        (Money(1_500, "BHD"), 1_500),
    ],
)
def test_the_page_asks_for_exactly_what_is_open(shop, amount, minor):
    address = shop.books.checkout(bill(shop, amount), "pay:1")
    [session] = shop.world.stand_in.sessions(shop.world.shop)
    assert address == session["url"]
    assert (session["amount_total"], session["currency"]) == (minor, amount.currency.lower())
    assert session["success_url"] == "https://dunnock.example/pay/thanks"
    assert session["payment_intent_data"]["metadata"] == session["metadata"]
    assert session["client_reference_id"] == "inv-id"
    assert shop.books.checkout(bill(shop, amount), "pay:1") == address
    assert len(shop.world.stand_in.sessions(shop.world.shop)) == 1


def test_what_is_no_amount_at_stripe_is_refused(shop):
    with pytest.raises(RefusedError, match="no amount at Stripe"):
        # Chile's unit of account has four decimals, and Stripe counts two.
        shop.books.checkout(bill(shop, Money(1, "CLF")), "pay:1")
    assert shop.world.stand_in.sessions(shop.world.shop) == []
