"""Stripe's own command-line tool drives the stand-in with the recipes Stripe wrote for itself.

What the stand-in then tells is taken in as the door does it, and read in both of Stripe's roles.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.stripe.provider import PROVIDER
from connector.stripe.webhook import SUBSCRIBED
from flows.sync import READABLE
from ledger.documents import Ref
from sandbox.shelf import Shelf
from sandbox.stripe import StripeStandIn
from tests.connector.stripe.stripe_shop import kept, opened
from tests.judges.conftest import STRIPE_CLI
from tests.sandbox.stripe_world import SECRET, Clock, Door, World, opened_door

KEY = "sk_test_standin_of_the_application"

# Recipes of what no connection of ours reads or writes, by how their names begin.
LEFT_OUT = {
    "billing_portal.": "the merchant's customers manage themselves there",
    "identity.": "verifying people",
    "issuing_": "cards the merchant issues",
    "payment_method.updated": "needs a card saved without a payment",
    "promotion_code.": "changes a price before there is an invoice",
    "quote.": "comes before an invoice",
    "reporting.": "files that Stripe makes overnight",
    "setup_intent.": "saves a card, moves no money",
    "subscription_schedule.": "plans of subscriptions; what they bill are invoices",
    "tax_rate.": "an invoice arrives with its taxes",
    "test_helpers.": "clocks inside Stripe's test mode",
    "topup.": "a platform's own money",
    "transfer.": "a platform pays its sellers",
    "v1.billing.meter.": "metering of use",
}
# Two recipes are named after what they are about, not after an event.
TELLS = {
    "subscription.payment_failed": "invoice.payment_failed",
    "subscription.payment_succeeded": "invoice.payment_succeeded",
}


def _run(home: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    outside = {"HOME": home, "STRIPE_API_KEY": KEY, "STRIPE_CLI_TELEMETRY_OPTOUT": "1"}
    return subprocess.run(
        [STRIPE_CLI, *arguments],
        env=outside,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _recipes() -> list[str]:
    told = _run("/nonexistent", "trigger", "--help").stdout
    listed = told.partition("Supported events:")[2].partition("Usage:")[0]
    return [one for one in listed.split() if not one.startswith(tuple(LEFT_OUT))]


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened_door() as opened:
        yield opened


@pytest.mark.parametrize("recipe", _recipes())
def test_a_recipe_of_stripes_own_tool_comes_true(door: Door, tmp_path: Path, recipe: str) -> None:
    world = _world(door)
    # A platform opens and closes accounts from its own; all else happens in a merchant's.
    whose = [] if recipe.startswith("account.") else ["--stripe-account", world.shop]
    done = _run(str(tmp_path), "trigger", recipe, "--api-base", door.url, *whose)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Trigger succeeded!" in done.stdout
    # What takes its time has happened by then.
    world.clock.now += timedelta(minutes=10)
    world.stand_in.settle()
    event = TELLS.get(recipe, recipe)
    assert event in world.stand_in.told()
    verbs = _read_what_was_told(world)
    assert (event in verbs) == (event in SUBSCRIBED) or not whose


def _world(door: Door) -> World:
    clock = Clock()
    stand_in = StripeStandIn(
        Shelf(), clock, client_id="ca_1", developer_key=KEY, webhook_secret=SECRET
    )
    for currency, rate in (("eur", "1.08"), ("jpy", "0.0066")):
        stand_in.set_rate(currency, "usd", rate)
    door.app = stand_in.app
    world = World(clock, stand_in, door.url, stand_in.add_account("Shop", "usd"))
    world.developer_key = KEY
    world.install()
    return world


def _read_what_was_told(world: World) -> set[str]:
    """Take every delivery in as the door does, read what it names in both roles; give the verbs."""
    world.events()
    told = []
    for headers, body in world.posts:
        signed = {"stripe-signature": headers["Stripe-Signature"]}
        PROVIDER.verify(signed, body, [SECRET], world.clock())
        told += PROVIDER.notices(body)
    assert all(one.tenant_id == world.shop for one in told)
    refs = dict.fromkeys(Ref(one.kind, one.object_id, one.part) for one in told)
    for books in (opened(world, KEY, strategy="platform").books, kept(world).books):
        found = books.read([one for one in refs if one.kind in READABLE])
        assert all(getattr(one.document, "unread", "") == "" for one in found)
    return {one.verb for one in told}


def test_most_recipes_are_about_what_we_model() -> None:
    assert len(_recipes()) >= 70
    assert {"invoice.paid", "charge.dispute.closed", "payout.created"} <= set(_recipes())
