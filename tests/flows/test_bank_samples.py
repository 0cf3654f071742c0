"""Files as banks write them: told twice they count once, whatever the bank."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector import bankfile, remittance
from connector.bankfile.parse import parse
from flows.bank import files
from flows.bank.files import File
from store import organisations
from tests.flows.scene import XERO, raised

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "bank"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no bank files lie in {SAMPLES}")
def test_no_line_of_a_sample_counts_twice(tmp_path: Path) -> None:
    counts = []
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            ours = organisations.create(s, "Ash & Alder", "pub-ash", scene.now)
        for path in sorted(one for one in SAMPLES.glob("*/*") if one.is_file()):
            # With another end the bytes are others, and the lines the same.
            for body in (path.read_bytes(), path.read_bytes() + b"\n"):
                with scene.tools.sessions.begin() as s:
                    file = File(path.name, body)
                    taken = files.keep(s, ours, file, parse(body), who="ann", now=scene.now)
                counts.append((path.name, taken.lines, taken.new, taken.doubted))
    firsts, again = counts[::2], counts[1::2]
    assert sum(lines for _, lines, _, _ in firsts) > 50
    assert [one for one in again if one[2:] != (0, 0)] == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no bank files lie in {SAMPLES}")
def test_no_sample_is_taken_for_an_advice() -> None:
    for path in (one for one in SAMPLES.glob("*/*") if one.is_file()):
        body = path.read_bytes()
        assert bankfile.family(body) not in ("", "csv"), path.name
        assert remittance.form_of(path.name, body) == "", path.name
