"""Who is reminded, when, and what keeps a reminder back; shown as a preview first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows import cash, dunning
from flows.clock import INBOX_KEPT, TICKS, tick
from flows.holidays import closed
from flows.work import rules_of
from ledger.documents import Kind
from store import inbox, organisations, steps
from store.arrivals import Wish
from tests.flows.scene import Scene

AUTO = {"mode": "auto", "min_days_since_delivery": 0}


def preview(scene: Scene) -> dunning.Preview:
    with scene.tools.sessions() as s:
        ours = organisations.get(s, scene.organisation_id)
        rules = rules_of(s, scene.organisation_id)
        return dunning.preview(s, ours, rules, scene.now, scene.tools.closed)


def test_a_new_organisation_sends_nothing_and_shows_what_it_would(scene: Scene) -> None:
    scene.invoice("AA-1001", overdue=8)
    scene.connect()
    scene.live(days=3)
    assert scene.mail == []
    assert scene.actions("remind") == []
    scene.rules(dunning={"min_days_since_delivery": 0})
    shown = preview(scene)
    told = {line.number for one in shown.reminders for line in one.lines}
    assert told | {one.number for one in shown.suppressed} == {"AA-1001"}


def test_a_preview_before_the_ledger_was_read_is_empty(scene: Scene) -> None:
    with scene.tools.sessions.begin() as s:
        scene.organisation_id = organisations.create(s, "New", "new", scene.now)
    assert preview(scene) == dunning.Preview((), (), ())


def test_the_preview_is_what_is_then_sent(either: Scene) -> None:
    either.invoice("AA-1001")
    either.invoice("AA-1002", overdue=0)
    either.invoice("BB-1001", customer="Bell", email="pay@bell.example")
    either.connect()
    either.rules(dunning={**AUTO, "mode": "approve"})
    shown = {(one.to, line.number) for one in preview(either).reminders for line in one.lines}
    assert len(shown) == 3
    either.rules(dunning=AUTO)
    either.live(days=1)
    sent = {
        (letter.to[0], number)
        for letter in either.mail
        for number in ("AA-1001", "AA-1002", "BB-1001")
        if number in letter.text
    }
    assert sent == shown


def test_approval_sends_nothing_by_itself(scene: Scene) -> None:
    scene.invoice("AA-1001")
    scene.connect()
    scene.rules(dunning={**AUTO, "mode": "approve"})
    scene.live(hours=20)
    assert scene.mail == []
    assert [row.state for row in scene.actions("remind")] == ["waiting"]


def test_mail_goes_inside_the_window_only(scene: Scene) -> None:
    """Switched on in the evening before a weekend: the next window is on Monday."""
    scene.live(days=3, hours=9)
    assert (scene.now.weekday(), scene.now.hour) == (4, 18)
    scene.invoice("AA-1001", overdue=6)
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.live(days=4)
    [letter] = scene.mail
    assert letter.received.weekday() == 0
    assert 9 <= letter.received.hour < 11


def test_a_ladder_is_climbed_once_and_ends_with_a_person(scene: Scene) -> None:
    """A month of silence: three messages, then a task; nothing twice."""
    scene.invoice("AA-1001", overdue=0)
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.live(days=32)
    subjects = [letter.subject for letter in scene.mail]
    assert len(subjects) == len({row.key for row in scene.actions("remind")}) == 3
    [task] = scene.exceptions("escalated")
    row = scene.action("escalate")
    assert (task.action_id, row.state) == (row.id, "done")
    assert "AA-1001" in task.title
    [invoice] = {line["invoice_id"] for line in row.body["lines"]}
    assert len(scene.notes(invoice)) == 4
    with scene.tools.sessions() as s:
        skipped = steps.skipped(s, scene.organisation_id, scene.customer())
    assert (invoice, row.body["lines"][0]["step"]) in skipped


def test_a_step_that_was_closed_is_told_once_a_day(scene: Scene) -> None:
    """Steps from before the switch-on are over: they are written down once and stay over."""
    invoice = scene.invoice("AA-1001", overdue=10)
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.live(hours=3)
    with scene.tools.sessions() as s:
        told = steps.suppressed_on(s, scene.organisation_id, scene.today)
        skipped = steps.skipped(s, scene.organisation_id, scene.customer())
    before_live = [one for one in told if one.reason == "before_live"]
    assert len(before_live) == len({one.step for one in before_live}) > 1
    assert {(invoice, one.step) for one in before_live} <= skipped
    assert scene.mail == []


def test_money_that_may_be_theirs_holds_the_reminder(scene: Scene) -> None:
    """A card payment of the exact amount, from a stranger: nobody can tell, so nobody writes."""
    scene.invoice("AA-1001")
    scene.connect(stripe=True)
    scene.card(10_000)
    scene.live(minutes=5)
    scene.rules(dunning=AUTO)
    scene.live(hours=2)
    assert scene.mail == []
    with scene.tools.sessions() as s:
        told = steps.suppressed_on(s, scene.organisation_id, scene.today)
    assert "possible_payment_seen" in {one.reason for one in told}


EVIDENCE = {
    "the payer's address": {"email": "PAY@acme.example"},
    "the payer's name": {"name": "acme"},
    "the invoice's number": {"description": "for AA-1001, thanks"},
}


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_any_hint_of_the_payer_holds_the_reminder(scene: Scene, evidence: str) -> None:
    scene.invoice("AA-1001")
    scene.connect(stripe=True)
    hint = EVIDENCE[evidence]
    payer = scene.town.stripe.add_customer(
        scene.account, hint.get("name", "X"), hint.get("email", "x@x.example")
    )
    scene.card(777, customer=payer, description=hint.get("description"))
    scene.live(minutes=5)
    scene.rules(dunning=AUTO)
    scene.live(hours=2)
    assert scene.mail == []


def test_money_of_somebody_else_holds_nothing(scene: Scene) -> None:
    scene.invoice("AA-1001")
    scene.connect(stripe=True)
    payer = scene.town.stripe.add_customer(scene.account, "Other", "other@other.example")
    scene.card(777, "BB-9999", customer=payer)
    scene.live(minutes=5)
    scene.rules(dunning=AUTO)
    scene.live(hours=2)
    assert len(scene.mail) == 1


def test_payments_that_are_out_of_date_are_read_before_anything_is_sent(scene: Scene) -> None:
    """Webhooks of Stripe are lost; the payment is found because a reminder needs to know."""
    invoice = scene.invoice("AA-1001")
    scene.connect(stripe=True)
    scene.live(days=1, minutes=-90)
    scene.rules(dunning=AUTO, matching={"mode": "auto"})
    scene.card(10_000, "AA-1001")
    scene.town.stripe.deliver(lambda _post: 200)
    synced = scene.stripe.synced_at
    scene.live(hours=20)
    assert synced is not None
    assert scene.payments(invoice) == [10_000]
    assert scene.mail == []


def test_a_lost_payments_connection_holds_everything_and_says_so(scene: Scene) -> None:
    scene.invoice("AA-1001")
    scene.connect(stripe=True)
    scene.town.stripe.deauthorize(scene.account)
    scene.live(minutes=10)
    assert scene.stripe.state == "needs_reconnect"
    scene.rules(dunning=AUTO)
    scene.live(hours=1)
    assert scene.mail == []
    assert {row.kind for row in scene.exceptions()} == {"needs_reconnect", "reminders_held"}
    [shown] = scene.exceptions("reminders_held")
    assert scene.stripe.title in shown.title
    scene.connect(stripe=True)
    scene.live(days=1)
    assert len(scene.mail) == 1
    assert scene.exceptions() == []


def test_an_approved_reminder_waits_while_payments_are_hidden(scene: Scene) -> None:
    """It holds up nobody else: money is applied meanwhile."""
    scene.invoice("AA-1001")
    scene.connect(stripe=True)
    scene.rules(dunning={**AUTO, "mode": "approve"}, matching={"mode": "auto"})
    scene.pulse()
    [row] = scene.actions("remind", "waiting")
    scene.town.stripe.deauthorize(scene.account)
    scene.live(minutes=10)
    with scene.tools.sessions.begin() as s:
        cash.approve(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    other = scene.invoice("BB-1001", customer="Bell", email="pay@bell.example")
    scene.receipt(10_000, "BB-1001", customer="Bell")
    scene.live(minutes=30)
    scene.pulse()
    assert scene.mail == []
    assert scene.action("remind").state == "planned"
    assert scene.payments(other) == [10_000]
    assert len(scene.exceptions("reminders_held")) == 1


def test_a_slot_of_the_clock_is_run_once(scene: Scene) -> None:
    assert tick(scene.tools, "nightly", "2026-03-10")
    assert not tick(scene.tools, "nightly", "2026-03-10")
    assert tick(scene.tools, "nightly", "2026-03-11")
    assert set(TICKS) == {"nightly"}


def test_the_night_forgets_old_news_alone(scene: Scene) -> None:
    scene.connect()
    with scene.tools.sessions.begin() as s:
        wish = Wish("old", scene.keeper.tenant, Kind.UNKNOWN, "x", "")
        inbox.keep(s, "xero", [wish], scene.now)
    scene.live(days=1)
    tick(scene.tools, "nightly", "one")
    with scene.tools.sessions() as s:
        kept = sum(inbox.counts(s).values())
    scene.town.clock.wait((INBOX_KEPT + timedelta(days=1)).total_seconds())
    tick(scene.tools, "nightly", "two")
    with scene.tools.sessions() as s:
        assert sum(inbox.counts(s).values()) == 0 < kept


def test_holidays_are_those_of_the_country(scene: Scene) -> None:
    christmas = scene.today.replace(month=12, day=25)
    assert closed(christmas, "gb")
    assert not closed(christmas, None)
    assert not closed(christmas, "XX")
    assert not closed(scene.today, "GB")
