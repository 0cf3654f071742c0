"""Which numbers a text names: every spelling payers use, and none that only looks like one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from rules.matching.naming import guesses, read, styled
from rules.matching.spellings import damaged, keys
from rules.matching.values import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

NUMBERS = (
    *("INV-2024-008213", "INV-08213", "INV-08214", "INV-08215", "CN-08213", "SO-12345", "SO-12399"),
    *("12345/24", "4711", "A7F3-92K", "20240101", "INV-12"),
)


def item(number: str, *, po_number: str = "", reference: str = "") -> Item:
    day = date(2024, 5, 1)
    return Item(
        number, number, "C", "GBP", 1, 1, 1, day, day, po_number=po_number, reference=reference
    )


def look_up(items: Sequence[Item]) -> Callable[[Iterable[str]], Mapping[str, Sequence[Item]]]:
    found: dict[str, list[Item]] = {}
    for one in items:
        for number in (one.number, one.po_number, one.reference):
            for key in keys(number):
                found.setdefault(key, []).append(one)
    return lambda sought: {key: found[key] for key in sought if key in found}


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
        ("SO-12345/2399", "SO-12345 FULL; SO-12399 SHORTHAND"),
        ("SO-12345 2399", "SO-12345 FULL"),
        ("INV-08214 3/3", "INV-08214 FULL"),
        ("INV-08213-14", "INV-08213 FULL; INV-08214 SHORTHAND"),
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
        *("108214", "082140", "8214082", "GB29NWBK60161331926819", "01/01/2024", "A 12 B"),
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


def test_a_run_that_is_no_number_of_ours_has_no_style() -> None:
    (stranger,) = read("774411", LOOK).strangers
    assert not styled(stranger, "")
    assert styled(stranger, "R-000001")
    assert not styled(stranger, "INV-00001")


def test_letters_between_digits_make_no_guess() -> None:
    look = look_up([item("77A44-11"), item("R-774411")])
    (stranger,) = read("774412", look).strangers
    assert [one.item.number for one in guesses(stranger, look)] == ["R-774411"]


def test_a_range_to_a_longer_number_has_nothing_between() -> None:
    look = look_up([item("INV-9999"), item("INV-10000"), item("INV-10001"), item("INV-0007")])
    found = read("INV-9999 to INV-10001", look).mentions
    assert [one.item.number for hit in found for one in hit.named] == ["INV-9999", "INV-10001"]
    assert [hit.text for hit in read("0007-", look).mentions] == ["0007"]


def test_a_range_leaves_out_what_is_not_there() -> None:
    look = look_up([item("INV-4711"), item("INV-4714"), item("INV-4715")])
    found = read("INV-4711 - INV-4715", look).mentions
    assert [(hit.named[0].item.number, hit.spelling.name) for hit in found] == [
        ("INV-4711", "FULL"),
        ("INV-4715", "FULL"),
        ("INV-4714", "RANGE"),
    ]


def test_short_words_of_look_alikes_are_no_numbers() -> None:
    look = look_up([item("S1"), item("SO1")])
    assert read("51", look).mentions == ()
    assert read("S01", look).mentions == ()


def test_a_list_that_does_not_go_on_is_no_list() -> None:
    for text in ("INV-08213 and", "INV-08213/", "INV-08213 to", "INV-08213 # 14", "INV-08213: 14"):
        assert told(text) == "INV-08213 FULL"


def test_look_alikes_of_a_short_number_and_of_letters_inside_are_none() -> None:
    look = look_up([item("S-15"), item("77A44-11")])
    assert read("515", look).mentions == ()
    assert read("774411", look).mentions == ()
    assert read("77A4411", look_up([item("774411")])).mentions == ()
    assert [hit.spelling.name for hit in read("77A4411", look).mentions] == ["NO_SEPARATORS"]


def test_the_letters_of_a_very_short_number_are_no_proof() -> None:
    look = look_up([item("A12")])
    assert read("flat A 12", look).mentions == ()
    assert read("invoice A12", look).mentions == ()
    assert [hit.spelling.name for hit in read("a 12", look).mentions] == ["NO_SEPARATORS"]


def test_a_short_number_counts_where_nothing_else_is_written() -> None:
    look = look_up([item("12")])
    assert [hit.spelling.name for hit in read("12", look).mentions] == ["DOUBTFUL"]
    assert [hit.spelling.name for hit in read("invoice 12", look).mentions] == ["DOUBTFUL"]
    assert read("12 monkeys", look).mentions == ()


def test_digits_that_stand_apart_are_one_number_with_doubt() -> None:
    look = look_up([item("47110815")])
    assert [hit.spelling.name for hit in read("4711 0815", look).mentions] == ["JOINED"]


def test_digits_too_far_apart_are_no_number() -> None:
    look = look_up([item("47110815")])
    assert read("4711 -- 0815", look).mentions == ()


@pytest.mark.parametrize(("digits", "some"), [("4711", "4712"), ("4711", "471"), ("4711", "7411")])
def test_a_slip_of_the_hand_says_nothing_of_a_short_number(digits: str, some: str) -> None:
    assert some not in damaged(digits)
    assert f"90{some}" in damaged(f"90{digits}")


def test_a_reference_in_groups_of_five_is_one_number() -> None:
    look = look_up([item("310370420"), item("3103")])
    found = read("viitenumero 3103 70420", look).mentions
    assert [(hit.named[0].item.number, hit.spelling.name) for hit in found] == [
        ("310370420", "NO_SEPARATORS")
    ]
    found = read("viitenumero 31037 0420", look).mentions
    assert [hit.spelling.name for hit in found] == ["JOINED"]


CUT_NUMBERS = ("SI/26/09866", "00986", "00471", "INV-0986")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PAYMENT SI/26/0986", "SI/26/09866 CUT"),
        ("OF 00471 SI/26/098", "00471 FULL; SI/26/09866 CUT"),
        ("PAYMENT OF IN 0986", "INV-0986 NO_PREFIX"),
        ("PAYMENT INV - 0986", "INV-0986 NO_SEPARATORS"),
        ("PAYMENT XY/27/0986", "00986 DOUBTFUL"),
        ("PAYMENT 12/27/0986", "INV-0986 NO_PREFIX"),
        ("PAID INV/0471/0986", "00471 NO_ZEROS; INV-0986 NO_PREFIX"),
    ],
)
def test_a_number_cut_off_is_no_shorter_one(text: str, expected: str) -> None:
    assert len(text) == 18
    mentions = read(text, look_up([item(number) for number in CUT_NUMBERS])).mentions
    told_ = [f"{hit.named[0].item.number} {hit.spelling.name}" for hit in mentions]
    assert "; ".join(told_) == expected
