"""docs/rules.md holds every field, word, reason, preset and example, as the code has them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from rules.cash import Matching, MatchingRule
from rules.parse import parse
from rules.presets import PRESETS
from rules.reasons import DUNNING_REASONS, MATCHING_REASONS
from rules.render import TOML_NAMES, mapping
from rules.ruleset import Dunning
from rules.steps import Policy, Step
from rules.vocabulary import OPERATORS, QUESTIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
SHIPPED = mapping(parse({}))


def _allowed(meta):
    words = [f"`{word}`" for word in meta["choices"]]
    words += [f"*{word}*" for word in meta["later"]]
    if words:
        return ", ".join(words)
    if meta["kind"] == "whole":
        return f"{meta['minimum']} to {meta['maximum']}"
    shown = {
        "amounts": '`{ GBP = "10.00" }`',
        "tolerance": '`{ percent = "0.5", GBP = "1.00", use = "lower_of" }`',
        "flag": "`true`, `false`",
        "always": "`true`",
        "window": "`09:00-11:00`",
        "words": "words",
    }
    return shown.get(meta["kind"], meta["kind"])


def _default(shape, one):
    if shape in (Dunning, Matching):
        table = SHIPPED["dunning" if shape is Dunning else "matching"]
        return _toml(table[TOML_NAMES.get(one.name, one.name)])
    return "needed" if one.default is MISSING else _toml(one.default)


def _toml(value):
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        pairs = ", ".join(f'{key} = "{amount}"' for key, amount in value.items())
        return f"`{{ {pairs} }}`"
    if isinstance(value, list | tuple):
        return "all of them" if len(value) > 5 else " ".join(f"`{one}`" for one in value)
    return f"`{value}`" if value != "" else ""


def table(shape):
    """Make the table of a shape's fields as the page shows it."""
    rows = ["| key | what it is | allowed | default |", "|---|---|---|---|"]
    for one in fields(shape):
        if one.metadata["kind"] in ("steps", "policies", "rules"):
            continue
        key = TOML_NAMES.get(one.name, one.name)
        said = f"**{one.metadata['label']}.** {one.metadata['help']}"
        rows.append(f"| `{key}` | {said} | {_allowed(one.metadata)} | {_default(shape, one)} |")
    return "\n".join(rows)


def questions():
    """Make the table of what a condition may ask."""
    rows = ["| field | what it is | operators |", "|---|---|---|"]
    for name, one in QUESTIONS.items():
        operators = " ".join(f"`{op}`" for op in OPERATORS[one.kind])
        rows.append(f"| `{name}` | {one.help} | {operators} |")
    return "\n".join(rows)


def presets():
    """Make the table of the ladders."""
    rows = ["| preset | step | level | what happens |", "|---|---|---|---|"]
    for name, steps in PRESETS.items():
        for step in steps:
            what = step.template or f"task for {step.assign_to}"
            if step.repeat_every_days:
                what += f", every {step.repeat_every_days} days, {step.stop_after} times at most"
            rows.append(f"| `{name}` | {step.name} | {step.level} | {what} |")
    return "\n".join(rows)


def reasons(told):
    """Make the table of reason codes."""
    rows = ["| code | what it says |", "|---|---|"]
    rows += [f"| `{code}` | {sentence} |" for code, sentence in told.items()]
    return "\n".join(rows)


TABLES = {
    "dunning": table(Dunning),
    "policy": table(Policy),
    "step": table(Step),
    "conditions": questions(),
    "presets": presets(),
    "not sent": reasons(DUNNING_REASONS),
    "matching": table(Matching),
    "matching rule": table(MatchingRule),
    "asked": reasons(MATCHING_REASONS),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_holds_the_table(name):
    assert TABLES[name] in PAGE.read_text("utf-8")


def test_every_example_is_a_rule_set_that_parses():
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(examples) >= 4
    for one in examples:
        assert parse(tomllib.loads(one)) != parse({})
