"""Money that nobody could place is asked about until it is placed or gone, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.scene import QUICKBOOKS, Scene, raised

ASKED = "unmatched_receipt"


@pytest.fixture
def elm(tmp_path: Path) -> Iterator[tuple[Scene, str, str]]:
    """Have money that may be for either of two invoices; gives it and the first invoice."""
    with raised(tmp_path, QUICKBOOKS) as scene:
        scene.connect()
        scene.rules(matching={"mode": "auto"})
        invoice = scene.invoice("AA-1001")
        scene.invoice("AA-1002")
        receipt = scene.receipt(10_000)
        scene.live(hours=1)
        assert [one.subject for one in scene.exceptions(ASKED)] == [f"receipt:ledger:{receipt}"]
        yield scene, receipt, invoice


def test_placed_by_hand_in_the_ledger_it_is_asked_about_no_more(
    elm: tuple[Scene, str, str],
) -> None:
    scene, receipt, invoice = elm
    scene.town.quickbooks.apply_receipt(scene.keeper.tenant, receipt, {invoice: 10_000})
    scene.live(hours=1)
    assert scene.exceptions() == []


def test_one_of_two_that_was_placed_leaves_the_other(elm: tuple[Scene, str, str]) -> None:
    scene, receipt, invoice = elm
    scene.invoice("AA-1003")
    other = scene.receipt(10_000)
    scene.live(hours=1)
    assert len(scene.exceptions(ASKED)) == 2
    scene.town.quickbooks.apply_receipt(scene.keeper.tenant, receipt, {invoice: 10_000})
    scene.live(hours=1)
    assert [one.subject for one in scene.exceptions(ASKED)] == [f"receipt:ledger:{other}"]


def test_what_is_gone_from_the_ledger_is_asked_about_no_more(elm: tuple[Scene, str, str]) -> None:
    scene, receipt, _ = elm
    scene.town.quickbooks.void_payment(scene.keeper.tenant, receipt)
    scene.live(hours=1)
    assert scene.exceptions() == []
