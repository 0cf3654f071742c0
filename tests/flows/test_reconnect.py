"""A consent that ends stops the work and tells a person; connecting again goes on with it."""

from __future__ import annotations

import pytest

from store import inbox
from tests.flows.scene import Scene


def revoke(scene: Scene) -> None:
    """End the app's access as a user of the ledger can."""
    tenant = scene.keeper.tenant
    if scene.company.provider == "xero":
        scene.town.xero.disconnect(tenant)
    else:
        scene.town.quickbooks.disconnect(tenant)


def test_a_revoked_consent_stops_the_work_until_a_person_connects_again(either: Scene) -> None:
    """What was decided waits, what happened meanwhile is caught up, and nothing is done twice."""
    either.connect()
    either.rules(matching={"mode": "auto"})
    paid, other = either.invoice("AA-1001"), either.invoice("AA-1002")
    either.receipt(10_000, "AA-1001")
    revoke(either)
    either.live(hours=8)
    assert either.books.state == "needs_reconnect"
    [shown] = either.exceptions()
    assert shown.kind == "needs_reconnect"
    assert either.company.name in shown.title
    assert "Reconnect" in shown.fix
    either.keeper.pay(other, 10_000, either.today)
    either.live(hours=1)
    assert either.payments(paid) == []
    either.connect()
    either.live(hours=7)
    assert either.books.state == "connected"
    assert either.payments(paid) == [10_000]
    assert either.mirrored(other) == 0
    assert either.exceptions() == []
    with either.tools.sessions() as s:
        assert inbox.counts(s).get("new", 0) == 0


def test_a_consent_that_ends_at_a_write_leaves_it_planned(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001")
    either.receipt(10_000, "AA-1001")
    either.live(hours=7)
    [row] = either.actions("apply", "waiting")
    revoke(either)
    either.approve()
    either.live(hours=2)
    kept = either.action("apply")
    assert (kept.id, kept.state) == (row.id, "planned")
    either.connect()
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]


@pytest.mark.parametrize("end", ["deauthorize", "uninstall"])
def test_stripe_that_was_uninstalled_is_found_out_by_its_webhook(scene: Scene, end: str) -> None:
    scene.connect(stripe=True)
    getattr(scene.town.stripe, end)(scene.account)
    scene.live(minutes=1)
    assert scene.stripe.state == "needs_reconnect"
    assert [one.kind for one in scene.exceptions()] == ["needs_reconnect"]
    assert scene.books.state == "connected"


def test_a_token_that_ended_is_renewed_without_anybody(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001")
    either.live(days=2)
    either.keeper.pay(invoice, 10_000, either.today)
    either.live(hours=1)
    assert either.mirrored(invoice) == 0
    assert either.exceptions() == []


def test_a_connection_that_is_off_has_nothing_done(scene: Scene) -> None:
    scene.connect()
    scene.accountant.disconnect(scene.organisation_id, "xero")
    asked = len(scene.town.xero.requests())
    assert scene.drain()
    assert len(scene.town.xero.requests()) == asked
