"""A promise to pay holds reminders, stands in the ledger, and can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flows import promising
from ledger.documents import Kind
from rules.facts import Hold
from sandbox.story.hands import XeroBookkeeper
from store import holds
from store.actions import ActionRow
from tests.flows.scene import Scene

AUTO = {"mode": "auto", "min_days_since_delivery": 0}


def record(
    scene: Scene, invoice_id: str | None, days: int, *, customer: str = "Acme", why: str = "called"
) -> int:
    """Record a promise to pay in so many days, as the page does; gives the hold's id."""
    until = scene.today + timedelta(days=days)
    hold = Hold(scene.customer(customer), holds.PROMISE, why, invoice_id, until)
    with scene.tools.sessions.begin() as s:
        return promising.record(s, scene.organisation_id, hold, "ann", scene.now)


def take_back(scene: Scene, hold_id: int) -> bool:
    with scene.tools.sessions.begin() as s:
        row = holds.get(s, scene.organisation_id, hold_id)
        assert row is not None
        return promising.release(s, scene.organisation_id, row, "ann", scene.now)


def expected(scene: Scene, invoice_id: str) -> date | None:
    """Give the expected date as it stands in Xero."""
    assert isinstance(scene.keeper, XeroBookkeeper)
    text = scene.town.xero.doc(scene.keeper.tenant, "Invoices", invoice_id)["expected"]
    return date.fromisoformat(text) if text else None


def states(scene: Scene) -> list[str]:
    return [row.state for row in scene.actions("promise")]


def last(scene: Scene) -> ActionRow:
    return scene.actions("promise")[-1]


