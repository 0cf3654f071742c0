"""BAI2: records of files, groups and accounts, each total checked against what was counted.

Layout and codes as in "Cash Management Balance Reporting Specifications, Version 2" (BAI). A record
that cannot be read costs its own line and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.bankfile.bai_account import Account, Record, statement_of
from connector.bankfile.decoding import decode, lines
from connector.bankfile.reading import ProblemKind, Reading, RefusedFileError
from ledger.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.bankfile.reading import Findings

_RECORD = re.compile(r"(?P<code>01|02|03|16|49|88|98|99)[,/](?P<rest>.*)")
# By the specification amounts are in US dollars where neither account nor group says otherwise.
_CURRENCY = "USD"
_TEST, _DELETION = "4", "2"
_STATUSES = {
    _TEST: "the bank marks the group as a test",
    _DELETION: "the bank takes back what it reported before",
}


@dataclass(slots=True)
class _Group:
    """A group: what its accounts have in common, and what was counted of them."""

    header: Record
    accounts: int = 0
    total: int = 0
    records: int = 0
    found: list[Statement] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """The currency of amounts whose account does not name one."""
        return self.header.field(5) or _CURRENCY


class _Reader:
    """Goes through the records in order; totals are kept at the three levels as it goes."""

    def __init__(self, findings: Findings) -> None:
        self.found: list[Statement] = []
        self._findings = findings
        self._group: _Group | None = None
        self._account: Account | None = None
        self._groups, self._total, self._records = 0, 0, 0
        self.ended = False

    def take(self, record: Record) -> None:
        """Take the next record."""
        self._records += record.rows
        if self._group:
            self._group.records += record.rows
        if self._account:
            self._account.records += record.rows
        take = {
            "01": self._file_begins,
            "02": self._group_begins,
            "03": self._account_begins,
            "16": self._detail,
            "49": self._account_ends,
            "98": self._group_ends,
            "99": self._file_ends,
        }[record.code]
        take(record)

    def _file_begins(self, record: Record) -> None:
        # Banks may put several files into one; each has totals of its own.
        self._groups, self._total, self._records = 0, 0, record.rows
        self.ended = False

    def _group_begins(self, record: Record) -> None:
        self._group = _Group(record, records=record.rows)

    def _account_begins(self, record: Record) -> None:
        if self._group is None:
            self._stray(record, "an account outside of any group")
            return
        self._account = Account(record, self._group.header, self._group.currency, record.rows)

    def _detail(self, record: Record) -> None:
        if self._account is None:
            self._stray(record, "a transaction outside of any account")
            return
        self._account.details.append(record)

    def _account_ends(self, record: Record) -> None:
        account, group = self._account, self._group
        if account is None or group is None:
            self._stray(record, "the end of an account that did not begin")
            return
        self._account = None
        total = account.total()
        group.total += total
        group.accounts += 1
        self._compare(record, "control total", 0, total)
        self._compare(record, "number of records", 1, account.records)
        group.found += statement_of(account, self._findings)

    def _group_ends(self, record: Record) -> None:
        group = self._group
        if group is None:
            self._stray(record, "the end of a group that did not begin")
            return
        self._group = self._account = None
        self._groups += 1
        self._total += group.total
        self._compare(record, "control total", 0, group.total)
        self._compare(record, "number of accounts", 1, group.accounts)
        self._compare(record, "number of records", 2, group.records)
        odd = _STATUSES.get(group.header.field(2))
        if odd:
            says = f"{odd}; its statements were left out"
            self._findings.tell(ProblemKind.LINE, group.header.where, says, "ask the bank")
        else:
            self.found += group.found

    def _file_ends(self, record: Record) -> None:
        self.ended = True
        self._compare(record, "control total", 0, self._total)
        self._compare(record, "number of groups", 1, self._groups)
        self._compare(record, "number of records", 2, self._records)

    def _compare(self, record: Record, what: str, at: int, made: int) -> None:
        stated = record.field(at).lstrip("+")
        if not re.fullmatch(r"-?[0-9]{1,18}", stated):
            # Some banks leave totals empty; there is nothing to compare then.
            return
        if int(stated) != made:
            says = f"the {what} is {stated}, the records make {made}"
            self._findings.tell(ProblemKind.TOTAL, record.where, says, "ask the bank")

    def _stray(self, record: Record, says: str) -> None:
        self._findings.tell(ProblemKind.LINE, record.where, f"{says}; left out", "ask the bank")


def read(body: bytes, findings: Findings) -> Reading:
    """Read every account; raises RefusedFileError when there is none."""
    reader = _Reader(findings)
    for record in _records(decode(body), findings):
        reader.take(record)
    if not reader.found:
        first = findings.problems[0].says if findings.problems else "no account in it"
        msg = f"The BAI2 file holds no whole account ({first}): download it again."
        raise RefusedFileError(msg)
    if not reader.ended:
        says = "the file breaks off: its last record (99) is missing"
        findings.tell(ProblemKind.TOTAL, "the end", says, "download it again")
    return Reading("bai2", tuple(reader.found))


def _records(text: str, findings: Findings) -> Iterator[Record]:
    """Give the records in order, each with its continuations."""
    current: Record | None = None
    for number, raw in enumerate(lines(text), start=1):
        line = raw.strip(" \t\0\x1a\ufeff")
        found = _RECORD.match(line)
        if not line:
            continue
        if not found:
            says = f"{line[:12]!r} begins no record of BAI2; left out"
            findings.tell(ProblemKind.LINE, f"line {number}", says, "ask the bank")
        elif found["code"] != "88":
            if current:
                yield current
            current = Record(found["code"], number, [line[3:]])
        elif current:
            current.parts.append(line[3:])
    if current:
        yield current
