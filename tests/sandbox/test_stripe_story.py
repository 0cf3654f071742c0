"""The Stripe stand-in's story: money in, money back, payouts, webhooks, a restart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import stripe

from sandbox.shelf import Shelf
from tests.sandbox.stripe_world import SECRET, START, Clock, code_of, make, new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as opened:
        yield opened


@pytest.fixture
def world(door):
    return new_world(door)


def test_a_payment_settles_a_little_later(world):
    token = world.install()["access_token"]
    customer = world.stand_in.add_customer(world.shop, "Ada Ltd", "ada@example.com")
    intent = world.stand_in.take_payment(
        world.shop, 12_500, "gbp", customer=customer, metadata={"ar_invoice_number": "INV-7"}
    )
    client = world.client(token)
    read = client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge", "customer"]})
    assert (read.status, read.amount, read.metadata["ar_invoice_number"]) == (
        "succeeded",
        12_500,
        "INV-7",
    )
    assert read.latest_charge.balance_transaction is None
    assert read.customer.email == "ada@example.com"
    world.clock.forward(minutes=2)
    kinds = [event["type"] for event in world.events()]
    assert kinds == [
        "account.application.authorized",
        "customer.created",
        "payment_intent.succeeded",
        "charge.updated",
    ]
    charge = client.v1.charges.retrieve(
        read.latest_charge.id, {"expand": ["balance_transaction.source"]}
    )
    row = charge.balance_transaction
    assert (row.amount, row.fee, row.net) == (12_500, 393, 12_107)
    assert row.source.id == charge.id


def test_money_in_another_currency_settles_at_the_set_rate(world):
    with pytest.raises(ValueError, match="set_rate"):
        world.stand_in.take_payment(world.shop, 100, "jpy")
    world.stand_in.set_rate("JPY", "GBP", "0.0052")
    intent = world.stand_in.take_payment(world.shop, 100_000, "jpy")
    world.clock.forward(minutes=2)
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    rows = client.v1.balance_transactions.list({"type": "charge"}).data
    assert [(row.amount, row.currency, row.exchange_rate) for row in rows] == [
        (52_000, "gbp", 0.0052)
    ]
    assert world.stand_in.payment_intents(world.shop)[0]["id"] == intent


def test_stripes_own_invoice_knows_its_payments(world):
    customer = world.stand_in.add_customer(world.shop, "Ada", "ada@example.com")
    invoice = world.stand_in.add_invoice(
        world.shop, customer, 500, "gbp", due=date(2026, 9, 30), number="S-1"
    )
    intent = world.stand_in.take_payment(world.shop, 500, "gbp", customer=customer)
    world.stand_in.attach_payment(invoice, intent, 200)
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    of_intent = {"payment": {"type": "payment_intent", "payment_intent": intent}}
    found = client.v1.invoice_payments.list(of_intent).data
    assert [(one.invoice, one.amount_paid) for one in found] == [(invoice, 200)]
    deep = {"expand": ["payments.data.payment.payment_intent"]}
    read = client.v1.invoices.retrieve(invoice, deep)
    assert (read.status, read.amount_remaining) == ("open", 300)
    assert read.payments is not None
    assert read.payments.data[0].payment.payment_intent.amount == 500
    world.stand_in.attach_payment(invoice, intent)
    assert client.v1.invoices.retrieve(invoice).status == "paid"
    with pytest.raises(ValueError, match="does not fit"):
        world.stand_in.attach_payment(invoice, intent, 1)
    with pytest.raises(stripe.InvalidRequestError, match="4 levels"):
        client.v1.invoices.list({"expand": ["data.payments.data.payment.payment_intent"]})
    with pytest.raises(stripe.InvalidRequestError, match="begins with data"):
        client.v1.invoices.list({"expand": ["customer"]})


def test_refunds_and_disputes_take_money_back(world):
    intent = world.stand_in.take_payment(world.shop, 1_000, "gbp")
    world.stand_in.refund(intent, 300)
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        client.v1.refunds.create({"payment_intent": intent, "amount": 701})
    made = client.v1.refunds.create({"payment_intent": intent, "metadata": {"why": "x"}})
    assert (made.amount, made.metadata["why"]) == (700, "x")
    disputed = world.stand_in.take_payment(world.shop, 900, "gbp")
    lost = world.stand_in.dispute(disputed)
    world.stand_in.close_dispute(lost, won=False)
    won = world.stand_in.dispute(world.stand_in.payment_intents(world.shop)[0]["latest_charge"])
    world.stand_in.close_dispute(won, won=True)
    assert [one.status for one in client.v1.disputes.list().data] == ["won", "lost"]
    rows = client.v1.balance_transactions.list({"limit": 100}).data
    assert [(row.reporting_category, row.amount) for row in rows] == [
        ("dispute_reversal", 1_000),
        ("dispute", -1_000),
        ("dispute", -900),
        ("refund", -700),
        ("refund", -300),
    ]


def test_a_payout_decomposes_into_what_it_pays(world):
    assert world.stand_in.payout(world.shop) is None
    world.install()
    for amount in (1_000, 2_000):
        world.stand_in.take_payment(world.shop, amount, "gbp")
    world.clock.forward(days=3)
    payout = world.stand_in.payout(world.shop)
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    assert payout is not None
    assert client.v1.payouts.retrieve(payout).status == "in_transit"
    with pytest.raises(stripe.InvalidRequestError) as early:
        client.v1.balance_transactions.list({"payout": payout})
    assert code_of(early.value) == "payout_reconciliation_not_ready"
    world.clock.forward(days=2)
    rows = client.v1.balance_transactions.list({"payout": payout, "expand": ["data.source"]}).data
    own = [row for row in rows if row.type == "payout"]
    rest = sum(row.net for row in rows if row.type != "payout")
    assert [row.amount for row in own] == [-rest]
    read = client.v1.payouts.retrieve(payout)
    assert (read.status, read.reconciliation_status, read.amount) == ("paid", "completed", rest)
    assert world.stand_in.payout(world.shop) is None


def test_deliveries_verify_with_the_sdk_and_retry_for_three_days(world):
    world.install()
    world.stand_in.take_payment(world.shop, 100, "gbp")
    refusals: list[int] = []

    def refuse(post) -> int:
        refusals.append(post.attempt)
        return 500

    while world.stand_in.next_moment() is not None:
        world.clock.now = max(world.clock.now, world.stand_in.next_moment())
        world.stand_in.deliver(refuse)
    assert max(refusals) == 9
    assert timedelta(days=2, hours=12) < world.clock.now - START < timedelta(days=3)
    assert len(world.stand_in.shelf.post(state="given up")) == 3


def test_a_rolled_secret_signs_beside_the_old_one_for_a_day(world):
    world.install()
    world.events()
    world.stand_in.roll_webhook_secret("whsec_second")
    world.stand_in.take_payment(world.shop, 100, "gbp")
    world.events()
    head, body = world.posts[-1]
    now = int(world.clock().timestamp())
    assert head["Stripe-Signature"].count("v1=") == 2
    for secret in (SECRET, "whsec_second"):
        stripe.WebhookSignature.verify_header(body.decode(), head["Stripe-Signature"], secret, 0)
    assert head["Stripe-Signature"].startswith(f"t={now},")
    world.clock.forward(hours=25)
    world.stand_in.take_payment(world.shop, 100, "gbp")
    world.events()
    assert world.posts[-1][0]["Stripe-Signature"].count("v1=") == 1


def test_deauthorizing_kills_the_tokens_and_says_so(world):
    pair = world.install()
    pasted = world.stand_in.add_restricted_key(world.shop)
    world.stand_in.deauthorize(world.shop)
    last = world.events()[-1]
    assert (last["type"], last["account"]) == ("account.application.deauthorized", world.shop)
    assert last["data"]["object"]["id"] == "ca_1"
    with pytest.raises(stripe.AuthenticationError):
        world.client(pair["access_token"]).v1.accounts.retrieve_current()
    refreshed = world.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert refreshed["error"] == "invalid_grant"
    assert world.client(pasted).v1.accounts.retrieve_current().id == world.shop
    before = len(world.posts)
    world.stand_in.take_payment(world.shop, 100, "gbp")
    world.events()
    assert len(world.posts) == before


def test_a_merchants_own_endpoint_hears_without_the_accounts_name(world):
    world.stand_in.add_endpoint(world.shop, "whsec_own")
    world.stand_in.take_payment(world.shop, 100, "gbp")
    event = world.events()[-1]
    head, body = world.posts[-1]
    assert "account" not in event
    signed = head["Stripe-Signature"]
    stripe.WebhookSignature.verify_header(body.decode(), signed, "whsec_own", 0)


def test_thin_events_name_the_object_only(world):
    world.install()
    world.stand_in.send_thin(thin=True)
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    event = world.events()[-1]
    assert event["object"] == "v2.core.event"
    assert event["type"] == "v1.payment_intent.succeeded"
    assert event["related_object"]["id"] == intent
    assert event["context"] == world.shop


def test_the_event_log_reaches_thirty_days_back(world):
    world.stand_in.take_payment(world.shop, 100, "gbp")
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    old = client.v1.events.list({"types": ["payment_intent.succeeded"]}).data[0]
    world.clock.forward(days=29)
    world.stand_in.take_payment(world.shop, 200, "gbp")
    newer = client.v1.events.list(
        {"types": ["payment_intent.succeeded"], "ending_before": old.id}
    ).data
    assert [one.data.object["amount"] for one in newer] == [200]
    world.clock.forward(days=2)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.list({"ending_before": old.id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.retrieve(old.id)


def test_a_stand_in_killed_and_started_again_goes_on(tmp_path):
    clock = Clock()
    path = str(tmp_path / "stripe.db")
    first = make(Shelf(path), clock)
    shop = first.add_account("Shop", "gbp")
    key = first.add_restricted_key(shop)
    intent = first.take_payment(shop, 100, "gbp")
    first.shelf.close()
    clock.forward(minutes=5)
    second = make(Shelf(path), clock)
    assert [one["id"] for one in second.payment_intents(shop)] == [intent]
    head = {"Authorization": f"Bearer {key}"}
    rows = second.app.test_client().get("/v1/balance_transactions", headers=head).get_json()
    assert [row["amount"] for row in rows["data"]] == [100]
    assert second.take_payment(shop, 100, "gbp") != intent
    second.shelf.close()
