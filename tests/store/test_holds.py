"""Holds are in force until their day or their release, and the journal knows who set them."""

from __future__ import annotations

from datetime import timedelta

from rules.facts import Hold
from store import holds, journal

HOLD = Hold("c-1", "dunning_block", "on the phone with them")


def test_a_hold_comes_back_whole(s, ours, now, today):
    narrow = Hold("c-1", "disputed", "wrong price", "i-1", today)
    hold_id = holds.place(s, ours, HOLD, "anna", now)
    holds.place(s, ours, narrow, "anna", now)
    assert holds.of_customer(s, ours, "c-1", today) == (HOLD, narrow)
    assert holds.of_customer(s, ours, "c-2", today) == ()
    row = holds.all_open(s, ours, today)[0]
    assert (row.id, row.hold, row.placed_by, row.placed_at) == (hold_id, HOLD, "anna", now)


def test_a_hold_ends_after_its_last_day(s, ours, now, today):
    holds.place(s, ours, Hold("c-1", "promise_open", "Friday", None, today), "anna", now)
    assert len(holds.of_customer(s, ours, "c-1", today)) == 1
    assert holds.of_customer(s, ours, "c-1", today + timedelta(days=1)) == ()
    assert holds.all_open(s, ours, today + timedelta(days=1)) == []


def test_a_hold_is_released_once(s, ours, now, today):
    hold_id = holds.place(s, ours, HOLD, "anna", now)
    assert holds.release(s, ours, hold_id, "ben", now)
    assert not holds.release(s, ours, hold_id, "ben", now)
    assert holds.all_open(s, ours, today) == []
    told = [(one.entry, one.who, one.subject) for one in journal.read(s, ours, limit=9)]
    assert told == [("released", "ben", "customer:c-1"), ("held", "anna", "customer:c-1")]


def test_the_journal_names_the_invoice_and_the_day(s, ours, now, today):
    holds.place(s, ours, Hold("c-1", "disputed", "price", "i-1", today), "anna", now)
    [entry] = journal.read(s, ours, limit=9)
    assert entry.subject == "invoice:i-1"
    assert entry.text == f"disputed until {today.isoformat()}"
    assert entry.evidence["hold"]["reason"] == "price"


def test_a_hold_is_found_by_id_until_it_is_released(s, ours, now, today):
    hold_id = holds.place(s, ours, Hold("c-1", holds.PROMISE, "Friday", None, today), "anna", now)
    found = holds.get(s, ours, hold_id)
    assert found is not None
    assert found.hold.until == today
    assert holds.get(s, ours + 1, hold_id) is None
    holds.release(s, ours, hold_id, "anna", now)
    assert holds.get(s, ours, hold_id) is None


def test_holds_follow_a_customer_that_was_merged(s, ours, now, today):
    holds.place(s, ours, HOLD, "anna", now)
    holds.follow(s, ours, "c-1", "c-9")
    assert holds.of_customer(s, ours, "c-1", today) == ()
    [kept] = holds.of_customer(s, ours, "c-9", today)
    assert (kept.kind, kept.reason) == (HOLD.kind, HOLD.reason)


def test_a_hold_on_an_invoice_is_found_by_it_alone(s, ours, now, today):
    narrow = Hold("c-1", "disputed", "wrong price", "i-1", today)
    holds.place(s, ours, narrow, "anna", now)
    holds.place(s, ours, HOLD, "anna", now)
    assert holds.on_invoices(s, ours, ["i-1", "i-2"], today) == {"i-1": (narrow,)}
    assert holds.on_invoices(s, ours, ["i-1"], today + timedelta(days=1)) == {}
    assert holds.on_invoices(s, ours, [], today) == {}


def test_what_is_held_is_shared_with_who_took_the_debts_over_once(s, ours, now, today):
    whole = Hold("c-1", "dunning_block", "in court")
    holds.place(s, ours, whole, "anna", now)
    holds.place(s, ours, Hold("c-1", "disputed", "price", "i-1"), "anna", now)
    for _ in range(2):
        holds.share(s, ours, "c-1", "c-9", now)
    [kept] = holds.of_customer(s, ours, "c-9", today)
    assert (kept.customer_id, kept.reason) == ("c-9", "in court")
    assert len(holds.of_customer(s, ours, "c-1", today)) == 2
    # When it turns out to be one customer, only what is not there yet comes over.
    holds.follow(s, ours, "c-1", "c-9")
    assert [one.reason for one in holds.of_customer(s, ours, "c-9", today)] == ["price", "in court"]
    assert holds.of_customer(s, ours, "c-1", today) == (whole,)
