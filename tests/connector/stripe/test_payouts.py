"""Payouts taken apart: every movement booked as what it is, or left to a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connector.stripe.payouts import payout as translated
from ledger.documents import Kind, Ref
from ledger.money import Money
from ledger.payouts import Movement, Payout, Stage
from tests.connector.stripe.stripe_shop import Shop, opened
from tests.sandbox.stripe_world import World, new_world, opened_door


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


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def paid_out(world: World) -> str:
    world.clock.forward(days=3)
    key = world.stand_in.payout(world.shop)
    assert key is not None
    world.clock.forward(days=3)
    return key


def read(shop: Shop, key: str) -> Payout:
    [found] = shop.books.read([Ref(Kind.PAYOUT, key)])
    assert isinstance(found.document, Payout)
    return found.document


def test_a_payout_is_the_sum_of_what_it_is_made_of(world, shop):
    intent = world.stand_in.take_payment(world.shop, 10_000, "gbp")
    refunded = world.stand_in.take_payment(world.shop, 2_000, "gbp")
    world.stand_in.refund(refunded, 500)
    disputed = world.stand_in.take_payment(world.shop, 3_000, "gbp")
    world.stand_in.dispute(disputed)
    world.stand_in.move(world.shop, -120, "fee")
    world.stand_in.move(world.shop, -24, "tax")
    world.stand_in.move(world.shop, -10, "risk_reserved_funds")
    key = paid_out(world)
    made = read(shop, key)
    assert made.adds_up
    assert made.unknown == ()
    assert made.stage is Stage.PAID
    assert made.traced
    assert made.reference == f"TRACE{key[-8:]}"
    assert made.arrives == date(2026, 9, 6)
    told = {(one.movement, one.gross.minor, one.fee.minor, one.receipt_id) for one in made.entries}
    assert told == {
        (Movement.PAYMENT, 10_000, 320, intent),
        (Movement.PAYMENT, 2_000, 88, refunded),
        (Movement.REFUND, -500, 0, refunded),
        (Movement.PAYMENT, 3_000, 117, disputed),
        (Movement.DISPUTE, -3_000, 1_500, disputed),
        (Movement.FEE, 0, 120, ""),
        (Movement.FEE, 0, 24, ""),
        (Movement.ADJUSTMENT, -10, 0, ""),
    }
    [tax] = [one for one in made.entries if one.said == "tax"]
    assert tax.tax == gbp(24)


def test_money_in_another_currency_says_at_which_rate_it_came(world, shop):
    world.stand_in.set_rate("eur", "gbp", "0.8567")
    world.stand_in.take_payment(world.shop, 10_000, "eur")
    [entry] = read(shop, paid_out(world)).entries
    assert entry.gross == gbp(8_567)
    assert entry.said == "charge, 100.00 EUR at 0.8567"


@pytest.mark.parametrize(("category", "amount"), [("other_adjustment", -5), ("fee", 50)])
def test_what_nobody_knows_is_left_to_a_person(world, shop, category, amount):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    world.stand_in.move(world.shop, amount, category)
    made = read(shop, paid_out(world))
    assert [one.said for one in made.unknown] == [category]
    assert made.adds_up


def test_a_payout_on_its_way_is_not_taken_apart_yet(world, shop):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    world.clock.forward(days=3)
    key = world.stand_in.payout(world.shop)
    made = read(shop, key)
    assert (made.stage, made.entries) == (Stage.UNDER_WAY, ())
    asked = [one.path for one in world.stand_in.requests()]
    assert "/v1/balance_transactions" not in asked


def test_a_payout_that_stripe_is_still_putting_together_waits(world, shop, monkeypatch):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    key = paid_out(world)
    enter = shop.gate.enter

    def entering(**more: bool) -> None:
        # Between the two questions Stripe takes its word back.
        if shop.gate.entered:
            doc = world.stand_in.books.get("payout", key)
            again = {**doc, "reconciliation_status": "in_progress"}
            world.stand_in.books.keep(world.shop, again)
        enter(**more)

    monkeypatch.setattr(shop.gate, "enter", entering)
    assert read(shop, key).stage is Stage.UNDER_WAY


def test_a_key_that_may_not_read_its_movements_says_so(world, shop):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    key = paid_out(world)
    world.stand_in.withhold(world.shop, "balance_transaction_source_read")
    made = read(shop, key)
    assert (made.stage, made.entries) == (Stage.UNKNOWN, ())
    assert "cannot be read" in made.unread
    assert "balance_transaction_source_read" in made.unread


def test_one_paid_out_by_hand_can_never_be_taken_apart(world, shop):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    client = world.client("sk_test_app", world.shop)
    world.install()
    key = client.v1.payouts.create({"amount": 500, "currency": "gbp"}).id
    world.clock.forward(days=3)
    made = read(shop, key)
    assert (made.stage, made.traced, made.entries, made.net) == (
        Stage.PAID,
        False,
        (),
        gbp(500),
    )


def test_a_payout_the_bank_sent_back_has_failed(world, shop):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    key = paid_out(world)
    world.stand_in.return_payout(key)
    assert read(shop, key).stage is Stage.FAILED


def test_many_rows_are_read_page_by_page(world, shop):
    for _ in range(101):
        world.stand_in.move(world.shop, 7, "charge")
    made = read(shop, paid_out(world))
    assert len(made.entries) == 101
    assert made.adds_up


def test_the_walk_ends_with_what_was_paid_out_lately(world, shop):
    world.stand_in.take_payment(world.shop, 1_000, "gbp")
    key = paid_out(world)
    cursor, found = "", []
    while True:
        page = shop.books.sync(cursor)
        found += [one.document.ref for one in page.found]
        cursor = page.cursor
        if not page.more:
            break
    assert Ref(Kind.PAYOUT, key) in found
    world.stand_in.return_payout(key)
    [again] = shop.books.sync(cursor).found
    assert again.document.ref == Ref(Kind.PAYOUT, key)
    assert again.document.stage is Stage.FAILED


def test_a_key_that_may_not_read_payouts_reads_the_payments_all_the_same(world, shop):
    intent = world.stand_in.take_payment(world.shop, 1_000, "gbp")
    world.stand_in.withhold(world.shop, "payout_read")
    page = shop.books.sync("")
    assert [one.document.ref.id for one in page.found] == [intent]
    last = shop.books.sync(page.cursor)
    assert (last.found, last.more) == ((), False)


WHOLE: dict[str, Any] = {
    "id": "po_1",
    "amount": 100,
    "currency": "gbp",
    "status": "paid",
    "automatic": True,
    "reconciliation_status": "completed",
    "arrival_date": 1_772_323_200,
}
ROW: dict[str, Any] = {
    "id": "txn_1",
    "amount": 100,
    "fee": 0,
    "currency": "gbp",
    "reporting_category": "charge",
    "source": None,
}


@pytest.mark.parametrize(
    ("whole", "row", "said"),
    [
        ({"amount": "100"}, {}, 'amount is "100"'),
        ({"amount": None}, {}, "amount is empty"),
        ({"currency": None}, {}, "currency is empty"),
        ({"id": None}, {}, "id is empty"),
        ({"arrival_date": "soon"}, {}, 'arrival_date is "soon"'),
        ({}, {"currency": "eur"}, 'currency is "eur", the payout\'s is GBP'),
        ({}, {"fee": 1.5}, "fee is 1.5"),
        ({}, {"fee_details": [{"type": "tax"}]}, "amount is missing"),
    ],
)
def test_what_cannot_be_read_is_booked_by_nobody_and_says_why(whole, row, said):
    found = translated({**WHOLE, **whole}, [{**ROW, **row}])
    assert (found.stage, found.entries, found.net.minor) == (Stage.UNKNOWN, (), 0)
    assert found.unread.endswith(said)


def test_unknown_words_and_odd_rates_are_no_trouble():
    odd = {"exchange_rate": 2, "source": {"amount": 1.5}}
    source = {"id": "ch_1", "amount": 5, "currency": "nonsense"}
    made = translated({**WHOLE, "status": "dreaming"}, [{**ROW, **odd}])
    assert made.stage is Stage.UNKNOWN
    assert made.entries[0].said == "charge"
    again = translated(WHOLE, [{**ROW, "exchange_rate": 2, "source": source}])
    assert again.entries[0].said == "charge"


def test_a_fee_given_back_with_a_refund_is_left_to_a_person():
    given_back = {**ROW, "amount": -100, "fee": -30, "reporting_category": "refund"}
    made = translated({**WHOLE, "amount": -70}, [given_back])
    assert made.adds_up
    assert [one.movement for one in made.unknown] == [Movement.UNKNOWN]


def test_tax_on_a_fee_is_part_of_it():
    details = [{"type": "stripe_fee", "amount": 10}, {"type": "tax", "amount": 2}]
    taxed = {**ROW, "amount": 112, "fee": 12, "fee_details": details}
    [entry] = translated(WHOLE, [taxed]).entries
    assert (entry.fee, entry.tax, entry.net) == (gbp(12), gbp(2), gbp(100))
