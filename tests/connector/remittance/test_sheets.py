from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from connector.remittance import sheets
from connector.remittance.advice import Given, UnreadableError
from connector.remittance.parse import parse
from ledger.money import Money
from tests.connector.remittance.test_lists import GIVEN, paid


def workbook(*tables: list[list[object]], forms: dict[str, str] | None = None) -> bytes:
    """Write a workbook with a sheet for each table; `forms` are number formats by cell."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet()
        for row in table:
            sheet.append(row)
        for cell, form in (forms or {}).items():
            sheet[cell].number_format = form
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


TABLE: list[list[object]] = [
    ["Marlow Retail Ltd", None, None, None],
    ["Payment date", datetime(2026, 9, 12), None, None],  # noqa: DTZ001 - a sheet has no zones
    [None, None, None, None],
    ["Invoice", "Date", "Discount", "Paid"],
    [10001, date(2026, 8, 1), 20, 980],
    ["INV-77", date(2026, 8, 2), None, 0.1 + 0.2],
    [815, None, None, -100.25],
    ["Total", time(9, 30), True, 880.05],
]


def test_a_sheet_is_read_by_its_headings_and_its_numbers_are_exact() -> None:
    (found,) = parse("x.xlsx", workbook(TABLE, forms={"A7": "000000"}), GIVEN)
    assert paid(found) == {"10001": "980.00", "INV-77": "0.30", "000815": "-100.25"}
    assert found.lines[0].discount == Money(2000, "EUR")
    assert (found.total, found.paid_on) == (Money(88005, "EUR"), date(2026, 9, 12))
    assert found.problem == ""


def test_each_sheet_with_a_list_is_an_advice() -> None:
    one: list[list[object]] = [["Invoice", "Paid"], ["INV-1", 1]]
    other: list[list[object]] = [["Invoice", "Paid"], ["INV-2", 2]]
    found = parse("", workbook([["Hello"]], one, other), GIVEN)
    assert [paid(advice) for advice in found] == [{"INV-1": "1.00"}, {"INV-2": "2.00"}]


def test_a_sheet_without_headings_is_read_by_its_shape() -> None:
    table: list[list[object]] = [["INV-1001", 120.5], ["INV-1002", 79.5], ["Total", 200.0]]
    (found,) = parse("", workbook(table), GIVEN)
    assert paid(found) == {"INV-1001": "120.50", "INV-1002": "79.50"}


def test_a_formula_nobody_has_computed_is_no_amount() -> None:
    (found,) = parse("", workbook([["Invoice", "Paid"], ["INV-1", "=1+1"]]), GIVEN)
    assert found.problem == "INV-1 stands without an amount"


def zip_of(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"PK\x03\x04 and no more", "damaged, or no workbook"),
        (zip_of("a.txt", b"hello"), "damaged, or no workbook"),
        (workbook([["Hello"]]), "no line names a document and an amount"),
        (workbook([]), "no line names a document"),
        (workbook([["a"]] * 40_001), "more than 40000 rows"),
    ],
)
def test_a_workbook_that_holds_no_list_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        parse("x.xlsx", body, GIVEN)


def test_a_workbook_that_unpacks_to_too_much_is_refused_packed() -> None:
    with pytest.raises(UnreadableError, match="unpacks to more"):
        parse("", zip_of("a", b" " * (sheets.UNPACKED_BYTES_MAX + 1)), GIVEN)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        (
            "Facture;Date;Montant réglé\nFA-01;12/09/26;1 234,56\nFA-02;;-100,00\nTotal;;1 134,56",
            {"FA-01": "1234.56", "FA-02": "-100.00"},
        ),
        (
            'Invoice,Type,Amount Paid\n10001,Invoice,"1,234.50"\n10002,Credit note,34.50\n,,1200',
            {"10001": "1234.50", "10002": "-34.50"},
        ),
        ("Invoice\tGross\tDiscount\tNet\nA-1\t100\t2\t98\n", {"A-1": "98.00"}),
        ('"Invoice"|"Paid"\n"=""00123"""|"5"\n\'00124|6\n', {"00123": "5.00", "00124": "6.00"}),
        ("Advice of payment\n\nInvoice, Amount\nINV-1, 5\n12.09.2026,\nSum, 5", {"INV-1": "5.00"}),
    ],
)
def test_csv_in_any_dialect_is_read_by_its_headings(text: str, amounts: dict[str, str]) -> None:
    (found,) = parse("", text.encode(), GIVEN)
    assert paid(found) == amounts
    assert found.problem == ""


def test_csv_without_headings_is_csv_by_its_name() -> None:
    (found,) = parse("a.CSV", b"INV-1001,100.00\nINV-1002,200.00\nTotal,300.00\n", GIVEN)
    assert paid(found) == {"INV-1001": "100.00", "INV-1002": "200.00"}
    with pytest.raises(UnreadableError):
        parse("a.csv", b"\n", GIVEN)


def test_a_currency_column_is_each_lines_own() -> None:
    (found,) = parse("", b"Invoice;Ccy;Paid\nA-1;usd;5.00\nA-2;GBP;6.00\n", GIVEN)
    assert "it is in several currencies: GBP, USD" in found.problem


def test_a_csv_that_goes_wrong_counts_as_far_as_it_came() -> None:
    long = b"x" * 140_000
    (found,) = parse("", b"Invoice;Paid\nA-1;5.00\n" + long + b";6.00\n", GIVEN)
    assert paid(found) == {"A-1": "5.00"}


def test_a_csv_of_too_many_lines_is_refused() -> None:
    with pytest.raises(UnreadableError, match="more than 40000 lines"):
        parse("", b"Invoice;Paid\n" + b"A-1;5.00\n" * 40_001, Given(date(2026, 9, 14), "EUR"))
