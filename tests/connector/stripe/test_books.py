"""One merchant's payments, read and annotated over loopback through the real SDK."""

from __future__ import annotations

from datetime import date

import pytest

from connector.marks import mark
from connector.protocol import Access, Applied, Wire
from connector.stripe.provider import PROVIDER
from ledger.documents import Gone, Kind, Link, Receipt, Ref, Source, Status
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
)
from ledger.money import Money
from tests.connector.stripe.stripe_shop import opened
from tests.sandbox.stripe_world import new_world, opened_door


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


def walk(books, cursor: str = "") -> tuple[list[Receipt], str]:
    receipts: list[Receipt] = []
    while True:
        page = books.sync(cursor)
        receipts += [one.document for one in page.found]
        cursor = page.cursor
        if not page.more:
            return receipts, cursor


def test_a_payment_is_a_receipt_with_its_link_and_its_payer(world, shop):
    customer = world.stand_in.add_customer(world.shop, "Ada Ltd", "ada@example.com")
    intent = world.stand_in.take_payment(
        world.shop,
        12_500,
        "gbp",
        customer=customer,
        metadata={"ar_invoice_id": "x-1", "ar_invoice_number": "INV-7"},
        description="Order 7",
    )
    (found,) = shop.books.read([Ref(Kind.RECEIPT, intent)])
    assert found.document == Receipt(
        ref=Ref(Kind.RECEIPT, intent),
        source=Source.STRIPE,
        received=date(2026, 9, 1),
        amount=Money(12_500, "GBP"),
        unapplied=Money(12_500, "GBP"),
        status=Status.OPEN,
        text="Order 7",
        payer_name="Ada Ltd",
        payer_email="ada@example.com",
        payer_account=customer,
        links=(Link("x-1", "INV-7"),),
    )
    assert f'"id": "{intent}"' in found.raw


def test_what_is_no_payment_of_this_account_is_gone(world, shop):
    other = world.stand_in.add_account("Other", "gbp")
    foreign = Ref(Kind.RECEIPT, world.stand_in.take_payment(other, 100, "gbp"))
    lost = Ref(Kind.RECEIPT, "ch_none", "charge")
    refs = [foreign, lost, Ref(Kind.CUSTOMER, "cus_1")]
    assert [one.document for one in shop.books.read(refs)] == [Gone(foreign), Gone(lost)]


def test_a_thin_events_charge_or_refund_leads_to_its_payment(world, shop):
    intent = world.stand_in.take_payment(world.shop, 1_000, "gbp")
    charge = world.stand_in.payment_intents(world.shop)[0]["latest_charge"]
    refund = world.stand_in.refund(intent, 400)
    refs = [Ref(Kind.RECEIPT, charge, "charge"), Ref(Kind.RECEIPT, refund, "refund")]
    # Both lead to the one payment, which is read once.
    documents = [one.document for one in shop.books.read(refs)]
    assert [one.ref.id for one in documents] == [intent]
    assert isinstance(documents[0], Receipt)
    assert documents[0].unapplied == Money(600, "GBP")


def test_a_stripe_invoice_links_only_when_its_metadata_names_the_ledgers(world, shop):
    customer = world.stand_in.add_customer(world.shop, "Ada", None)
    named, plain = (
        world.stand_in.add_invoice(world.shop, customer, 300, "gbp", number=number)
        for number in ("S-1", "S-2")
    )
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    client.v1.invoices.update(named, {"metadata": {"ar_invoice_number": "INV-9"}})
    intent = world.stand_in.take_payment(world.shop, 500, "gbp", customer=customer)
    world.stand_in.attach_payment(named, intent, 200)
    world.stand_in.attach_payment(plain, intent, 300)
    receipt = shop.books.read([Ref(Kind.RECEIPT, intent)])[0].document
    assert isinstance(receipt, Receipt)
    assert receipt.links == (Link("", "INV-9", Money(200, "GBP")),)
    assert receipt.reference == "S-2 S-1"


