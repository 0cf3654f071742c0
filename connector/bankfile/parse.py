"""A bank file read where one stands; `connector.bankfile.read` does it in a limited process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.bankfile import bai, camt, ofx, swift
from connector.bankfile.check import check
from connector.bankfile.detect import detect
from connector.bankfile.reading import Findings, Reading, RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.bankfile.mapping import CsvMapping

_READERS: dict[str, Callable[[bytes, Findings], Reading]] = {
    "bai2": bai.read,
    "camt": camt.read,
    "mt940": swift.read,
    "ofx": ofx.read,
}


def _not_yet(body: bytes, findings: Findings) -> Reading:
    del body, findings
    msg = "Files of this format are not read yet: download CAMT from the bank."
    raise RefusedFileError(msg)


def parse(body: bytes, mapping: CsvMapping | None = None) -> Reading:
    """Read a bank file of any format; what cannot be read at all comes back refused."""
    del mapping
    findings = Findings()
    family = ""
    try:
        family = detect(body)
        reading = _READERS.get(family, _not_yet)(body, findings)
    except RefusedFileError as error:
        return Reading(family, refused=str(error))
    check(reading.statements, findings)
    return replace(reading, problems=findings.all())
