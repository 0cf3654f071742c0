"""Steps taken are remembered for good; steps held back are told once for each reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.actions import Suppressed, Why
from rules.facts import Contacted
from store import actions, journal, steps

WHY = Why("standard", 3, (("balance", "100.00 GBP"),), (("email", "none"),))
HELD = Suppressed("c-1", "i-1", "INV-1", "first", "disputed", False, WHY)


@pytest.fixture
def action(s, ours, now):
    planned = actions.plan(
        s,
        ours,
        key="remind",
        kind="remind",
        subject="customer:c-1",
        body={},
        claims=(),
        state="planned",
        next_at=now,
        day=now.date(),
        now=now,
        who="dunnock",
        why="test",
    )
    assert planned is not None
    return planned


def _record(s, organisation_id, day, **more):
    known = {
        "customer_id": "c-1",
        "invoice_id": "i-1",
        "step": "first",
        "level": 1,
        "action_id": None,
        "state": "sent",
    }
    steps.record(s, organisation_id, day=day, **{**known, **more})


def test_what_went_out_is_listed_oldest_first(s, ours, today):
    _record(s, ours, today, step="second", level=2)
    _record(s, ours, today - timedelta(days=7))
    _record(s, ours, today, customer_id="c-2", invoice_id="i-2")
    assert steps.contacted(s, ours, "c-1") == (
        Contacted("c-1", "i-1", "first", 1, today - timedelta(days=7)),
        Contacted("c-1", "i-1", "second", 2, today),
    )


def test_a_skipped_step_is_no_contact(s, ours, today):
    _record(s, ours, today, state="skipped")
    assert steps.contacted(s, ours, "c-1") == ()
    assert steps.skipped(s, ours, "c-1") == {("i-1", "first")}


def test_a_send_is_never_overwritten(s, ours, today):
    _record(s, ours, today)
    _record(s, ours, today + timedelta(days=1), state="skipped")
    _record(s, ours, today + timedelta(days=2), level=9)
    assert steps.contacted(s, ours, "c-1") == (Contacted("c-1", "i-1", "first", 1, today),)
    assert steps.skipped(s, ours, "c-1") == frozenset()


def test_a_skipped_step_that_is_sent_after_all_is_a_contact(s, ours, today):
    _record(s, ours, today, state="skipped")
    _record(s, ours, today)
    assert len(steps.contacted(s, ours, "c-1")) == 1


def test_what_was_certainly_not_sent_is_taken_back(s, ours, today, action):
    _record(s, ours, today, action_id=action.id)
    _record(s, ours, today, invoice_id="i-2")
    steps.forget(s, ours, action.id)
    assert [one.invoice_id for one in steps.contacted(s, ours, "c-1")] == ["i-2"]


def test_a_step_held_back_comes_back_with_its_why(s, ours, today, now):
    assert steps.note_suppressed(s, ours, HELD, today, now)
    assert steps.suppressed_on(s, ours, today) == [HELD]


def test_the_journal_hears_of_each_reason_once(s, ours, today, now):
    assert steps.note_suppressed(s, ours, HELD, today, now)
    for days in range(4):
        assert not steps.note_suppressed(s, ours, HELD, today + timedelta(days=days), now)
    assert steps.note_suppressed(s, ours, replace(HELD, reason="promise_open"), today, now)
    entries = journal.read(s, ours, limit=9)
    assert [one.evidence["reason"] for one in entries] == ["promise_open", "disputed"]
    assert entries[0].subject == "invoice:i-1"
    assert entries[1].evidence["why"]["facts"] == [["balance", "100.00 GBP"]]


def test_a_day_shows_what_was_last_held_back_on_it(s, ours, today, now):
    newer = replace(HELD, why=replace(WHY, version=4))
    tomorrow = today + timedelta(days=1)
    steps.note_suppressed(s, ours, HELD, today, now)
    steps.note_suppressed(s, ours, newer, tomorrow, now)
    assert steps.suppressed_on(s, ours, today) == []
    assert steps.suppressed_on(s, ours, tomorrow) == [newer]


def test_reminders_sent_follow_a_customer_that_was_merged(s, ours, today):
    _record(s, ours, today)
    [before] = steps.contacted(s, ours, "c-1")
    steps.follow(s, ours, "c-1", "c-9")
    assert steps.contacted(s, ours, "c-1") == ()
    assert steps.contacted(s, ours, "c-9") == (replace(before, customer_id="c-9"),)


def test_reminders_sent_go_with_their_invoice(s, ours, today):
    for invoice_id in ("i-1", "i-2"):
        steps.record(
            s,
            ours,
            customer_id="c-1",
            invoice_id=invoice_id,
            step="first",
            level=1,
            day=today,
            action_id=None,
            state="sent",
        )
    steps.follow_invoices(s, ours, ["i-2"], "c-9")
    assert [one.invoice_id for one in steps.contacted(s, ours, "c-1")] == ["i-1"]
    assert [one.invoice_id for one in steps.contacted(s, ours, "c-9")] == ["i-2"]
