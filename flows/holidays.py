"""Public holidays of a country, from the `holidays` package: days on which nothing is sent."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from datetime import date


@lru_cache(maxsize=512)
def _year(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        # The package does not know the country: no day is known to be closed there.
        return frozenset()


def closed(day: date, country: str | None) -> bool:
    """Say whether a day is a public holiday in a country (ISO 3166 code; None knows none)."""
    return country is not None and day in _year(country.upper(), day.year)
