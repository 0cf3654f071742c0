"""The numbers we issued, and the spellings of them that payers use.

A number is found by its digits: `keys` gives, for an issued number, all its digits without leading
zeros and, where a year is part of it, those without the year. An index of keys is small however
large the ledger; what a key finds is then held against the number itself (`spelled`), which says
how exactly it was written. Nothing here compares parts of runs of digits: 1234567 is never 34567.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache

# A run of fewer digits is a day, a quantity or a house number.
DIGITS_MIN = 4
# A number shorter than this is a word like any other.
NUMBER_MIN = 4
# What stands beside a year has at least so many digits, or it is a month.
SERIAL_MIN = 3
# Damage to a shorter number leaves another number almost surely.
DAMAGED_MIN = 5

_GROUP = re.compile(r"\d+")
_CENTURY = 2000
_YEARS = range(2000, 2050)
# A year glued to the digits behind it is one only if it can be the year of business.
_GLUED_YEARS = range(2010, 2040)
_MONTHS = range(1, 13)
_GLUED_MIN = 8

# Where year, month and day stand in runs of six and eight digits that may be a date.
_DATES = {
    8: ((0, 4, 6), (4, 2, 0), (4, 0, 2)),
    6: ((0, 2, 4), (4, 2, 0), (4, 0, 2)),
}

# Letters that typists and scanners take for digits.
LOOK_ALIKES = str.maketrans("OQDILSBZG", "000115826")


class Spelling(IntEnum):
    """How exactly a number is written, the most exact first.

    From SHORTHAND on it takes another fact to believe it: 12345/46 may mean 12346; RANGE is what
    lies between two that are named; CUT ends where the text was cut; JOINED stands in several
    pieces the number does not have; OTHER_PREFIX has letters before it that are not ours;
    DOUBTFUL may be a date or a part of something longer; DAMAGED differs in one digit.
    """

    FULL = 0
    NO_SEPARATORS = 1
    NO_PREFIX = 2
    NO_ZEROS = 3
    NO_YEAR = 4
    LOOK_ALIKE = 5
    SHORTHAND = 6
    RANGE = 7
    CUT = 8
    JOINED = 9
    OTHER_PREFIX = 10
    DOUBTFUL = 11
    DAMAGED = 12


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The parts of an issued number: INV-2024-0815 has the prefix INV and the year 2024.

    `joined` is all of it without separators, `digits` its digits, `serial` those without the year
    (empty where there is none). `before` and `after` are the letters around the digits; `whole`
    says that none stand between them.
    """

    joined: str
    digits: str
    groups: tuple[str, ...]
    serial: str
    year: int
    before: str
    after: str
    whole: bool


def plain(text: str) -> str:
    """Give text in upper case with the digits of every script as 0 to 9."""
    if text.isascii():
        return text.upper()
    text = unicodedata.normalize("NFKC", text).upper()
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def keys(number: str) -> tuple[str, ...]:
    """Give the keys under which an issued number is indexed: none where it has no digit."""
    groups = _GROUP.findall(number if number.isascii() else plain(number))
    if not groups:
        return ()
    if len(groups) == 1 and len(groups[0]) < _GLUED_MIN:
        return (groups[0].lstrip("0") or "0",)
    whole = key("".join(groups))
    serial, _year = _without_year(groups)
    rest = key(serial) if serial else whole
    return (whole,) if rest == whole else (whole, rest)


def key(digits: str) -> str:
    """Give the key of a run of digits: the digits without leading zeros."""
    return digits.lstrip("0") or "0"


@lru_cache(maxsize=4096)
def anatomy(number: str) -> Anatomy:
    """Take an issued number apart."""
    joined = "".join(sign for sign in plain(number) if sign.isalnum())
    groups = tuple(_GROUP.findall(plain(number)))
    serial, year = _without_year(groups)
    digits = "".join(groups)
    before = re.match(r"\D*", joined)
    after = re.search(r"\D*$", joined)
    head = before.group() if before else ""
    tail = after.group() if after and digits else ""
    return Anatomy(
        joined, digits, groups, serial, year, head, tail, joined == f"{head}{digits}{tail}"
    )


def _without_year(groups: tuple[str, ...] | list[str]) -> tuple[str, int]:
    """Give the digits without the year, and the year; ("", 0) where no year is seen."""
    if len(groups) == 1:
        only = groups[0]
        year = int(only[:4]) if len(only) >= _GLUED_MIN else 0
        return (only[4:], year) if year in _GLUED_YEARS else ("", 0)
    for at in (0, len(groups) - 1) if groups else ():
        year = _year(groups[at])
        rest = "".join((*groups[:at], *groups[at + 1 :]))
        if year and len(rest) >= SERIAL_MIN:
            return rest, year
    return "", 0


def _year(group: str) -> int:
    """Give the year that 2024, 24 or 202409 stands for, else 0."""
    short = _CENTURY + int(group) if len(group) == 2 else 0  # noqa: PLR2004 - as in 24
    if short in _GLUED_YEARS:
        return short
    month = len(group) != 6 or int(group[4:]) in _MONTHS  # noqa: PLR2004 - as in 202409
    year = int(group[:4]) if len(group) in (4, 6) and month else 0
    return year if year in _YEARS else 0


def is_day(digits: str) -> bool:
    """Whether a run of digits reads as a year, or as a date in a usual order."""
    if len(digits) == DIGITS_MIN:
        return int(digits) in _YEARS
    for year_at, month_at, day_at in _DATES.get(len(digits), ()):
        size = len(digits) - 4
        century = _CENTURY if size < DIGITS_MIN else 0
        try:
            found = date(
                century + int(digits[year_at : year_at + size]),
                int(digits[month_at : month_at + 2]),
                int(digits[day_at : day_at + 2]),
            )
        except ValueError:
            continue
        if found.year in _YEARS:
            return True
    return False


def damaged(digits: str) -> tuple[str, ...]:
    """Give the keys that one slip of the hand makes of a run of digits, itself excepted.

    A slip is one digit wrong, two neighbours swapped, one digit lost, or one too many. Runs below
    `DAMAGED_MIN` digits have none: there a slip says nothing.
    """
    if len(digits) < DAMAGED_MIN:
        return ()
    found: dict[str, None] = {}
    for at in range(len(digits)):
        head, sign, tail = digits[:at], digits[at], digits[at + 1 :]
        found.update((f"{head}{other}{tail}", None) for other in "0123456789")
        found[head + tail] = None
        if tail:
            found[f"{head}{tail[0]}{sign}{tail[1:]}"] = None
    for at in range(len(digits) + 1):
        found.update((f"{digits[:at]}{other}{digits[at:]}", None) for other in "0123456789")
    own = key(digits)
    return tuple(dict.fromkeys(one for one in map(key, found) if one != own))


def completions(digits: str, missing_max: int = 2) -> tuple[str, ...]:
    """Give the keys of every run of digits that begins so and has up to `missing_max` more."""
    return tuple(
        key(f"{digits}{rest:0{size}d}")
        for size in range(1, missing_max + 1)
        for rest in range(10**size)
    )
