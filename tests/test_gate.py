"""The gate reports what fails: its steps, and each import contract, broken once in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import gate

HOME = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
NAMES = {contract["id"]: contract["name"] for contract in SETTINGS["contracts"]}

# Contract, room that gets the offending import, what it then imports.
BREAKS = [
    ("layers", "store", "connector"),
    ("layers", "ledger", "rules"),
    ("layers", "flows", "web"),
    ("pure", "rules", "sqlalchemy"),
    ("pure", "ledger", "flask"),
    ("translators", "connector", "rules"),
    ("translators", "channels", "store"),
    ("consent", "oauth", "rules"),
    ("door", "webhooks", "oauth"),
    ("door", "webhooks", "flows"),
    ("judge", "flows", "sandbox"),
    ("judge", "web", "worlds"),
    ("sandbox", "sandbox", "ledger"),
    ("sandbox", "sandbox", "stripe"),
    ("app", "flows", "app"),
    ("app", "worlds", "app"),
    ("house", "web", "house"),
    ("decisions", "rules.dunning", "rules.matching"),
    ("providers", "connector.quickbooks", "connector.stripe"),
    ("registry", "flows", "connector.stripe"),
    ("registry", "oauth", "connector.quickbooks.translate"),
    ("registry", "flows", "connector.bankfile.camt"),
    ("vendor-bankfile", "flows", "bai2"),
    ("vendor-remittance", "flows", "openpyxl"),
    ("vendor-stripe", "store", "stripe"),
    ("vendor-stripe", "connector.quickbooks", "stripe"),
    ("vendor-xero", "flows", "xero_python"),
    ("vendor-quickbooks", "oauth", "quickbooks"),
    ("vendor-quickbooks", "oauth", "intuitlib"),
    ("cycles", "ledger", "ledger.ring"),
]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Copy what the contracts look at: Python files and their settings."""
    shutil.copy(HOME / "pyproject.toml", tmp_path)
    for room in SETTINGS["root_packages"]:
        shutil.copytree(HOME / room, tmp_path / room, ignore=keep_python)
    return tmp_path


def keep_python(folder: str, names: list[str]) -> set[str]:
    """Tell copytree what to leave behind: everything but folders and Python files."""
    return {
        name
        for name in names
        if name == "__pycache__" or not (name.endswith(".py") or (Path(folder) / name).is_dir())
    }


def lint(house: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the copy; the copy's rooms stand first on the path."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *options],
        cwd=house,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def spoil(house: Path, package: str, imported: str) -> None:
    """Add one file with one offending import to a package of the copy."""
    folder = house.joinpath(*package.split("."))
    (folder / "offence.py").write_text(f"import {imported}\n", "utf-8")


def verdict(printed: str, contract: str) -> str:
    """Give KEPT or BROKEN as lint-imports prints it beside the contract's name.

    A count of ignored imports may follow the word.
    """
    lines = [line for line in printed.splitlines() if line.startswith(NAMES[contract])]
    if any("BROKEN" in line for line in lines):
        return "BROKEN"
    return lines[0].removeprefix(NAMES[contract]).split()[0]


def test_unbroken_every_contract_is_kept(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {contract: verdict(done.stdout, contract) for contract in NAMES} == dict.fromkeys(
        NAMES, "KEPT"
    )


def test_every_contract_is_broken_below() -> None:
    assert {contract for contract, _, _ in BREAKS} == set(NAMES)


@pytest.mark.parametrize(("contract", "package", "imported"), BREAKS)
def test_a_broken_contract_is_reported(
    house: Path, contract: str, package: str, imported: str
) -> None:
    if contract == "cycles":
        (house / "ledger" / "ring.py").write_text("import ledger.offence\n", "utf-8")
    spoil(house, package, imported)
    done = lint(house, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdict(done.stdout, contract) == "BROKEN"
    assert f"{package}.offence" in done.stdout or contract == "cycles"


def test_the_door_may_wake_the_worker(house: Path) -> None:
    (house / "flows" / "doorbell").mkdir(exist_ok=True)
    (house / "flows" / "doorbell" / "__init__.py").touch()
    spoil(house, "webhooks", "flows.doorbell")
    done = lint(house, "--contract", "door")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_step_runs_and_a_failed_one_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    say = [sys.executable, "-c", "print('spoke')"]
    code = gate.run_all({"first": [sys.executable, "-c", "raise SystemExit(3)"], "second": say})
    printed = capfd.readouterr().out
    assert code == 1
    assert "spoke" in printed
    assert printed.endswith("FAILED: first\n")


def test_when_every_step_passes_the_gate_opens(capfd: pytest.CaptureFixture[str]) -> None:
    assert gate.run_all({"only": [sys.executable, "-c", "pass"]}) == 0
    assert capfd.readouterr().out.endswith("All passed.\n")


@pytest.mark.parametrize("words", [[], ["check", "--slow"], ["demo"]])
def test_misuse_is_answered_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate.main(words) == 2
    assert "usage" in capsys.readouterr().err
