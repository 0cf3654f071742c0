"""A first mapping for a CSV file nobody has mapped yet, for a person to look at and confirm.

Where the head of the file leaves something open, as 03/04/2026 leaves day and month, it stays open
in the proposal: a person chooses.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.bankfile import csv_values
from connector.bankfile.csv_lines import cells, named
from connector.bankfile.csv_words import WORDS, currencies, plain
from connector.bankfile.decoding import decode
from connector.bankfile.mapping import DECIMAL_MARKS, DELIMITERS, THOUSANDS_MARKS, CsvMapping
from connector.bankfile.reading import RefusedFileError, UnreadError

if TYPE_CHECKING:
    from collections.abc import Sequence

# As much of a file as is looked at.
HEAD_BYTES = 256 * 1024
_ROWS = 200
_HEADER_MAX = 40
_COLUMNS_LEAST = 3
# A header and one row.
_ROWS_LEAST = 2
_DAY_FORMATS = (
    *("YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "DD.MM.YYYY", "D.M.YYYY", "DD.MM.YY"),
    *("DD/MM/YYYY", "D/M/YYYY", "MM/DD/YYYY", "M/D/YYYY", "DD/MM/YY", "MM/DD/YY", "DD-MM-YYYY"),
    *("MM-DD-YYYY", "DD-MM-YY", "D MMM YYYY", "D-MMM-YYYY", "D MMM YY", "D-MMM-YY", "DDMMYYYY"),
)
_PAIRS = [
    (decimal, thousands)
    for decimal in DECIMAL_MARKS
    for thousands in THOUSANDS_MARKS
    if decimal != thousands
]
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")

Row = tuple[int, list[str]]


def propose(body: bytes) -> CsvMapping:
    """Propose a mapping from the head of a file; raises RefusedFileError when it is no table."""
    text = decode(body[:HEAD_BYTES])
    delimiter, rows = _table(text)
    at = _header_at(rows)
    line, header = (0, [""] * len(rows[0][1])) if at < 0 else rows[at]
    names = named(header)
    body_rows = [row for _, row in rows[at + 1 :] if len(row) > 1]
    columns = {
        name: [row[spot] for row in body_rows if spot < len(row)] for spot, name in enumerate(names)
    }
    account, currency = _owner(rows[: max(at, 0)], header)
    chosen = _by_content(columns) if at < 0 else _columns(columns)
    mapping = _whose(CsvMapping(delimiter=delimiter, header_line=line, **chosen), columns, account)
    decimal_mark, thousands_mark = _marks(columns, mapping)
    return replace(
        mapping,
        day_format=_day_format(columns.get(mapping.day, [])),
        decimal_mark=decimal_mark,
        thousands_mark=thousands_mark,
        account="" if mapping.account_column else account,
        currency="" if mapping.currency_column else currency,
    )


def _table(text: str) -> tuple[str, list[Row]]:
    """Give the delimiter that makes the most even table, and its first rows."""
    best: tuple[tuple[int, int], str, list[Row]] = ((0, 0), "", [])
    for delimiter in DELIMITERS:
        rows = _head(text, delimiter)
        widths = [len(row) for _, row in rows if len(row) >= _COLUMNS_LEAST]
        # How many rows agree on a number of columns; of equals the wider table.
        agreeing = max(((widths.count(width), width) for width in set(widths)), default=(0, 0))
        if agreeing > best[0]:
            best = (agreeing, delimiter, rows)
    if best[0][0] < _ROWS_LEAST:
        msg = "The file is no bank file of a known kind and no table either: download it as CAMT,"
        raise RefusedFileError(msg + " MT940, BAI2, OFX, or CSV with a header and columns.")
    return best[1], best[2]


def _head(text: str, delimiter: str) -> list[Row]:
    found: list[Row] = []
    try:
        for line, row in cells(text, delimiter):
            if any(row):
                found.append((line, row))
            if len(found) == _ROWS:
                break
    except RefusedFileError:
        # The last row of the head may be cut off anywhere.
        pass
    return found


def _header_at(rows: Sequence[Row]) -> int:
    """Give the row with the most headers that banks use, or -1 when there are none at all."""
    known = {word for words in WORDS.values() for word in words}
    scores = [sum(plain(cell) in known for cell in row) for _, row in rows[:_HEADER_MAX]]
    best = max(scores)
    if best:
        return scores.index(best)
    first = rows[0][1]
    if any(_days([cell]) for cell in first):
        return -1
    return next((at for at, (_, row) in enumerate(rows) if len(row) >= _COLUMNS_LEAST), 0)


def _by_content(columns: dict[str, list[str]]) -> dict[str, Any]:
    """Choose columns that have no names by what is in them: a day, an amount, and words."""
    filled = {name: [one for one in values if one] for name, values in columns.items()}
    days = [name for name, values in filled.items() if values and _days(values)]
    sums = [
        name
        for name, values in filled.items()
        if name not in days and any(_readable(values, pair) for pair in _PAIRS)
    ]
    words = [name for name in filled if name not in {*days, *sums}]
    # With several columns of numbers nobody can know which one is the amount.
    return {
        "day": next(iter(days), ""),
        "amount": sums[0] if len(sums) == 1 else "",
        "text": tuple(words),
    }


def _whose(mapping: CsvMapping, columns: dict[str, list[str]], own: str) -> CsvMapping:
    """Tell a column of the own account from one of the payers': the own one is always the same."""
    name = mapping.account_column
    found = {one.replace(" ", "") for one in columns.get(name, []) if one}
    if not name or (len(found) == 1 and (not own or found == {own})):
        return mapping
    payer = mapping.payer_account or name
    return replace(mapping, account_column="", payer_account=payer)


