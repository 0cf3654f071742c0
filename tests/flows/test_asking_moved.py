"""Questions about money that turns out to be another customer's, or was placed unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows import answering, asking, gathering
from tests.flows.scene import QUICKBOOKS, Scene, raised
from tests.flows.test_asking import ASKS, answer, asked_about, sheet_of, unclear


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[tuple[Scene, str, str]]:
    """Have a question wait, and another customer who owes the same; gives money and customer."""
    with raised(tmp_path, QUICKBOOKS) as scene:
        receipt = unclear(scene, **ASKS)
        for number in ("AA-2001", "AA-2002"):
            scene.invoice(number, overdue=1, customer="Birch", email="pay@birch.example")
        yield scene, receipt, scene.customer("Birch")


def give(scene: Scene, receipt: str, customer: str) -> None:
    """Have the bookkeeper say that a payment is another customer's."""
    where = {"CustomerRef": {"value": customer}}
    scene.town.quickbooks.edit_payment(scene.keeper.tenant, receipt, **where)


def test_a_question_follows_the_money_to_another_customer(moved: tuple[Scene, str, str]) -> None:
    scene, receipt, birch = moved
    give(scene, receipt, birch)
    scene.live(hours=1)
    assert [(one.state, one.body["to"], one.reason) for one in scene.actions("ask")] == [
        ("cancelled", "pay@acme.example", asking.ANOTHER),
        ("waiting", "pay@birch.example", ""),
    ]
    with scene.tools.sessions() as s:
        asked = asked_about(scene, receipt)
        assert answering.sheet(s, asked) is None
        assert answering.sheet(s, replace(asked, customer_id=birch)) is not None


def test_what_another_said_of_the_money_is_not_heard(moved: tuple[Scene, str, str]) -> None:
    scene, receipt, birch = moved
    answer(scene, asked_about(scene, receipt), AA_1001="100.00")
    with scene.tools.sessions() as s:
        told = gathering.gather(s, scene.organisation_id)
    assert told.answered == {("ledger", receipt)}
    give(scene, receipt, birch)
    scene.live(hours=1)
    with scene.tools.sessions() as s:
        told = gathering.gather(s, scene.organisation_id)
    assert (told.answered, [one.remittance for one in told.receipts]) == (frozenset(), [()])
    # Which of its own invoices Birch paid is for Birch to say.
    [row] = scene.actions("ask", "waiting")
    with scene.tools.sessions.begin() as s:
        asking.approve(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    scene.live(hours=48)
    [letter] = scene.mail
    assert "AA-2001" in letter.text
    assert "AA-1001" not in letter.text


@pytest.mark.parametrize("placed", [True, False])
def test_money_that_moved_unseen_is_read_before_it_is_asked_about(
    moved: tuple[Scene, str, str], *, placed: bool
) -> None:
    """No customer's open items tell of money that was placed, or given to another."""
    scene, receipt, birch = moved
    [row] = scene.actions("ask")
    scene.live(hours=1)
    invoice = next(one.ref.id for one in sheet_of(scene, receipt).invoices)
    if placed:
        scene.town.quickbooks.apply_receipt(scene.keeper.tenant, receipt, {invoice: 10_000})
    else:
        give(scene, receipt, birch)
    with scene.tools.sessions.begin() as s:
        asking.approve(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    scene.drain()
    dropped = scene.actions("ask")[0]
    assert (dropped.state, dropped.reason) == (
        "cancelled",
        asking.PLACED if placed else asking.ANOTHER,
    )
    assert scene.mail == []
