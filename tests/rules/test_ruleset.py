"""Rule sets are read, written and read again without losing anything."""

from __future__ import annotations

import tomllib
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.days import WEEKDAYS
from rules.cash import Matching, MatchingRule
from rules.parse import defaults, parse
from rules.presets import PRESETS
from rules.readers import READERS
from rules.render import mapping, render
from rules.ruleset import HOLD_WORDS, Dunning
from rules.steps import Policy, Step

SHAPES = (Dunning, Policy, Step, Matching, MatchingRule)


def test_what_ships_sends_nothing_by_itself():
    shipped = parse({})
    assert shipped.dunning.mode == "preview"
    assert shipped.matching.mode == "suggest"
    assert [policy.name for policy in shipped.dunning.policies] == ["standard"]
    assert shipped.dunning.policies[0].steps == PRESETS["standard"]
    assert parse(defaults()) == shipped


def test_an_empty_list_of_words_and_a_currency_without_decimals():
    rules = parse({"dunning": {"hold_when": [], "minimum_amount": {"JPY": "1000"}}}, version=3)
    assert rules.version == 3
    assert rules.dunning.hold_when == ()
    assert parse(tomllib.loads(render(rules)), version=3) == rules


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_each_preset_is_a_ladder_the_parser_accepts(preset):
    rules = parse({"dunning": {"policy": [{"name": "own", "steps": _spelled_out(preset)}]}})
    assert rules.dunning.policies[0].steps == PRESETS[preset]


def _spelled_out(preset):
    return [
        {
            one.name: getattr(step, one.name)
            for one in fields(Step)
            if one.name not in ("minimum_amount", "only_when") and getattr(step, one.name) != ""
        }
        for step in PRESETS[preset]
    ]


def test_a_policy_of_the_file_goes_before_the_preset_of_its_name():
    step = {
        "level": 1,
        "anchor": "due_date",
        "offset_days": 20,
        "action": "email",
        "template": "overdue_polite",
    }
    key = [{"field": "customer.tags", "op": "contains", "value": "key"}]
    rules = parse(
        {
            "dunning": {
                "policy": [
                    {"name": "key", "applies_when": key, "steps_from": "standard"},
                    {"name": "standard", "steps": [step]},
                ]
            }
        }
    )
    assert [one.name for one in rules.dunning.policies[0].steps] == ["due_date+20"]
    assert parse(tomllib.loads(render(rules))) == rules


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "customer.country", "op": "is_set"},
        {"field": "customer.country", "op": "is", "value": "GB"},
        {"field": "customer.country", "op": "in", "value": ["GB", "IE"]},
        {"field": "invoice.days_overdue", "op": "between", "value": [3, 9]},
        {"field": "invoice.total", "op": "at_least", "value": {"GBP": "50.00", "JPY": "9000"}},
    ],
)
def test_a_condition_is_written_as_it_was_read(condition):
    policy = {"name": "some", "applies_when": [condition], "steps": _spelled_out("standard")}
    rules = parse({"dunning": {"policy": [policy]}})
    [written] = tomllib.loads(render(rules))["dunning"]["policy"]
    assert written["applies_when"] == [condition]
    assert parse(tomllib.loads(render(rules))) == rules


def test_a_changed_rule_keeps_the_fixed_order():
    rules = parse(
        {
            "matching": {
                "rule": [
                    {"id": "known_payer_exact_unique", "outcome": "suggest", "payer": "known"},
                    {"id": "stripe_link", "outcome": "ignore"},
                ]
            }
        }
    )
    shipped = [one.id for one in parse({}).matching.rules]
    assert [one.id for one in rules.matching.rules] == shipped
    assert shipped[0] == "stripe_link"
    outcomes = {one.id: one.outcome for one in rules.matching.rules}
    assert outcomes.pop("stripe_link") == "ignore"
    assert outcomes.pop("known_payer_exact_unique") == "suggest"
    assert outcomes == {
        one.id: one.outcome for one in parse({}).matching.rules if one.id in outcomes
    }


def test_every_field_says_what_it_is():
    nested = {"steps", "policies", "rules"}
    for shape in SHAPES:
        for one in fields(shape):
            assert one.metadata["label"]
            assert one.metadata["help"].endswith(".")
            assert one.metadata["kind"] in READERS.keys() | nested
            assert not set(one.metadata["choices"]) & set(one.metadata["later"])


