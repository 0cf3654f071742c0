"""CSV: a mapping proposed, confirmed, used; and every row it does not fit named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connector.bankfile import CsvMapping, Limits, preview, read
from connector.bankfile.csv_words import WORDS, plain
from connector.bankfile.parse import parse
from connector.bankfile.reading import ProblemKind, Reading
from ledger.money import Money

UK = (
    "Date,Description,Paid in,Paid out,Balance,Reference\n"
    '13/03/2026,"HALLAM LTD, INV-7",118.00,,"1,118.00",R1\n'
    '12/03/2026,RENT,,"1,000.00",1000.00,\n'
    "11/03/2026,OPENING SALE,1000.00,0.00,2000.00,R0\n"
)
UK_MAPPING = CsvMapping(
    day_format="DD/MM/YYYY",
    day="Date",
    money_in="Paid in",
    money_out="Paid out",
    thousands_mark=",",
    balance="Balance",
    text=("Description",),
    reference="Reference",
    currency="GBP",
)
GERMAN = (
    "Kontoauszug;;;;;\n"
    "Konto:;DE02 1203 0000 0000 2020 51;;;;\n"
    ";;;;;\n"
    "Buchungstag;Valutadatum;Auftraggeber;Kontonummer/IBAN;Verwendungszweck;Betrag (EUR)\n"
    "13.03.2026;14.03.2026;Müller & Söhne;DE75512108001245126199;INV-7;1.118,00\n"
    "12.03.2026;12.03.2026;Vermieter;;Miete;-1.000,00\n"
)


def problems(reading: Reading) -> list[tuple[ProblemKind, str]]:
    return [(one.kind, str(one)) for one in reading.problems]


def proposal(text: str, page: str = "utf-8") -> CsvMapping:
    reading = parse(text.encode(page))
    assert "Nobody has said yet" in reading.refused
    assert reading.proposal is not None
    return reading.proposal


def test_a_mapping_is_proposed_from_the_head_and_fits() -> None:
    found = proposal(UK)
    assert replace(found, currency="GBP") == UK_MAPPING
    assert found.lacks() == "the currency"


def test_account_and_currency_are_proposed_from_what_stands_above_and_in_the_headers() -> None:
    found = proposal(GERMAN, "cp1252")
    assert found == CsvMapping(
        delimiter=";",
        header_line=4,
        decimal_mark=",",
        thousands_mark=".",
        day_format="DD.MM.YYYY",
        day="Buchungstag",
        value_day="Valutadatum",
        amount="Betrag (EUR)",
        payer_name="Auftraggeber",
        payer_account="Kontonummer/IBAN",
        text=("Verwendungszweck",),
        account="DE02120300000000202051",
        currency="EUR",
    )
    reading = parse(GERMAN.encode("cp1252"), found)
    assert reading.problems == ()
    (one,) = reading.statements
    assert (one.account, one.currency) == ("DE02120300000000202051", "EUR")
    rent, sale = one.lines
    assert (rent.booked, rent.amount) == (date(2026, 3, 12), Money(-100000, "EUR"))
    assert (sale.amount, sale.value_day) == (Money(111800, "EUR"), date(2026, 3, 14))
    assert (sale.payer_name, sale.payer_account) == ("Müller & Söhne", "DE75512108001245126199")
    assert sale.text == "INV-7"


def test_a_file_newest_first_is_turned_and_its_balances_are_checked() -> None:
    reading = parse(UK.encode(), UK_MAPPING)
    assert reading.problems == ()
    (one,) = reading.statements
    assert [line.amount.minor for line in one.lines] == [100000, -100000, 11800]
    assert (one.opening, one.closing) == (Money(100000, "GBP"), Money(111800, "GBP"))
    assert (one.opened, one.closed) == (date(2026, 3, 11), date(2026, 3, 13))
    assert one.lines[-1].text == "HALLAM LTD, INV-7"


def test_a_balance_that_jumps_is_told_by_its_line() -> None:
    reading = parse(UK.replace('"1,118.00"', '"1,128.00"').encode(), UK_MAPPING)
    jump = "the balance jumps by 10.00 GBP more than the line's amount"
    assert problems(reading) == [
        (ProblemKind.GAP, f"line 2: {jump}; ask the bank for what is missing")
    ]
    assert reading.statements[0].opening is None


def test_rows_of_one_day_keep_the_order_that_their_balances_tell() -> None:
    same = UK.replace("13/03", "11/03").replace("12/03", "11/03")
    assert [one.amount.minor for one in parse(same.encode(), UK_MAPPING).statements[0].lines] == [
        100000,
        -100000,
        11800,
    ]


def test_a_reading_by_mapping_comes_through_the_limited_process() -> None:
    assert read(UK.encode(), UK_MAPPING) == parse(UK.encode(), UK_MAPPING)
    assert read(GERMAN.encode()) == parse(GERMAN.encode())


def test_days_that_may_be_read_two_ways_are_left_open() -> None:
    text = UK.replace("13/03", "03/04").replace("12/03", "02/04").replace("11/03", "01/04")
    found = proposal(text)
    assert found.day_format == ""
    assert "how days are written" in replace(found, currency="GBP").lacks()
    assert "how days are written" in parse(text.encode(), found).refused


def test_amounts_that_may_be_read_two_ways_are_left_open() -> None:
    text = "Date,Text,Amount\n2026-03-10,a,1.234\n2026-03-11,b,2.345\n"
    found = proposal(text)
    assert (found.decimal_mark, found.thousands_mark) == ("", "")
    assert "before the decimals" in replace(found, currency="EUR").lacks()
    assert proposal(text.replace("1.234", "1.234,5")).decimal_mark in {"", ","}
    assert proposal(text.replace("1.234", "1234.5").replace("2.345", "7")).decimal_mark == "."


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_the_delimiter_is_found(delimiter: str, name: str) -> None:
    text = "Date,Name,Amount\n2026-03-10,Hallam,118.00\n".replace(",", delimiter)
    assert proposal(text).delimiter == delimiter, name


def test_a_column_for_the_direction_and_one_for_the_currency_are_used() -> None:
    text = (
        '"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Af Bij","Bedrag","Valuta"\n'
        '"20260310","Van Dijk","NL91 ABNA","NL20","Bij","118,00","EUR"\n'
        '"20260310","Huur","NL91 ABNA","NL30","Af","1.000,00","EUR"\n'
        '"20260310","Abroad","NL91 ABNA","NL40","Bij","5,00","USD"\n'
    )
    found = proposal(text)
    assert found.lacks() == ""
    assert (found.direction, found.currency_column, found.day_format) == (
        "Af Bij",
        "Valuta",
        "YYYYMMDD",
    )
    euros, dollars = parse(text.encode(), found).statements
    assert (euros.account, euros.currency) == ("NL91ABNA", "EUR")
    assert [one.amount.minor for one in euros.lines] == [11800, -100000]
    assert [one.amount for one in dollars.lines] == [Money(500, "USD")]
    assert euros.lines[0].payer_account == "NL20"


def test_a_file_without_headers_has_columns_by_their_numbers() -> None:
    text = "2026-03-10;118,00;Hallam INV-7\n2026-03-11;5,00;Other\n"
    mapping = CsvMapping(
        delimiter=";",
        header_line=0,
        decimal_mark=",",
        day="1",
        amount="2",
        text=("3",),
        currency="EUR",
    )
    reading = parse(text.encode(), mapping)
    assert [one.text for one in reading.statements[0].lines] == ["Hallam INV-7", "Other"]
    found = proposal(text)
    assert (found.header_line, found.day, found.amount, found.text) == (0, "1", "2", ("3",))
    assert parse(text.encode(), replace(found, currency="EUR")).statements == reading.statements


def test_numbers_without_headers_are_left_to_a_person() -> None:
    found = proposal("2026-03-10;118,00;200,00;Hallam INV-7\n2026-03-11;5,00;205,00;Other\n")
    assert (found.day, found.amount, found.text) == ("1", "", ("4",))
    assert proposal("a;b;c\nd;e;f\n").header_line == 1


def test_a_column_of_accounts_that_differ_is_the_payers() -> None:
    head = "Date;Text;IBAN;Amount\n2026-03-10;a;DE01;1,50\n2026-03-11;b;"
    assert proposal(f"{head}DE02;2,00\n").payer_account == "IBAN"
    assert proposal(f"{head}DE01;2,00\n").account_column == "IBAN"
    own = f"Account;DE02 1203 0000 0000 2020 51\n{head}DE01;2,00\n"
    assert (proposal(own).account, proposal(own).payer_account) == (
        "DE02120300000000202051",
        "IBAN",
    )
    beside = head.replace("IBAN", "Account;Counterparty IBAN").replace(";DE01", ";DE01;DE77")
    assert proposal(f"{beside}DE02;DE78;2,00\n").payer_account == "Counterparty IBAN"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Gutschrift in CHF", "money_in"),
        ("Betrag (€)", "amount"),
        ("*Amount", "amount"),
        ("Running Bal.", "balance"),
        ("BIC tegenpartij", ""),
        ("OCR", "structured_reference"),
        ("Paid_in", "money_in"),
        ("Paid in GBP", "money_in"),
    ],
)
def test_headers_are_known_whatever_stands_around_them(header: str, field: str) -> None:
    known = [name for name, words in WORDS.items() if plain(header) in words]
    assert known == ([field] if field else [])


def test_words_for_no_reference_and_marks_of_spreadsheets_are_left_out() -> None:
    text = "Date,Text,Amount,End-to-end ID\n2026-03-10,'INV-7,1.00,NOTPROVIDED\n"
    (one,) = parse(text.encode(), replace(proposal(text), currency="EUR")).statements
    assert (one.lines[0].text, one.lines[0].end_to_end_id) == ("INV-7", "")


def test_columns_of_one_name_are_told_apart() -> None:
    text = "Date,Name,Name,,Amount\n2026-03-10,Payer,Payee,x,1.00\n"
    mapping = CsvMapping(
        day="Date", amount="Amount", text=("Name", "Name (2)", "4"), currency="EUR"
    )
    assert parse(text.encode(), mapping).statements[0].lines[0].text == "Payer Payee x"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("10-03-2026,X,1.00,,,", "Date '10-03-2026' is no day as DD/MM/YYYY"),
        ("10/03/2026,X,one,,,", "Paid in 'one' is no amount"),
        ("10/03/2026,X,,,,", "of 'Paid in' and 'Paid out' none has an amount"),
        ("10/03/2026,X,1.00,2.00,,", "of 'Paid in' and 'Paid out' both has an amount"),
        ("10/03/2026,X,1.00,,x,", "Balance 'x' is no amount"),
        ("10/03/2026,X,1.00,,,R,more", "7 columns instead of 6"),
        ("Total,,,,,", "Date 'Total' is no day"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_read(row: str, words: str) -> None:
    rows = UK.splitlines()
    text = "\n".join([rows[0], row, *rows[1:]])
    reading = parse(text.encode(), UK_MAPPING)
    assert len(reading.statements[0].lines) == 3
    (problem,) = reading.problems
    assert (problem.kind, problem.where) == (ProblemKind.LINE, "line 2")
    assert words in problem.says


@pytest.mark.parametrize(
    ("row", "minor"),
    [
        ("10/03/2026,X,,12.00,,", -1200),
        ("10/03/2026,X,,-12.00,,", -1200),
        ("10/03/2026,X,-12.00,,,", -1200),
        ("10/03/2026,X,0.00,12.00,,", -1200),
        ("10/03/2026,X,0.00,,,", 0),
        ("10/03/2026,X,12.00,0.00", 1200),
        ("\n10/03/2026,X,12.00", 1200),
    ],
)
def test_money_in_and_out_stand_in_columns_of_their_own(row: str, minor: int) -> None:
    text = f"{UK.splitlines()[0]}\n{row}\n"
    assert parse(text.encode(), UK_MAPPING).statements[0].lines[0].amount.minor == minor


def test_a_mapping_of_another_file_is_refused_with_the_columns_there_are() -> None:
    reading = parse(UK.replace("Paid in", "Money in").encode(), UK_MAPPING)
    assert "no column 'Paid in'" in reading.refused
    assert "'Money in'" in reading.refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": ""}, "which column holds the day"),
        ({"money_in": "", "money_out": ""}, "which column holds the amount"),
        ({"currency": ""}, "the currency"),
        ({"day_format": "DD/MM"}, "needs day, month and year"),
        ({"delimiter": "x"}, "must be a comma"),
        ({"currency": "ZZZ"}, "'ZZZ' is no currency code"),
        ({"header_line": 99}, "there is none"),
        ({"encoding": "rot13"}, "encoding 'rot13' is not read"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(change: dict[str, Any], words: str) -> None:
    assert words in parse(UK.encode(), replace(UK_MAPPING, **change)).refused


def test_a_quotation_mark_that_is_not_closed_is_told_by_its_line() -> None:
    text = UK.replace("OPENING", '"OPENING') + "x\n" * 30
    assert "A quotation mark opened in line 4" in parse(text.encode(), UK_MAPPING).refused
    long = UK.splitlines()[0] + '\n"' + "x" * 200_000
    assert "beyond line 1" in parse(long.encode(), UK_MAPPING).refused


@pytest.mark.parametrize("cell", ["1" * 100_000 + "!", "(" * 100_000, "2026-03-10" * 10_000])
def test_endless_cells_are_read_within_the_limits(cell: str) -> None:
    few = Limits(processor_seconds=5)
    text = f"{UK.splitlines()[0]}\n{cell},a,1.00,,,\n10/03/2026,a,{cell},,,\n"
    assert "No line of the CSV file could be read" in read(text.encode(), UK_MAPPING, few).refused
    assert "Nobody has said" in read(f"{cell},b,c\n1,2,3\n".encode(), None, few).refused


def test_more_columns_than_any_bank_has_are_refused() -> None:
    wide = ",".join("a" * 501)
    assert "Line 1 has 501 columns" in preview(f"{wide}\n".encode(), UK_MAPPING).refused
    assert "no table either" in parse(f"{wide}\n{wide}\n".encode()).refused


def test_a_preview_shows_the_first_rows_and_what_is_wrong_with_them() -> None:
    rows = "".join(f"{day:02}/03/2026,SALE,1.00,,,\n" for day in range(1, 29)) * 500
    text = UK.splitlines()[0] + "\nbad,,,,,\n" + rows
    shown = preview(text.encode(), UK_MAPPING)
    assert len(shown.statements[0].lines) == 19
    assert [one.where for one in shown.problems] == ["line 2"]
    assert "no column" in preview(b"a,b,c\n1,2,3\n", UK_MAPPING).refused


def test_the_head_of_a_large_file_is_enough_for_a_proposal() -> None:
    text = UK + "10/03/2026,SALE,1.00,,,\n" * 20_000
    assert proposal(text).day == "Date"


def test_a_head_that_ends_within_a_quotation_is_no_hindrance() -> None:
    assert proposal(UK + '"' + "x\n" * 30).day == "Date"


@pytest.mark.parametrize("text", ["hello", "a,b\nc,d\n", "one line, of words, only"])
def test_what_is_no_table_is_refused(text: str) -> None:
    reading = parse(text.encode())
    assert "no table either" in reading.refused
    assert reading.proposal is None


def test_a_mapping_survives_json_and_ignores_what_it_does_not_know() -> None:
    raw = {"text": ["a", "b"], "day": "d", "from another version": 1}
    assert CsvMapping.of(raw) == CsvMapping(text=("a", "b"), day="d")


@pytest.mark.parametrize("page", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_of_exports_is_read(page: str) -> None:
    found = proposal(GERMAN, page)
    (one,) = parse(GERMAN.encode(page), found).statements
    assert one.lines[-1].payer_name == "Müller & Söhne"
    named = parse(GERMAN.encode("cp1250"), replace(found, encoding="cp1250"))
    assert named.statements == (one,)
