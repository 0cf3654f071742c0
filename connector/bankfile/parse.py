"""A bank file read where one stands; `connector.bankfile.read` does it in a limited process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.bankfile import bai, camt, csv_lines, ofx, swift
from connector.bankfile.bounds import bounded
from connector.bankfile.check import check
from connector.bankfile.csv_propose import HEAD_BYTES, propose
from connector.bankfile.detect import detect
from connector.bankfile.reading import Findings, Reading, RefusedFileError
from connector.remittance import addenda

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.bankfile.mapping import CsvMapping
    from ledger.statements import Statement

_READERS: dict[str, Callable[[bytes, Findings], Reading]] = {
    "bai2": bai.read,
    "camt": camt.read,
    "mt940": swift.read,
    "ofx": ofx.read,
}
# The segment of EDI 820 that names a document.
_MARK = "RMR"
# As many rows as a person looks at before saying that a mapping is right.
PREVIEW_ROWS = 20


def parse(body: bytes, mapping: CsvMapping | None = None) -> Reading:
    """Read a bank file of any format; what cannot be read at all comes back refused."""
    findings = Findings()
    family = ""
    try:
        family = detect(body)
        if family == "csv":
            reading = _table(body, mapping, findings)
        else:
            reading = _READERS[family](body, findings)
        statements = tuple(_with_addenda(one) for one in bounded(reading.statements, findings))
    except RefusedFileError as error:
        return Reading(family, problems=findings.all(), refused=str(error))
    check(statements, findings)
    return replace(reading, statements=statements, problems=findings.all())


def preview(body: bytes, mapping: CsvMapping) -> Reading:
    """Read the first rows of a CSV file by a mapping, to be shown before it is used."""
    findings = Findings()
    head = body[:HEAD_BYTES]
    # The last row of the head may be cut off anywhere.
    head = head if len(head) == len(body) else head[: head.rfind(b"\n") + 1]
    try:
        reading = csv_lines.read(head, mapping, findings, most=PREVIEW_ROWS)
    except RefusedFileError as error:
        return Reading("csv", problems=findings.all(), refused=str(error))
    return replace(reading, problems=findings.all())


def _table(body: bytes, mapping: CsvMapping | None, findings: Findings) -> Reading:
    if mapping is not None:
        return csv_lines.read(body, mapping, findings)
    proposal = propose(body)
    says = "Nobody has said yet what the columns of this CSV file hold: look at the mapping that is"
    return Reading("csv", refused=f"{says} proposed, correct it and confirm it.", proposal=proposal)


def _with_addenda(statement: Statement) -> Statement:
    """Give the statement with the documents that addenda name, whatever format carries them."""
    if not any(_MARK in line.text for line in statement.lines):
        return statement
    return replace(
        statement,
        lines=tuple(
            line
            if line.remittance or _MARK not in line.text
            else replace(line, remittance=addenda.lines(line.text, line.amount))
            for line in statement.lines
        ),
    )
