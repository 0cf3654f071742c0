"""Lists in files of cells: CSV in whatever dialect, and XLSX workbooks."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook

from connector.remittance import listing, table
from connector.remittance.advice import LINES_MAX, UnreadableError
from connector.remittance.figures import figure
from connector.remittance.rows import LINE_CHARS_MAX, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connector.remittance.advice import Given
    from connector.remittance.figures import Cell
    from ledger.remittances import Remittance

COLUMNS_MAX = 64
SHEETS_MAX = 20
# What a workbook may unpack to; a list of twenty thousand lines is a tenth of it.
UNPACKED_BYTES_MAX = 100 * 1024 * 1024
_SEPARATORS = ";\t|,"
# Letters and addresses may stand above the headings.
_HEAD_ROWS = 100


def csv_rows(text: str, name: str) -> list[Row] | None:
    """Split a text file into cells; None when it is no CSV: nothing in it looks like headings."""
    splits = [list(_split(text, mark)) for mark in _SEPARATORS]
    headed = [rows for rows in splits if _is_headed(rows)]
    if headed:
        return max(headed, key=_width)
    even = [rows for rows in splits if _width(rows) > 1]
    return max(even, key=_width) if even and name.lower().endswith((".csv", ".tsv")) else None


def _is_headed(rows: Sequence[Row]) -> bool:
    """Say whether headings stand there, and below them something under the one of what is paid."""
    for at, row in enumerate(rows[:_HEAD_ROWS]):
        header = table.header_of(row)
        if header:
            below = (one.cells[header.paid : header.paid + 1] for one in rows[at + 1 :])
            return any(cells and figure(cells[0]) for cells in below)
    return False


def _split(text: str, mark: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                bare = (cell.strip()[:LINE_CHARS_MAX] for cell in cells[:COLUMNS_MAX])
                yield Row(reader.line_num, tuple(bare))
            if reader.line_num > LINES_MAX * 2:
                msg = f"it has more than {LINES_MAX * 2} lines"
                raise UnreadableError(msg)
    except csv.Error:
        # A field beyond all measure, or a quote that is never closed: what came so far counts.
        return


def _width(rows: Sequence[Row]) -> int:
    """Give how many cells the middle row has, by count."""
    widths = sorted(len(row.cells) for row in rows)
    return widths[len(widths) // 2] if widths else 0


def read_xlsx(body: bytes, given: Given) -> tuple[Remittance, ...]:
    """Read each sheet that holds a list; raises UnreadableError when none does."""
    found, problems = [], []
    for rows in _sheets(body):
        try:
            found.append(listing.read(rows, given, grid=True))
        except UnreadableError as error:
            problems.append(str(error))
    if not found:
        raise UnreadableError(problems[0] if problems else "the workbook is empty")
    return tuple(found)


def _sheets(body: bytes) -> list[list[Row]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        unpacked = -1
    if unpacked > UNPACKED_BYTES_MAX:
        msg = "the workbook unpacks to more than any list of payments"
        raise UnreadableError(msg)
    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that are nothing to us.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
            return [list(_rows(sheet)) for sheet in book.worksheets[:SHEETS_MAX]]
    except UnreadableError:
        raise
    except Exception as error:
        msg = "the workbook is damaged, or no workbook: save it again as .xlsx"
        raise UnreadableError(msg) from error


def _rows(sheet: Any) -> Iterator[Row]:  # noqa: ANN401 - openpyxl tells no types
    # What a sheet says of its own size may be wrong.
    sheet.reset_dimensions()
    rows: Iterable[Sequence[Any]] = sheet.iter_rows(max_col=COLUMNS_MAX)
    for at, cells in enumerate(rows, start=1):
        if at > LINES_MAX * 2:
            msg = f"it has more than {LINES_MAX * 2} rows"
            raise UnreadableError(msg)
        values = tuple(_cell(cell.value, str(cell.number_format or "")) for cell in cells)
        if any(values):
            yield Row(at, values)


def _cell(value: object, form: str) -> Cell:
    """Give a cell's text, or its number as the sheet shows it: fifteen digits, as Excel keeps."""
    if value is None or isinstance(value, time):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return Decimal(format(value, ".15g"))
    if isinstance(value, int) and form and not form.strip("0"):
        # A number shown with its zeros is a document's.
        return str(value).zfill(len(form))
    # A whole number may be an amount or a document's: the column tells.
    return str(value).strip()[:LINE_CHARS_MAX]
