"""Days as people write them; what may be two days is none."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)")
_NAMED = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[ .-]+([A-Za-z]{3,9})[ .,-]+(\d{4})(?!\d)")
_AMERICAN = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")
_ANY = re.compile(
    r"(?<![\w.,/-])(?:\d{4}-\d\d-\d\d|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)"
    r"|\d{1,2}[ .-][A-Za-z]{3,9}[ .-](?:\d{4}|\d\d))(?![\w/-]|[.,]\d)"
)


def day_in(text: str) -> date | None:
    """Find the day that a text names; None without one, or when it may be read as two.

    12/09/2026 is a day in September to some and in December to others: none. 25/09/2026 is one.
    """
    for found in (_ISO.search(text), _DOTTED.search(text), _SLASHED.search(text)):
        if found:
            return _numbered(found)
    named, american = _NAMED.search(text), _AMERICAN.search(text)
    if named:
        return _made(named[3], _month(named[2]), named[1])
    return _made(american[3], _month(american[1]), american[2]) if american else None


def without_days(text: str) -> str:
    """Take the days out of a text, so that no part of one is read as a number."""
    return _ANY.sub(" ", text)


def _numbered(found: re.Match[str]) -> date | None:
    first, second, third = found.groups()
    if found.re is _ISO:
        return _made(first, int(second), third)
    day = _made(third, int(second), first)
    other = _made(third, int(first), second) if found.re is _SLASHED else None
    return day if other is None or other == day else (None if day else other)


def _month(name: str) -> int:
    start = name[:3].lower()
    return _MONTHS.index(start) + 1 if start in _MONTHS else 0


def _made(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None
