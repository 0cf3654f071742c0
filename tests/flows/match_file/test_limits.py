"""The line of settings: what is wrong on it is named and left out, and the rest holds."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from flows.match_file.ledger_file import Ledger, read_ledger

GIVEN = {
    "type": "settings",
    "as_of": "2026-09-14",
    "base_currency": "GBP",
    "rounding_max": "0.02",
    "bank_fee_max": "9.00",
    "discount_grace_days": 1,
    "fx_tolerance": "0.01",
    "own_names": ["Us Ltd"],
    "bank_fee_channels": ["wire"],
}


def ledger(**changed: Any) -> Ledger:
    return read_ledger(io.BytesIO(json.dumps({**GIVEN, **changed}).encode()), "ledger")


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("rounding_max", "-0.01", "`rounding_max` is -0.01, not an amount such as 0.05"),
        ("rounding_max", "NaN", "`rounding_max` is NaN"),
        ("rounding_max", True, "got `bool` - at `rounding_max`; it is left out"),
        ("bank_fee_max", "1e99999", "`bank_fee_max` is 1E+99999"),
        ("discount_grace_days", 10**12, "not a number of days up to 366"),
        ("discount_grace_days", "3", "got `str` - at `discount_grace_days`"),
        ("fx_tolerance", "2.5", "`fx_tolerance` is 2.5, not a share such as 0.025"),
        ("as_of", "14.09.2026", "at `as_of`"),
        ("own_names", [None], "at `own_names[0]`"),
        ("bank_fee_channels", "wire", "at `bank_fee_channels`"),
        ("base_currency", "gbp", "`base_currency`: 'gbp' is no currency code"),
    ],
)
def test_a_setting_nobody_can_mean_is_left_out(field: str, wrong: Any, said: str) -> None:
    found = ledger(**{field: wrong})
    (problem,) = found.problems
    assert problem.line == 1
    assert said in problem.what
    assert getattr(found.settings, field) is None
    others = {name: getattr(found.settings, name) for name in GIVEN if name not in ("type", field)}
    usual = ledger().settings
    assert others == {name: getattr(usual, name) for name in others}


def test_each_wrong_setting_is_named() -> None:
    found = ledger(own_names="Us", as_of=5, rounding_max="-1")
    assert [one.line for one in found.problems] == [1, 1, 1]
    assert found.settings.base_currency == "GBP"


def test_settings_as_they_should_be_hold() -> None:
    found = ledger()
    assert found.problems == ()
    assert found.settings.as_of == date(2026, 9, 14)
    assert (found.settings.rounding_max, found.settings.discount_grace_days) == (Decimal("0.02"), 1)


@pytest.mark.parametrize("line", [b"[5]", b'{"type":"weather"', b'{"type":"fx_rate"}'])
def test_other_lines_are_not_taken_for_settings(line: bytes) -> None:
    whole, told = read_ledger(io.BytesIO(line), "ledger").problems
    assert whole.what == "there is no line of type settings; usual limits hold"
    assert told.what.endswith("; the line is left out")