def _columns(columns: dict[str, list[str]]) -> dict[str, Any]:
    """Choose a column for each field, the most telling word first, each column once."""
    left = {name: plain(name.partition(" (")[0]) for name in columns}
    found: dict[str, Any] = {"text": ()}
    for field, words in WORDS.items():
        names = [name for word in words for name in left if left[name] == word]
        names = [name for name in names if _fits(field, columns[name])]
        taken = names if field == "text" else names[:1]
        for name in taken:
            del left[name]
        if field == "text":
            found["text"] = tuple(taken)
        elif taken:
            found[field] = taken[0]
    if found.get("money_in") and found.get("money_out"):
        # One column for both directions beside one for each would count money twice.
        found.pop("amount", None)
    elif found.get("amount"):
        found = {name: one for name, one in found.items() if name not in {"money_in", "money_out"}}
    return found


def _fits(field: str, values: Sequence[str]) -> bool:
    filled = [one for one in values if one]
    if field == "currency_column":
        return all(re.fullmatch(r"[A-Z]{3}", one) for one in filled)
    if field in {"day", "value_day"}:
        return all(any(sign.isdigit() for sign in one) for one in filled)
    if field in {"amount", "money_in", "money_out", "balance"}:
        return all(any(sign.isdigit() for sign in one) for one in filled)
    return True


def _day_format(values: Sequence[str]) -> str:
    """Give the one format that fits all the days, or "" when several do or none."""
    filled = [one for one in values if one]
    fitting = _days(filled)
    readings = {tuple(csv_values.day(one, shape, "day") for one in filled) for shape in fitting}
    return fitting[0] if len(readings) == 1 else ""


def _days(values: Sequence[str]) -> list[str]:
    """Give the formats that fit all of some days."""
    return [shape for shape in _DAY_FORMATS if values and _all_days(values, shape)]


def _all_days(values: Sequence[str], shape: str) -> bool:
    try:
        for one in values:
            csv_values.day(one, shape, "day")
    except UnreadError:
        return False
    return True


def _marks(columns: dict[str, list[str]], mapping: CsvMapping) -> tuple[str, str]:
    """Give decimal and thousands mark; "" for the decimal mark when the head leaves it open."""
    names = (mapping.amount, mapping.money_in, mapping.money_out, mapping.balance)
    values = [one for name in names if name for one in columns[name] if one]
    fitting = [pair for pair in _PAIRS if _readable(values, pair)]
    readings = {_read(values, pair) for pair in fitting}
    if len(readings) != 1:
        return "", ""
    # Where none has thousands, the usual mark for them is allowed.
    return fitting[0]


def _readable(values: Sequence[str], pair: tuple[str, str]) -> bool:
    try:
        _read(values, pair)
    except UnreadError:
        return False
    return bool(values)


def _read(values: Sequence[str], marks: tuple[str, str]) -> tuple[int, ...]:
    return tuple(
        csv_values.amount(one, marks, _open_currency(one), "amount").minor for one in values
    )


def _open_currency(value: str) -> str:
    # Three decimals are allowed, so that 1.234 stays open between a thousand and a fraction.
    return next(iter(currencies(value)), "KWD")


def _owner(above: Sequence[Row], header: Sequence[str]) -> tuple[str, str]:
    """Give account and currency from what stands above the table, or beside its headers."""
    said = [cell for _, row in above for cell in row]
    iban = next((found[0] for cell in said if (found := _IBAN.search(cell))), "")
    codes = [code for cell in (*header, *said) for code in currencies(cell)]
    return iban.replace(" ", ""), next(iter(codes), "")
