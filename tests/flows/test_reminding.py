"""Sending a reminder: once, in the window, and never without reading the customer again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.message import EmailMessage
from typing import Any

import pytest

from flows import cash, reminding
from rules.facts import Hold
from sandbox.mail import Mailbox, MailFault
from store import actions, holds, steps
from tests.flows.scene import DieAt, Scene

AUTO = {"mode": "auto"}
APPROVE = {"mode": "approve"}


def due(scene: Scene, *numbers: str, mode: dict[str, Any] = AUTO) -> list[str]:
    """Have a customer with invoices that reached a step today."""
    found = [scene.invoice(number) for number in numbers or ("AA-1001",)]
    scene.connect()
    scene.rules(dunning={"min_days_since_delivery": 0, **mode})
    return found


def test_a_due_reminder_is_sent_once_and_noted(either: Scene) -> None:
    [invoice] = due(either)
    either.live(days=1)
    [letter] = either.mail
    assert letter.to == ("pay@acme.example",)
    assert "AA-1001" in letter.text
    assert letter.received.time() < either.now.replace(hour=11, minute=0).time()
    [note] = either.notes(invoice)
    assert "overdue_polite" in note
    assert either.told(either.action("remind").id) == ["decided", "attempted", "done"]


class MortalMailbox(Mailbox):
    """A mail server at whose door the product's process dies, before or after the message."""

    doom: DieAt | None = None

    def send_message(
        self,
        msg: EmailMessage,
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
    ) -> dict[str, tuple[int, bytes]]:
        """Take a message, and let the caller die."""
        if self.doom:
            self.doom("before data")
        taken = super().send_message(msg, from_addr, to_addrs)
        if self.doom:
            self.doom("after data")
        return taken


@pytest.mark.parametrize("point", ["K10", "before data", "after data", "K13"])
@pytest.mark.parametrize("sent", [True, False], ids=["sent", "not sent"])
def test_a_send_that_a_crash_cut_off_waits_for_a_person(
    scene: Scene, point: str, *, sent: bool
) -> None:
    """Mail cannot be looked up, so nobody sends it again by himself."""
    [invoice] = due(scene)
    box = MortalMailbox(scene.town.shelves["mail"], scene.town.clock)
    scene.town.mailbox = box
    with scene.dying(point) as box.doom:
        scene.live(hours=1)
    box.doom = None
    before = len(scene.mail)
    assert before == int(point in {"after data", "K13"})
    scene.live(days=1)
    assert len(scene.mail) == before
    [shown] = scene.exceptions("unconfirmed_send")
    row = scene.action("remind")
    assert (row.state, row.id) == ("unknown", shown.action_id)
    resolve(scene, row.id, sent=sent)
    scene.live(days=1)
    assert len(scene.mail) == before + int(not sent)
    assert scene.action("remind").state == "done"
    assert len(scene.notes(invoice)) == 1
    assert scene.exceptions() == []


def resolve(scene: Scene, action_id: int, *, sent: bool) -> None:
    """Take a person's word."""
    with scene.tools.sessions.begin() as s:
        row = actions.get(s, scene.organisation_id, action_id)
        assert row is not None
        reminding.resolve(s, row, "ann", scene.now, was_sent=sent)


def test_a_crash_after_the_outcome_was_kept_sends_nothing_again(scene: Scene) -> None:
    [invoice] = due(scene)
    with scene.dying("K14"):
        scene.live(hours=1)
    scene.live(days=1)
    assert len(scene.mail) == 1
    assert len(scene.notes(invoice)) == 1
    assert scene.exceptions() == []


@pytest.mark.parametrize("fault", [MailFault.DROP_KEPT, MailFault.DROP_LOST])
def test_a_mail_server_that_falls_silent_leaves_a_doubt(scene: Scene, fault: MailFault) -> None:
    due(scene)
    scene.town.mailbox.fail_next(fault)
    scene.live(days=2)
    assert len(scene.mail) == int(fault is MailFault.DROP_KEPT)
    [shown] = scene.exceptions("unconfirmed_send")
    assert "pay@acme.example" in shown.detail


def test_only_a_reminder_in_doubt_is_resolved(scene: Scene) -> None:
    due(scene)
    scene.live(hours=1)
    with pytest.raises(ValueError, match="not in doubt"):
        resolve(scene, scene.action("remind").id, sent=True)


def test_a_mailbox_that_asks_for_patience_holds_up_nobody_else(scene: Scene) -> None:
    scene.invoice("AA-2001", customer="Bell", email="pay@bell.example")
    due(scene)
    scene.town.mailbox.fail_next(MailFault.BUSY)
    scene.pulse()
    assert len(scene.mail) == 1
    [row] = scene.actions("remind", "planned")
    assert row.next_at > scene.now
    assert scene.drain()
    scene.live(minutes=20)
    assert {letter.to[0] for letter in scene.mail} == {"pay@acme.example", "pay@bell.example"}
    assert scene.exceptions() == []


