"""Amounts and days as people's spreadsheets and banks' exports write them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.reading import UnreadError, quoted

if TYPE_CHECKING:
    from datetime import date

    from ledger.money import Money

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CENTURY = 2000
_TOKEN = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
_PARTS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<year>[0-9]{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})[a-z]*\.?",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{2})",
    "D": r"(?P<day>[0-9]{1,2})",
}
# A currency may stand before or behind the digits, a sign at any end, brackets around it all.
_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<first>[-+]?) ?(?P<before>[A-Za-z€£$¥]{0,4}) ?(?P<second>[-+]?) ?"
    r"(?P<digits>[0-9.,' ]*[0-9][0-9.,]*) ?(?P<third>[-+]?) ?(?P<behind>[A-Za-z€£$¥]{0,4}) ?"
    r"(?P<last>[-+]?)(?P<close>\))?"
)
_SIGNS = {"DR": "-", "D": "-", "S": "-", "CR": "+", "C": "+", "H": "+"}
_CODE_LENGTH = 3
# No amount and no day is longer; patterns take their time with what is.
_LENGTH_MAX = 60
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2019": "'"})
_SPACES = re.compile(r"\s+")


@cache
def _day_shape(day_format: str) -> re.Pattern[str]:
    parts = []
    seen = 0
    for token in _TOKEN.finditer(day_format):
        parts += [re.escape(day_format[seen : token.start()]), _PARTS[token[0]]]
        seen = token.end()
    # A time may stand behind the day.
    return re.compile("".join(parts) + re.escape(day_format[seen:]) + r"(?:[T ,].*)?\Z")


def is_day_format(day_format: str) -> bool:
    """Tell whether a format names a day, a month and a year once each."""
    tokens = sorted(token[0][0] for token in _TOKEN.finditer(day_format))
    return tokens == ["D", "M", "Y"]


def day(text: str, day_format: str, field: str) -> date:
    """Read a day in a format such as DD.MM.YYYY; raises UnreadError for any other."""
    found = _day_shape(day_format).match(text.strip()) if len(text) <= _LENGTH_MAX else None
    if found:
        parts = found.groupdict()
        year = int(parts["year"])
        month = parts.get("month") or str(_month(parts.get("name") or ""))
        year += _CENTURY if len(parts["year"]) == len("YY") else 0
        try:
            return amounts.day(f"{year:04}{int(month):02}{int(parts['day']):02}", field)
        except UnreadError:
            pass
    msg = f"{field} {quoted(text)} is no day as {day_format}"
    raise UnreadError(msg)


def _month(name: str) -> int:
    low = name.lower()
    return _MONTHS.index(low) + 1 if low in _MONTHS else 0


@cache
def _number_shape(decimal_mark: str, thousands_mark: str) -> re.Pattern[str]:
    decimals = rf"(?:{re.escape(decimal_mark)}[0-9]*)?"
    if not thousands_mark:
        return re.compile(rf"[0-9]+{decimals}|{re.escape(decimal_mark)}[0-9]+")
    mark = re.escape(thousands_mark)
    # The last group has three digits whatever the ones before it: in India they have two.
    grouped = rf"[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}"
    return re.compile(rf"(?:{grouped}|[0-9]+){decimals}|{re.escape(decimal_mark)}[0-9]+")


def amount(text: str, marks: tuple[str, str], currency: str, field: str) -> Money:
    """Read an amount with its sign; `marks` are the decimal and the thousands mark.

    Signs: a minus before or behind, round brackets, and DR, D or S behind for money that went;
    CR, C or H for money that came. Raises UnreadError for whatever is not written like that, and
    for an amount that names another currency.
    """
    bare, minus = _bare(text, currency, field)
    decimal_mark, thousands_mark = marks
    if not _number_shape(decimal_mark, thousands_mark).fullmatch(bare):
        shown = f"1{thousands_mark}234{decimal_mark}56"
        msg = f"{field} {quoted(text)} is no amount as {shown}"
        raise UnreadError(msg)
    plain = bare.replace(thousands_mark, "") if thousands_mark else bare
    money = amounts.money(plain.replace(decimal_mark, "."), currency, field)
    return -money if minus else money


def _bare(text: str, currency: str, field: str) -> tuple[str, bool]:
    """Give the digits with their marks, and whether the amount is negative."""
    plain = _SPACES.sub(" ", text.translate(_MINUS)).strip()
    found = _AMOUNT.fullmatch(plain) if len(plain) <= _LENGTH_MAX else None
    if found:
        signs = [found[name] for name in ("first", "second", "third", "last") if found[name]]
        signs += ["-"] if found["open"] else []
        words = (found["before"].upper(), found["behind"].upper())
        signs += [_SIGNS[words[1]]] if words[1] in _SIGNS else []
        named = [word for word in words if len(word) == _CODE_LENGTH and word.isalpha()]
        if named and named != [currency]:
            msg = f"{field} {quoted(text)} is not in {currency}"
            raise UnreadError(msg)
        if len(signs) <= 1 and bool(found["open"]) == bool(found["close"]):
            return found["digits"].strip(), "-" in signs
    msg = f"{field} {quoted(text)} is no amount with one sign"
    raise UnreadError(msg)
