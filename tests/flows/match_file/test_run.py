"""`dunnock match` from files to file: every payment once, exact amounts, the same bytes again."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flows.match_file import command
from flows.match_file.command import match
from flows.match_file.payment_lines import Refused
from flows.match_file.run import Files, Stage, match_files
from flows.match_file.writing import Writer
from rules.matching.in_memory import MemoryBook
from rules.matching.policy import Mode
from rules.matching.values import (
    Adjustment,
    Answer,
    Cleared,
    Decision,
    Difference,
    Item,
    OnAccount,
    Settlement,
)
from tests.running import HOME
from worlds.bench.writing import LEDGER, PAYMENTS, write_all

SETTINGS = '{"type":"settings","as_of":"2026-09-14","base_currency":"GBP"}'
CUSTOMER = '{"type":"customer","id":"C1","name":"Reed & Sons Ltd"}'
DAY = date(2026, 8, 1)


def invoice(at: int, amount: str, currency: str = "GBP") -> str:
    return (
        f'{{"type":"invoice","id":"I{at}","number":"INV-100{at}","customer_id":"C1",'
        f'"issue_date":"2026-08-01","due_date":"2026-08-31","currency":"{currency}",'
        f'"total":"{amount}","open_amount":"{amount}","status":"open"}}'
    )


def payment(at: int, amount: str, text: str, currency: str = "GBP") -> str:
    return (
        f'{{"type":"payment","id":"P{at}","booking_date":"2026-09-01","amount":"{amount}",'
        f'"currency":"{currency}","description":"{text}","payer_name":"Reed & Sons Ltd"}}'
    )


@pytest.fixture
def files(tmp_path: Path) -> Files:
    ledger = [SETTINGS, CUSTOMER, invoice(1, "120.00"), "{", invoice(2, "1200", "JPY")]
    paid = [
        payment(1, "120.00", "INV-1001"),
        payment(2, "7.005", "INV-1001"),
        payment(3, "1200", "INV-1002", "JPY"),
        payment(4, "5.55", "Grüße, 謝謝"),
    ]
    made = Files(tmp_path / "ledger.jsonl", tmp_path / "payments.jsonl", tmp_path / "out.jsonl")
    made.ledger.write_text("\n".join(ledger), "utf-8")
    made.payments.write_text("\n".join(paid), "utf-8")
    return made


def lines(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files.out.read_text("utf-8").splitlines()]


def test_every_payment_has_one_line_in_its_order(files: Files) -> None:
    done = match_files(files, Mode.BALANCED)
    assert (done.payments, done.applied) == (4, 2)
    assert [str(one).partition(": ")[0] for one in done.problems] == [
        *("ledger.jsonl, line 4", "ledger.jsonl, line 5"),
        *("payments.jsonl, line 2", "payments.jsonl, line 3"),
    ]
    found = lines(files)
    assert [one["payment_id"] for one in found] == ["P1", "P2", "P3", "P4"]
    assert [one["decision"] for one in found] == ["apply", "review", "apply", "review"]
    assert found[0]["allocations"] == [{"document_id": "I1", "amount": "120.00"}]
    assert found[2]["allocations"] == [{"document_id": "I2", "amount": "1200.00"}]
    assert found[1]["kind"] == "unknown"
    assert "line 2 of the file" in found[1]["why"][0]
    assert all(
        list(one)
        == [
            *("payment_id", "decision", "kind", "allocations", "adjustments", "on_account"),
            *("refers_to", "confidence", "why", "suggestions"),
        ]
        for one in found
    )


def test_the_same_input_gives_the_same_bytes_in_another_process(files: Files) -> None:
    match_files(files, Mode.SAFE)
    first = files.out.read_bytes()
    words = ["--ledger", files.ledger, "--payments", files.payments, "--out", files.out]
    done = subprocess.run(
        [sys.executable, "app.py", "match", *map(str, words)],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "4711"},
    )
    assert files.out.read_bytes() == first
    assert done.stdout == ""
    assert "ledger.jsonl, line 4: this is no JSON object" in done.stderr
    assert "4 payments: 2 applied, 2 left to a person" in done.stderr
    assert not list(files.out.parent.glob("*.part"))


def test_it_is_told_how_far_it_is(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.match_file.ledger_file.TOLD_EVERY", 2)
    heard: list[Stage] = []
    match_files(files, Mode.SAFE, lambda stage, _done, _of: heard.append(stage))
    assert heard == [Stage.LEDGER, Stage.LEDGER, Stage.DECIDING, Stage.WRITING]


def test_a_line_shows_all_of_an_answer() -> None:
    def item(name: str, currency: str) -> Item:
        return Item(name, name, "C1", currency, 9, 9, 9, DAY, DAY)

    writer = Writer(MemoryBook([item("I1", "GBP"), item("I2", "KWD")]))
    settlement = Settlement(
        (Cleared("I1", 12000), Cleared("I2", -5)),
        (Adjustment("I1", Difference.ROUNDING, -2),),
        (OnAccount("C1", 150),),
    )
    answer = Answer("some_rule", settlement=settlement, refers_to="H1", facts=(("names", "I1"),))
    applied = json.loads(writer.decision(Decision("P1", True, answer), "JPY"))
    assert applied == {
        "payment_id": "P1",
        "decision": "apply",
        "kind": "ar",
        "allocations": [
            {"document_id": "I1", "amount": "120.00"},
            {"document_id": "I2", "amount": "-0.005"},
        ],
        "adjustments": [{"document_id": "I1", "kind": "rounding", "amount": "-0.02"}],
        "on_account": [{"customer_id": "C1", "amount": "150.00"}],
        "refers_to": "H1",
        "confidence": 0.0,
        "why": ["rule some_rule", "names: I1"],
        "suggestions": [],
    }
    asked = Decision("P1", False, answer, "tie", (answer,) * 4, (("I3", "is paid"),))
    line = json.loads(writer.decision(asked, "JPY"))
    assert (line["allocations"], line["on_account"], line["refers_to"]) == ([], [], None)
    assert line["why"][0].endswith(".")
    assert line["why"][-1] == "not I3: is paid"
    assert len(line["suggestions"]) == 3
    assert line["suggestions"][0]["allocations"] == applied["allocations"]
    assert "suggestions" not in line["suggestions"][0]
    refused = json.loads(writer.refused(Refused("P9", "line 3 of the file: no amount")))
    assert (refused["decision"], refused["why"]) == ("review", ["line 3 of the file: no amount"])


def test_an_answer_about_a_document_that_is_not_there_is_a_fault() -> None:
    answer = Answer("some_rule", settlement=Settlement((Cleared("I9", 1),)))
    with pytest.raises(LookupError, match="I9"):
        Writer(MemoryBook(())).decision(Decision("P1", True, answer), "GBP")


def test_a_file_that_cannot_be_written_is_told_with_its_name(files: Files) -> None:
    out = files.out.parent / "no" / "such" / "folder.jsonl"
    words = ("--ledger", files.ledger, "--payments", files.payments, "--out", out)
    done = CliRunner().invoke(match, list(map(str, words)))
    assert done.exit_code == 1
    assert f"{out.parent}: there is no such folder; make it first" in done.stderr


@pytest.mark.parametrize("at", [0, 1])
def test_no_input_is_written_over(files: Files, at: int) -> None:
    words = ("--ledger", files.ledger, "--payments", files.payments, "--out", files[at])
    before = files[at].read_bytes()
    done = CliRunner().invoke(match, list(map(str, words)))
    assert done.exit_code == 2
    assert "--out names an input file" in done.stderr
    assert files[at].read_bytes() == before


def test_on_a_terminal_nothing_is_left_of_the_progress(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--ledger", files.ledger, "--payments", files.payments, "--out", files.out)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    match(list(map(str, words)), standalone_mode=False)
    said = capsys.readouterr().err
    assert "Deciding …\r\x1b[KWriting …\r\x1b[Kledger.jsonl, line 4: " in said
    assert gc.isenabled()


def test_only_so_many_lines_are_named(files: Files) -> None:
    files.ledger.write_text("{\n" * (command.NAMED_MAX + 5), "utf-8")
    words = ("--ledger", files.ledger, "--payments", files.payments, "--out", files.out)
    done = CliRunner().invoke(match, list(map(str, words)))
    assert done.exit_code == 0
    assert done.stderr.count("ledger.jsonl, line") == command.NAMED_MAX - 1
    assert "more lines could not be used" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_terminal_sees_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command._progress()(Stage.LEDGER, 1, 4)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    tell = command._progress()
    tell(Stage.LEDGER, 1, 4)
    tell(Stage.DECIDING, 0, 4)
    assert capsys.readouterr().err == "\r\x1b[KReading the ledger 25 % …\r\x1b[KDeciding …"


def test_the_order_of_the_ledger_changes_nothing(tmp_path: Path) -> None:
    (made,) = write_all(tmp_path, 3, 60, ("us_distribution",))
    files = Files(made / LEDGER, made / PAYMENTS, tmp_path / "first.jsonl")
    match_files(files, Mode.BALANCED)
    shuffled = sorted(files.ledger.read_text("utf-8").splitlines(), key=lambda line: line[::-1])
    files.ledger.write_text("\n".join(shuffled), "utf-8")
    again = files._replace(out=tmp_path / "again.jsonl")
    match_files(again, Mode.BALANCED)
    assert again.out.read_bytes() == files.out.read_bytes()
    assert b'"apply"' in files.out.read_bytes()