def test_a_promise_stands_in_the_ledger_with_a_note(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    record(scene, invoice, 5, why="said on the phone")
    scene.live(minutes=3)
    assert expected(scene, invoice) == scene.today + timedelta(days=5)
    assert states(scene) == ["done"]
    [note] = scene.notes(invoice)
    assert "said on the phone" in note
    assert "alone" not in note


def test_a_ledger_without_the_date_gets_a_note_alone(either: Scene) -> None:
    invoice = either.invoice("AA-1001")
    either.connect()
    either.keeper.pay(invoice, 4_000, either.today)
    either.live(minutes=3)
    record(either, invoice, 5)
    either.live(minutes=3)
    assert either.action("promise").outcome == {"kept": False, "was": None}
    [note] = either.notes(invoice)
    assert f"{either.today + timedelta(days=5):%Y-%m-%d}: called (kept in this note alone)" in note


@pytest.mark.parametrize(("what", "reminded"), [("nothing", 2), ("promised", 6), ("lifted", 2)])
def test_nobody_is_chased_before_day_and_grace(either: Scene, what: str, reminded: int) -> None:
    """The first notice is due on Thursday, a day after the promised one, in the days of grace."""
    invoice = either.invoice("AA-1001", overdue=5)
    either.connect()
    either.rules(dunning={**AUTO, "promise_grace_days": 2})
    start = either.today
    if what != "nothing":
        hold_id = record(either, invoice, 1)
        if what == "lifted":
            take_back(either, hold_id)
    either.live(days=7)
    # Grace ends on Friday, and nobody is written to on a weekend.
    assert [(letter.received.date() - start).days for letter in either.mail] == [reminded]


def test_a_promise_taken_back_is_taken_back_in_the_ledger(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    scene.live(minutes=3)
    take_back(scene, hold_id)
    scene.live(minutes=3)
    due = scene.today - timedelta(days=7)
    assert expected(scene, invoice) == due
    assert states(scene) == ["done", "done"]
    assert sum("taken back" in note for note in scene.notes(invoice)) == 1
    with scene.tools.sessions() as s:
        assert holds.get(s, scene.organisation_id, hold_id) is None


def test_what_stood_in_the_ledger_before_comes_back(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    theirs = scene.today + timedelta(days=2)
    scene.town.xero.set_fields(
        scene.keeper.tenant, "Invoices", invoice, expected=theirs.isoformat()
    )
    hold_id = record(scene, invoice, 9)
    scene.live(minutes=3)
    assert expected(scene, invoice) == scene.today + timedelta(days=9)
    take_back(scene, hold_id)
    scene.live(minutes=3)
    assert expected(scene, invoice) == theirs


def test_of_two_promises_the_one_still_in_force_stays(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    first = record(scene, invoice, 3)
    scene.live(minutes=3)
    second = record(scene, None, 9)
    scene.live(minutes=3)
    assert expected(scene, invoice) == scene.today + timedelta(days=9)
    take_back(scene, second)
    scene.live(minutes=3)
    assert expected(scene, invoice) == scene.today + timedelta(days=3)
    # Both are over: what the second one found was the first, and that counts no more.
    third = record(scene, invoice, 11)
    scene.live(minutes=3)
    take_back(scene, first)
    scene.live(minutes=3)
    assert last(scene).reason == "the ledger names another day by now"
    take_back(scene, third)
    scene.live(minutes=3)
    assert expected(scene, invoice) == scene.today - timedelta(days=7)


def test_a_day_somebody_else_wrote_is_left_alone(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    scene.live(minutes=3)
    theirs = scene.today + timedelta(days=20)
    scene.town.xero.set_fields(
        scene.keeper.tenant, "Invoices", invoice, expected=theirs.isoformat()
    )
    take_back(scene, hold_id)
    scene.live(minutes=3)
    assert expected(scene, invoice) == theirs
    assert states(scene) == ["done", "cancelled"]


def test_a_promise_of_the_whole_customer_is_told_on_what_is_due_by_then(scene: Scene) -> None:
    late, soon = scene.invoice("AA-1001"), scene.invoice("AA-1002", overdue=-3)
    later = scene.invoice("AA-1003", overdue=-30)
    other = scene.invoice("BB-1001", customer="Bell", email="pay@bell.example")
    scene.connect()
    record(scene, None, 5)
    scene.live(minutes=3)
    day = scene.today + timedelta(days=5)
    assert [expected(scene, one) for one in (late, soon, later, other)] == [day, day, None, None]


def test_a_promise_taken_back_at_once_is_never_written(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    take_back(scene, record(scene, invoice, 5))
    scene.live(minutes=3)
    assert expected(scene, invoice) is None
    assert states(scene) == ["cancelled"]
    assert scene.notes(invoice) == []


def test_an_invoice_paid_meanwhile_gets_no_date(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.drain()
    assert last(scene).reason == "nothing is owed on the invoice any more"
    assert expected(scene, invoice) is None
    take_back(scene, hold_id)
    assert len(scene.actions("promise")) == 1


def test_an_invoice_paid_before_the_promise_is_taken_back(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    scene.live(minutes=3)
    take_back(scene, hold_id)
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.drain()
    assert last(scene).reason == "nothing is owed on the invoice any more"


@pytest.mark.parametrize("point", ["K10", "K13"])
@pytest.mark.parametrize("taken_back", [False, True])
def test_a_crash_leaves_one_promise_and_one_note(
    scene: Scene, point: str, *, taken_back: bool
) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    if taken_back:
        scene.live(minutes=3)
        take_back(scene, hold_id)
    with scene.dying(point):
        scene.drain()
    scene.live(minutes=5)
    days = timedelta(days=-7 if taken_back else 5)
    assert expected(scene, invoice) == scene.today + days
    assert states(scene) == ["done"] * (2 if taken_back else 1)
    assert len(scene.notes(invoice)) == (2 if taken_back else 1)


def test_an_answer_that_was_lost_is_looked_up(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    record(scene, invoice, 5)
    scene.sky.next("unanswered", "xero", "POST", "/Invoices/")
    scene.live(minutes=10)
    assert scene.action("promise").outcome == {"kept": True, "was": None}
    writes = [
        one
        for one in scene.town.xero.requests()
        if one.method == "POST" and one.path.endswith(f"/Invoices/{invoice}")
    ]
    assert len(writes) == 1
    assert len(scene.notes(invoice)) == 1


def test_a_lift_waits_for_its_promise(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    scene.sky.next("unanswered", "xero", "POST", "/Invoices/")
    scene.drain()
    assert states(scene) == ["unknown"]
    take_back(scene, hold_id)
    scene.drain()
    assert states(scene) == ["unknown", "planned"]
    assert "still being written" in last(scene).reason
    scene.live(minutes=10)
    assert states(scene) == ["done", "done"]
    assert expected(scene, invoice) == scene.today - timedelta(days=7)


def test_a_promise_the_ledger_only_noted_is_taken_back_in_a_note(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    scene.keeper.pay(invoice, 1_000, scene.today)
    scene.live(minutes=3)
    hold_id = record(scene, invoice, 5)
    scene.live(minutes=3)
    take_back(scene, hold_id)
    scene.live(minutes=3)
    assert [row.outcome["kept"] for row in scene.actions("promise")] == [False, False]
    assert sum("taken back" in note for note in scene.notes(invoice)) == 1


def test_a_hold_that_is_no_promise_says_nothing_to_the_ledger(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold = Hold(scene.customer(), "disputed", "wrong price", invoice, scene.today)
    with scene.tools.sessions.begin() as s:
        hold_id = promising.record(s, scene.organisation_id, hold, "ann", scene.now)
    assert take_back(scene, hold_id)
    assert scene.actions("promise") == []


def test_a_hold_is_released_once(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    with scene.tools.sessions.begin() as s:
        row = holds.get(s, scene.organisation_id, hold_id)
        assert row is not None
        assert promising.release(s, scene.organisation_id, row, "ann", scene.now)
        assert not promising.release(s, scene.organisation_id, row, "ann", scene.now)


def test_an_invoice_nobody_knows_has_no_promise(scene: Scene) -> None:
    scene.connect()
    record(scene, "nothing", 5)
    assert scene.actions("promise") == []
    assert Kind.INVOICE not in {row.kind for row in scene.actions("note")}


def test_a_promise_that_never_arrived_and_was_taken_back_is_forgotten(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    hold_id = record(scene, invoice, 5)
    scene.sky.next("lost", "xero", "POST", "/Invoices/")
    scene.drain()
    assert states(scene) == ["unknown"]
    take_back(scene, hold_id)
    scene.live(minutes=15)
    assert [row.reason for row in scene.actions("promise")] == [
        "the promise was taken back",
        "the promise was never written",
    ]
    assert expected(scene, invoice) is None
    assert scene.notes(invoice) == []


def test_an_invoice_paid_while_nobody_knew_is_left_alone(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    record(scene, invoice, 5)
    scene.sky.next("lost", "xero", "POST", "/Invoices/")
    scene.drain()
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.live(minutes=15)
    assert states(scene) == ["cancelled"]
    assert scene.notes(invoice) == []
