"""What must hold of cash application on every made-up business, however hard its lines are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.match_file.run import Files, match_files
from rules.matching.policy import Mode
from worlds.bench.business import BUSINESSES
from worlds.bench.dice import Dice
from worlds.bench.scoring import read_truth, score
from worlds.bench.strict import strict
from worlds.bench.writing import LABELS, LEDGER, PAYMENTS, read_rows, write, write_rows

ALL = {**BUSINESSES, **{f"{name}_strict": strict(one) for name, one in BUSINESSES.items()}}


def matched(folder: Path, mode: Mode = Mode.BALANCED) -> Path:
    out = folder / "allocations.jsonl"
    match_files(Files(folder / LEDGER, folder / PAYMENTS, out), mode)
    return out


@pytest.mark.parametrize("name", ALL)
def test_sums_add_up_and_no_strangers_payment_is_placed(tmp_path: Path, name: str) -> None:
    write(tmp_path, ALL[name], seed=8, payments=90)
    found = score(read_truth(tmp_path), read_rows(matched(tmp_path)))
    assert found.breaches == []
    assert found.strangers_applied == 0
    assert found.measures()["precision"] > 0.95


def test_a_safe_run_applies_no_more_than_a_balanced_one(tmp_path: Path) -> None:
    write(tmp_path, ALL["us_distribution"], seed=8, payments=120)
    safe, balanced = (
        {
            row["payment_id"]
            for row in read_rows(matched(tmp_path, mode))
            if row["decision"] == "apply"
        }
        for mode in (Mode.SAFE, Mode.BALANCED)
    )
    assert safe <= balanced
    assert len(safe) > 50


def test_the_order_of_the_ledger_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, ALL["eu_manufacturing"], seed=8, payments=120)
    first = matched(tmp_path).read_bytes()
    rows = list(read_rows(tmp_path / LEDGER))
    Dice(1).shuffle(rows)
    write_rows(tmp_path / LEDGER, rows)
    assert matched(tmp_path).read_bytes() == first


def test_an_unrelated_invoice_changes_no_named_payment(tmp_path: Path) -> None:
    write(tmp_path, ALL["uk_services"], seed=8, payments=120)
    named = {
        row["payment_id"]
        for row in read_rows(tmp_path / LABELS)
        if row["class"].startswith("number: ") and row["decidable"]
    }
    before = answers(tmp_path, named)
    customer = {"type": "customer", "id": "CX", "number": "99999", "name": "Zwerg Quux Xylophon"}
    invoice = {
        "type": "invoice",
        "id": "DX",
        "number": "INV-99999999",
        "customer_id": "CX",
        "issue_date": "2026-08-01",
        "due_date": "2026-08-31",
        "currency": "GBP",
        "total": "7777777.01",
        "net": "7777777.01",
        "open_amount": "7777777.01",
        "status": "open",
    }
    with (tmp_path / LEDGER).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in (customer, invoice))
    assert answers(tmp_path, named) == before
    assert len(before) > 40


def answers(folder: Path, named: set[str]) -> list[tuple[object, ...]]:
    return [
        (row["payment_id"], row["decision"], str(row["allocations"]), str(row["on_account"]))
        for row in read_rows(matched(folder))
        if row["payment_id"] in named
    ]
