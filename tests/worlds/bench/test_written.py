"""What the bench writes is whole: repeatable, true to its own ledger, rich in cases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from worlds.bench.books import open_books
from worlds.bench.business import BUSINESSES
from worlds.bench.dice import Dice
from worlds.bench.scoring import read_truth, score
from worlds.bench.strict import STYLES, strict
from worlds.bench.writing import LABELS, LEDGER, PAYMENTS, make, read_rows, write

ALL = {**BUSINESSES, **{f"{name}_strict": strict(one) for name, one in BUSINESSES.items()}}
NAMES = sorted(ALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("bench")
    for name in NAMES:
        write(home / name, ALL[name], seed=3, payments=120)
    return home


def own_answers(folder: Path) -> list[dict[str, object]]:
    """Answer with the labels themselves, as a person who knows everything would."""
    return [{**row, "decision": "apply"} for row in read_rows(folder / LABELS)]


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_bytes(home: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, ALL[name], seed=3, payments=120)
    for file in (LEDGER, PAYMENTS, LABELS):
        assert (tmp_path / file).read_bytes() == (home / name / file).read_bytes()


def test_another_seed_gives_another_business() -> None:
    one, other = (make(ALL[NAMES[0]], seed, 60) for seed in (1, 2))
    assert [row.name for row in one.books.customers] != [row.name for row in other.books.customers]


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_breaks_no_invariant(home: Path, name: str) -> None:
    folder = home / name
    found = score(read_truth(folder), own_answers(folder))
    assert found.breaches == []
    assert found.measures()["stp"] == 1.0
    assert found.mistakes == []


@pytest.mark.parametrize("name", NAMES)
def test_every_payment_has_one_label_in_booking_order(home: Path, name: str) -> None:
    rows = [row for row in read_rows(home / name / PAYMENTS) if row["type"] == "payment"]
    labels = [row["payment_id"] for row in read_rows(home / name / LABELS)]
    assert [row["id"] for row in rows] == labels
    assert [row["booking_date"] for row in rows] == sorted(row["booking_date"] for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_open_documents_were_issued_before_the_batch(home: Path, name: str) -> None:
    rows = list(read_rows(home / name / LEDGER))
    first = min(
        row["booking_date"] for row in read_rows(home / name / PAYMENTS) if row["type"] == "payment"
    )
    documents = [row for row in rows if row["type"] in ("invoice", "credit_note")]
    assert {row["status"] for row in documents} == {"open", "paid"}
    assert max(row["issue_date"] for row in documents) < first
    assert len({row["number"] for row in documents}) == len(documents)


@pytest.mark.parametrize("name", sorted(BUSINESSES))
def test_about_one_in_twelve_receipts_cannot_be_decided(name: str) -> None:
    scene = make(BUSINESSES[name], 5, 400)
    receipts = [label for label in scene.labels if label.kind != "not_ar"]
    share = sum(not label.decidable for label in receipts) / len(receipts)
    assert 0.02 < share < 0.17


def test_records_are_one_json_object_a_line(home: Path) -> None:
    for line in (home / NAMES[0] / LEDGER).read_text("utf-8").splitlines():
        assert "type" in json.loads(line)


def test_on_a_bad_day_less_is_known_and_less_can_be_decided() -> None:
    good, bad = (make(ALL[name], 5, 300) for name in ("uk_services", "uk_services_strict"))
    known, thin = (
        sum(one.payer_account is not None for one in scene.payments) for scene in (good, bad)
    )
    assert thin < known * 0.7
    sure, unsure = (sum(label.decidable for label in scene.labels) for scene in (good, bad))
    assert unsure < sure


def test_a_counter_that_starts_anew_every_month_repeats() -> None:
    monthly = next(style for style in STYLES if style.by_month)
    trade = replace(ALL["uk_services_strict"].trade, styles=(monthly,))
    books = open_books(Dice(1), trade, 200)
    assert max(len(found) for found in books.tails.values()) > 2
    assert len(books.numbers) == len(books.documents)
