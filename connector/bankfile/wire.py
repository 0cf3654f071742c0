"""A reading as JSON between the limited process and the one that asked for it."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

from connector.bankfile.mapping import CsvMapping
from connector.bankfile.reading import Problem, ProblemKind, Reading
from ledger.money import Money
from ledger.remittances import RemittanceLine
from ledger.statements import BankLine, Statement

# Made again by these from what JSON holds of them; all other fields are text or truth.
_MONEY = {"amount", "gross", "discount", "original", "charges", "opening", "closing"}
_DAYS = {"booked", "value_day", "opened", "closed"}


def pack(reading: Reading) -> bytes:
    """Write a reading as JSON."""
    return json.dumps(dataclasses.asdict(reading), default=date.isoformat).encode()


def unpack(packed: bytes) -> Reading:
    """Read it again; raises ValueError, TypeError or KeyError for what `pack` did not write."""
    raw = json.loads(packed)
    proposal = raw["proposal"]
    return Reading(
        format=raw["format"],
        statements=tuple(_statement(one) for one in raw["statements"]),
        problems=tuple(_problem(one) for one in raw["problems"]),
        refused=raw["refused"],
        proposal=None if proposal is None else CsvMapping.of(proposal),
    )


def _problem(raw: dict[str, Any]) -> Problem:
    return Problem(**{**raw, "kind": ProblemKind(raw["kind"])})


def _statement(raw: dict[str, Any]) -> Statement:
    return Statement(**{**_values(raw), "lines": tuple(_line(one) for one in raw["lines"])})


def _line(raw: dict[str, Any]) -> BankLine:
    remittance = tuple(RemittanceLine(**_values(one)) for one in raw["remittance"])
    return BankLine(**{**_values(raw), "remittance": remittance})


def _values(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in raw.items()}


def _value(name: str, value: object) -> object:
    if value is None:
        return None
    if name in _MONEY and isinstance(value, dict):
        return Money(**value)
    if name in _DAYS and isinstance(value, str):
        return date.fromisoformat(value)
    return value
