"""A card payment with something left: the ledger holds all of it, and it is never placed twice."""

from __future__ import annotations

import pytest

from connector.marks import mark
from ledger.documents import Receipt, Source, Status
from ledger.money import Money
from rules.actions import Portion
from store import mirror, payers
from tests.flows.scene import Scene
from tests.flows.test_cash import choose, portion


@pytest.fixture
def paid(scene: Scene) -> tuple[Scene, str, str]:
    """Have 120 by card, of which a person sets 100 against an invoice; gives both ids."""
    scene.connect(stripe=True)
    invoice = scene.invoice("AA-1001")
    scene.live(hours=1)
    card = scene.card(12_000)
    scene.live(hours=7)
    choose(scene, card, portion(scene, invoice, 10_000), source=Source.STRIPE)
    return scene, invoice, card


def money(scene: Scene) -> list[tuple[int, int]]:
    """List what the ledger holds on account: booked, and left of it."""
    found = scene.town.xero.credits(scene.keeper.tenant, "Overpayments")
    return [(one["total"], one["remaining"]) for one in found]


def open_receipts(scene: Scene) -> list[Receipt]:
    """Give what the mirror holds open."""
    with scene.tools.sessions() as s:
        found = mirror.receipts_to_match(s, scene.organisation_id)
    return [one for one in found if one.status is Status.OPEN and one.unapplied.minor]


def test_what_is_left_of_a_card_payment_is_on_account_in_the_ledger(
    paid: tuple[Scene, str, str],
) -> None:
    scene, invoice, card = paid
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    assert money(scene) == [(12_000, 2_000)]
    # The mirror holds what is left once: in the ledger, with its customer, and no more at Stripe.
    [left] = open_receipts(scene)
    assert (left.source, left.unapplied) == (Source.LEDGER, Money(2_000, "GBP"))
    assert left.customer_id == scene.customer()
    row = scene.action("apply")
    assert mark(row.key) in left.text
    assert row.state == "done"
    assert [one for one in scene.exceptions() if card in one.subject] == []


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_anywhere_books_the_money_once(paid: tuple[Scene, str, str], point: str) -> None:
    scene, invoice, _card = paid
    with scene.dying(point):
        scene.live(hours=1)
    scene.live(hours=3)
    assert scene.payments(invoice) == [10_000]
    assert money(scene) == [(12_000, 2_000)]
    assert len(scene.notes(invoice)) == 1
    assert [row.state for row in scene.actions("apply")] == ["done"]


@pytest.mark.parametrize("word", ["unanswered", "reset", "lost", "500", "503", "429"])
@pytest.mark.parametrize("step", ["BankTransactions", "Allocations"])
def test_either_step_in_any_weather_is_carried_out_once(
    paid: tuple[Scene, str, str], step: str, word: str
) -> None:
    scene, invoice, _card = paid
    scene.sky.next(word, "xero", "PUT", step)
    scene.live(hours=3)
    assert scene.sky.seen[word] == 1
    assert scene.payments(invoice) == [10_000]
    assert money(scene) == [(12_000, 2_000)]
    assert len(scene.notes(invoice)) == 1
    assert [row.state for row in scene.actions("apply")] == ["done"]


@pytest.mark.parametrize("step", ["BankTransactions", "Allocations"])
def test_a_process_killed_in_either_step_is_continued(
    paid: tuple[Scene, str, str], step: str
) -> None:
    scene, invoice, _card = paid
    scene.sky.next("killed", "xero", "PUT", step)
    with scene.dying("K18"):
        scene.live(hours=1)
    assert scene.action("apply").state == "doing"
    scene.live(hours=3)
    assert scene.payments(invoice) == [10_000]
    assert money(scene) == [(12_000, 2_000)]


def test_what_is_paid_between_the_steps_stays_on_account(paid: tuple[Scene, str, str]) -> None:
    """The invoice was read, the money booked, and then a bookkeeper was quicker."""
    scene, invoice, _card = paid

    def sky(_host: str, _method: str, path: str) -> None:
        if path.endswith("Allocations") and scene.balance(invoice):
            scene.keeper.pay(invoice, 10_000, scene.today)

    assert scene.town.streets is not None
    scene.town.streets.weather = sky
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    assert money(scene) == [(12_000, 12_000)]
    assert scene.notes(invoice) == []
    [left] = open_receipts(scene)
    assert (left.source, left.unapplied) == (Source.LEDGER, Money(12_000, "GBP"))


def test_an_undo_leaves_it_on_account_and_no_rule_applies_it_again(
    paid: tuple[Scene, str, str],
) -> None:
    scene, invoice, card = paid
    scene.rules(matching={"mode": "auto"})
    scene.live(hours=1)
    scene.undo()
    scene.live(hours=1)
    scene.look()
    scene.live(days=2)
    assert scene.payments(invoice) == []
    assert money(scene) == [(12_000, 12_000)]
    [left] = open_receipts(scene)
    assert (left.source, left.unapplied) == (Source.LEDGER, Money(12_000, "GBP"))
    with scene.tools.sessions() as s:
        undone = payers.undone(s, scene.organisation_id)
    assert undone == {(card, invoice), (left.ref.id, invoice)}
    # A person may still set it against the invoice.
    choose(scene, left.ref.id, portion(scene, invoice, 10_000))
    scene.live(hours=1)
    assert money(scene) == [(12_000, 2_000)]


def test_money_for_two_customers_is_nobodys_on_account(scene: Scene) -> None:
    """What is left of it stays at Stripe: nobody knows whose it is."""
    scene.connect(stripe=True)
    mine = scene.invoice("AA-1001")
    other = scene.invoice("AA-1002", customer="Birch", email="pay@birch.example")
    scene.live(hours=1)
    card = scene.card(25_000)
    scene.live(hours=7)
    both: list[Portion] = [portion(scene, one, 10_000) for one in (mine, other)]
    choose(scene, card, *both, source=Source.STRIPE)
    scene.live(hours=1)
    assert money(scene) == []
    assert [scene.payments(one) for one in (mine, other)] == [[10_000], [10_000]]
    [left] = open_receipts(scene)
    assert (left.source, left.unapplied) == (Source.STRIPE, Money(5_000, "GBP"))


def test_a_deposit_for_two_invoices_is_one_batch_and_is_taken_apart_whole(scene: Scene) -> None:
    scene.connect(stripe=True)
    invoices = [scene.invoice("AA-1001"), scene.invoice("AA-1002")]
    scene.live(hours=1)
    card = scene.card(20_000)
    scene.live(hours=7)
    choose(scene, card, *[portion(scene, one, 10_000) for one in invoices], source=Source.STRIPE)
    scene.live(hours=1)
    xero, tenant = scene.town.xero, scene.keeper.tenant
    assert [one["total"] for one in xero.batches(tenant)] == [20_000]
    assert [scene.payments(one) for one in invoices] == [[10_000], [10_000]]
    scene.undo()
    scene.live(hours=1)
    assert [one["status"] for one in xero.batches(tenant)] == ["DELETED"]
    assert [scene.balance(one) for one in invoices] == [10_000, 10_000]
    [left] = open_receipts(scene)
    assert left.unapplied == Money(20_000, "GBP")
