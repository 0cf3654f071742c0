from __future__ import annotations

from datetime import date

import pytest

from connector.remittance.days import day_in, without_days

DAY = date(2026, 9, 25)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-09-25", "25.09.2026", "25.9.2026", "25/09/2026", "09/25/2026", "25-09-2026"),
        *(
            "25 September 2026",
            "25th Sept 2026",
            "25-Sep-2026",
            "September 25, 2026",
            "Sep. 25 2026",
        ),
        "paid on 25.09.2026 by transfer",
    ],
)
def test_a_day_is_found_however_it_is_written(text: str) -> None:
    assert day_in(text) == DAY


@pytest.mark.parametrize(
    "text",
    ["", "12/09/2026", "31.02.2026", "2026-13-01", "13/13/2026", "12 Foo 2026", "INV-2026-09"],
)
def test_what_is_none_or_may_be_two_is_none(text: str) -> None:
    assert day_in(text) is None


def test_the_same_day_both_ways_is_one() -> None:
    assert day_in("09/09/2026") == date(2026, 9, 9)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("INV-1 25.09.2026", "INV-1"),
        ("12/09/26 INV-1", "INV-1"),
        ("25-Sep-2026 1001", "1001"),
        ("INV-2026-09-25", "INV-2026-09-25"),
        ("1.2.2026.5", "1.2.2026.5"),
    ],
)
def test_days_are_taken_out_of_a_text(text: str, rest: str) -> None:
    assert without_days(text).strip() == rest
