"""Few calls at Stripe: bursts are listed, and so is which invoices payments pay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.memory import Memory
from ledger.documents import Gone, Kind, Ref
from tests.connector.stripe.stripe_shop import opened
from tests.connector.stripe.test_books import walk
from tests.sandbox.stripe_world import START, new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as made:
        yield made


@pytest.fixture
def world(door):
    return new_world(door)


@pytest.fixture
def shop(world):
    return opened(world, world.stand_in.add_restricted_key(world.shop))


def paid(world, count, *, named=True):
    """Have invoices of Stripe's own paid, each by its own payment; gives the payments."""
    customer = world.stand_in.add_customer(world.shop, "Ada", None)
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    intents = []
    for number in range(count):
        invoice = world.stand_in.add_invoice(world.shop, customer, 100, "gbp", number=f"S-{number}")
        if named:
            facts = {"metadata": {"ar_invoice_number": f"INV-{number}"}}
            client.v1.invoices.update(invoice, facts)
            world.clock.forward(seconds=1)
        intents.append(world.stand_in.take_payment(world.shop, 100, "gbp", customer=customer))
        world.stand_in.attach_payment(invoice, intents[-1])
        world.clock.forward(seconds=1)
    return intents


def links(documents):
    return {one.ref.id: [link.invoice_number for link in one.links] for one in documents}


def test_a_burst_of_payments_is_listed(world, shop):
    intents = paid(world, 40) + [
        world.stand_in.take_payment(world.shop, 100, "gbp") for _ in range(60)
    ]
    before = shop.gate.entered
    found = [one.document for one in shop.books.read([Ref(Kind.RECEIPT, one) for one in intents])]
    # The payments, what they pay, and the zone of the account.
    assert shop.gate.entered - before == 3
    told = links(found)
    assert [told[one] for one in intents[:40]] == [[f"INV-{number}"] for number in range(40)]
    assert [told[one] for one in intents[40:]] == [[]] * 60


def test_old_payments_in_a_burst_are_read_one_by_one(world, shop):
    old = paid(world, 5)
    world.clock.forward(days=2)
    new = paid(world, 5, named=False)
    lost = Ref(Kind.RECEIPT, "pi_none")
    refs = [*(Ref(Kind.RECEIPT, one) for one in (*old, *new)), lost]
    found = [one.document for one in shop.books.read(refs)]
    told = links([one for one in found if one != Gone(lost)])
    assert told == {one: [f"INV-{at}"] for at, one in enumerate(old)} | {one: [] for one in new}
    assert Gone(lost) in found


def test_the_charges_of_a_burst_are_known_from_the_list(world, shop):
    """A thin event names a charge without its payment."""
    for _ in range(5):
        world.stand_in.take_payment(world.shop, 100, "gbp")
    intents = world.stand_in.payment_intents(world.shop)
    shop.books.read([Ref(Kind.RECEIPT, intents[0]["id"])])
    refs = [Ref(Kind.RECEIPT, one["latest_charge"], "charge") for one in intents]
    before = shop.gate.entered
    found = shop.books.read(refs)
    assert {one.document.ref.id for one in found} == {one["id"] for one in intents}
    assert shop.gate.entered - before == 2


def test_a_walk_lists_what_payments_pay_once(world):
    """Also over several turns of a worker, each with books newly opened."""
    intents = paid(world, 230)
    memory, calls, cursor, receipts = Memory(), 0, "", []
    key = world.stand_in.add_restricted_key(world.shop)
    while True:
        shop = opened(world, key, memory=memory)
        page = shop.books.sync(cursor)
        receipts += [one.document for one in page.found]
        calls, cursor = calls + shop.gate.entered, page.cursor
        if not page.more:
            break
    told = links(receipts)
    assert [told[one] for one in intents] == [[f"INV-{number}"] for number in range(230)]
    # Three pages of each list, the newest event, the payouts, and the zone of the account.
    assert calls == 9


def test_a_process_that_forgot_lists_again(world):
    intents = paid(world, 130)
    key = world.stand_in.add_restricted_key(world.shop)
    cursor, receipts = "", []
    while True:
        page = opened(world, key).books.sync(cursor)
        receipts += [one.document for one in page.found]
        cursor = page.cursor
        if not page.more:
            break
    told = links(receipts)
    assert [told[one] for one in intents] == [[f"INV-{number}"] for number in range(130)]


def test_a_key_that_may_not_see_invoices_walks_without_them(world):
    intents = paid(world, 5)
    world.stand_in.withhold(world.shop, "invoice_read")
    shop = opened(world, world.stand_in.add_restricted_key(world.shop))
    receipts, _ = walk(shop.books)
    assert links(receipts) == {one: [] for one in intents}


def test_what_is_remembered_ends_in_time():
    memory = Memory()
    assert memory.get("zone", START) is None
    memory.keep("zone", "Europe/Paris", START + timedelta(days=1))
    assert memory.get("zone", START) == "Europe/Paris"
    assert memory.get("name", START + timedelta(days=1)) is None
    # Forgotten, and not merely out of sight: a process lives for months.
    assert memory.get("zone", START) is None
