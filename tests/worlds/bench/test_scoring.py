"""The scorer counts what is right as right and what is wrong as wrong, on cases made by hand."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from worlds.bench.commands import bench
from worlds.bench.scoring import Score, Truth, score

Row = dict[str, Any]


def label(payment: str, kind: str = "ar", **more: object) -> Row:
    return {
        "payment_id": payment,
        "class": "by hand",
        "kind": kind,
        "decidable": True,
        "allocations": [],
        "adjustments": [],
        "on_account": [],
        "refers_to": None,
        **more,
    }


def cleared(document: str, amount: str) -> Row:
    return {"document_id": document, "amount": amount}


def left(customer: str, amount: str) -> Row:
    return {"customer_id": customer, "amount": amount}


def off(document: str, kind: str, amount: str) -> Row:
    return {"document_id": document, "kind": kind, "amount": amount}


LABELS = [
    label("P1", allocations=[cleared("A1", "100.00")]),
    label(
        "P2",
        allocations=[cleared("A2", "50.00"), cleared("A3", "50.00")],
        adjustments=[off("A2", "bank_fee", "20.00")],
    ),
    label("P3", on_account=[left("A", "30.00")]),
    label("P4", "payout", refers_to="po_1"),
    label("P5", "not_ar"),
    label("P6", decidable=False, allocations=[cleared("B1", "10.00")]),
    label("P7", "reversal", refers_to="H1"),
]
AMOUNTS = {
    "P1": "100.00",
    "P2": "80.00",
    "P3": "30.00",
    "P4": "500.00",
    "P5": "7.00",
    "P6": "10.00",
    "P7": "-40.00",
}
WHOLE = 10_000 + 8_000 + 3_000 + 50_000 + 1_000 + 4_000


def truth() -> Truth:
    return Truth(
        payments={
            key: {"id": key, "amount": amount, "currency": "GBP"} for key, amount in AMOUNTS.items()
        },
        labels={row["payment_id"]: row for row in copy.deepcopy(LABELS)},
        owners={"A1": "A", "A2": "A", "A3": "A", "B1": "B"},
        opened={"A1": 10_000, "A2": 5_000, "A3": 5_000, "B1": 1_000},
        currencies=dict.fromkeys(("A1", "A2", "A3", "B1"), "GBP"),
        rates={},
    )


def scored(**changed: Row | None) -> Score:
    """Score the truth itself, with some answers changed or left out."""
    answers = {row["payment_id"]: {**row, "decision": "apply"} for row in copy.deepcopy(LABELS)}
    for payment, change in changed.items():
        if change is None:
            del answers[payment]
        else:
            answers[payment] |= change
    return score(truth(), answers.values())


def test_the_truth_scores_whole() -> None:
    found = scored()
    assert (found.lines, found.receipts, found.money) == (7, 6, WHOLE)
    assert found.measures() == {
        "stp": 1.0,
        "decidable": 5 / 6,
        "recall": 1.0,
        "precision": 1.0,
        "wrong_bp": 0.0,
        "wrong_customer_bp": 0.0,
        "top3": 0.0,
        "strangers_applied": 0,
        "breaches": 0,
    }


def test_a_fee_may_stand_on_another_document() -> None:
    assert scored(P2={"adjustments": [off("A3", "bank_fee", "20.00")]}).right == 6


@pytest.mark.parametrize(
    "adjustments",
    [[], [off("A2", "bank_fee", "19.00")], [off("A2", "early_discount", "20.00")]],
)
def test_another_fee_or_kind_of_it_is_wrong(adjustments: list[Row]) -> None:
    assert scored(P2={"adjustments": adjustments}).right == 5


def test_a_document_of_the_same_customer_is_wrong_money() -> None:
    found = scored(P1={"allocations": [cleared("A2", "40.00"), cleared("A1", "60.00")]})
    assert (found.right, found.applied) == (5, 6)
    assert (found.wrong_money, found.wrong_customer_money) == (4_000, 0)
    assert found.mistakes == ["P1: by hand"]
    assert found.breaches == ["A2: cleared beyond its open amount"]


def test_a_document_of_another_customer_is_worse() -> None:
    found = scored(P1={"allocations": [], "on_account": [left("B", "100.00")]})
    assert (found.wrong_money, found.wrong_customer_money) == (10_000, 10_000)
    assert found.measures()["wrong_bp"] == pytest.approx(10_000 / WHOLE * 10_000)


def test_an_incomplete_answer_is_not_right() -> None:
    found = scored(P1={"allocations": [cleared("A1", "90.00")], "on_account": [left("A", "10.00")]})
    assert found.right == 5
    assert found.wrong_money == 1_000


def test_a_wrong_payout_is_wholly_wrong_but_no_customers() -> None:
    found = scored(P4={"refers_to": "po_2"})
    assert (found.wrong_money, found.wrong_customer_money) == (50_000, 0)


def test_a_receipt_called_a_strangers_is_wrong() -> None:
    found = scored(P3={"kind": "not_ar", "on_account": []})
    assert (found.right, found.wrong_money, found.wrong_customer_money) == (5, 3_000, 0)


def test_a_reviewed_receipt_counts_its_suggestions() -> None:
    good = {"kind": "ar", "allocations": [cleared("B1", "10.00")]}
    bad = {"kind": "ar", "allocations": [cleared("A1", "10.00")]}
    review: Row = {"decision": "review", "allocations": []}
    assert scored(P6={**review, "suggestions": [bad, bad, good]}).measures()["top3"] == 1.0
    assert scored(P6={**review, "suggestions": [bad, bad, bad, good]}).measures()["top3"] == 0.0
    assert scored(P6={**review, "suggestions": None}).measures()["recall"] == 1.0


def test_a_strangers_payment_must_not_be_placed() -> None:
    assert scored(P5={"kind": "ar", "on_account": [left("A", "7.00")]}).strangers_applied == 1
    assert scored(P5={"kind": "unknown"}).strangers_applied == 0
    assert scored(P5={"decision": "review", "kind": "ar"}).strangers_applied == 0


def test_a_sum_that_does_not_add_up_is_a_breach() -> None:
    found = scored(P3={"on_account": [left("A", "31.00")]})
    assert found.breaches == ["P3: its parts do not add up to 30.00"]


def test_a_payment_left_out_or_never_asked_is_a_breach() -> None:
    assert scored(P1=None).breaches == ["P1: answered 0 times"]
    answers = [{"payment_id": "P9", "decision": "review"}] * 2
    breaches = score(truth(), answers).breaches
    assert "P9: answered, but never asked" in breaches
    assert "P1: answered 0 times" in breaches


def test_foreign_money_is_compared_at_the_rate() -> None:
    world = truth()
    world.payments["P4"]["currency"] = "EUR"
    world.rates = {"EUR": Decimal("0.5")}
    found = score(world, [{**row, "decision": "apply"} for row in LABELS])
    assert found.money == WHOLE - 25_000


def test_a_document_in_another_currency_need_not_add_up() -> None:
    world = truth()
    world.currencies["A1"] = "EUR"
    world.payments["P1"]["amount"] = "86.00"
    assert score(world, [{**row, "decision": "apply"} for row in LABELS]).breaches == []


def test_the_command_scores_what_lies_in_a_folder(tmp_path: Path) -> None:
    run = CliRunner()
    made = run.invoke(
        bench, ["write", str(tmp_path), "--payments", "30", "--business", "uk_services"]
    )
    folder = tmp_path / "uk_services"
    assert made.output == f"{folder}\n"
    refused = run.invoke(bench, ["score", str(tmp_path)])
    assert refused.exit_code == 2
    assert "run dunnock match" in refused.output
    rows = [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
    answers = [{**row, "decision": "apply"} for row in rows]
    answers[0] |= {"allocations": [cleared("D000001", "1.00")], "kind": "ar"}
    text = "\n".join(json.dumps(row) for row in answers)
    (folder / "allocations.jsonl").write_text(text, "utf-8")
    shown = run.invoke(bench, ["score", str(tmp_path), "--mistakes"])
    assert "uk_services" in shown.output
    assert "broken: uk_services P00001: its parts do not add up" in shown.output
    assert "\nuk_services P00001: " in shown.output
    told = json.loads(run.invoke(bench, ["score", str(tmp_path), "--json"]).output)
    assert told["all"]["breaches"] == told["uk_services"]["breaches"] >= 1
