"""Which open documents make an amount: by hand, and against trying everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.matching.runs import runs, signed
from rules.matching.sums import Outcome, sums
from tests.counting import counted
from tests.rules.matching.items import DAY, POLICY, an_item

MANY = settings(max_examples=150, deadline=None)


def told(found):
    return (
        found.outcome.value,
        [(one.name, "+".join(each.id for each in one.documents)) for one in found.found],
    )


def dated(name, total, issued, due, **more):
    return an_item(name, total)._replace(
        issued=date.fromisoformat(issued), due=date.fromisoformat(due), **more
    )


# Open on 14 September, oldest first.
A = dated("A", 10_117, "2026-06-30", "2026-07-30")
B = dated("B", 20_233, "2026-07-03", "2026-08-02")
C = dated("C", 30_419, "2026-07-28", "2026-08-27")
D = dated("D", 41_061, "2026-08-20", "2026-09-19")
E = dated("E", 52_007, "2026-08-28", "2026-09-27")
NOTE = dated("N", 5_003, "2026-07-15", "2026-07-15", credit=True)
ALL = (A, B, C, D, E)


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ((C,), "invoice"),
        ((A, B), "oldest_first"),
        ((A, B, C), "all_due"),
        (ALL, "whole_balance"),
        ((B, C), "month_due"),
        ((D, E), "month_due"),
        ((B, D), "sum"),
        ((A, C, E), "sum"),
    ],
)
def test_what_is_paid_at_one_go_has_its_name(chosen, name):
    found = sums(ALL, sum(map(signed, chosen)), DAY, POLICY)
    assert told(found) == ("one", [(name, "+".join(one.id for one in chosen))])


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ((NOTE, *ALL), "whole_balance"),
        ((NOTE, A, B, C), "all_due"),
        ((NOTE, A), "oldest_first"),
        # That month's credit note, and the month less all credit there is.
        ((NOTE, B, C), "month_due"),
        ((NOTE, D, E), "month_due"),
        ((NOTE, C), "sum"),
    ],
)
def test_credit_notes_are_netted(chosen, name):
    found = sums((NOTE, *ALL), sum(map(signed, chosen)), DAY, POLICY)
    assert told(found) == ("one", [(name, "+".join(one.id for one in chosen))])


def test_a_month_of_issue_is_a_run():
    late = dated("L", 6_101, "2026-07-05", "2026-10-05")
    found = sums((*ALL, late), signed(B) + signed(C) + signed(late), DAY, POLICY)
    assert told(found) == ("one", [("month_issued", "B+C+L")])


def test_the_oldest_by_issue_are_a_run_too():
    late = dated("L", 6_101, "2026-06-01", "2026-10-05")
    found = sums((*ALL, late), signed(late) + signed(A), DAY, POLICY)
    assert told(found) == ("one", [("oldest_first", "L+A")])


def test_what_is_left_of_an_invoice_paid_in_part_may_be_left_out():
    part = B._replace(open=1_777)
    both = sums((A, part, C, D, E), A.open + part.open + C.open, DAY, POLICY)
    assert told(both) == ("one", [("all_due", "A+B+C")])
    without = sums((A, part, C, D, E), A.open + C.open, DAY, POLICY)
    assert told(without) == ("one", [("all_due", "A+C")])
    assert told(sums((part,), part.open, DAY, POLICY)) == ("one", [("invoice", "B")])


def test_nothing_makes_it():
    assert told(sums(ALL, 777, DAY, POLICY)) == ("none", [])
    assert told(sums((), 777, DAY, POLICY)) == ("none", [])
    assert told(sums(ALL, -5_003, DAY, POLICY)) == ("none", [])
    assert told(sums((NOTE, *ALL), -5_003, DAY, POLICY)) == ("none", [])
    assert told(sums(ALL, 10**9, DAY, POLICY)) == ("none", [])
    assert told(sums((A._replace(open=0),), 0, DAY, POLICY)) == ("none", [])


def test_what_is_used_up_is_left_out():
    used = A._replace(open=0)
    assert told(sums((used, B), B.open, DAY, POLICY)) == ("one", [("invoice", "B")])


def uneven(at):
    """Give amounts between 100.00 and 1,000.00 without any pattern to speak of."""
    return 10_000 + pow(7, at + 9, 89_989)


def test_two_sums_are_no_answer():
    other = [
        an_item(name, total, overdue=-at)
        for at, (name, total) in enumerate(
            (("P", 101), ("Q", 310), ("R", 7), ("S", 413), ("U", 400), ("T", 503))
        )
    ]
    found = sums(other, 813, DAY, POLICY)
    assert told(found) == ("several", [("sum", "S+U"), ("sum", "Q+T")])


def test_a_single_invoice_and_a_run_are_two_answers():
    month = dated("M", A.open + B.open, "2026-09-01", "2026-10-01")
    found = sums((*ALL, month), month.open, DAY, POLICY)
    assert told(found) == ("several", [("invoice", "M"), ("oldest_first", "A+B")])


def test_a_single_invoice_and_two_others_are_two_answers():
    single = dated("M", B.open + D.open, "2026-09-01", "2026-10-01")
    found = sums((*ALL, single), single.open, DAY, POLICY)
    assert told(found) == ("several", [("invoice", "M"), ("sum", "B+D")])
    credited = dated("M", D.open - NOTE.open, "2026-09-01", "2026-10-01")
    assert sums((D, NOTE, credited), credited.open, DAY, POLICY).outcome is Outcome.SEVERAL
    assert told(sums((NOTE, C, E), E.open, DAY, POLICY)) == ("one", [("invoice", "E")])


def test_equal_amounts_are_twins_the_oldest_first():
    months = [an_item(name, 4_900, overdue=90 - 30 * at) for at, name in enumerate("XYZ")]
    assert told(sums(months, 4_900, DAY, POLICY)) == (
        "twins",
        [("invoice", "X"), ("invoice", "Y"), ("invoice", "Z")],
    )
    assert told(sums(months, 9_800, DAY, POLICY)) == ("twins", [("oldest_first", "X+Y")])
    assert told(sums(months, 14_700, DAY, POLICY)) == ("one", [("whole_balance", "X+Y+Z")])


def test_a_sum_with_a_twin_outside_says_so():
    twin = dated("T", D.open, "2026-08-21", "2026-09-20")
    found = sums((*ALL, twin), B.open + D.open, DAY, POLICY)
    assert told(found) == ("twins", [("sum", "B+D")])


def test_too_many_documents_have_no_certain_sum():
    items = [an_item(str(at), uneven(at), overdue=at) for at in range(30)]
    wanted = items[3].open + items[11].open + items[20].open
    assert sums(items, wanted, DAY, POLICY).outcome is Outcome.TOO_MANY
    # What is larger than the payment cannot be in it.
    small = [*items[:8], *(one._replace(open=10**7) for one in items[8:])]
    found = sums(small, items[1].open + items[4].open, DAY, POLICY)
    assert told(found) == ("one", [("sum", "4+1")])


def test_few_at_a_time():
    six = replace(POLICY, max_combined_invoices=3)
    chosen = (A, B, D, E)
    assert sums(ALL, sum(map(signed, chosen)), DAY, POLICY).outcome is Outcome.ONE
    assert sums(ALL, sum(map(signed, chosen)), DAY, six).outcome is Outcome.NONE


def test_what_a_document_is_worth_is_the_callers():
    found = sums(ALL, 9_105 + 36_955, DAY, POLICY, lambda one: one.open * 9 // 10)
    assert told(found) == ("none", [])
    found = sums(ALL, 9_105 + 36_954, DAY, POLICY, lambda one: one.open * 9 // 10)
    assert told(found) == ("one", [("sum", "A+D")])


def test_accidents_are_expected_among_many_and_among_round_amounts():
    few = [an_item(str(at), uneven(at), overdue=at) for at in range(6)]
    many = [an_item(str(at), uneven(at), overdue=at) for at in range(20)]
    rounded = [one._replace(open=one.open // 1_000 * 1_000 + 1_000) for one in few]

    def chance(items):
        return sums(items, items[1].open + items[4].open, DAY, POLICY).chance

    assert 0 <= chance(few) < 0.001
    assert chance(many) > 10 * chance(few)
    assert chance(rounded) > 10 * chance(few)
    # The unit that amounts are counted in says nothing.
    large = [one._replace(open=one.open * 100_000) for one in few]
    assert chance(large) == pytest.approx(chance(few), rel=0.01)


def test_very_many_documents_are_bounded_work():
    items = [an_item(str(at), uneven(at), overdue=at) for at in range(2_000)]
    found, calls = counted(lambda: sums(items, 123_456, DAY, POLICY))
    assert found.outcome is Outcome.TOO_MANY
    _, calls_of_half = counted(lambda: sums(items[:1_000], 123_456, DAY, POLICY))
    assert calls < 3 * calls_of_half
    same = [an_item(str(at), 100, overdue=at) for at in range(20)]
    assert sums([*same, an_item("Z", 1_050)], 1_250, DAY, POLICY).outcome is Outcome.TOO_MANY
    assert sums([*same[1:], an_item("Z", 1_050)], 1_250, DAY, POLICY).outcome is Outcome.TWINS


def documents(largest=60, size=9):
    rows = st.tuples(st.integers(1, largest), st.integers(0, 90), st.booleans())
    return st.lists(rows, max_size=size).map(
        lambda rows: [
            an_item(str(at), total, overdue=overdue, credit=credit)
            for at, (total, overdue, credit) in enumerate(rows)
        ]
    )


def everything(items, amount, most):
    """Give the amounts of every set of at most so many documents that makes it, by trying."""
    return {
        tuple(sorted(map(signed, chosen)))
        for size in range(1, most + 1)
        for chosen in combinations(items, size)
        if sum(map(signed, chosen)) == amount
    }


@MANY
@given(documents(), st.integers(1, 250))
def test_it_finds_what_trying_everything_finds(items, amount):
    found = sums(items, amount, DAY, POLICY)
    for one in found.found:
        assert sum(map(signed, one.documents)) == amount
        assert len({each.id for each in one.documents}) == len(one.documents)
    known = everything(items, amount, POLICY.max_combined_invoices)
    run = any(one.name != "sum" for one in found.found)
    if found.outcome is Outcome.NONE:
        assert not known
    elif not run:
        assert (len(known) > 1) == (found.outcome is Outcome.SEVERAL)
        assert {tuple(sorted(map(signed, one.documents))) for one in found.found} <= known


@MANY
@given(documents(), st.integers(1, 250), st.randoms(use_true_random=False))
def test_the_order_of_the_documents_says_nothing(items, amount, random):
    mixed = list(items)
    random.shuffle(mixed)
    assert sums(mixed, amount, DAY, POLICY) == sums(items, amount, DAY, POLICY)


@MANY
@given(documents())
def test_every_run_is_what_it_says(items):
    for one in runs(items, DAY):
        assert one.total == sum(map(signed, one.documents))
        assert any(not each.credit for each in one.documents)
