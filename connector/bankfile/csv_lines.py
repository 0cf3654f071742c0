"""CSV files of banks, by a mapping that a person made: rows to lines, each named when it is bad."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.bankfile import amounts, csv_values
from connector.bankfile.csv_balance import in_order
from connector.bankfile.decoding import decode, is_known
from connector.bankfile.mapping import DELIMITERS, CsvMapping
from connector.bankfile.reading import ProblemKind, Reading, RefusedFileError, UnreadError, quoted
from ledger.money import Money
from ledger.statements import BankLine, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from connector.bankfile.reading import Findings

# A field with more lines than this has a quotation mark that is opened and not closed.
_LINES_MAX = 20
COLUMNS_MAX = 500
_NAMES_SHOWN = 20
_FIX = "correct the line, or change the mapping"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line of the file it begins in, and its cells by the names of their columns."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was read: whose account, what line, and the balance behind it if any."""

    row: int
    account: str
    line: BankLine
    balance: Money | None


def read(body: bytes, mapping: CsvMapping, findings: Findings, most: int | None = None) -> Reading:
    """Read a file by its mapping, `most` rows of it when given.

    Raises RefusedFileError when the mapping is not complete, or is not this file's.
    """
    lacks = mapping.lacks()
    if lacks:
        msg = f"The CSV file needs one more choice in its mapping: {lacks}."
        raise RefusedFileError(msg)
    if not csv_values.is_day_format(mapping.day_format) or mapping.delimiter not in DELIMITERS:
        msg = "The mapping's day format needs day, month and year, as DD.MM.YYYY, and its delimiter"
        raise RefusedFileError(msg + " must be a comma, a semicolon, a tab or a bar.")
    if mapping.encoding and not is_known(mapping.encoding):
        msg = f"The mapping's encoding {quoted(mapping.encoding)} is not read: use utf-8 or cp1252."
        raise RefusedFileError(msg)
    accounts: dict[tuple[str, str], list[Entry]] = {}
    for row in itertools.islice(_rows(body, mapping, findings), most):
        try:
            entry = _entry(row, mapping)
        except UnreadError as error:
            findings.tell(ProblemKind.LINE, f"line {row.line}", f"{error}; left out", _FIX)
            continue
        key = (entry.account, entry.line.amount.currency)
        accounts.setdefault(key, []).append(entry)
    if not accounts:
        first = findings.problems[0] if findings.problems else "there is none"
        msg = f"No line of the CSV file could be read ({first}): look at its mapping again."
        raise RefusedFileError(msg)
    return Reading(
        "csv", tuple(_statement(key, found, findings) for key, found in accounts.items())
    )


def _statement(key: tuple[str, str], found: list[Entry], findings: Findings) -> Statement:
    ordered, opening, closing = in_order(
        [(one.row, one.line, one.balance) for one in found], findings
    )
    days = [one.booked for one in ordered]
    return Statement(
        account=key[0],
        currency=key[1],
        lines=ordered,
        opening=opening,
        closing=closing,
        opened=min(days),
        closed=max(days),
    )


def cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row as its first line in the file and its cells; raises RefusedFileError."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    before = 0
    try:
        for row in reader:
            if reader.line_num - before > _LINES_MAX:
                msg = f"A quotation mark opened in line {before + 1} is not closed: correct it."
                raise RefusedFileError(msg)
            if len(row) > COLUMNS_MAX:
                msg = f"Line {before + 1} has {len(row)} columns, more than banks have: correct"
                raise RefusedFileError(msg + " it, or choose another delimiter.")
            # An apostrophe before a cell keeps spreadsheets from taking it for a number.
            yield before + 1, [amounts.tidy(cell).removeprefix("'") for cell in row]
            before = reader.line_num
    except csv.Error as error:
        msg = f"The CSV file cannot be read beyond line {before} ({error}): correct that line."
        raise RefusedFileError(msg) from None


