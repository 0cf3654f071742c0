"""The ledger sends an invoice when a person asks: once, and never again by itself."""

from __future__ import annotations

import pytest

from flows import delivering, reminding
from store import actions, mirror, organisations
from tests.flows.scene import Scene


def ask(scene: Scene, invoice_id: str) -> bool:
    """Ask as the page does."""
    with scene.tools.sessions.begin() as s:
        invoice = mirror.invoice(s, scene.organisation_id, invoice_id)
        assert invoice is not None
        ours = organisations.get(s, scene.organisation_id)
        return delivering.plan(s, ours, invoice, "pay@acme.example", "ann", scene.now)


def sent(scene: Scene) -> list[str]:
    return [invoice for invoice, _, _ in scene.town.xero.mails(scene.keeper.tenant)]


@pytest.fixture
def invoice(scene: Scene) -> str:
    key = scene.invoice("AA-1001")
    scene.connect()
    return key


def test_an_invoice_is_sent_once_a_day(scene: Scene, invoice: str) -> None:
    assert ask(scene, invoice)
    assert not ask(scene, invoice)
    scene.live(minutes=5)
    assert sent(scene) == [invoice]
    assert scene.action("deliver").state == "done"
    scene.live(days=1)
    assert ask(scene, invoice)
    scene.live(minutes=5)
    assert sent(scene) == [invoice, invoice]


def test_a_draft_a_void_and_an_unknown_invoice_are_not_sent(scene: Scene, invoice: str) -> None:
    assert ask(scene, invoice)
    scene.keeper.void(invoice)
    scene.drain()
    assert scene.action("deliver").reason == "the invoice is a draft, void or gone"
    assert sent(scene) == []


def test_a_refusal_says_the_cure_and_can_be_tried_again(scene: Scene, invoice: str) -> None:
    scene.town.xero.set_organisation(scene.keeper.tenant, mails_a_day=0)
    ask(scene, invoice)
    scene.live(minutes=5)
    [row] = scene.exceptions("refused")
    assert row.title == "Sending an invoice was refused"
    assert "tomorrow" in row.detail
    scene.town.xero.set_organisation(scene.keeper.tenant, mails_a_day=9)
    scene.live(minutes=10)
    assert sent(scene) == []
    with scene.tools.sessions.begin() as s:
        action = scene.action("deliver")
        assert actions.retry(s, scene.organisation_id, action.id, who="ann", now=scene.now)
    # Xero gives the refusal it kept under the key for six minutes; these are over.
    scene.live(minutes=10)
    assert sent(scene) == [invoice]


@pytest.mark.parametrize("point", ["K10", "K13"])
@pytest.mark.parametrize("yes", [True, False], ids=["sent", "not sent"])
def test_a_crash_sends_nothing_twice(scene: Scene, invoice: str, point: str, *, yes: bool) -> None:
    ask(scene, invoice)
    with scene.dying(point):
        scene.drain()
    scene.live(hours=1)
    row = scene.action("deliver")
    if point == "K13":
        # The ledger's own history tells that it went.
        assert row.state == "done"
        assert sent(scene) == [invoice]
        return
    assert (row.state, sent(scene)) == ("unknown", [])
    [shown] = scene.exceptions("unconfirmed_send")
    assert shown.title == "Not known whether an invoice was sent"
    with scene.tools.sessions.begin() as s:
        reminding.resolve(s, row, "ann", scene.now, was_sent=yes)
    scene.live(minutes=10)
    assert sent(scene) == ([] if yes else [invoice])
    assert scene.action("deliver").state == "done"
    assert scene.exceptions() == []
    assert scene.notes(invoice) == []


def test_a_lost_answer_is_looked_up_and_not_sent_again(scene: Scene, invoice: str) -> None:
    scene.sky.next("unanswered", "xero", "POST", "/Email")
    ask(scene, invoice)
    scene.live(minutes=20)
    assert sent(scene) == [invoice]
    assert scene.action("deliver").state == "done"
