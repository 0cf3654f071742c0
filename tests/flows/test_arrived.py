"""Money under way or disputed settles nothing, whoever says so."""

from __future__ import annotations

import pytest

from flows import cash
from ledger.documents import Source
from rules.actions import Portion
from store import actions, organisations
from store.actions import ActionRow
from tests.flows.scene import Scene


@pytest.fixture
def shop(scene: Scene) -> tuple[Scene, str, str]:
    """Have a card payment that no rule places, and an invoice of that amount."""
    scene.connect(stripe=True)
    invoice = scene.invoice("AA-1001")
    intent = scene.card(10_000)
    scene.live(hours=1)
    return scene, invoice, intent


def choose(scene: Scene, intent: str, portion: Portion | None) -> ActionRow:
    """Apply it, or keep it on account, as a person does."""
    customer = scene.customer()
    with scene.tools.sessions.begin() as s:
        return cash.apply_choice(
            s,
            organisations.get(s, scene.organisation_id),
            Source.STRIPE,
            intent,
            [portion] if portion else [],
            who="ann",
            now=scene.now,
            keep_for="" if portion else customer,
        )


@pytest.mark.parametrize("keeps", [True, False])
def test_disputed_money_cannot_be_chosen_for_anything(
    shop: tuple[Scene, str, str], *, keeps: bool
) -> None:
    scene, invoice, intent = shop
    dispute = scene.town.stripe.dispute(intent)
    scene.live(hours=1)
    portion = None if keeps else scene.portion(invoice, 10_000)
    with pytest.raises(ValueError, match="has not arrived yet, or is disputed"):
        choose(scene, intent, portion)
    scene.town.stripe.close_dispute(dispute, won=True)
    scene.live(hours=1)
    choose(scene, intent, portion)


@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_disputed_before_it_is_booked_is_not_booked(
    shop: tuple[Scene, str, str], *, keeps: bool
) -> None:
    scene, invoice, intent = shop
    row = choose(scene, intent, None if keeps else scene.portion(invoice, 10_000))
    scene.town.stripe.dispute(intent)
    scene.town.deliver()
    scene.drain(scene.stripe)
    scene.drain()
    with scene.tools.sessions() as s:
        dropped = actions.get(s, scene.organisation_id, row.id)
    assert dropped is not None
    assert dropped.state == "cancelled"
    assert "disputed" in dropped.reason
    assert scene.payments(invoice) == []
