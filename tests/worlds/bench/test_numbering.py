"""Payers' spellings keep the number recognisable, shorthand unfolds, damage is one slip."""

from __future__ import annotations

import re
from datetime import date

import pytest

from worlds.bench.dice import Dice
from worlds.bench.numbering import LOOKS, Numbering, around, damaged, shorthand, spelled

STYLES = {
    "INV-04711": Numbering("INV-{n}", 5, ("inv",)),
    "RE-2026-04711": Numbering("RE-{y}-{n}", 5, ("Rechnung",)),
    "2026/04711": Numbering("{y}/{n}", 5, ("Rg",)),
    "5204711": Numbering("{n}", 7, ("inv",)),
    "9E3779B1-0012": Numbering("{c}-{n}", 4, ("inv",)),
}


@pytest.mark.parametrize(("number", "style"), STYLES.items())
def test_every_spelling_holds_the_telling_digits(number: str, style: Numbering) -> None:
    dice, seen = Dice(1), set()
    for _ in range(300):
        text, way = spelled(dice, style, number)
        seen.add(way)
        figures = text.upper().translate({ord(letter): c for c, letter in LOOKS.items()})
        assert style.tail(number).lstrip("0") in figures.replace(" ", ""), (text, way)
        assert (way == "number: clean") == (text == number)
    assert len(seen) >= 4


def test_a_customers_own_counter_is_never_written_alone() -> None:
    style, dice = STYLES["9E3779B1-0012"], Dice(2)
    assert style.by_customer
    assert style.number(12, date(2026, 9, 1), 1) == "9E3779B1-0012"
    texts = {spelled(dice, style, "9E3779B1-0012")[0] for _ in range(200)}
    assert [text for text in texts if len(re.sub(r"\W", "", text)) < 12] == []


def test_shorthand_keeps_what_differs() -> None:
    style = STYLES["INV-04711"]
    numbers = ["INV-12345", "INV-12346", "INV-12352"]
    assert shorthand(style, numbers, ranged=False) == "INV-12345/46/52"
    assert shorthand(style, numbers[:2], ranged=True) == "INV-12345-46"
    assert shorthand(style, ["INV-12399", "INV-12401"], ranged=False) == "INV-12399/401"
    assert shorthand(style, ["INV-12399", "INV-12399"], ranged=False) == "INV-12399/99"


@pytest.mark.parametrize(("number", "style"), list(STYLES.items())[:4])
def test_damage_is_one_slip_and_can_be_undone(number: str, style: Numbering) -> None:
    dice = Dice(3)
    for _ in range(100):
        wrong = damaged(dice, style, number)
        assert wrong != number
        assert len(wrong) == len(number)
        assert number in around(style, wrong)
    assert number not in around(style, number)
