"""Amounts and days as exports write them: read exactly, or refused."""

from __future__ import annotations

from datetime import date

import pytest

from connector.bankfile import csv_values
from connector.bankfile.reading import UnreadError

POINT, COMMA, SPACE, APOSTROPHE = (".", ","), (",", "."), (",", " "), (".", "'")


@pytest.mark.parametrize(
    ("text", "marks", "minor"),
    [
        ("1,234.56", POINT, 123456),
        ("1.234,56", COMMA, 123456),
        ("1 234,56", SPACE, 123456),
        ("1\u00a0234,56", SPACE, 123456),
        ("1\u202f234,56", SPACE, 123456),
        ("1'234.56", APOSTROPHE, 123456),
        ("1’234.56", APOSTROPHE, 123456),
        ("1234.56", (".", ""), 123456),
        ("12,34,567.00", POINT, 123456700),
        ("12", POINT, 1200),
        ("12.", POINT, 1200),
        (".5", POINT, 50),
        ("(12.00)", POINT, -1200),
        ("12.00-", POINT, -1200),
        ("-12.00", POINT, -1200),
        ("- 12.00", POINT, -1200),
        ("−12.00", POINT, -1200),
        ("+12.00", POINT, 1200),
        ("12.00 CR", POINT, 1200),
        ("12.00 DR", POINT, -1200),
        ("12,00 S", COMMA, -1200),
        ("12,00 H", COMMA, 1200),
        ("€12.00", POINT, 1200),
        ("-€ 12.00", POINT, -1200),
        ("€-12.00", POINT, -1200),
        ("12,00 EUR", COMMA, 1200),
        ("EUR 12,00-", COMMA, -1200),
        ("12.00 EUR-", POINT, -1200),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, marks: tuple[str, str], minor: int) -> None:
    assert csv_values.amount(text, marks, "EUR", "Amount").minor == minor


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("1,234", COMMA),
        ("1.234", (".", "")),
        ("12,34.56", POINT),
        ("1,23.00", POINT),
        ("1 234,56", COMMA),
        ("1234.56", COMMA),
        ("--12.00", POINT),
        ("-12.00-", POINT),
        ("(-12.00)", POINT),
        ("(12.00", POINT),
        ("-12.00 DR", POINT),
        ("-12.00 CR", POINT),
        ("12.00 USD", POINT),
        ("1e3", POINT),
        ("", POINT),
        ("n/a", POINT),
        ("12.00.00", POINT),
        ("12.345", POINT),
        ("\uff11\uff12.00", POINT),
    ],
)
def test_an_amount_that_could_mean_something_else_is_refused(
    text: str, marks: tuple[str, str]
) -> None:
    with pytest.raises(UnreadError, match="Amount"):
        csv_values.amount(text, marks, "EUR", "Amount")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("2026-03-10", "YYYY-MM-DD"),
        ("2026-03-10T12:00:00Z", "YYYY-MM-DD"),
        ("10/03/2026", "DD/MM/YYYY"),
        ("03/10/2026", "MM/DD/YYYY"),
        ("10.3.2026", "D.M.YYYY"),
        ("10.03.26", "DD.MM.YY"),
        ("20260310", "YYYYMMDD"),
        ("10 Mar 2026", "D MMM YYYY"),
        ("10-March-26", "D-MMM-YY"),
        ("10/03/2026 14:05", "DD/MM/YYYY"),
    ],
)
def test_a_day_is_read_in_its_format(text: str, shape: str) -> None:
    assert csv_values.is_day_format(shape)
    assert csv_values.day(text, shape, "Date") == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("30/02/2026", "DD/MM/YYYY"),
        ("10/03/2026", "YYYY-MM-DD"),
        ("10 Mrz 2026", "D MMM YYYY"),
        ("1/3/2026", "DD/MM/YYYY"),
        ("", "DD/MM/YYYY"),
    ],
)
def test_another_day_is_refused(text: str, shape: str) -> None:
    with pytest.raises(UnreadError, match="Date"):
        csv_values.day(text, shape, "Date")


@pytest.mark.parametrize("shape", ["", "YYYY", "DD.MM", "DD.MM.MM", "hello", "DD.MM.YYYY.YY"])
def test_a_format_needs_day_month_and_year_once(shape: str) -> None:
    assert not csv_values.is_day_format(shape)
