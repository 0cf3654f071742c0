"""Reads a rule file, a saved version or the settings page's form into a rule set.

All three are one mapping, as `tomllib` gives it; a key that is absent keeps its default, so that
better defaults reach whoever never changed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from typing import Any

from rules.cash import Matching, MatchingRule
from rules.checks import check_policies, check_steps
from rules.fields import RuleSetError
from rules.presets import PRESETS
from rules.readers import READERS, Metadata, items, name, nearest, table, unknown
from rules.render import TOML_NAMES, mapping
from rules.ruleset import Dunning, RuleSet
from rules.steps import Policy, Step

# Keys of the vocabulary that nothing reads yet.
KEYS_LATER = {
    Dunning: ("customer_floor_decay_days", "resume_after_reply_days"),
    Policy: (),
    Step: ("tone", "to", "cc", "attach"),
    Matching: (
        *("write_off_account", "bank_charge_account"),
        "max_combination_candidates",
    ),
    MatchingRule: (),
}

# What these find is only ever suggested.
RULES_LATER = (
    *("known_payer_part", "exact_amount_unknown_payer"),
    *("name_similar", "reference_but_other_customer"),
)


def parse(source: Mapping[str, object], *, version: int = 0) -> RuleSet:
    """Read a rule set; raises RuleSetError for the first thing that cannot be meant."""
    for key in table(source, "rules"):
        if key not in ("dunning", "matching"):
            raise unknown(key, key, ("dunning", "matching"))
    dunning = Dunning(**_read(Dunning, source.get("dunning", {}), "dunning"))
    if not dunning.policies:
        policy = Policy("standard", steps_from="standard", steps=PRESETS["standard"])
        dunning = replace(dunning, policies=(policy,))
    matching = Matching(**_read(Matching, source.get("matching", {}), "matching"))
    return RuleSet(version, dunning, matching)


def defaults() -> dict[str, object]:
    """Give what ships, as the mapping that `parse` reads and the page starts from."""
    return mapping(parse({}))


def _read(shape: type[Any], value: object, path: str) -> dict[str, Any]:
    given = table(value, path)
    known = {TOML_NAMES.get(one.name, one.name): one for one in fields(shape)}
    for key in given:
        if key not in known:
            raise _unknown_key(path, key, tuple(known), KEYS_LATER[shape])
    return {
        one.name: _reader(one)(given[key], f"{path}.{key}", one.metadata)
        for key, one in known.items()
        if key in given or _required(one, f"{path}.{key}")
    }


def _required(field: Field[Any], path: str) -> bool:
    if field.default is MISSING:
        raise RuleSetError(path, "it is missing", f"add it: {field.metadata['help']}")
    return False


def _unknown_key(
    path: str, key: str, known: tuple[str, ...], later: tuple[str, ...]
) -> RuleSetError:
    here = f"{path}.{key}"
    if key in later:
        return RuleSetError(here, "it is not available yet", "remove it")
    return RuleSetError(here, "no such key", f"did you mean {nearest(key, known)!r}?")


def _reader(field: Field[Any]) -> Any:  # noqa: ANN401 - each kind gives its own type
    return _NESTED.get(field.metadata["kind"]) or READERS[field.metadata["kind"]]


def _steps(value: object, path: str, _: Metadata) -> tuple[Step, ...]:
    read = tuple(
        Step(**_read(Step, one, f"{path}[{at}]")) for at, one in enumerate(items(value, path))
    )
    check_steps(read, path)
    return read


def _policies(value: object, path: str, _: Metadata) -> tuple[Policy, ...]:
    tables = [table(one, f"{path}[{at}]") for at, one in enumerate(items(value, path))]
    if not tables:
        raise RuleSetError(path, "there is no policy", "add one, or remove the key")
    policies = []
    for at, one in enumerate(tables):
        here = f"{path}[{at}]"
        if ("steps" in one) == ("steps_from" in one):
            raise RuleSetError(f"{here}.steps", "it has no ladder or two", _LADDER)
        policies.append(Policy(**_read(Policy, one, here)))
    owned = {
        policy.name: policy.steps
        for policy, one in zip(policies, tables, strict=True)
        if "steps" in one
    }
    climbed = tuple(_climb(policy, owned, f"{path}[{at}]") for at, policy in enumerate(policies))
    check_policies(climbed, path)
    return climbed


_LADDER = "give either steps or steps_from"


def _climb(policy: Policy, owned: Mapping[str, tuple[Step, ...]], path: str) -> Policy:
    if not policy.steps_from:
        return policy
    # A policy of this file goes before the preset of the same name: who edits the ladder of
    # "standard" means it for everyone who climbs "standard".
    ladders = {**PRESETS, **owned}
    if policy.steps_from not in ladders:
        raise unknown(f"{path}.steps_from", policy.steps_from, tuple(ladders))
    return replace(policy, steps=ladders[policy.steps_from])


def _rules(value: object, path: str, _: Metadata) -> tuple[MatchingRule, ...]:
    shipped = {rule.id: rule for rule in Matching().rules}
    changed: dict[str, MatchingRule] = {}
    for at, one in enumerate(items(value, path)):
        here = f"{path}[{at}]"
        # The id first: a rule that is not there yet is said to be so, whatever else it holds.
        known = name(table(one, here).get("id", ""), f"{here}.id", {})
        if known not in shipped:
            raise unknown(f"{here}.id", known, tuple(shipped), RULES_LATER)
        if known in changed:
            raise RuleSetError(f"{here}.id", f"{known!r} is there twice", "remove one")
        given = _read(MatchingRule, one, here)
        for key in given.keys() - {"outcome"}:
            if given[key] != getattr(shipped[known], key):
                problem = f"{known} always compares {getattr(shipped[known], key)!r}"
                raise RuleSetError(f"{here}.{key}", problem, "remove the key")
        changed[known] = replace(shipped[known], **given)
    return tuple(changed.get(key, rule) for key, rule in shipped.items())


_NESTED = {"steps": _steps, "policies": _policies, "rules": _rules}
