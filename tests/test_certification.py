"""docs/certification.md names tests that exist, and leaves no line without an answer."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HOME = Path(__file__).resolve().parent
PAGE = HOME.parent / "docs" / "certification.md"
NAMED = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`")


def test_every_test_it_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text("utf-8"))
    assert len(named) > 80
    missing = []
    for file, name in named:
        path = HOME / file
        found = ast.parse(path.read_text("utf-8")).body if path.exists() else []
        names = {one.name for one in found if isinstance(one, ast.FunctionDef)}
        if not path.exists() or (name and name not in names):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_line_has_a_proof_or_a_reason() -> None:
    rows = [one for one in PAGE.read_text("utf-8").splitlines() if one.startswith("| ")]
    answers = [one.split(" | ", 1)[1].removesuffix(" |") for one in rows]
    assert len(answers) > 50
    bare = [one for one in answers if not NAMED.search(one) and len(one) < 20]
    assert bare == []
