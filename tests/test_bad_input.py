"""The page about bad input promises only what tests show."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PAGE = HOME / "docs" / "bad-input.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")

# What must have an answer, each in a row of its own.
INPUTS = (
    "unsigned",
    "malformed",
    "oversized",
    "nobody connected",
    "replayed",
    "wrong or missing state",
    "used state",
    "state of another",
    "another realmId",
    "unknown key",
    "wrong type",
    "overlapping steps",
    "revoked",
    "currency the organisation lacks",
    "field that cannot be read",
    "without an id",
    "ten thousand lines",
    "no JSON",
)


def rows() -> list[list[str]]:
    """Give the cells of every row of the table."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_input_has_an_answer_a_place_and_a_test() -> None:
    for row in rows():
        assert len(row) == 4
        assert all(row)
        assert NAMED.findall(row[3])


def test_no_input_is_left_out() -> None:
    told = [row[0] for row in rows()]
    assert [one for one in INPUTS if not any(one in text for text in told)] == []


def test_every_named_test_exists() -> None:
    named = {one for row in rows() for one in NAMED.findall(row[3])}
    known = {
        (path, node.name)
        for path in {path for path, _ in named}
        for node in ast.walk(ast.parse((HOME / path).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert named - known == set()
