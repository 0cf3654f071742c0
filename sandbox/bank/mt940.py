"""Prints a statement as MT940, SWIFT's customer statement, with named parts in field 86."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.bank.sheet import units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sandbox.bank.sheet import Line, Sheet

# Field 86 has six lines of so many characters.
LINE_CHARS, LINES = 65, 6
_KINDS = {"interest": "NINT", "own": "NTRF", "wire": "NTRF"}
_WORDS = {"fps": "FASTER PAYMENT", "own": "TRANSFER", "interest": "INTEREST", "card": "PAYOUT"}


def printed(sheet: Sheet) -> str:
    """Print a statement; lines end as in the standard."""
    return "\r\n".join([*_fields(sheet), "-", ""])


def _fields(sheet: Sheet) -> Iterator[str]:
    yield f":20:{sheet.closed:%y%m%d}{sheet.number:05}"
    yield f":25:{sheet.account}"
    yield f":28C:{sheet.number:05}/001"
    yield f":60F:{_balance(sheet.opening_minor, sheet.opened, sheet.currency)}"
    for place, line in enumerate(sheet.lines, start=1):
        yield f":61:{_booking(line, f'{sheet.number:04}{place:06}')}"
        yield f":86:{_details(line)}"
    yield f":62F:{_balance(sheet.closing_minor, sheet.closed, sheet.currency)}"


def _balance(minor: int, day: date, currency: str) -> str:
    return f"{'C' if minor >= 0 else 'D'}{day:%y%m%d}{currency}{units(minor, ',')}"


def _booking(line: Line, number: str) -> str:
    # Money that came and is taken back is a reversed credit.
    mark = "C" if line.minor >= 0 else "RC" if line.returned else "D"
    kind = "NRTI" if line.returned else _KINDS.get(line.how, "NTRF")
    day = f"{line.day:%y%m%d}{line.day:%m%d}"
    return f"{day}{mark}{units(line.minor, ',')}{kind}NONREF//{number}"


def _details(line: Line) -> str:
    parts = [f"/TRTP/{_WORDS[line.how]}"] if line.how in _WORDS else []
    parts += [f"/IBAN/{line.account}"] if line.account else []
    parts += [f"/NAME/{line.payer}"] if line.payer else []
    parts += [f"/REMI/USTD//{line.text}"] if line.text else []
    parts += [f"/RTRN/{line.returned}"] if line.returned else []
    whole = "".join(parts)[: LINE_CHARS * LINES]
    cut = range(0, max(len(whole), 1), LINE_CHARS)
    return "\r\n".join(whole[at : at + LINE_CHARS] for at in cut)
