"""The rules as a form and back: controls made from the metadata of the rule set's own fields.

A control's name is the field's path (`dunning.policy[0].steps[1].level`), so what the parser says
about a field finds its place beside the control without any table.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

from rules.cash import MatchingRule
from rules.fields import RuleSetError
from rules.presets import PRESETS
from rules.ruleset import Dunning, Matching
from rules.steps import Policy, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.datastructures import MultiDict

Table = dict[str, Any]
Form = "MultiDict[str, str]"

# Changed on the page Today, where what it means is read first.
SWITCHED_ELSEWHERE = frozenset({"dunning.mode"})
NESTED = frozenset({"policies", "steps", "rules"})
PER_CURRENCY = frozenset({"amounts", "tolerance"})
KEYS = {"any_of": "any", "policies": "policy", "rules": "rule"}
WHOLE = re.compile(r"-?\d{1,9}")
# Bounds what a posted form can make us build; the parser's own bound is lower.
ROWS_MAX = 100
OWN_STEPS = ""


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the page shows it. `value` is as the rule file has it; `error` stands beside."""

    name: str
    label: str
    help: str
    kind: str
    value: Any
    choices: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    error: str
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """One policy on the page: its own controls, its steps, and one empty row to add a step."""

    path: str
    name: str
    controls: list[Control]
    steps: list[list[Control]]
    shown: tuple[Step, ...]
    error: str


def _is_fixed(metadata: Mapping[str, Any]) -> bool:
    """Whether the field has only one answer, and is shown instead of asked."""
    only = metadata["kind"] == "choice" and len(metadata["choices"]) == 1
    return only or str(metadata["help"]).endswith("fixed.")


def _asked(shape: type[Any], path: str) -> Iterable[tuple[str, Any]]:
    """Give the fields a form asks for, each with its path."""
    for field in fields(shape):
        name = f"{path}.{KEYS.get(field.name, field.name)}"
        if field.metadata["kind"] in NESTED or _is_fixed(field.metadata):
            continue
        if name not in SWITCHED_ELSEWHERE:
            yield name, field


def _default(field: Any) -> Any:  # noqa: ANN401 - a field of any kind
    if field.default is MISSING:
        return ""
    if field.metadata["kind"] == "amounts":
        return {one.currency: one.text for one in field.default}
    if field.metadata["kind"] == "tolerance":
        return field.default.table
    if isinstance(field.default, tuple):
        return list(field.default)
    return getattr(field.default, "text", field.default)


def controls(
    shape: type[Any],
    table: Mapping[str, Any],
    path: str,
    error: RuleSetError | None,
    currencies: tuple[str, ...] = (),
) -> list[Control]:
    """Make the controls of one table of the rules, with the error beside the field it names."""
    found = []
    for name, field in _asked(shape, path):
        known = field.metadata
        value = table.get(name.rpartition(".")[2], _default(field))
        at_fault = error is not None and re.match(rf"{re.escape(name)}($|[.\[])", error.field)
        more = value if known["kind"] in PER_CURRENCY and isinstance(value, dict) else ()
        found.append(
            Control(
                name=name,
                label=known["label"],
                help=known["help"],
                kind=known["kind"],
                value=json.dumps(value) if known["kind"] == "conditions" else value,
                choices=_choices(shape, field, value),
                minimum=known["minimum"],
                maximum=known["maximum"],
                error=_said(error) if at_fault else "",
                currencies=tuple(sorted({*currencies, *more} - {"percent", "use"})),
            )
        )
    return found


def _choices(shape: type[Any], field: Any, value: object) -> tuple[str, ...]:  # noqa: ANN401 - a field
    known = tuple(field.metadata["choices"])
    if shape is Policy and field.name == "steps_from":
        known = (OWN_STEPS, *PRESETS)
    elif field.default == "" and field.metadata["kind"] == "choice":
        known = ("", *known)
    # A word that only this rule file knows, such as another policy's name, is kept as it is.
    is_other = isinstance(value, str) and value and known and value not in known
    return (*known, str(value)) if is_other else known


def _said(error: RuleSetError | None) -> str:
    return "" if error is None else f"{error.problem}; {error.fix}"


def fixed(shape: type[Any]) -> list[tuple[str, str]]:
    """List the fields that have one answer only, with what it means."""
    return [
        (one.metadata["label"], one.metadata["help"])
        for one in fields(shape)
        if _is_fixed(one.metadata)
    ]