def test_an_address_that_is_refused_is_shown_to_a_person(scene: Scene) -> None:
    due(scene)
    scene.town.mailbox.fail_next(MailFault.REJECTED)
    scene.live(days=2)
    assert scene.mail == []
    [shown] = scene.exceptions("refused")
    assert shown.action_id == scene.action("remind").id


def dispute(scene: Scene, invoice: str) -> None:
    hold = Hold(scene.customer(), "disputed", "wrong price", invoice_id=invoice)
    with scene.tools.sessions.begin() as s:
        holds.place(s, scene.organisation_id, hold, "ann", scene.now)


def no_address(scene: Scene) -> None:
    scene.town.xero.change_contact(scene.keeper.tenant, scene.customer(), email=None)


# What may become known between the decision and the send, and what is told of it.
CHANGES: dict[str, Callable[[Scene, str], object]] = {
    "paid": lambda scene, one: scene.keeper.pay(one, 10_000, scene.today),
    "credited": lambda scene, one: scene.keeper.credit(one, 10_000, scene.today),
    "voided": lambda scene, one: scene.keeper.void(one),
    "disputed": dispute,
    "unapplied credit": lambda scene, _one: scene.receipt(30_000),
    "no address": lambda scene, _one: no_address(scene),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_became_known_before_the_send_stops_it(scene: Scene, change: str) -> None:
    """Decided on the mirror, approved by a person, and the ledger has moved on meanwhile."""
    [invoice] = due(scene, mode=APPROVE)
    scene.pulse()
    row = scene.action("remind")
    assert row.state == "waiting"
    CHANGES[change](scene, invoice)
    approve(scene, row.id)
    scene.drain()
    assert scene.mail == []
    dropped = scene.action("remind")
    assert dropped.state == "cancelled"
    assert dropped.reason
    with scene.tools.sessions() as s:
        told = steps.suppressed_on(s, scene.organisation_id, scene.today)
    assert (invoice, dropped.reason) in {(one.invoice_id, one.reason) for one in told}


def approve(scene: Scene, action_id: int) -> None:
    with scene.tools.sessions.begin() as s:
        cash.approve(s, scene.organisation_id, action_id, who="ann", now=scene.now)


def test_a_line_that_is_paid_leaves_the_others_in_the_message(scene: Scene) -> None:
    paid, owed = due(scene, "AA-1001", "AA-1002", mode=APPROVE)
    scene.pulse()
    scene.keeper.pay(paid, 10_000, scene.today)
    approve(scene, scene.action("remind").id)
    scene.drain()
    [letter] = scene.mail
    assert "AA-1002" in letter.text
    assert "AA-1001" not in letter.text
    assert scene.action("remind").claims == [f"step:{owed}:due_date+7"]
    assert scene.notes(paid) == []


def test_an_approved_reminder_waits_for_the_next_window(scene: Scene) -> None:
    """The window closes at eleven; a quarter past is no reason to drop what a person approved."""
    due(scene, mode=APPROVE)
    scene.pulse()
    scene.town.clock.wait(2 * 3600)
    approve(scene, scene.action("remind").id)
    scene.drain()
    assert scene.mail == []
    row = scene.action("remind")
    assert row.state == "planned"
    scene.live(days=1)
    [letter] = scene.mail
    assert letter.received.hour == 9
    assert letter.received.date() == scene.today


def test_nothing_is_sent_after_a_person_switched_to_preview(scene: Scene) -> None:
    due(scene, mode=APPROVE)
    scene.invoice("AA-2001", customer="Bell", email="pay@bell.example")
    scene.pulse()
    waiting = scene.actions("remind", "waiting")
    assert len(waiting) == 2
    approve(scene, waiting[0].id)
    scene.rules(dunning={"mode": "preview"})
    scene.live(days=1)
    assert scene.mail == []
    assert {row.state for row in scene.actions("remind")} == {"cancelled"}
    assert {row.reason for row in scene.actions("remind")} == {"dunning was switched to preview"}


def test_the_switch_to_preview_stops_a_round_that_is_under_way(scene: Scene) -> None:
    """Two messages are due; a person stops everything while the first is handed over."""
    scene.invoice("AA-2001", customer="Bell", email="pay@bell.example")
    due(scene)
    box = SwitchingMailbox(scene.town.shelves["mail"], scene.town.clock)
    box.scene = scene
    scene.town.mailbox = box
    scene.pulse()
    assert len(scene.mail) == 1
    scene.live(days=1)
    assert len(scene.mail) == 1


class SwitchingMailbox(Mailbox):
    """A mail server that is busy while a person presses Stop."""

    scene: Scene

    def send_message(
        self,
        msg: EmailMessage,
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
    ) -> dict[str, tuple[int, bytes]]:
        """Take a message while dunning is switched off."""
        self.scene.rules(dunning={"mode": "preview"})
        return super().send_message(msg, from_addr, to_addrs)