def test_one_payment_of_several_invoices_pays_each_its_own_part(world, shop):
    customer = world.stand_in.add_customer(world.shop, "Ada", None)
    bills = [
        world.stand_in.add_invoice(world.shop, customer, amount, "gbp", number=f"S-{amount}")
        for amount in (600, 400, 300)
    ]
    writer = world.client(world.stand_in.add_restricted_key(world.shop))
    for bill in bills:
        writer.v1.invoices.update(bill, {"metadata": {"ar_invoice_id": f"ledger {bill}"}})
    intent = world.stand_in.take_payment(world.shop, 1_000, "gbp", customer=customer)
    world.stand_in.attach_payment(bills[0], intent)
    world.stand_in.attach_payment(bills[1], intent, 400)
    [found] = shop.books.read([Ref(Kind.RECEIPT, intent)])
    receipt = found.document
    assert isinstance(receipt, Receipt)
    assert {(one.invoice_id, one.amount) for one in receipt.links} == {
        (f"ledger {bills[0]}", Money(600, "GBP")),
        (f"ledger {bills[1]}", Money(400, "GBP")),
    }
    assert receipt.unapplied == Money(1_000, "GBP")


def test_a_disputed_payment_is_in_doubt_until_the_dispute_ends(world, shop):
    intent = world.stand_in.take_payment(world.shop, 1_000, "gbp")
    dispute = world.stand_in.dispute(intent)

    def now() -> tuple[bool, int, Status]:
        document = shop.books.read([Ref(Kind.RECEIPT, intent)])[0].document
        assert isinstance(document, Receipt)
        return document.processing, document.unapplied.minor, document.status

    assert now() == (True, 1_000, Status.OPEN)
    world.stand_in.withhold(world.shop, "dispute_read")
    assert now() == (True, 1_000, Status.OPEN)
    world.stand_in.withhold(world.shop)
    world.stand_in.close_dispute(dispute, won=False)
    assert now() == (False, 0, Status.VOID)


def test_the_first_walk_ends_where_catching_up_begins(world, shop):
    ids = []
    for _ in range(120):
        ids.append(world.stand_in.take_payment(world.shop, 100, "gbp"))
        world.clock.forward(minutes=1)
    receipts, cursor = walk(shop.books)
    assert [one.ref.id for one in receipts] == ids[::-1]
    world.clock.forward(hours=1)
    assert walk(shop.books, cursor)[0] == []
    refunded = world.stand_in.refund(ids[0])
    assert refunded
    new = [world.stand_in.take_payment(world.shop, 200, "gbp") for _ in range(25)]
    again, cursor = walk(shop.books, cursor)
    assert {one.ref.id for one in again} == {ids[0], *new}
    assert {one.status for one in again if one.ref.id == ids[0]} == {Status.VOID}
    assert walk(shop.books, cursor)[0] == []


def test_what_happens_during_a_walk_is_caught_up(world, shop):
    for _ in range(101):
        world.stand_in.take_payment(world.shop, 100, "gbp")
    first = shop.books.sync("")
    assert first.more
    during = world.stand_in.take_payment(world.shop, 100, "gbp")
    rest, cursor = walk(shop.books, first.cursor)
    assert during not in {one.ref.id for one in rest}
    assert [one.ref.id for one in walk(shop.books, cursor)[0]] == [during]


def test_an_account_without_any_event_is_caught_up_from_its_beginning(world, shop):
    receipts, cursor = walk(shop.books)
    assert receipts == []
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    receipts, cursor = walk(shop.books, cursor)
    assert [one.ref.id for one in receipts] == [intent]
    assert walk(shop.books, cursor)[0] == []


def test_much_at_once_without_a_cursor_walks_again(world, shop):
    _, cursor = walk(shop.books)
    for _ in range(101):
        world.stand_in.take_payment(world.shop, 100, "gbp")
    receipts, _ = walk(shop.books, cursor)
    assert len(receipts) == 101


def test_a_log_that_forgot_the_cursor_walks_again(world, shop):
    old = world.stand_in.take_payment(world.shop, 100, "gbp")
    _, cursor = walk(shop.books)
    world.clock.forward(days=31)
    new = world.stand_in.take_payment(world.shop, 100, "gbp")
    assert [one.ref.id for one in walk(shop.books, cursor)[0]] == [new, old]
    world.clock.forward(days=60)
    assert [one.ref.id for one in walk(shop.books)[0]] == [new]


def test_the_sweep_needs_no_event(world, shop):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    page = shop.books.open_documents("")
    assert [one.document.ref.id for one in page.found] == [intent]
    assert shop.books.open_documents("").found == page.found


