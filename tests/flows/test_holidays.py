"""Public holidays: known countries have some, unknown ones none, and nobody is in the way."""

from __future__ import annotations

from datetime import date

import pytest

from flows.holidays import closed

CHRISTMAS = date(2026, 12, 25)


@pytest.mark.parametrize("country", ["GB", "gb", "GBR", "DE", "US", "FR"])
def test_a_public_holiday_is_closed(country):
    assert closed(CHRISTMAS, country)
    assert not closed(date(2026, 12, 22), country)


@pytest.mark.parametrize("country", [None, "", "QQ", "Mars", "MON", "holidays"])
def test_where_nothing_is_known_nothing_is_closed(country):
    assert not closed(CHRISTMAS, country)
