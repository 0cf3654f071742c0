"""Statements that follow on from one another, and those that do not."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from ledger.balances import Balances, Gap, gaps
from ledger.money import Money


def gbp(minor):
    return Money(minor, "GBP")


def day(number):
    return date(2026, 3, number)


def statement(key, days, opening, closing, moved=None):
    first, last = days
    changed = closing - opening if moved is None else moved
    return Balances(key, day(first), day(last), gbp(opening), gbp(closing), gbp(changed))


MONDAY = statement(1, (2, 2), 100, 250)
TUESDAY = statement(2, (3, 3), 250, 200)
THURSDAY = statement(3, (5, 5), 260, 300)


def test_statements_that_follow_on_have_no_gap_in_whatever_order_they_came():
    for order in permutations([MONDAY, TUESDAY, statement(3, (4, 4), 200, 260)]):
        assert gaps(order) == []


def test_a_missing_day_shows_as_what_it_moved():
    assert gaps([MONDAY, TUESDAY, THURSDAY]) == [Gap(3, gbp(60), day(5), before=2)]


def test_the_day_that_was_missing_closes_the_gap():
    assert gaps([MONDAY, TUESDAY, THURSDAY, statement(4, (4, 4), 200, 260)]) == []


def test_lines_that_do_not_make_the_closing_balance_are_a_gap_of_their_own():
    assert gaps([statement(1, (2, 2), 100, 250, moved=120)]) == [Gap(1, gbp(30), day(2))]


def test_nothing_is_missing_before_the_first_known_statement():
    assert gaps([THURSDAY]) == []
    assert gaps([]) == []


def test_several_statements_of_one_day_follow_on_from_one_another():
    noon = statement(2, (3, 3), 250, 280)
    night = statement(3, (3, 3), 280, 240)
    for order in permutations([MONDAY, noon, night]):
        assert gaps(order) == []
    # Their last one carries into the next day, and so does no other.
    assert gaps([MONDAY, noon, night, statement(4, (4, 4), 240, 1)]) == []
    [gap] = gaps([MONDAY, noon, night, statement(4, (4, 4), 241, 1)])
    assert (gap.id, gap.amount) == (4, gbp(1))


def test_the_same_statement_in_two_files_is_told_once():
    again = statement(9, (5, 5), 260, 300)
    assert gaps([MONDAY, TUESDAY, THURSDAY, again]) == [Gap(3, gbp(60), day(5), before=2)]


def test_a_weekly_statement_beside_the_daily_ones_is_no_gap():
    week = statement(7, (2, 6), 100, 300)
    friday = statement(5, (6, 6), 260, 300)
    wednesday = statement(4, (4, 5), 200, 260)
    assert gaps([MONDAY, TUESDAY, wednesday, friday, week]) == []
    assert gaps([week, statement(8, (6, 9), 300, 500)]) == []
    assert gaps([week, statement(8, (6, 9), 290, 500)]) == [Gap(8, gbp(-10), day(6), before=7)]
