"""Prints a statement as BAI2, with one group of records for each day that had movements."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sandbox.bank.sheet import Line, Sheet

BANK = "071000013"
OPENING, CLOSING = "010", "015"
# What money that came in and money that went out is called.
_CODES = {"ach": "142", "wire": "195", "interest": "354", "own": "577"}
_RETURNED, _MISCELLANEOUS = "555", "399"


def printed(sheet: Sheet) -> str:
    """Print a statement; a sheet without movements is its last day alone."""
    numbered = enumerate(sheet.lines, start=1)
    days = [(day, list(lines)) for day, lines in groupby(numbered, key=lambda one: one[1].day)]
    groups, total, before = [], 0, sheet.opening_minor
    for day, lines in days or [(sheet.closed, [])]:
        after = before + sum(line.minor for _place, line in lines)
        counted, records = _account(sheet, before, after, lines)
        groups.append(_group(sheet, day, counted, records))
        total, before = total + counted, after
    head = f"01,{BANK},CUSTOMER,{sheet.closed:%y%m%d},0600,{sheet.number},,,2/"
    inner = [record for group in groups for record in group]
    # The last record counts the first and itself.
    return "\r\n".join([head, *inner, f"99,{total},{len(groups)},{len(inner) + 2}/", ""])


def _group(sheet: Sheet, day: date, total: int, records: list[str]) -> list[str]:
    head = f"02,CUSTOMER,{BANK},1,{day:%y%m%d},,{sheet.currency},2/"
    return [head, *records, f"98,{total},1,{len(records) + 2}/"]


def _account(
    sheet: Sheet, before: int, after: int, lines: list[tuple[int, Line]]
) -> tuple[int, list[str]]:
    """Give the control total of an account on one day, and its records."""
    total = before + after + sum(abs(line.minor) for _place, line in lines)
    balances = f"{OPENING},{before},,,{CLOSING},{after},,"
    head = f"03,{sheet.account},{sheet.currency},{balances}/"
    details = (_details(f"{sheet.number:04}{place:06}", line) for place, line in lines)
    records = [head, *(record for two in details for record in two)]
    return total, [*records, f"49,{total},{len(records) + 1}/"]


def _details(number: str, line: Line) -> Iterator[str]:
    code = _RETURNED if line.returned else _CODES.get(line.how, _MISCELLANEOUS)
    yield f"16,{code},{abs(line.minor)},Z,{number},,"
    # Where a line does not end in a slash, its text goes on in the next one.
    yield f"88,ORIG CO NAME:{line.payer} RMT:{line.text}" if line.payer else f"88,{line.text}"
