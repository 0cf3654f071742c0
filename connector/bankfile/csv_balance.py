"""Rows with the balance behind each: in which order they stand, and where the balance jumps."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from connector.bankfile.reading import ProblemKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.bankfile.reading import Findings
    from ledger.money import Money
    from ledger.statements import BankLine

# A row's line in the file, what it says, and the balance behind it.
Entry = tuple[int, "BankLine", "Money | None"]


def in_order(
    entries: Sequence[Entry], findings: Findings
) -> tuple[tuple[BankLine, ...], Money | None, Money | None]:
    """Give the lines oldest first, with the opening and the closing balance where rows tell them.

    Where the balance jumps it is told, and no opening balance is given.
    """
    rows = list(entries)
    backwards = rows[::-1]
    newest_first = rows[0][1].booked > rows[-1][1].booked
    if len(_jumps(backwards)) < len(_jumps(rows)) or (
        newest_first and len(_jumps(backwards)) == len(_jumps(rows))
    ):
        rows = backwards
    lines = tuple(line for _, line, _ in rows)
    jumps = _jumps(rows)
    for at, gap in jumps:
        says = f"the balance jumps by {gap} more than the line's amount"
        findings.tell(ProblemKind.GAP, f"line {at}", says, "ask the bank for what is missing")
    _, first, before = rows[0]
    opening = None if before is None or jumps else before - first.amount
    return lines, opening, rows[-1][2]


def _jumps(rows: Sequence[Entry]) -> list[tuple[int, Money]]:
    found: list[tuple[int, Money]] = []
    for (_, _, before), (at, line, after) in pairwise(rows):
        if before is not None and after is not None and before + line.amount != after:
            found.append((at, after - before - line.amount))
    return found
