"""Lines of bank files that overlap: equal ones are counted, and doubts go to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Money
from ledger.statements import BankLine
from rules.matching.overlap import ToldLine, sort_out, words_of

DAY = date(2026, 3, 2)


def line(minor=12_000, text="ACME LTD INV-1001", **more):
    return BankLine(more.pop("booked", DAY), Money(minor, "GBP"), text, **more)


def told(lines, file_format="mt940"):
    """Give lines as an earlier file told them, numbered from 1."""
    return [
        ToldLine(
            number,
            one.booked,
            one.amount.minor,
            one.bank_id,
            words_of(one),
            one.payer_name,
            one.payer_account,
            file_format,
        )
        for number, one in enumerate(lines, 1)
    ]


def outcome(before, now, *formats):
    earlier, later = formats or ("mt940", "mt940")
    return [(one.same, one.like) for one in sort_out(told(before, earlier), now, later)]


NEW = (None, None)


def test_two_equal_lines_in_one_file_are_two():
    assert outcome([], [line(), line()]) == [NEW, NEW]


def test_the_same_two_in_another_file_are_the_same_two():
    assert outcome([line(), line()], [line(), line()]) == [(1, None), (2, None)]


def test_of_two_files_the_one_with_more_equal_lines_is_right():
    assert outcome([line()], [line(), line(), line()]) == [(1, None), NEW, NEW]
    assert outcome([line(), line()], [line()]) == [(1, None)]


def test_spaces_and_cases_do_not_make_another_line():
    assert outcome([line(text="Acme Ltd  INV-1001")], [line()]) == [(1, None)]


def test_an_equal_id_of_the_bank_decides_across_formats():
    before = line(bank_id="R1", text="one way to say it")
    assert outcome([before], [line(bank_id="R1")], "mt940", "camt.053") == [(1, None)]


def test_an_id_that_a_bank_uses_again_is_not_the_same_line():
    assert outcome([line(bank_id="0001")], [line(6_000, bank_id="0001")]) == [NEW]
    later = line(bank_id="0001", booked=DAY + timedelta(days=1))
    assert outcome([line(bank_id="0001")], [later]) == [NEW]


def test_equal_words_with_two_ids_are_two_lines_of_one_format():
    assert outcome([line(bank_id="R1")], [line(bank_id="R2")]) == [NEW]


def test_other_words_for_the_same_amount_and_day_are_a_doubt():
    assert outcome([line()], [line(text="FPS ACME")]) == [(None, 1)]


def test_a_doubt_needs_a_line_that_the_file_does_not_tell_itself():
    assert outcome([line()], [line(), line(text="FPS BETA")]) == [(1, None), NEW]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"payer_account": "GB99BBBB"}, {"payer_account": "GB11AAAA"}),
        ({"payer_name": "Acme Ltd"}, {"payer_name": "Beta Ltd"}),
        ({"bank_id": "R1"}, {"bank_id": "R9"}),
        ({}, {"booked": DAY + timedelta(days=1)}),
    ],
)
def test_what_tells_lines_of_one_format_apart(one, other):
    assert outcome([line(text="x", **one)], [line(text="y", **other)]) == [NEW]
    both = {name: value for name, value in one.items() if name != "booked"}
    assert outcome([line(text="x", **one)], [line(text="y", **both)]) in ([(None, 1)], [(1, None)])


def test_formats_name_payers_in_ways_of_their_own_but_not_accounts():
    before = line(payer_name="ACME LIMITED", bank_id="R1", payer_account="GB99 BBBB")
    now = line(payer_name="Acme Ltd", bank_id="22", booked=DAY + timedelta(days=3), text="y")
    assert outcome([before], [now], "camt.053", "csv") == [(None, 1)]
    far = replace(now, booked=DAY + timedelta(days=4))
    assert outcome([before], [far], "camt.053", "csv") == [NEW]
    other = replace(now, payer_account="GB11AAAA")
    assert outcome([before], [other], "camt.053", "csv") == [NEW]
    same = replace(now, payer_account="gb99bbbb")
    assert outcome([before], [same], "camt.053", "csv") == [(None, 1)]


LINES = st.lists(
    st.builds(
        line,
        minor=st.sampled_from([100, -100, 250]),
        text=st.sampled_from(["a", "b"]),
        bank_id=st.sampled_from(["", "1", "2"]),
        payer_name=st.sampled_from(["", "Acme", "Beta"]),
        booked=st.sampled_from([DAY, DAY + timedelta(days=1)]),
    ),
    max_size=8,
)


@given(lines=LINES)
def test_a_file_that_comes_twice_tells_nothing_new(lines):
    for same, like in outcome(lines, lines):
        assert same is not None
        assert like is None


@given(before=LINES, now=LINES)
def test_no_line_told_before_is_met_twice(before, now):
    met = [each for one in outcome(before, now) for each in one if each is not None]
    assert len(met) == len(set(met))


@given(first=LINES, second=LINES)
def test_a_longer_file_has_every_line_of_a_shorter_one(first, second):
    found = outcome(first, [*first, *second])
    assert sum(same is not None for same, _ in found) == len(first)
