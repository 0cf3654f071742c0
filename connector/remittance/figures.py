"""Amounts as people and machines write them: 1,234.56 and 1.234,56, 1'234.56, (120.00), 120.00 CR.

A figure alone may leave open which of its marks is the decimal one. Everything a file holds is
looked at together, and what can still be read in two ways is no amount.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from ledger.money import Money, MoneyError, exponent

if TYPE_CHECKING:
    from collections.abc import Sequence

# A cell of a sheet knows its number; everywhere else a number is text.
Cell = str | Decimal

CELL_CHARS_MAX = 40
# Longer than any amount a ledger holds.
WHOLE_DIGITS_MAX = 14
# As many decimals as a thousands mark has digits behind it: the one case that is open.
GROUP_DIGITS = 3

_SIGNS = MappingProxyType(
    {"€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "₪": "ILS", "฿": "THB", "₺": "TRY"}
    | {"US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD"}
    | {"S$": "SGD", "HK$": "HKD"}
)
# Currencies that share a sign: whose it is, the organisation's own currency tells, else the first.
_SHARED = MappingProxyType(
    {
        "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"),
        "¥": ("JPY", "CNY"),
        "kr": ("SEK", "NOK", "DKK", "ISK"),
    }
)
_CODE = r"[A-Z]{3}|[A-Z]{0,2}\$|[€£¥₹₪฿₺]|(?i:kr\.?)|zł"
_SHAPE = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[-+−–])? ?(?P<before>{_CODE})? ?(?P<inner>[-+−–])? ?"
    r"(?P<digits>\d(?:[\d .,'’]*\d)?)"
    rf" ?(?P<after>{_CODE})? ?(?P<tail>[-−–]|[Cc][Rr]\.?|[Dd][Rr]\.?)? ?(?P<close>\))?"
)
_GROUPED = r"\d+|\d{{1,3}}(?:(?P<group>[ '’{other}])\d{{3}})(?:(?P=group)\d{{3}})*"
_NUMBERS = {
    ".": re.compile(
        rf"(?P<whole>{_GROUPED.format(other=',')}|\d{{1,2}}(?:,\d\d)+,\d{{3}})(?:\.(?P<rest>\d{{1,4}}))?"
    ),
    ",": re.compile(rf"(?P<whole>{_GROUPED.format(other='.')})(?:,(?P<rest>\d{{1,4}}))?"),
}
_MINUS = frozenset("-−–")
_SPACES = re.compile(r"\s+")
_NO_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as written. `readings` are what it may be: decimal mark, number, decimals written.

    `sign` is the currency's code or sign beside it, or "".
    """

    text: str
    readings: tuple[tuple[str, Decimal, int], ...]
    sign: str = ""

    def numbers(self, currency: str, mark: str = "") -> frozenset[Decimal]:
        """Give what it may be as an amount of a currency, with one decimal mark or any."""
        places = exponent(currency)
        return frozenset(
            number
            for one, number, decimals in self.readings
            if (mark in {one, ""} or not one) and _fits(number, decimals, places)
        )

    def currency(self, own: str) -> str:
        """Give the code of the currency beside it, or "". `own` is the organisation's currency."""
        if self.sign in _SIGNS:
            return _SIGNS[self.sign]
        shared = _SHARED.get(self.sign.lower().rstrip("."))
        if shared is None:
            return self.sign if len(self.sign) == len("EUR") and self.sign.isalpha() else ""
        # Crowns of an organisation that has none may be those of four countries.
        first = "" if self.sign.lower().startswith("kr") else shared[0]
        return own if own in shared else first


def _fits(number: Decimal, decimals: int, places: int) -> bool:
    """Say whether a number has no more decimals than its currency: 1.500 EUR is no 1.50."""
    if decimals <= places:
        return True
    return decimals != GROUP_DIGITS and number == round(number, places)


def figure(cell: Cell) -> Figure | None:
    """Read one cell as a number; None for what is none, such as a date or a document's number."""
    if isinstance(cell, Decimal):
        return _counted(cell)
    text = _SPACES.sub(" ", cell).strip()
    shape = _SHAPE.fullmatch(text) if len(text) <= CELL_CHARS_MAX else None
    if shape is None or bool(shape["open"]) != bool(shape["close"]):
        return None
    sign = shape["before"] or shape["after"] or ""
    readings = _readings(shape["digits"], negative=_negative(shape))
    if not readings or (shape["before"] and shape["after"]) or not _is_currency(sign):
        return None
    return Figure(text, readings, sign)


def _counted(number: Decimal) -> Figure | None:
    if not number.is_finite() or number.adjusted() >= WHOLE_DIGITS_MAX:
        return None
    decimals = max(0, -int(number.as_tuple().exponent))
    return Figure(f"{number:f}", (("", number, decimals),))


def _negative(shape: re.Match[str]) -> bool:
    tail = (shape["tail"] or "").lower()
    marks = {shape["sign"], shape["inner"], tail}
    return bool(shape["open"] or marks & _MINUS or tail.startswith("cr"))


def _readings(digits: str, *, negative: bool) -> tuple[tuple[str, Decimal, int], ...]:
    found = []
    for mark, shape in _NUMBERS.items():
        number = shape.fullmatch(digits)
        whole = _NO_DIGIT.sub("", number["whole"]) if number else ""
        if number and len(whole) <= WHOLE_DIGITS_MAX:
            rest = number["rest"] or ""
            size = Decimal(f"{whole}.{rest or 0}")
            found.append((mark, -size if negative else size, len(rest)))
    return tuple(found)


def _is_currency(sign: str) -> bool:
    if not (len(sign) == len("EUR") and sign.isalpha()):
        return True
    try:
        exponent(sign)
    except MoneyError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Reading:
    """How the numbers of a file are read: `mark` is its decimal mark, "" where they do not agree.

    `problem` says which number can be read in more than one way.
    """

    currency: str
    mark: str = ""
    problem: str = ""

    def money(self, one: Figure) -> Money | None:
        """Give the amount; None when it is open which, or when it is none."""
        numbers = one.numbers(self.currency, self.mark)
        return Money.parse(next(iter(numbers)), self.currency) if len(numbers) == 1 else None


def understood(figures: Sequence[Figure], currency: str) -> Reading:
    """Find the decimal mark under which every figure of a file is an amount of the currency."""
    marks = [
        mark for mark in _NUMBERS if all(len(one.numbers(currency, mark)) == 1 for one in figures)
    ]
    if len(marks) == 1:
        return Reading(currency, marks[0])
    open_ones = [one.text for one in figures if len(one.numbers(currency)) > 1]
    if marks and not open_ones:
        return Reading(currency, marks[0])
    if marks:
        return Reading(currency, problem=f"{open_ones[0]} can be read as two amounts")
    odd = next((one.text for one in figures if not one.numbers(currency)), "")
    told = f"{odd} is no amount in {currency}" if odd else "the decimal mark changes between lines"
    return Reading(currency, problem=told)
