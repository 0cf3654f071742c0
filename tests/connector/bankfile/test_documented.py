"""The page on bank files says the limits and formats that the code has."""

from __future__ import annotations

from pathlib import Path

from connector.bankfile import Limits
from connector.bankfile import parse as parsing
from connector.bankfile.bounds import FIELD_MAX, LINES_MAX, TEXT_MAX
from connector.bankfile.parse import PREVIEW_ROWS
from connector.bankfile.xml import DEPTH_MAX

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "bankfiles.md").read_text("utf-8")


def test_the_limits_are_those_of_the_code() -> None:
    megabytes = Limits().file_bytes // 1024**2
    assert f"larger than {megabytes} MB, or more than {LINES_MAX:,} lines" in PAGE
    assert (
        f"longer than {TEXT_MAX:,} characters, and of another field longer than {FIELD_MAX}" in PAGE
    )
    assert f"nested deeper than {DEPTH_MAX} levels" in PAGE
    assert (Limits().memory_bytes, Limits().processor_seconds) == (1024**3, 60)
    assert "more than 1 GB of memory, a minute of processor or two of waiting" in PAGE
    assert Limits().wait_seconds == 120
    assert (PREVIEW_ROWS, "first twenty rows" in PAGE) == (20, True)


def test_every_format_has_its_row() -> None:
    names = {"camt": "CAMT.053", "mt940": "MT940", "bai2": "BAI2", "ofx": "OFX"}
    assert names.keys() == parsing._READERS.keys()
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    for name in (*names.values(), "CSV"):
        assert any(name in row.split("|")[1] for row in rows)
