"""Money and credit in QuickBooks, lived through: on account, in parts, paid out, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.documents import Source, Status
from ledger.money import Money
from store import mirror
from tests.flows.scene import QUICKBOOKS, Scene, raised
from tests.flows.test_cash import choose, portion


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a QuickBooks company with a Stripe account."""
    with raised(tmp_path, QUICKBOOKS) as one:
        one.connect(stripe=True)
        yield one


def booked(scene: Scene) -> list[tuple[float, float]]:
    """List what the payments in the books came to, and what is unapplied of each."""
    docs = scene.town.quickbooks.payments(scene.keeper.tenant)
    return [(one["TotalAmt"], one["UnappliedAmt"]) for one in docs]


def chosen(scene: Scene) -> tuple[str, str]:
    """Have 120 by card, of which a person sets 100 against an invoice; gives both ids."""
    invoice = scene.invoice("EL-1001")
    scene.live(hours=1)
    card = scene.card(12_000)
    scene.live(hours=7)
    choose(scene, card, portion(scene, invoice, 10_000), source=Source.STRIPE)
    return invoice, card


def test_what_is_left_of_a_card_payment_is_on_account_in_quickbooks(scene: Scene) -> None:
    invoice, _card = chosen(scene)
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    assert booked(scene) == [(120, 20)]
    with scene.tools.sessions() as s:
        found = mirror.receipts_to_match(s, scene.organisation_id)
    [left] = [one for one in found if one.status is Status.OPEN and one.unapplied.minor]
    assert (left.source, left.unapplied) == (Source.LEDGER, Money(2_000, "GBP"))
    assert left.customer_id == scene.customer()


@pytest.mark.parametrize("word", ["unanswered", "reset", "lost", "500", "503", "429"])
def test_money_on_account_is_booked_once_in_any_weather(scene: Scene, word: str) -> None:
    invoice, _card = chosen(scene)
    scene.sky.next(word, "quickbooks", "POST", "/payment")
    scene.live(hours=3)
    assert scene.sky.seen[word] == 1
    assert scene.payments(invoice) == [10_000]
    assert booked(scene) == [(120, 20)]
    assert [row.state for row in scene.actions("apply")] == ["done"]


def test_an_undo_leaves_it_on_account(scene: Scene) -> None:
    invoice, _card = chosen(scene)
    scene.live(hours=1)
    scene.undo()
    scene.live(hours=8)
    assert scene.payments(invoice) == []
    assert scene.balance(invoice) == 10_000
    assert booked(scene) == [(120, 120)]
    assert scene.exceptions("refused") == []


def test_a_payment_in_a_deposit_is_shown_with_what_to_do(scene: Scene) -> None:
    invoice, receipt = scene.invoice("EL-1001"), scene.receipt(10_000)
    scene.live(hours=7)
    choose(scene, receipt, portion(scene, invoice, 10_000))
    scene.live(hours=1)
    scene.town.quickbooks.deposit(scene.keeper.tenant, receipt)
    scene.undo()
    scene.live(hours=8)
    assert scene.payments(invoice) == [10_000]
    [shown] = scene.exceptions("refused")
    assert "take it out of the deposit in QuickBooks first" in shown.detail
    assert "intuit_tid" in shown.detail


def test_an_ended_subscription_holds_what_is_to_be_written_and_says_so_once(scene: Scene) -> None:
    invoice, receipt = scene.invoice("EL-1001"), scene.receipt(10_000)
    scene.live(hours=7)
    books, tenant = scene.town.quickbooks, scene.keeper.tenant
    books.set_read_only(tenant, on=True)
    choose(scene, receipt, portion(scene, invoice, 10_000))
    scene.live(hours=9)
    assert scene.exceptions("refused") == []
    [shown] = scene.exceptions("books_read_only")
    assert "subscription has ended" in shown.detail
    [row] = scene.actions("apply", "planned")
    assert scene.told(row.id).count("attempted") in range(8, 11)
    books.set_read_only(tenant, on=False)
    scene.live(hours=2)
    assert scene.payments(invoice) == [10_000]
    assert scene.exceptions("books_read_only") == []


def test_two_at_one_payment_are_told_apart_by_its_version(scene: Scene) -> None:
    """A bookkeeper changes the payment between our reading and our writing: decided anew."""
    invoice = scene.invoice("EL-1001")
    receipt = scene.receipt(10_000)
    scene.live(hours=7)
    books, tenant = scene.town.quickbooks, scene.keeper.tenant
    met: list[str] = []

    def sky(_host: str, method: str, path: str) -> None:
        if method == "POST" and path.endswith("/payment") and not met:
            met.append(path)
            books.edit_payment(tenant, receipt, PrivateNote="a bookkeeper was here")

    assert scene.town.streets is not None
    scene.town.streets.weather = sky
    choose(scene, receipt, portion(scene, invoice, 10_000))
    scene.live(hours=1)
    assert met
    assert scene.payments(invoice) == [10_000]
    [row] = scene.actions("apply", "done")
    assert scene.told(row.id).count("attempted") == 2
    [payment] = books.payments(tenant)
    assert payment["PrivateNote"].startswith("a bookkeeper was here [DNK-")
