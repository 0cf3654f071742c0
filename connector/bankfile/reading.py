"""What was read of a bank file: statements, and what about it a person should know."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.bankfile.mapping import CsvMapping
    from ledger.statements import Statement

# More problems than a person reads; the rest are counted.
PROBLEMS_MAX = 200
# As much of a bank's own words as a message quotes.
QUOTED_MAX = 60


class ProblemKind(StrEnum):
    """What kind of thing is wrong.

    LINE: a line was left out. DETAIL: a line was kept without something it says. GAP: opening
    balance and lines do not make the closing one. SEQUENCE: a page, a statement or money between
    two statements is missing. CURRENCY: something is in another currency than the account.
    TOTAL: a control total does not agree. PENDING: lines not booked yet were left out.
    """

    LINE = "line"
    DETAIL = "detail"
    GAP = "gap"
    SEQUENCE = "sequence"
    CURRENCY = "currency"
    TOTAL = "total"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a person should know: where it stands in the file, what it is, what to do."""

    kind: ProblemKind
    where: str
    says: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.says}" + (f"; {self.fix}" if self.fix else "")


@dataclass(frozen=True, slots=True)
class Reading:
    """A bank file as it was understood.

    `format` is camt.052, camt.053, camt.054, mt940, mt942, bai2, ofx or csv, or "" when it is none
    of them. With `refused` nothing of it was taken, and it says why and what to do. A CSV file
    whose columns nobody has named yet is refused with a `proposal` to look at and confirm.
    """

    format: str
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: str = ""
    proposal: CsvMapping | None = None


class RefusedFileError(Exception):
    """The file cannot be read at all; the text says why and what to do instead."""


class UnreadError(Exception):
    """One field of one line cannot be read; the text names the field and the fix."""


@dataclass(slots=True)
class Findings:
    """Collects problems while a file is read, no more of them than a person will look at."""

    problems: list[Problem] = field(default_factory=list)
    unsaid: int = 0

    def tell(self, kind: ProblemKind, where: str, says: str, fix: str = "") -> None:
        """Keep a problem."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(kind, where, says, fix))
        else:
            self.unsaid += 1

    def all(self) -> tuple[Problem, ...]:
        """Give what was found; the last one counts those beyond the limit."""
        if not self.unsaid:
            return tuple(self.problems)
        rest = Problem(ProblemKind.DETAIL, "the whole file", f"{self.unsaid} more problems")
        return (*self.problems, rest)


def quoted(value: str) -> str:
    """Quote what stands in the file, shortened, for a message."""
    return repr(value if len(value) <= QUOTED_MAX else value[:QUOTED_MAX] + "…")
