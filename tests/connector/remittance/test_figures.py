from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.remittance.figures import figure, understood
from ledger.money import Money, exponent


def read(text: str | Decimal, currency: str = "EUR", *beside: str) -> Money | None:
    """Read one amount as it is read in a file that holds others beside it."""
    one = figure(text)
    if one is None:
        return None
    others = [found for found in map(figure, beside) if found]
    return understood([one, *others], currency).money(one)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.56", 123456),
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("1 234,56", 123456),
        ("1\u202f234,56", 123456),
        ("1'234.56", 123456),
        ("1’234.56", 123456),
        ("12,34,567.50", 123456750),
        ("1.234", 123400),
        ("1,234", 123400),
        ("1.234.567", 123456700),
        ("12.5", 1250),
        ("12", 1200),
        ("-12,00", -1200),
        ("− 12,00", -1200),
        ("12,00-", -1200),
        ("(12.00)", -1200),
        ("12.00 CR", -1200),
        ("12.00cr.", -1200),
        ("12.00 DR", 1200),
        ("+12.00", 1200),
        ("£-12.00", -1200),
        ("EUR 12.00", 1200),
        ("12.00 €", 1200),
        ("0.00", 0),
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str, minor: int) -> None:
    assert read(text) == Money(minor, "EUR")


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "INV-1234", "12.09.2026", "12/09/2026", "2026-09-12", "1,23,4.00", "1.2.3"),
        *("12.00 %", "(12.00", "12.00)", "INV 12", "XQZ 12.00", "EUR 12 GBP", "1" * 15, "1" * 41),
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert figure(text) is None


def test_decimals_the_currency_lacks_are_no_amount() -> None:
    assert read("1234.567", "GBP") is None
    assert read("12.3456", "GBP") is None
    assert read(Decimal("12.345"), "GBP") is None
    assert figure(Decimal("NaN")) is None
    assert figure(Decimal("1e15")) is None


def test_a_sheets_own_number_is_exact() -> None:
    assert read(Decimal("1234.5"), "GBP", "1.234,56") == Money(123450, "GBP")


def test_currencies_without_and_with_three_decimals() -> None:
    assert read("12,000", "JPY") == Money(12000, "JPY")
    assert read("12.00", "JPY") == Money(12, "JPY")
    assert read("1,234.500", "KWD") == Money(1234500, "KWD")


def test_one_figure_settles_the_marks_of_all() -> None:
    assert read("1,234", "KWD", "12,345.500") == Money(1234000, "KWD")
    assert read("1,234", "KWD", "12.345,500") == Money(1234, "KWD")


def test_what_can_be_two_amounts_is_none_and_told() -> None:
    one = figure("1,234")
    assert one is not None
    reading = understood([one], "KWD")
    assert reading.money(one) is None
    assert reading.problem == "1,234 can be read as two amounts"


def test_a_file_that_changes_its_marks_is_told_and_each_figure_stands_alone() -> None:
    english, german = figure("1,234.56"), figure("1.234,56")
    assert english
    assert german
    reading = understood([english, german], "EUR")
    assert reading.problem == "the decimal mark changes between lines"
    assert reading.money(english) == reading.money(german) == Money(123456, "EUR")


def test_a_figure_that_is_no_amount_is_named() -> None:
    odd, plain = figure("1234.567"), figure("1.00")
    assert odd
    assert plain
    assert understood([odd, plain], "EUR").problem == "1234.567 is no amount in EUR"


@pytest.mark.parametrize(
    ("text", "own", "code"),
    [
        ("€ 1.00", "GBP", "EUR"),
        ("1.00 CHF", "GBP", "CHF"),
        ("$1.00", "GBP", "USD"),
        ("$1.00", "CAD", "CAD"),
        ("NZ$1.00", "CAD", "NZD"),
        ("1,00 kr", "SEK", "SEK"),
        ("1,00 kr.", "GBP", ""),
        ("XX$1.00", "GBP", ""),
        ("1.00", "GBP", ""),
    ],
)
def test_the_currency_beside_a_figure(text: str, own: str, code: str) -> None:
    found = figure(text)
    assert found is not None
    assert found.currency(own) == code


def written(amount: Money, group: str, mark: str) -> str:
    """Write an amount with these marks."""
    places = exponent(amount.currency)
    whole, rest = divmod(abs(amount.minor), 10**places)
    text = f"{whole:,}".replace(",", group)
    return ("-" if amount.minor < 0 else "") + (f"{text}{mark}{rest:0{places}}" if places else text)


@given(
    minor=st.integers(-(10**13), 10**13),
    currency=st.sampled_from(["EUR", "JPY", "GBP"]),
    marks=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", "."), ("", ",")]),
)
def test_what_is_written_is_read_to_the_unit(
    minor: int, currency: str, marks: tuple[str, str]
) -> None:
    amount = Money(minor, currency)
    assert read(written(amount, *marks), currency) == amount


@given(st.text(max_size=50))
def test_no_text_breaks_the_reading(text: str) -> None:
    one = figure(text)
    if one is not None:
        reading = understood([one], "EUR")
        found = reading.money(one)
        assert (found is None) == bool(reading.problem)
