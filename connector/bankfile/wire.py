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

_LINE = tuple(one.name for one in dataclasses.fields(BankLine))
_STATEMENT = tuple(one.name for one in dataclasses.fields(Statement))
_REMITTANCE = tuple(one.name for one in dataclasses.fields(RemittanceLine))
# Made again by these from what JSON holds of them; all other fields are text or truth.
_MONEY = {"amount", "gross", "discount", "original", "charges", "opening", "closing"}
_DAYS = {"booked", "value_day", "opened", "closed"}


def pack(reading: Reading) -> bytes:
    """Write a reading as JSON; of a line only what it says, since a file may hold many."""
    proposal = reading.proposal
    rest: dict[str, Any] = {
        "format": reading.format,
        "refused": reading.refused,
        "problems": [dataclasses.asdict(one) for one in reading.problems],
        "proposal": None if proposal is None else dataclasses.asdict(proposal),
        "statements": [_said(one, _STATEMENT) for one in reading.statements],
    }
    return json.dumps(rest, default=_plain, separators=(",", ":")).encode()


def _said(one: object, names: tuple[str, ...]) -> dict[str, Any]:
    found = ((name, getattr(one, name)) for name in names)
    return {name: value for name, value in found if value not in (None, "", False, ())}


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, Money):
        return [value.minor, value.currency]
    if isinstance(value, BankLine):
        return _said(value, _LINE)
    if isinstance(value, RemittanceLine):
        return _said(value, _REMITTANCE)
    # The rest are days.
    return str(value)


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
    lines = tuple(_line(one) for one in raw.get("lines", ()))
    return Statement(**{"account": "", **_values(raw), "lines": lines})


def _line(raw: dict[str, Any]) -> BankLine:
    remittance = tuple(
        RemittanceLine(**{"reference": "", **_values(one)}) for one in raw.get("remittance", ())
    )
    return BankLine(**{"text": "", **_values(raw), "remittance": remittance})


def _values(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in raw.items()}


def _value(name: str, value: object) -> object:
    if name in _MONEY and isinstance(value, list):
        return Money(*value)
    if name in _DAYS and isinstance(value, str):
        return date.fromisoformat(value)
    return value
