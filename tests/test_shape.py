"""The shape of the house: sizes, names, complete provider folders, nothing left undone."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
ROOMS = (
    *("ledger", "rules", "connector", "channels", "store", "oauth"),
    *("flows", "webhooks", "web", "sandbox", "worlds"),
)
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
PROVIDER_FILES = {"__init__.py", "books.py", "translate.py", "webhook.py"}
# These folders of the connector read files, whoever sent them: they connect to nothing.
FILE_READERS = {"bankfile", "remittance"}

# Words that fit every file say nothing about this one.
BANNED = {
    *("util", "utils", "helper", "helpers", "common", "misc", "base", "core", "manager"),
    *("service", "handler", "processor", "engine", "wrapper", "data", "info"),
}
# Spelt apart, so that this file does not accuse itself.
UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")

# The two rooms whose imports are listed whole: what is not here needs a reason.
PURE = {
    "ledger": {"ledger", "babel"},
    # How alike two names are, and check digits of references: both are arithmetic.
    "rules": {"rules", "ledger", "rapidfuzz", "stdnum"},
    "sandbox": {
        *("sandbox", "flask", "werkzeug", "waitress", "aiosmtpd", "babel", "holidays"),
        *("cryptography", "jwt"),
    },
}
# The day of today, and how long something took: both differ from one machine to the next.
CLOCK_IN_TESTS = re.compile(
    r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|(?:perf_counter|process_time)(?:_ns)?)\("
)


def python_files() -> list[Path]:
    """Give every Python file of the house, product and tests."""
    found = [path for room in (*ROOMS, "tests") for path in (HOME / room).rglob("*.py")]
    return sorted([*found, *HOME.glob("*.py")])


def product_files() -> list[Path]:
    return [path for path in python_files() if path.relative_to(HOME).parts[0] != "tests"]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def named(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


def last_word(name: str) -> str:
    """Give the last word of a snake_case or CamelCase name in lower case."""
    words: list[str] = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return words[-1].lower() if words else ""


def test_the_rooms_are_all_here() -> None:
    assert [room for room in ROOMS if not (HOME / room / "__init__.py").is_file()] == []
    assert len(python_files()) > len(ROOMS)


def test_no_file_is_too_long() -> None:
    lengths = {named(p): len(p.read_text("utf-8").splitlines()) for p in python_files()}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES_MAX} == {}


def test_no_function_is_too_long() -> None:
    long = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    vague = [
        named(path)
        for path in python_files()
        if BANNED.intersection(
            word
            for part in path.relative_to(HOME).with_suffix("").parts
            for word in part.split("_")
        )
    ]
    assert vague == []


def test_no_class_ends_in_a_word_that_says_nothing() -> None:
    vague = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and last_word(node.name) in BANNED
    ]
    assert vague == []


def test_every_provider_folder_is_complete() -> None:
    folders = [path.parent for path in (HOME / "connector").glob("*/__init__.py")]
    missing = {
        folder.name: sorted(PROVIDER_FILES - {path.name for path in folder.glob("*.py")})
        for folder in folders
        if folder.name not in FILE_READERS
    }
    assert {"xero", "quickbooks", "stripe"} <= set(missing)
    assert {name: files for name, files in missing.items() if files} == {}


def test_nothing_is_left_undone() -> None:
    undone = [
        f"{named(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if UNDONE.search(line)
    ]
    assert undone == []


@pytest.mark.parametrize("room", sorted(PURE))
def test_a_pure_room_imports_only_what_is_listed(room: str) -> None:
    foreign = [
        f"{named(path)}: {name}"
        for path in (HOME / room).rglob("*.py")
        for name in imported_packages(tree(path))
        if name not in PURE[room] and name not in sys.stdlib_module_names
    ]
    assert foreign == []


def test_no_test_asks_what_day_it_is() -> None:
    asking = [
        f"{named(path)}:{number}"
        for path in (HOME / "tests").rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if CLOCK_IN_TESTS.search(line)
    ]
    assert asking == []


def test_no_float_touches_money() -> None:
    """The ledger and the rules call no float(): money is counted in minor units."""
    floats = [
        f"{named(path)}:{node.lineno}"
        for room in ("ledger", "rules")
        for path in (HOME / room).rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    ]
    assert floats == []


def test_no_judge_is_silenced_wholesale() -> None:
    """A blanket silence of the judges would hide anything: each must name its rule."""
    blanket = re.compile(
        r"# (?:noqa|type: ignore)(?!:|\[)|# (?:ruff|flake8): noqa|mypy: ignore-errors"
    )
    hidden = [
        f"{named(path)}:{number}"
        for path in product_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if blanket.search(line)
    ]
    assert hidden == []


def imported_packages(module: ast.Module) -> set[str]:
    """Give the top-level packages a module imports."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names
