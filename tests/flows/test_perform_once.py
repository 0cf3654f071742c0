"""A process that dies anywhere leaves exactly one payment, one note, one mail."""

from __future__ import annotations

import pytest

from store import actions
from tests.flows.scene import Scene

AUTO = {"mode": "auto"}
# Vendor, verb and path of the writes, as the weather names them.
WRITES = {
    "xero": {"apply": ("xero", "PUT", "/Allocations"), "note": ("xero", "PUT", "/History")},
    "quickbooks": {
        "apply": ("quickbooks", "POST", "/payment"),
        "note": ("quickbooks", "POST", "/attachable"),
    },
}


def paid(scene: Scene) -> str:
    """Have an invoice and money that names it, ready to be applied by a rule."""
    invoice = scene.invoice("AA-1001")
    scene.connect()
    scene.rules(matching=AUTO)
    scene.receipt(10_000, "AA-1001")
    return invoice


def test_money_that_names_its_invoice_is_applied_and_noted(either: Scene) -> None:
    invoice = paid(either)
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    assert either.balance(invoice) == 0
    assert len(either.notes(invoice)) == 1
    assert either.told(either.action("apply").id) == ["decided", "attempted", "done"]


@pytest.mark.parametrize("point", ["K4", "K5", "K6", "K7", "K10", "K13", "K14"])
def test_a_crash_anywhere_applies_and_notes_once(either: Scene, point: str) -> None:
    invoice = paid(either)
    with either.dying(point):
        either.live(hours=1)
    either.live(hours=3)
    only_once(either, invoice)


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_while_the_note_is_written_leaves_one_note(scene: Scene, point: str) -> None:
    invoice = paid(scene)
    # The first pass is the application's.
    with scene.dying(point, 2):
        scene.live(hours=1)
    scene.live(hours=3)
    only_once(scene, invoice)


@pytest.mark.parametrize("what", ["apply", "note"])
def test_a_write_whose_answer_nobody_lived_to_hear_is_looked_up(either: Scene, what: str) -> None:
    invoice = paid(either)
    either.sky.next("killed", *WRITES[either.company.provider][what])
    with either.dying("K18"):
        either.live(hours=1)
    assert either.action(what).state == "doing"
    either.live(hours=3)
    only_once(either, invoice)
    assert either.told(either.action(what).id) == ["decided", "attempted", "done"]


def only_once(scene: Scene, invoice: str) -> None:
    """Ask the ledger's own books."""
    assert scene.payments(invoice) == [10_000]
    assert len(scene.notes(invoice)) == 1
    assert [row.state for row in scene.actions("apply")] == ["done"]
    assert scene.exceptions() == []


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_anywhere_takes_an_application_apart_once(either: Scene, point: str) -> None:
    invoice = paid(either)
    either.live(hours=1)
    either.undo()
    with either.dying(point):
        either.live(hours=1)
    either.live(hours=3)
    assert either.payments(invoice) == []
    assert either.balance(invoice) == 10_000
    assert len(either.notes(invoice)) == 2
    assert [row.state for row in either.actions("unapply")] == ["done"]
    assert [row.state for row in either.actions("apply")] == ["done"]


@pytest.mark.parametrize("word", ["unanswered", "reset", "lost", "500", "503", "429"])
def test_a_write_in_any_weather_is_carried_out_once(either: Scene, word: str) -> None:
    invoice = paid(either)
    for what in ("apply", "note"):
        either.sky.next(word, *WRITES[either.company.provider][what])
    either.live(hours=3)
    assert either.sky.seen[word] == 2
    only_once(either, invoice)


def test_what_may_have_been_written_is_looked_for_whatever_came_between(either: Scene) -> None:
    """An answer was lost and the next try met a limit: the first may still have got through."""
    paid(either)
    where = WRITES[either.company.provider]["apply"]
    either.sky.next("lost", *where)
    either.sky.next("429", *where)
    while not either.sky.seen["429"]:
        either.live(minutes=1)
    assert either.action("apply").state == "unknown"
    either.live(hours=3)
    assert either.action("apply").state == "done"


def test_money_refused_at_a_look_is_looked_for_when_it_is_tried_again(either: Scene) -> None:
    """It was booked, and nobody could see that: trying again must not book it twice."""
    invoice = paid(either)
    either.sky.next("killed", *WRITES[either.company.provider]["apply"])
    with either.dying("K18"):
        either.live(hours=1)
    row = either.action("apply")
    with either.tools.sessions.begin() as s:
        ours, now = either.organisation_id, either.now
        why = {"reason": "no permission to look"}
        actions.close(s, ours, row.id, state="refused", outcome=why, now=now, text="refused")
        assert actions.retry(s, ours, row.id, who="Ann", now=now)
    either.live(hours=3)
    only_once(either, invoice)
    assert either.told(row.id) == ["decided", "attempted", "refused", "retried", "done"]
