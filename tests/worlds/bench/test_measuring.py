"""The bench of cash application, whole: quality and speed, as a person asks for them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from rich.console import Console

from worlds.bench import measuring, speed
from worlds.bench.commands import bench
from worlds.bench.large import write_large
from worlds.bench.speed import Speed

SLOW = Speed(10, 100, 9.0, 2.0, 6.0, 1.0, 0.001, 50.0)


def test_made_up_businesses_are_matched_and_scored() -> None:
    words = ["matching", "--payments", "40", "--business", "uk_services", "--json"]
    done = CliRunner().invoke(bench, words)
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert set(found) == {"uk_services", "all"}
    assert found["all"]["precision"] > 0.9
    assert found["all"]["stp"] > 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("ledger")
    write_large(made, 1, 64, 16)
    return made


def test_the_parts_of_a_run_are_measured(folder) -> None:
    found = speed.parts(folder)
    assert found["payments"] == 16
    assert min(found.values()) > 0


def test_the_whole_process_is_measured_too() -> None:
    found = CliRunner().invoke(bench, ["matching", "--speed", "--invoices", "64", "--json"])
    (one,) = json.loads(found.stdout)
    assert (one["invoices"], one["payments"]) == (64, 64)
    assert one["process_seconds"] > one["match_seconds"] > 0


def test_measures_of_speed_are_shown_as_a_table(capsys) -> None:
    Console(width=150).print(measuring.table([SLOW]))
    shown = capsys.readouterr().out
    assert "open invoices" in shown
    assert "10.00" in shown


def test_ratios_do_not_depend_on_the_machine() -> None:
    assert SLOW.a_payment_milliseconds == pytest.approx(10)
    assert SLOW.load_ratio == pytest.approx(3)
    assert SLOW.look_ups_a_payment == pytest.approx(10)


def test_payments_are_matched_one_by_one_from_a_store() -> None:
    asked = ["matching", "--stored", "--invoices", "16"]
    found = CliRunner().invoke(bench, [*asked, "--json"])
    (one,) = json.loads(found.stdout)
    assert (one["invoices"], one["payments"]) == (16, 16)
    assert 0 < one["middle_seconds"] <= one["p95_seconds"] <= one["worst_seconds"]
    assert "95th of 100 ms" in CliRunner().invoke(bench, asked).stdout
