"""A customer that takes its discount over the bank, with the books in QuickBooks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sandbox.story.companies import COMPANIES
from sandbox.story.early import early_payer
from sandbox.story.event import Event, at
from sandbox.story.plan import Story
from store import actions, exceptions
from worlds.demo import Demo

CEDAR = COMPANIES[1]
START = date(2026, 9, 1)
DAYS = 40


def story() -> Story:
    customer, bills, events = early_payer(CEDAR, 36, START, START + timedelta(days=20))
    days = [START + timedelta(days=number) for number in range(DAYS)]
    events += [Event(at(CEDAR, START, 8), CEDAR.key, "live")]
    events += [Event(at(CEDAR, day, 8), CEDAR.key, "statement") for day in days if is_friday(day)]
    return Story(
        start=START,
        days=DAYS,
        companies=(CEDAR,),
        customers=(customer,),
        bills={bill.number: bill for bill in bills},
        before=(),
        events=tuple(sorted(events, key=lambda event: event.at)),
    )


def is_friday(day: date) -> bool:
    return day.weekday() == 4


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    told = Demo(story(), tmp_path_factory.mktemp("demo"), lambda _said: None)
    told.prepare()
    told.tell()
    return told


def test_the_books_agree_with_the_bank_and_the_journal(demo):
    compared, misused = demo.compare()
    assert [one for one in compared if not one.ties] == []
    assert misused == []
    told = {one.measure: one.theirs for one in compared}
    # Two bills of 4,800 and 5,175, each paid less 2 %, and the second too late.
    assert told["bank money in the ledger"] == "USD 9,775.50"
    assert told["money applied"] == "USD 9,871.50"
    assert told["open receivables"] == "USD 103.50"


def test_the_discount_is_booked_where_it_was_taken_in_time(demo):
    with demo.town.house.sessions() as s:
        rows = actions.in_state(s, demo.ours[CEDAR.key], actions.DONE)
        asked = exceptions.list_open(s, demo.ours[CEDAR.key], "unmatched_receipt")
    found = [
        (row.body["why"]["rule"], [one["amount"] for one in row.body["adjustments"]])
        for row in rows
        if row.kind == "apply"
    ]
    assert found == [
        ("reference_net_of_discount", [[9_600, "USD"]]),
        ("reference_part", []),
    ]
    # Money moved between own accounts and the bank's interest are no one's to place.
    assert asked == []