def ladders(
    rules: Mapping[str, Any], error: RuleSetError | None, currencies: tuple[str, ...] = ()
) -> list[Ladder]:
    """Make the policies of the page, from the rules as the file has them."""
    found = []
    for at, policy in enumerate(rules["dunning"].get("policy", [])):
        path = f"dunning.policy[{at}]"
        own = policy.get("steps", [])
        steps = [
            controls(Step, step, f"{path}.steps[{place}]", error, currencies)
            for place, step in enumerate([*own, {}])
        ]
        preset = PRESETS.get(policy.get("steps_from", ""), ())
        broken = error is not None and error.field in {path, f"{path}.steps"}
        found.append(
            Ladder(
                path,
                str(policy.get("name", "")),
                controls(Policy, policy, path, error),
                steps,
                preset,
                _said(error) if broken else "",
            )
        )
    return found


def read(form: MultiDict[str, str], mode: str) -> Table:
    """Read the posted form into the mapping that the parser reads; `mode` is the one in force."""
    dunning = _table(Dunning, form, "dunning")
    return {
        "dunning": {**dunning, "mode": mode, "policy": _policies(form)},
        "matching": {**_table(Matching, form, "matching"), "rule": _rules(form)},
    }


def _table(shape: type[Any], form: MultiDict[str, str], path: str) -> Table:
    return {
        name.rpartition(".")[2]: _value(form, name, field.metadata)
        for name, field in _asked(shape, path)
    }


def _value(form: MultiDict[str, str], name: str, known: Mapping[str, Any]) -> object:
    text = form.get(name, "").strip()
    kind = known["kind"]
    if kind == "flag":
        return text == "yes"
    if kind == "words":
        typed = form.getlist(name) if known["choices"] else text.split(",")
        return [word.strip() for word in typed if word.strip()]
    if kind in PER_CURRENCY:
        return _amounts(form, f"{name}.")
    if kind == "conditions":
        return _conditions(text)
    # What is no number goes on as it is: the parser says so and names the field.
    return int(text) if kind == "whole" and WHOLE.fullmatch(text) else text


def _amounts(form: MultiDict[str, str], prefix: str) -> dict[str, str]:
    """Give what was typed per currency; an empty box means no amount in that currency."""
    named = sorted(name for name in form if name.startswith(prefix))
    typed = {name.removeprefix(prefix): form[name].strip() for name in named}
    return {currency: text for currency, text in typed.items() if text}


def _conditions(text: str) -> object:
    try:
        return json.loads(text) if text else []
    except ValueError:
        return text


def _rows(form: MultiDict[str, str], path: str) -> list[str]:
    """Give the paths of the rows of a list that are not marked for removal."""
    count = form.get(f"{path}.count", 0, type=int)
    rows = [f"{path}[{at}]" for at in range(min(count, ROWS_MAX))]
    return [row for row in rows if form.get(f"{row}.remove") != "yes"]


def _sparse(shape: type[Any], table: Table) -> Table:
    """Leave out what says no more than the default does."""
    defaults = {
        KEYS.get(field.name, field.name): _default(field)
        for field in fields(shape)
        if field.default is not MISSING
    }
    return {
        key: value for key, value in table.items() if key not in defaults or value != defaults[key]
    }


def _policies(form: MultiDict[str, str]) -> list[Table]:
    rows = sorted(
        _rows(form, "dunning.policy"), key=lambda row: form.get(f"{row}.place", 0, type=int)
    )
    found = []
    for row in rows:
        policy = _sparse(Policy, _table(Policy, form, row))
        if not policy["name"]:
            continue
        if "steps_from" not in policy:
            policy["steps"] = _steps(form, f"{row}.steps")
        found.append(policy)
    return found


def _steps(form: MultiDict[str, str], path: str) -> list[Table]:
    rows = [_table(Step, form, row) for row in _rows(form, path)]
    # The empty row at the end adds a step when it is filled in.
    return [_sparse(Step, row) for row in rows if row["offset_days"] != ""]


def _rules(form: MultiDict[str, str]) -> list[Table]:
    return [
        {"id": form.get(f"{row}.id", ""), "outcome": form.get(f"{row}.outcome", "")}
        for row in _rows(form, "matching.rule")
    ]


def outcomes(rules: Mapping[str, Any], error: RuleSetError | None) -> list[tuple[str, Control]]:
    """Make one control for the outcome of each matching rule."""
    found = []
    for at, rule in enumerate(rules["matching"].get("rule", [])):
        made = controls(MatchingRule, rule, f"matching.rule[{at}]", error)
        outcome = next(one for one in made if one.name.endswith(".outcome"))
        found.append((str(rule.get("id", "")), outcome))
    return found
