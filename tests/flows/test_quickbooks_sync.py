"""Catching up with QuickBooks after a long silence, and after a merge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rules.facts import Hold
from store import holds, mirror
from tests.flows.scene import QUICKBOOKS, Scene, raised


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a connected QuickBooks company."""
    with raised(tmp_path, QUICKBOOKS) as one:
        one.connect()
        yield one


def is_open(scene: Scene, invoice_id: str) -> bool:
    """Say whether something is owed on an invoice, as far as the mirror knows."""
    with scene.tools.sessions() as s:
        found = mirror.invoice(s, scene.organisation_id, invoice_id)
    return found is not None and found.is_open


def test_what_was_deleted_during_a_long_silence_is_found_out(scene: Scene) -> None:
    """QuickBooks tells no change older than 30 days: all is walked, and what is missing asked."""
    gone, kept = scene.invoice("EL-1001"), scene.invoice("EL-1002")
    scene.live(hours=7)
    assert is_open(scene, gone)
    scene.town.clock.wait(timedelta(days=45).total_seconds())
    books, tenant = scene.town.quickbooks, scene.keeper.tenant
    books.delete(tenant, "Invoice", gone)
    books.edit_invoice(tenant, kept, DueDate="2026-12-24")
    scene.live(hours=1)
    assert not is_open(scene, gone)
    assert is_open(scene, kept)


def test_a_merge_moves_what_is_owed(scene: Scene) -> None:
    invoice = scene.invoice("EL-1001")
    scene.live(hours=7)
    books, tenant = scene.town.quickbooks, scene.keeper.tenant
    survivor = scene.customer("Acme Group", "group@acme.example")
    books.merge_customers(tenant, scene.customer(), survivor)
    scene.live(hours=7)
    with scene.tools.sessions() as s:
        found = mirror.invoice(s, scene.organisation_id, invoice)
        old = mirror.customer(s, scene.organisation_id, scene.customer())
    assert found is not None
    assert found.customer_id == survivor
    assert old is not None
    assert old.archived


def test_what_held_a_customer_holds_whoever_took_it_over(scene: Scene) -> None:
    """QuickBooks does not say in its newer webhooks who was merged: the invoices tell."""
    invoice = scene.invoice("EL-1001")
    scene.live(hours=7)
    block = Hold(scene.customer(), "dunning_block", "in court")
    with scene.tools.sessions.begin() as s:
        holds.place(s, scene.organisation_id, block, "ann", scene.now)
    survivor = scene.customer("Acme Group", "group@acme.example")
    scene.rules(dunning={"mode": "auto", "min_days_since_delivery": 0})
    scene.town.quickbooks.merge_customers(scene.keeper.tenant, scene.customer(), survivor)
    scene.live(days=20)
    with scene.tools.sessions() as s:
        found = mirror.invoice(s, scene.organisation_id, invoice)
        [kept] = holds.of_customer(s, scene.organisation_id, survivor, scene.today)
    assert found is not None
    assert found.customer_id == survivor
    assert (kept.kind, kept.reason) == ("dunning_block", "in court")
    assert scene.mail == []
    # Without the block a reminder would have gone.
    with scene.tools.sessions.begin() as s:
        [row] = [
            one
            for one in holds.all_open(s, scene.organisation_id, scene.today)
            if one.hold.customer_id == survivor
        ]
        holds.release(s, scene.organisation_id, row.id, "ann", scene.now)
    scene.live(days=3)
    assert scene.mail
