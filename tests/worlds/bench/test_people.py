"""Names are written as banks write them, and read as a reasonable reader would."""

from __future__ import annotations

import pytest

from worlds.bench import people
from worlds.bench.dice import Dice


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ("MARLOW DENTAL CARE LTD", "Marlow Dental Care Ltd"),
        ("MARLOW DENTAL", "Marlow Dental Care Ltd"),
        ("MARLOW DNTL CARE", "Marlow Dental Care Ltd"),
        ("KOEHLER MASCHINENB", "Köhler Maschinenbau GmbH"),
        ("KOHLER MASCHINENBAU", "Köhler Maschinenbau GmbH"),
        ("PRAIRIE STATE AU", "Prairie State Auto Parts Inc"),
        ("HELEN AND MARLOW", "Helen & Marlow Farms Ltd"),
    ],
)
def test_a_short_or_plain_form_is_recognised(seen: str, name: str) -> None:
    assert people.could_be(seen, name)


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ("FENWICK DENTAL CARE", "Marlow Dental Care Ltd"),
        ("DENTAL CARE", "Marlow Dental Care Ltd"),
        ("MARLOW ROOFING", "Marlow Dental Care Ltd"),
        ("LTD", "Marlow Dental Care Ltd"),
        ("", "Marlow Dental Care Ltd"),
    ],
)
def test_another_company_is_not(seen: str, name: str) -> None:
    assert not people.could_be(seen, name)


@pytest.mark.parametrize("country", sorted(people.TONGUES))
def test_the_ways_of_writing_a_name_are_readable(country: str) -> None:
    dice = Dice(country)
    for _ in range(60):
        name = people.company(dice, country)
        assert people.could_be(people.written(dice, name, 60), name), name
        assert people.plain(name).isascii()
        assert people.sibling(dice, name) != name
        assert " " in people.person(dice, country)
        assert people.trading_name(dice, name)
