"""What vendors sent: read without trust, quoted in few words, kept as text."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.raw import DIGITS_MAX, STRAY, documents, kept, parse, stand_in_id, text, told

DEEP = 100_000


def test_one_impossible_number_spoils_no_other():
    digits = "9" * (DIGITS_MAX + 1)
    found = parse(f'{{"a": {digits}, "b": 1e99999999999999999999, "c": NaN, "d": 1.10, "e": 7}}')
    assert found == {
        "a": digits,
        "b": "1e99999999999999999999",
        "c": "NaN",
        "d": Decimal("1.10"),
        "e": 7,
    }


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * DEEP])
def test_what_is_no_json_is_one_error(body):
    with pytest.raises(ValueError, match=r"\S"):
        parse(body)


def test_members_that_are_no_documents_are_counted():
    assert documents([{"a": 1}, None, "x"]) == [{"a": 1}, {STRAY: None}, {STRAY: "x"}]
    assert documents(None) == documents({"a": 1}) == []


@pytest.mark.parametrize(
    ("doc", "words"),
    [
        ({}, "Total is missing"),
        ({"Total": None}, "Total is empty"),
        ({"Total": "ten"}, 'Total is "ten"'),
        ({"Total": "\ud800\0"}, 'Total is "\\ud800\\u0000"'),
        ({"Total": "x" * 100}, f'Total is "{"x" * 59}...'),
    ],
)
def test_a_person_is_told_what_stands_there(doc, words):
    assert told(doc, "Total") == words


def test_what_is_kept_is_text_whatever_it_was():
    assert kept({"a": Decimal("0.1"), "b": Decimal("1E+999")}) == '{"a": 0.1, "b": "1E+999"}'
    deep: list[object] = []
    for _ in range(DEEP):
        deep = [deep]
    assert kept(deep) == '"nested too deeply to be kept"'
    assert text("a\ud800\0 ") == "a?"
    assert text(7) == ""


def test_the_same_document_gets_the_same_stand_in():
    assert stand_in_id({"a": 1}) == stand_in_id({"a": 1}) != stand_in_id({"a": 2})