def test_a_note_is_metadata_written_once(world, shop):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp", metadata={"order": "7"})
    ref = Ref(Kind.RECEIPT, intent)
    assert shop.books.find_note(ref, "apply:1") is None
    name = shop.books.note(ref, "Applied to INV-7. " + "x" * 600, "apply:1")
    assert name == "ar_note_" + mark("apply:1")
    assert shop.books.note(ref, "another text", "apply:1") == name
    assert shop.books.find_note(ref, "apply:1") == name
    kept = world.stand_in.metadata(intent)
    assert kept["order"] == "7"
    assert kept[name].startswith("Applied to INV-7.")
    assert len(kept[name]) == 500
    writes = [one for one in world.stand_in.requests() if one.method == "POST"]
    assert len(writes) == 1
    assert writes[0].key.startswith(mark("apply:1"))


def test_notes_keep_to_their_share_of_the_metadata(world, shop):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    for number in range(23):
        shop.books.note(Ref(Kind.RECEIPT, intent), "n", f"key {number}")
        world.clock.forward(seconds=1)
    kept = world.stand_in.metadata(intent)
    assert len(kept) == 20
    assert "ar_note_" + mark("key 22") in kept


def test_a_note_on_what_is_not_there_is_refused(shop):
    with pytest.raises(RefusedError, match="No such payment_intent"):
        shop.books.note(Ref(Kind.RECEIPT, "pi_none"), "n", "k")
    with pytest.raises(RefusedError, match="system of record"):
        shop.books.note(Ref(Kind.INVOICE, "in_1"), "n", "k")
    assert shop.books.find_note(Ref(Kind.RECEIPT, "pi_none"), "k") is None
    assert shop.books.find_note(Ref(Kind.INVOICE, "in_1"), "k") is None


def test_what_only_a_ledger_can_do_is_refused(world, shop):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    receipt = shop.books.read([Ref(Kind.RECEIPT, intent)])[0].document
    assert isinstance(receipt, Receipt)
    assert shop.books.accounts() == []
    for call in (
        lambda: shop.books.position("c"),
        lambda: shop.books.apply(receipt, (), "k", date(2026, 9, 1)),
        lambda: shop.books.find_applied(receipt, (), "k"),
        lambda: shop.books.unapply(Applied(()), "k"),
    ):
        with pytest.raises(RefusedError, match="unsupported"):
            call()


def test_three_kinds_of_key_open_the_same_account(world):
    pair = world.install()
    keys = {
        "oauth": pair["access_token"],
        "platform": "sk_test_app",
        "restricted_key": world.stand_in.add_restricted_key(world.shop),
    }
    for strategy, token in keys.items():
        shop = opened(world, token, strategy=strategy)
        assert shop.books.organisation().name == "Shop"
    with pytest.raises(ValueError, match="no way into Stripe"):
        opened(world, "k", strategy="telepathy")


def test_the_tenant_behind_a_key_is_named(world):
    wire = Wire({"api": world.url})
    access = Access("", world.stand_in.add_restricted_key(world.shop), "restricted_key")
    (tenant,) = PROVIDER.tenants(access, wire)
    assert (tenant.id, tenant.title, tenant.live) == (world.shop, "Shop", False)
    PROVIDER.disconnect(access, wire, last=True)
    consent = PROVIDER.consent(wire)
    assert consent.token_url == f"{world.url}/v1/oauth/token"
    assert consent.authorize_url == "https://marketplace.stripe.com/oauth/v2/authorize"


def test_an_ended_connection_says_so_and_an_expired_hour_does_not(world):
    pair = world.install()
    app = opened(world, pair["access_token"], strategy="oauth")
    platform = opened(world, "sk_test_app", strategy="platform")
    world.clock.forward(hours=1)
    with pytest.raises(RetryLaterError, match="Expired"):
        app.books.organisation()
    world.stand_in.deauthorize(world.shop)
    with pytest.raises(DisconnectedError, match="Invalid API Key"):
        app.books.organisation()
    with pytest.raises(DisconnectedError, match="may have been revoked"):
        platform.books.organisation()


def test_a_missing_permission_is_refused_and_named(world):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    world.stand_in.withhold(world.shop, "payment_intent_write")
    shop = opened(world, world.stand_in.add_restricted_key(world.shop))
    with pytest.raises(RefusedError, match="payment_intent_write"):
        shop.books.note(Ref(Kind.RECEIPT, intent), "n", "k")
