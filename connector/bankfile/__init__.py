"""Bank files: CAMT, MT940, BAI2, OFX and CSV as statements of the ledger's own kind."""

from __future__ import annotations

from connector.bankfile.detect import detect
from connector.bankfile.limited import read_limited
from connector.bankfile.mapping import CsvMapping
from connector.bankfile.parse import preview
from connector.bankfile.reading import Problem, ProblemKind, Reading, RefusedFileError
from connector.confined import Limits

__all__ = [
    "CsvMapping",
    "Limits",
    "Problem",
    "ProblemKind",
    "Reading",
    "family",
    "preview",
    "read",
]


def family(body: bytes) -> str:
    """Tell camt, mt940, bai2 or ofx by the first bytes; csv for any other text, "" for the rest."""
    try:
        return detect(body)
    except RefusedFileError:
        return ""


def read(body: bytes, mapping: CsvMapping | None = None, limits: Limits | None = None) -> Reading:
    """Read a bank file, whatever its format; it is told from the content and no name is asked for.

    The work is done in a process of its own, limited by `limits`. Nothing is raised for what
    stands in the file: it comes back refused, or with problems. `mapping` is for CSV alone; a CSV
    file without one comes back refused with a proposal, to be shown with `preview` and confirmed.
    """
    limits = limits or Limits()
    if len(body) > limits.file_bytes:
        most = limits.file_bytes // (1024 * 1024)
        says = f"The file is larger than {most} MB: download a shorter period from the bank."
        return Reading("", refused=says)
    return read_limited(body, mapping, limits)
