"""The very day, amount and minute at which a decision turns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.actions import Apply
from rules.dunning import decide, in_window
from rules.matching import decide as match
from tests.rules.making import (
    NOW,
    TODAY,
    a_credit,
    a_receipt,
    ago,
    an_invoice,
    contacted,
    dunning,
    facts,
    match_facts,
    matching,
    never_closed,
)


def goes(found, **fields):
    return bool(decide(found, dunning(**fields), NOW, never_closed).actions)


@pytest.mark.parametrize(("days", "sent"), [(10, False), (11, True)])
def test_the_last_day_on_which_a_riddle_holds(days, sent):
    money = a_receipt("r1", "100.00", days_ago=days)
    assert goes(facts(an_invoice("INV-1", 7), possible_payments=(money,))) is sent


@pytest.mark.parametrize(("days", "sent"), [(10, False), (11, True)])
def test_what_was_told_late_counts_from_then_on(days, sent):
    money = a_receipt("r1", "100.00", days_ago=20)
    told = {"r1": ago(days), "r2": ago(0)}
    found = facts(an_invoice("INV-1", 7), possible_payments=(money,), told=told)
    assert goes(found) is sent


@pytest.mark.parametrize(("days", "sent"), [(0, False), (1, True)])
def test_without_a_gap_it_is_still_one_message_a_day(days, sent):
    found = facts(an_invoice("INV-1", 7), contacted=(contacted("inv-9", "due_date-3", 0, days),))
    assert goes(found, min_gap_days=0) is sent


@pytest.mark.parametrize(
    ("level", "days", "sent"), [(0, 1, False), (0, 2, True), (1, 4, False), (1, 5, True)]
)
def test_the_day_on_which_a_gap_ends(level, days, sent):
    found = facts(
        an_invoice("INV-1", 7), contacted=(contacted("inv-9", "due_date+7", level, days),)
    )
    assert goes(found) is sent


@pytest.mark.parametrize(("days", "sent"), [(29, False), (30, True)])
def test_the_day_on_which_a_message_is_forgotten(days, sent):
    found = facts(an_invoice("INV-1", 7), contacted=(contacted("inv-9", "other", 0, days),))
    assert goes(found, max_messages_per_30_days=1) is sent


@pytest.mark.parametrize(("days", "sent"), [(2, False), (3, True)])
def test_the_day_on_which_an_invoice_has_been_delivered_long_enough(days, sent):
    assert goes(facts(an_invoice("INV-1", 7), first_seen={"inv-1": ago(days)})) is sent


@pytest.mark.parametrize(("balance", "sent"), [("9.99", False), ("10.00", True)])
def test_the_minimum_itself_is_enough(balance, sent):
    assert goes(facts(an_invoice("INV-1", 7, balance))) is sent


def test_a_credit_that_stops_at_the_oldest_does_not_jump_to_a_smaller_one():
    credit = [a_credit("CN-1", "60.00")]
    found = facts(an_invoice("INV-1", 14), an_invoice("INV-2", 7, "50.00"), credit_notes=credit)
    (action,) = decide(found, dunning(), NOW, never_closed).actions
    assert [line.number for line in action.lines] == ["INV-1", "INV-2"]


def test_money_still_on_its_way_is_no_credit():
    money = a_receipt("r1", "100.00", processing=True)
    assert goes(facts(an_invoice("INV-1", 7), receipts=[money]))


def test_the_window_is_open_from_its_first_minute_up_to_its_last():
    nine = NOW - timedelta(hours=1)
    for minutes, is_open in ((-1, False), (0, True), (119, True), (120, False)):
        moment = nine + timedelta(minutes=minutes)
        assert in_window(dunning(), "Europe/London", "GB", moment, never_closed) is is_open


@pytest.mark.parametrize(("amount", "automatic"), [("10000.00", True), ("10000.01", False)])
def test_the_limit_itself_is_applied(amount, automatic):
    money = a_receipt("r1", amount, text="INV-1001")
    (found,) = match(match_facts([money], [an_invoice("INV-1001", 0, amount)]), matching(), TODAY)
    assert isinstance(found, Apply)
    assert found.automatic is automatic
