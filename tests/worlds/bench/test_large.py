"""The large ledger is whole and repeatable, whatever its size."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from worlds.bench.commands import bench
from worlds.bench.scoring import read_truth, score
from worlds.bench.writing import LABELS, LEDGER, PAYMENTS, read_rows


def test_a_large_ledger_has_the_size_and_the_truth_asked_for(tmp_path: Path) -> None:
    asked = ["write", str(tmp_path), "--large", "3000", "--payments", "200"]
    assert CliRunner().invoke(bench, asked).output == f"{tmp_path}\n"
    rows = list(read_rows(tmp_path / LEDGER))
    assert sum(row["type"] == "invoice" for row in rows) == 3_000
    assert len({row["number"] for row in rows if row["type"] == "invoice"}) == 3_000
    owners = {row["id"] for row in rows if row["type"] == "customer"}
    assert {row["customer_id"] for row in rows if row["type"] == "invoice"} == owners
    assert sum(1 for _ in read_rows(tmp_path / PAYMENTS)) == 200
    answers = [{**row, "decision": "apply"} for row in read_rows(tmp_path / LABELS)]
    found = score(read_truth(tmp_path), answers)
    assert found.breaches == []
    assert found.measures()["stp"] == 1.0
    assert 0.05 < 1 - found.measures()["decidable"] < 0.25
