"""What the pages about vendors and certification say is answered, row by row, by something real."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from connector import PROVIDERS

HOME = Path(__file__).resolve().parent.parent
DOCS = HOME / "docs"
FACTS = [DOCS / "providers" / f"{name}.md" for name in sorted(PROVIDERS)]
PAGES = [*FACTS, DOCS / "certification.md"]
ALL = sorted((DOCS / "providers").glob("*.md"))
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FILES = re.compile(r"`((?:\w+/)*test_\w+)`")
NUMBER = re.compile(r"\d+(\.\d+)?[a-d]?")
CODE = re.compile(r"`([\w./]+)`")
TESTS = [*(HOME / "tests").rglob("test_*.py")]
# Rows that no code answers say so, and why.
NOT_OURS = {"not applicable", "the operator"}
# A reason of fewer signs than this explains nothing.
REASON_CHARS_MIN = 12
# How many rows each page had when the vendors' facts were gone through one by one.
ROWS_MIN = {"xero": 110, "quickbooks": 90, "stripe": 85, "certification": 75}


def cells(page: Path) -> list[list[str]]:
    """Give the cells of every row of a page's tables, with their heads."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines]
    return [row for row in found if set("".join(row)) - set("-:")]


def rows(page: Path) -> list[list[str]]:
    """Give the rows that have a number."""
    return [row for row in cells(page) if NUMBER.fullmatch(row[0])]


@cache
def functions(path: str) -> frozenset[str]:
    """Give the names of the functions of a file."""
    found = ast.walk(ast.parse((HOME / path).read_text("utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_no_cell_is_blank_and_every_file_of_tests_exists(page: Path) -> None:
    files = {path.relative_to(HOME / "tests").with_suffix("") for path in TESTS}
    for row in cells(page):
        assert all(row), row
        for name in FILES.findall(row[-1]):
            assert any(one.match(name) for one in files), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_row_is_blank(page: Path) -> None:
    found = rows(page)
    assert len(found) >= ROWS_MIN[page.stem]
    for row in found:
        assert len(row) == 4, row
        assert all(row), row
        if row[2] in NOT_OURS:
            assert len(row[3]) >= REASON_CHARS_MIN, row
        else:
            assert NAMED.search(row[3]), row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_number_is_given_twice(page: Path) -> None:
    # Numbers of the certification start anew for each vendor.
    numbers = [tuple(row[:2]) if page not in FACTS else row[0] for row in rows(page)]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_place_named_exists(page: Path) -> None:
    named = {place for row in rows(page) for place in CODE.findall(row[2])}
    assert {place for place in named if not (HOME / place).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_named_exists(page: Path) -> None:
    named = {one for row in rows(page) for one in NAMED.findall(row[3])}
    assert named
    missing = {
        f"{path}::{name}"
        for path, name in named
        if not (HOME / path).exists() or name not in functions(path)
    }
    assert missing == set()


def test_vendors_are_called_by_their_full_names() -> None:
    """Intuit's reviewers want no short form of its name where people read."""
    shown = [
        *(HOME / "web").rglob("*.html"),
        *(HOME / "oauth").rglob("*.html"),
        *DOCS.rglob("*.md"),
    ]
    spoken = [*shown, HOME / "README.md", *(HOME / "connector").rglob("*.py")]
    short = re.compile(r"\bQBO\b|\bQB\b|\bquick books\b|\bQuickbooks\b|\bInuit\b")
    assert [path.name for path in spoken if short.search(path.read_text("utf-8"))] == []