def test_every_default_is_within_its_own_bounds():
    for shape in (Dunning(), Matching()):
        for one in fields(shape):
            low, high = one.metadata["minimum"], one.metadata["maximum"]
            value = getattr(shape, one.name)
            if one.metadata["kind"] == "whole":
                assert low <= value <= high
            if one.metadata["kind"] == "choice":
                assert value in one.metadata["choices"]


def table(shape):
    """Make tables of a shape's plain fields, any of them absent."""
    plain = {one.name: _values(one.metadata) for one in fields(shape)}
    return st.fixed_dictionaries({}, optional={k: v for k, v in plain.items() if v is not None})


AMOUNTS = st.dictionaries(
    st.sampled_from(["GBP", "USD", "EUR"]), st.decimals(0, 10**6, places=2).map(str), max_size=3
)
TOLERANCES = st.builds(
    lambda limits, percent: {**limits, "percent": percent},
    AMOUNTS,
    st.decimals(0, 5, places=2).map(str),
)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9).filter(str.isprintable)


def _values(meta):
    known = st.sampled_from(meta["choices"]) if meta["choices"] else WORDS
    low = meta["minimum"] or 0
    made = {
        "whole": lambda: st.integers(meta["minimum"], meta["maximum"]),
        "flag": st.booleans,
        "choice": lambda: known,
        "amounts": lambda: AMOUNTS,
        "tolerance": lambda: TOLERANCES,
        "words": lambda: st.lists(known, min_size=low, max_size=6, unique=True),
        "window": lambda: st.integers(0, 22).map(lambda hour: f"{hour:02d}:15-{hour + 1:02d}:00"),
    }
    return made[meta["kind"]]() if meta["kind"] in made else None


CONDITIONS = st.lists(
    st.one_of(
        st.builds(lambda value: {"field": "customer.country", "op": "is", "value": value}, WORDS),
        st.builds(
            lambda value: {"field": "customer.language", "op": "in", "value": value},
            st.lists(WORDS, min_size=1, max_size=3, unique=True),
        ),
        st.builds(
            lambda low, more: {
                "field": "invoice.days_overdue",
                "op": "between",
                "value": [low, low + more],
            },
            st.integers(-9, 9),
            st.integers(0, 9),
        ),
        st.builds(
            lambda value: {"field": "invoice.total", "op": "at_least", "value": value},
            AMOUNTS.filter(bool),
        ),
        st.builds(
            lambda value: {"field": "invoice.has_po", "op": "is", "value": value}, st.booleans()
        ),
        st.just({"field": "customer.tags", "op": "is_empty"}),
    ),
    min_size=1,
    max_size=3,
)

STEPS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 300)),
    min_size=1,
    max_size=5,
    unique_by=lambda pair: pair[1],
).flatmap(
    lambda pairs: st.tuples(
        *(
            st.fixed_dictionaries(
                {
                    "level": st.just(level),
                    "anchor": st.just("due_date"),
                    "offset_days": st.just(days),
                    "action": st.just("email"),
                    "template": st.sampled_from(["overdue_polite", "overdue_firm"]),
                },
                optional={
                    "minimum_amount": AMOUNTS,
                    "requires_approval": st.booleans(),
                    "only_when": CONDITIONS,
                },
            )
            for level, days in zip(
                sorted(level for level, _ in pairs), sorted(days for _, days in pairs), strict=True
            )
        )
    )
)

POLICIES = st.tuples(CONDITIONS, STEPS, st.sampled_from(sorted(PRESETS)), CONDITIONS).map(
    lambda made: [
        {"name": "first", "applies_when": made[0], "any": made[3], "steps": list(made[1])},
        {"name": "last", "steps_from": made[2], "grace_days": 2},
    ]
)


@settings(max_examples=60, deadline=None)
@given(table(Dunning), table(Matching), POLICIES)
def test_a_written_rule_set_reads_back_as_itself(dunning, matching, policies):
    rules = parse({"dunning": {**dunning, "policy": policies}, "matching": matching})
    assert parse(tomllib.loads(render(rules))) == rules
    assert parse(mapping(rules)) == rules


def test_known_words_come_back_in_their_usual_order():
    rules = parse({"dunning": {"send_days": ["fri", "mon"], "hold_when": list(HOLD_WORDS[::-1])}})
    assert rules.dunning.send_days == ("mon", "fri")
    assert rules.dunning.hold_when == HOLD_WORDS
    assert WEEKDAYS.index("mon") == 0
