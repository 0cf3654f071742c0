"""How much of a file is handed on: as many lines and letters as any honest statement has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.bankfile.reading import ProblemKind, RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.bankfile.reading import Findings
    from ledger.statements import BankLine, Statement

LINES_MAX = 100_000
TEXT_MAX = 20_000
FIELD_MAX = 500
_FIELDS = (
    *("bank_id", "reference", "end_to_end_id", "structured_reference"),
    *("payer_name", "payer_account"),
)


def bounded(statements: Sequence[Statement], findings: Findings) -> tuple[Statement, ...]:
    """Give the statements with fields of a length that can be kept; what is cut is told.

    Raises RefusedFileError when there are too many lines.
    """
    lines = sum(len(one.lines) for one in statements)
    if lines > LINES_MAX:
        msg = f"The file holds {lines} lines, more than {LINES_MAX}: download a shorter period."
        raise RefusedFileError(msg)
    return tuple(
        replace(
            one,
            account=one.account[:FIELD_MAX],
            number=one.number[:FIELD_MAX],
            lines=tuple(_bounded(line, findings) for line in one.lines),
        )
        for one in statements
    )


def _bounded(line: BankLine, findings: Findings) -> BankLine:
    long = {name: getattr(line, name) for name in _FIELDS if len(getattr(line, name)) > FIELD_MAX}
    cut = {name: value[:FIELD_MAX] for name, value in long.items()}
    if len(line.text) > TEXT_MAX:
        long["text"], cut["text"] = line.text, line.text[:TEXT_MAX]
    if not cut:
        return line
    where = f"the line of {line.booked} over {line.amount}"
    for name, value in long.items():
        says = f"{name} has {len(value)} characters; the first {len(cut[name])} are kept"
        findings.tell(ProblemKind.DETAIL, where, says)
    return replace(line, **cut)
