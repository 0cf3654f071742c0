"""Public holidays of a country, from the `holidays` package: days on which nothing is sent."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import holidays
from holidays.registry import COUNTRIES

if TYPE_CHECKING:
    from datetime import date


# Read from the package's register: its own list loads the calendars of every country first.
_KNOWN = frozenset(name for names in COUNTRIES.values() for name in names if name.isupper())


@lru_cache(maxsize=512)
def _year(country: str, year: int) -> frozenset[date]:
    # Of a country the package does not know, no day is known to be closed.
    if country not in _KNOWN:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def closed(day: date, country: str | None) -> bool:
    """Say whether a day is a public holiday in a country (ISO 3166 code; None knows none)."""
    return country is not None and day in _year(country.upper(), day.year)
