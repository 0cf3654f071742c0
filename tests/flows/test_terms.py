"""A discount for early payment, from the term of an invoice in the ledger to its booking there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.protocol import Found
from store import mirror
from tests.flows.scene import QUICKBOOKS, Scene, raised
from tests.flows.test_differences import bank_line, choose_accounts, left
from tests.flows.test_perform import AUTO

PAID = 9_800
# Days of 2 % 10, and of grace.
LAST_DAY = 10 + 3


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a QuickBooks company that matches by itself, with accounts for money and discounts."""
    with raised(tmp_path, QUICKBOOKS) as one:
        one.connect()
        offered = {each.name: each.id for each in one.tools.open_books(one.books).accounts()}
        choose_accounts(one, bank=offered["Checking"], discounts=offered["Discounts given"])
        one.rules(matching=AUTO)
        yield one


def sold(scene: Scene, days_ago: int) -> str:
    """Sell for 100 on 2 % 10, net 30, so many days ago; gives the invoice."""
    books, realm = scene.town.quickbooks, scene.keeper.tenant
    term = books.add_term(realm, "2% 10 Net 30", DueDays=30, DiscountPercent=2, DiscountDays=10)
    day = scene.today - timedelta(days=days_ago)
    return books.raise_invoice(
        realm, scene.customer(), "EL-1001", day, day + timedelta(days=30), 10_000, term=term
    )


def pay(scene: Scene, **more: Any) -> None:
    """Have 98 come over the bank for it."""
    scene.live(hours=1)
    received = replace(bank_line(scene, PAID), text="EL-1001", payer_name="Acme", **more)
    with scene.tools.sessions.begin() as s:
        mirror.save(s, scene.organisation_id, scene.books.id, [Found(received, "{}")], scene.now)
    scene.look()
    scene.live(hours=1)


def discounts_given(scene: Scene) -> list[tuple[float, str]]:
    """List what the ledger's journal books to the account for discounts."""
    books, realm = scene.town.quickbooks, scene.keeper.tenant
    company = books.shelf.get("company", realm) or {}
    account = company["accounts"]["Discounts given"]
    return [
        (line["Amount"], line["JournalEntryLineDetail"]["PostingType"])
        for entry in books.shelf.all(f"{realm}/JournalEntry")
        for line in entry["Line"]
        if line["JournalEntryLineDetail"]["AccountRef"]["value"] == account
    ]


def test_a_discount_taken_in_time_settles_the_invoice_and_is_booked(scene: Scene) -> None:
    invoice = sold(scene, days_ago=LAST_DAY)
    pay(scene)
    assert (scene.balance(invoice), scene.mirrored(invoice), left(scene)) == (0, 0, 0)
    assert sorted(scene.payments(invoice)) == [200, PAID]
    assert discounts_given(scene) == [(2, "Debit")]
    row = scene.action("apply")
    assert (row.state, row.body["why"]["rule"]) == ("done", "reference_net_of_discount")
    assert "(2.00 GBP as early payment discount)" in scene.notes(invoice)[0]
    assert scene.exceptions() == []


def test_taken_a_day_late_it_is_a_short_payment_and_the_rest_stays_open(scene: Scene) -> None:
    invoice = sold(scene, days_ago=LAST_DAY + 1)
    pay(scene)
    assert (scene.balance(invoice), scene.mirrored(invoice), left(scene)) == (200, 200, 0)
    assert (scene.payments(invoice), discounts_given(scene)) == ([PAID], [])
    assert scene.action("apply").body["why"]["rule"] == "reference_part"


def test_the_value_day_counts_and_not_the_day_of_booking(scene: Scene) -> None:
    invoice = sold(scene, days_ago=LAST_DAY + 1)
    pay(scene, value_day=scene.today - timedelta(days=1))
    assert scene.balance(invoice) == 0


def test_an_undo_takes_the_discount_back(scene: Scene) -> None:
    invoice = sold(scene, days_ago=5)
    pay(scene)
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), left(scene)) == (10_000, PAID)
    assert discounts_given(scene) == []
    # What a person took apart is not put together again, discount or not.
    scene.look()
    scene.live(hours=1)
    assert scene.balance(invoice) == 10_000


def test_without_an_account_for_discounts_a_person_lets_the_rest_stay_open(scene: Scene) -> None:
    offered = {each.name: each.id for each in scene.tools.open_books(scene.books).accounts()}
    choose_accounts(scene, bank=offered["Checking"])
    invoice = sold(scene, days_ago=5)
    pay(scene)
    waiting = scene.action("apply")
    assert waiting.state == "waiting"
    told = dict(waiting.body["why"]["facts"])
    assert told["for a person"] == "no account is chosen for the early discount"
    scene.approve()
    scene.live(hours=1)
    assert (scene.balance(invoice), scene.payments(invoice)) == (200, [PAID])


def test_an_account_chosen_meanwhile_settles_what_waits_for_one(scene: Scene) -> None:
    offered = {each.name: each.id for each in scene.tools.open_books(scene.books).accounts()}
    choose_accounts(scene, bank=offered["Checking"])
    invoice = sold(scene, days_ago=5)
    pay(scene)
    assert scene.action("apply").state == "waiting"
    choose_accounts(scene, bank=offered["Checking"], discounts=offered["Discounts given"])
    scene.look()
    scene.live(hours=1)
    assert (scene.balance(invoice), discounts_given(scene)) == (0, [(2, "Debit")])
    assert [row.state for row in scene.actions("apply")] == ["cancelled", "done"]


def test_money_that_the_ledger_holds_takes_the_discount_too(scene: Scene) -> None:
    invoice = sold(scene, days_ago=5)
    scene.receipt(PAID, "EL-1001")
    scene.live(hours=3)
    assert (scene.balance(invoice), sorted(scene.payments(invoice))) == (0, [200, PAID])
    assert discounts_given(scene) == [(2, "Debit")]
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), discounts_given(scene)) == (10_000, [])


def test_a_card_payment_that_names_its_invoice_takes_it_too(scene: Scene) -> None:
    scene.connect(stripe=True)
    offered = {each.name: each.id for each in scene.tools.open_books(scene.books).accounts()}
    choose_accounts(scene, stripe=offered["Checking"], discounts=offered["Discounts given"])
    invoice = sold(scene, days_ago=5)
    scene.live(hours=1)
    scene.card(PAID, "EL-1001")
    scene.live(hours=8)
    assert (scene.balance(invoice), sorted(scene.payments(invoice))) == (0, [200, PAID])
    assert scene.action("apply").body["why"]["rule"] == "stripe_link"
