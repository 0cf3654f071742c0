"""Money kept on account is taken off it again, where the ledger lets an app do that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import kept_money, on_account
from ledger.documents import Purpose, Source
from store.actions import ActionRow
from tests.flows.scene import QUICKBOOKS, XERO, Scene, raised
from tests.flows.test_differences import LINE, choose_accounts, left, line
from tests.flows.test_kept_money import choose
from tests.flows.test_kept_money import on_account as held_for


def kept(scene: Scene) -> tuple[Scene, ActionRow]:
    """Have 95 from the bank on Birch's account."""
    scene.connect()
    scene.invoice("AA-1002", 1_000, customer="Birch", email="pay@birch.example")
    where = next(
        one.id
        for one in scene.tools.open_books(scene.books).accounts()
        if Purpose.BANK in one.purposes and one.currency in {None, "GBP"}
    )
    choose_accounts(scene, bank=where)
    scene.live(hours=1)
    line(scene)
    choose(scene, scene.customer("Birch"))
    scene.live(hours=1)
    assert left(scene) == 0
    return scene, scene.action("keep")


@pytest.fixture
def elm(tmp_path: Path) -> Iterator[tuple[Scene, ActionRow]]:
    with raised(tmp_path, QUICKBOOKS) as scene:
        yield kept(scene)


def undo(scene: Scene, row: ActionRow) -> ActionRow:
    with scene.tools.sessions.begin() as s:
        ours = scene.organisation_id
        return kept_money.undo(s, ours, row.id, who="ann", now=scene.now)


def test_it_is_taken_back_once_and_waits_for_a_person_again(elm: tuple[Scene, ActionRow]) -> None:
    scene, row = elm
    planned = undo(scene, row)
    with pytest.raises(ValueError, match="being taken back already"):
        undo(scene, row)
    scene.live(hours=1)
    assert scene.told(planned.id)[-1] == "done"
    assert scene.told(row.id)[-1] == "undone"
    assert (held_for(scene), left(scene)) == ([], 9_500)
    assert any("taken off the account" in one for one in scene.notes(scene.customer("Birch")))
    assert [one.subject for one in scene.exceptions("unmatched_receipt")] == [row.subject]
    with pytest.raises(ValueError, match="not on account any more"):
        undo(scene, row)
    # It can be put on account again.
    choose(scene, scene.customer("Birch"))
    scene.live(hours=1)
    assert [amount.minor for _, amount in held_for(scene)] == [9_500]


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_anywhere_takes_it_back_once(elm: tuple[Scene, ActionRow], point: str) -> None:
    scene, row = elm
    undo(scene, row)
    with scene.dying(point):
        scene.live(hours=1)
    scene.live(hours=3)
    assert (held_for(scene), left(scene)) == ([], 9_500)
    assert [one.state for one in scene.actions("release")] == ["done"]


def test_what_pays_an_invoice_by_now_stays(elm: tuple[Scene, ActionRow]) -> None:
    """Somebody applied it in the ledger, and nobody has told us yet."""
    scene, row = elm
    held = kept_money.read_held(row.outcome)
    undo(scene, row)
    invoice = scene.invoice("AA-1003", 4_000, customer="Birch")
    tenant = scene.keeper.tenant
    scene.town.quickbooks.apply_receipt(tenant, held.ref.id, {invoice: 4_000})
    scene.drain()
    [told] = scene.exceptions("refused")
    assert "take that apart first" in told.detail
    assert scene.payments(invoice) == [4_000]
    assert left(scene) == 0


def test_what_is_just_being_applied_is_not_taken_back(elm: tuple[Scene, ActionRow]) -> None:
    scene, row = elm
    held = kept_money.read_held(row.outcome)
    invoice = scene.invoice("AA-1003", 4_000, customer="Birch")
    scene.live(hours=1)
    planned = undo(scene, row)
    portion = scene.portion(invoice, 4_000)
    choose(scene, "", portion, receipt_id=held.ref.id)
    with pytest.raises(ValueError, match="being applied to invoices"):
        undo(scene, row)
    scene.drain()
    [dropped] = scene.actions("release")
    assert (dropped.id, dropped.state) == (planned.id, "cancelled")
    scene.live(hours=1)
    assert scene.payments(invoice) == [4_000]


def test_where_the_ledger_does_not_let_it_go_that_is_said(tmp_path: Path) -> None:
    with raised(tmp_path, XERO) as ash:
        scene, row = kept(ash)
        with pytest.raises(ValueError, match="Xero lets no app take money kept on account back"):
            undo(scene, row)
        assert scene.actions("release") == []


@pytest.mark.parametrize("leaves", [True, False])
def test_what_the_ledger_refused_to_keep_can_be_decided_otherwise(
    tmp_path: Path, *, leaves: bool
) -> None:
    with raised(tmp_path, QUICKBOOKS) as scene:
        scene.connect()
        invoice = scene.invoice("AA-1001", 6_000)
        scene.town.quickbooks.set_auto_apply(scene.keeper.tenant, on=True)
        scene.live(hours=1)
        line(scene)
        refused = choose(scene, scene.customer())
        scene.live(hours=1)
        assert [one.action_id for one in scene.exceptions("refused")] == [refused.id]
        if leaves:
            with scene.tools.sessions.begin() as s:
                ours, now = scene.organisation_id, scene.now
                on_account.leave(s, ours, Source.BANK, LINE, who="ann", now=now)
        else:
            choose(scene, "", scene.portion(invoice, 6_000))
        assert scene.exceptions("refused") == []
        scene.live(hours=1)
        assert scene.payments(invoice) == ([] if leaves else [6_000])
