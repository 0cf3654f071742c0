"""Which numbers a text names: every spelling payers use, and none that only looks like one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from rules.matching.naming import guesses, read, styled
from rules.matching.spellings import keys
from rules.matching.values import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUMBERS = (
    *("INV-2024-008213", "INV-08213", "INV-08214", "INV-08215", "CN-08213", "SO-12345"),
    *("12345/24", "4711", "A7F3-92K", "20240101", "INV-12"),
)


def item(number: str, *, po_number: str = "", reference: str = "") -> Item:
    day = date(2024, 5, 1)
    return Item(
        number, number, "C", "GBP", 1, 1, 1, day, day, po_number=po_number, reference=reference
    )


def look_up(items: Sequence[Item]) -> Callable[[str], Sequence[Item]]:
    found: dict[str, list[Item]] = {}
    for one in items:
        for number in (one.number, one.po_number, one.reference):
            for key in keys(number):
                found.setdefault(key, []).append(one)
    return lambda key: found.get(key, ())


LOOK = look_up([item(number) for number in NUMBERS])


def told(text: str, cuts: frozenset[int] = frozenset()) -> str:
    """Give what a text names, place by place, as "number SPELLING"."""
    reading = read(text, LOOK, cuts)
    return "; ".join(
        ", ".join(
            f"{one.item.number} {one.spelling.name}"
            for one in mention.named
            if one.spelling == mention.spelling
        )
        for mention in reading.mentions
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INV-2024-008213", "INV-2024-008213 FULL"),
        ("inv 2024 008213 thanks", "INV-2024-008213 NO_SEPARATORS"),
        ("INV2024008213", "INV-2024-008213 NO_SEPARATORS"),
        ("2024-008213", "INV-2024-008213 NO_PREFIX"),
        ("for INV8213", "INV-08213 NO_ZEROS"),
        ("08213", "CN-08213 NO_PREFIX, INV-08213 NO_PREFIX"),
        ("INVOICE 8214", "INV-08214 NO_ZEROS"),
        ("INV-O82I4", "INV-08214 LOOK_ALIKE"),
        ("S012345", "SO-12345 LOOK_ALIKE"),
        ("A7F392K", "A7F3-92K NO_SEPARATORS"),
        ("INV 12", "INV-12 NO_SEPARATORS"),
        ("12345/24", "12345/24 FULL"),
        ("RE08214", "INV-08214 NO_PREFIX"),
        ("0821 4", "INV-08214 JOINED"),
        ("PO-08214", "INV-08214 OTHER_PREFIX"),
        ("08214EUR", "INV-08214 OTHER_PREFIX"),
        ("tel 020-7946-08214", "INV-08214 DOUBTFUL"),
        ("GBP 4711.00", "4711 DOUBTFUL"),
        ("20240101", "20240101 DOUBTFUL"),
        ("invoice 20240101", "20240101 FULL"),
        ("INV-08213/14/15", "INV-08213 FULL; INV-08214 SHORTHAND; INV-08215 SHORTHAND"),
        ("inv 08214 and 15", "INV-08214 NO_SEPARATORS; INV-08215 SHORTHAND"),
        ("INVO82I4", "INV-08214 LOOK_ALIKE"),
        ("S0I2345", "SO-12345 LOOK_ALIKE"),
        ("/REMI/08214", "INV-08214 NO_PREFIX"),
        ("INV-08214 3/3", "INV-08214 FULL"),
        ("INV-08213-15", "INV-08213 FULL; INV-08214 RANGE; INV-08215 SHORTHAND"),
        ("INV-08213 to INV-08215", "INV-08213 FULL; INV-08215 FULL; INV-08214 RANGE"),
        ("٠٨٢١٤", "INV-08214 NO_PREFIX"),
    ],
)  # fmt: skip
def test_every_spelling_is_found(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("108214", "082140", "8214082", "GB29NWBK60161331926819", "01/01/2024", "12", "A 12 B"),
        *("", "...", "no number at all", "x" * 500),
    ],
)
def test_a_part_of_something_longer_names_nothing(text: str) -> None:
    assert told(text) == ""


def test_a_text_that_was_cut_names_what_begins_so() -> None:
    text = "payment INV-0821"
    assert told(text, frozenset((len(text),))) == ("INV-08213 CUT, INV-08214 CUT, INV-08215 CUT")
    assert told(text) == ""


def test_a_damaged_number_is_a_stranger_with_guesses() -> None:
    reading = read("INV-08224", LOOK)
    (stranger,) = reading.strangers
    assert stranger.letters == "INV"
    assert [one.item.number for one in guesses(stranger, LOOK)] == ["INV-08214"]
    assert styled(stranger, "INV-00001")
    assert not styled(stranger, "R-00001")
    assert not styled(stranger, "INV-1")