def named(header: list[str]) -> list[str]:
    """Name the columns: the second of a name is "Name (2)", one without a name has its number."""
    found: list[str] = []
    for at, name in enumerate(header, start=1):
        plain = name or str(at)
        same = sum(1 for one in found if one == plain or one.startswith(f"{plain} ("))
        found.append(f"{plain} ({same + 1})" if same else plain)
    return found


def _rows(body: bytes, mapping: CsvMapping, findings: Findings) -> Iterator[Row]:
    text = decode(body, [mapping.encoding] if mapping.encoding else [])
    names: list[str] = []
    for line, row in cells(text, mapping.delimiter):
        if line < mapping.header_line or not any(row):
            continue
        if not names:
            names = named(row if mapping.header_line else [""] * len(row))
            _check_columns(names, mapping)
            if mapping.header_line:
                continue
        if any(row[len(names) :]):
            says = f"{len(row)} columns instead of {len(names)}; left out"
            findings.tell(ProblemKind.LINE, f"line {line}", says, _FIX)
            continue
        yield Row(line, dict(itertools.zip_longest(names, row[: len(names)], fillvalue="")))


def _check_columns(names: list[str], mapping: CsvMapping) -> None:
    missing = [name for name in mapping.columns() if name not in names]
    if missing:
        there = ", ".join(quoted(name) for name in names[:_NAMES_SHOWN])
        msg = f"The file has no column {quoted(missing[0])}; its columns are {there}. If the bank"
        raise RefusedFileError(msg + " changed its export, make the mapping anew.")


def _entry(row: Row, mapping: CsvMapping) -> Entry:
    def cell(name: str) -> str:
        return row.cells[name] if name else ""

    currency = amounts.currency(cell(mapping.currency_column) or mapping.currency)
    valued, balance = cell(mapping.value_day), cell(mapping.balance)
    marks = (mapping.decimal_mark, mapping.thousands_mark)
    line = BankLine(
        booked=csv_values.day(cell(mapping.day), mapping.day_format, mapping.day),
        amount=_amount(row, mapping, currency),
        text=" ".join(dict.fromkeys(filter(None, (cell(name) for name in mapping.text)))),
        value_day=_value_day(valued, mapping),
        bank_id=cell(mapping.bank_id),
        reference=amounts.told(cell(mapping.reference)),
        end_to_end_id=amounts.told(cell(mapping.end_to_end_id)),
        structured_reference=amounts.told(cell(mapping.structured_reference)),
        payer_name=cell(mapping.payer_name),
        payer_account=cell(mapping.payer_account).replace(" ", ""),
    )
    return Entry(
        row=row.line,
        account=(cell(mapping.account_column) or mapping.account).replace(" ", ""),
        line=line,
        balance=csv_values.amount(balance, marks, currency, mapping.balance) if balance else None,
    )


def _value_day(text: str, mapping: CsvMapping) -> date | None:
    return csv_values.day(text, mapping.day_format, mapping.value_day) if text else None


def _amount(row: Row, mapping: CsvMapping, currency: str) -> Money:
    marks = (mapping.decimal_mark, mapping.thousands_mark)
    if mapping.amount:
        money = csv_values.amount(row.cells[mapping.amount], marks, currency, mapping.amount)
        went = mapping.direction and row.cells[mapping.direction].upper() in mapping.out_words
        return -abs(money) if went else money
    sides = {
        name: csv_values.amount(row.cells[name], marks, currency, name)
        for name in (mapping.money_in, mapping.money_out)
        if name and row.cells[name]
    }
    filled = [name for name, money in sides.items() if money]
    if len(filled) > 1 or not sides:
        which = "both" if filled else "none"
        msg = f"of {quoted(mapping.money_in)} and {quoted(mapping.money_out)} {which} has an amount"
        raise UnreadError(msg)
    name = (*filled, *sides)[0]
    # Some banks write money that went with a minus of its own.
    return -abs(sides[name]) if name == mapping.money_out else sides[name]
