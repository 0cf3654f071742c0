"""Writes a rule set back as the mapping and the TOML it can be read from."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

from ledger.money import Money
from rules.cash import MatchingRule
from rules.fields import Condition, Tolerance, Window
from rules.steps import Policy, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.ruleset import RuleSet

# Lists of tables have the name of one of them, as TOML writes them.
TOML_NAMES = {"policies": "policy", "any_of": "any", "rules": "rule"}


def mapping(ruleset: RuleSet) -> dict[str, Any]:
    """Give what `parse` reads back into the same rule set (its version is kept beside it)."""
    return {"dunning": _all(ruleset.dunning), "matching": _all(ruleset.matching)}


def render(ruleset: RuleSet) -> str:
    """Write the rule set as TOML text: tables, then policies and rules one after the other."""
    lines: list[str] = []
    for title, table in mapping(ruleset).items():
        lists = [key for key, value in table.items() if key in TOML_NAMES.values()]
        lines += [f"[{title}]", *_lines(table, lists)]
        for key in lists:
            for one in table[key]:
                lines += ["", f"[[{title}.{key}]]", *_lines(one, ())]
        lines.append("")
    return "\n".join(lines)


def _all(shape: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass of the rule set
    return {TOML_NAMES.get(one.name, one.name): _plain(shape, one) for one in fields(shape)}


def _sparse(shape: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass of the rule set
    return {
        TOML_NAMES.get(one.name, one.name): _plain(shape, one)
        for one in fields(shape)
        if one.default is MISSING or getattr(shape, one.name) != one.default
    }


def _plain(shape: Any, field: Field[Any]) -> object:  # noqa: ANN401 - any dataclass
    value = getattr(shape, field.name)
    if field.metadata["kind"] == "amounts":
        return _amounts(value)
    if isinstance(value, Tolerance):
        return value.table
    return [_entry(one) for one in value] if isinstance(value, tuple) else _entry(value)


def _amounts(value: tuple[Money, ...]) -> dict[str, object]:
    return {amount.currency: amount.text for amount in value}


def _entry(value: object) -> object:
    if isinstance(value, Window):
        return value.text
    if isinstance(value, Condition):
        return _condition(value)
    if isinstance(value, Policy):
        return _policy(value)
    if isinstance(value, MatchingRule):
        # The rest of a rule is fixed and would only look as if it could be changed.
        return {"id": value.id, "outcome": value.outcome}
    return _sparse(value) if isinstance(value, Step) else value


def _policy(policy: Policy) -> dict[str, object]:
    written = _sparse(policy)
    if policy.steps_from:
        del written["steps"]
    else:
        written.setdefault("steps", [])
    return written


def _condition(condition: Condition) -> dict[str, object]:
    written: dict[str, object] = {"field": condition.field, "op": condition.op}
    value = condition.value
    if isinstance(value, tuple):
        money = [one for one in value if isinstance(one, Money)]
        written["value"] = _amounts(tuple(money)) if money else list(value)
    elif value is not None:
        written["value"] = value
    return written


def _lines(table: Mapping[str, object], without: list[str] | tuple[()]) -> Iterator[str]:
    for key, value in table.items():
        if key not in without:
            yield f"{key} = {_toml(value)}"


def _toml(value: object) -> str:
    match value:
        case dict():
            pairs = (f"{key} = {_toml(one)}" for key, one in value.items())
            return "{ " + ", ".join(pairs) + " }" if value else "{}"
        case [dict(), *_]:
            return "[\n" + "".join(f"  {_toml(one)},\n" for one in value) + "]"
        case list():
            return "[" + ", ".join(_toml(one) for one in value) + "]"
        case _:
            # TOML writes text, numbers and flags as JSON does.
            return json.dumps(value, ensure_ascii=False)
