"""A rule that people undo too often only suggests from then on, and says so."""

from __future__ import annotations

from datetime import timedelta

from flows import cash, earning
from rules.matching.earning import Earned, Standing
from rules.parse import parse
from store import actions, rulesets, track_record
from tests.flows.scene import Scene
from tests.flows.test_cash import AUTO, choose, portion

RULE = "reference_and_amount"


def outcome(scene: Scene) -> str:
    with scene.tools.sessions() as s:
        mapping = rulesets.current(s, scene.organisation_id).mapping
    return next(one.outcome for one in parse(mapping).matching.rules if one.id == RULE)


def standing(scene: Scene, **later: int) -> Earned:
    with scene.tools.sessions() as s:
        mapping = rulesets.current(s, scene.organisation_id).mapping
        found = earning.standings(s, scene.organisation_id, mapping, scene.now + timedelta(**later))
    return found[RULE]


def undo(scene: Scene, row: actions.ActionRow) -> None:
    with scene.tools.sessions.begin() as s:
        cash.undo(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    scene.live(hours=1)


def test_the_second_undo_of_few_lets_a_rule_only_suggest(scene: Scene) -> None:
    scene.connect()
    scene.rules(matching=AUTO)
    for number in ("AA-1001", "AA-1002", "AA-1003"):
        scene.invoice(number)
        scene.receipt(10_000, number)
    scene.pulse()
    first, second, _third = scene.actions("apply")
    undo(scene, first)
    assert outcome(scene) == "apply"
    assert standing(scene).standing is Standing.KEPT
    undo(scene, second)
    assert outcome(scene) == "suggest"
    [told] = scene.exceptions(earning.WITHDRAWN)
    assert told.title == "The rule reference and amount only suggests from now on"
    assert told.detail.startswith("Of 3 of its decisions in the last 90 days 2 were undone")
    scene.invoice("AA-1004")
    scene.receipt(10_000, "AA-1004")
    scene.live(hours=1)
    assert scene.actions("apply")[-1].state == "waiting"


def test_what_was_long_ago_is_not_counted(scene: Scene) -> None:
    scene.connect()
    scene.rules(matching=AUTO)
    scene.invoice("AA-1001")
    scene.receipt(10_000, "AA-1001")
    scene.pulse()
    assert standing(scene).right == 1
    assert standing(scene, days=91).right == 0


def test_a_proposal_that_a_person_passed_over_was_wrong(scene: Scene) -> None:
    scene.connect()
    scene.invoice("AA-1001")
    other = scene.invoice("AA-1002")
    receipt = scene.receipt(10_000, "AA-1001")
    scene.live(hours=1)
    assert scene.action("apply").state == "waiting"
    choose(scene, receipt, portion(scene, other, 10_000))
    scene.live(hours=1)
    with scene.tools.sessions() as s:
        counted = track_record.of_rules(s, scene.organisation_id, scene.now - timedelta(days=1))
    assert {rule: tuple(one) for rule, one in counted.items()} == {RULE: (0, 1), "person": (1, 0)}
    # A rule that only suggests has nothing to lose.
    with scene.tools.sessions.begin() as s:
        assert not earning.fall_back(s, scene.organisation_id, RULE, scene.now)
        assert not earning.fall_back(s, scene.organisation_id, "person", scene.now)


def test_what_was_dropped_for_other_reasons_says_nothing(scene: Scene) -> None:
    scene.connect()
    scene.invoice("AA-1001")
    scene.receipt(10_000, "AA-1001")
    scene.live(hours=1)
    with scene.tools.sessions.begin() as s:
        row = scene.action("apply")
        actions.cancel(s, row.organisation_id, row.id, who="x", now=scene.now, reason="the facts")
        assert track_record.of_rules(s, scene.organisation_id, scene.now - timedelta(1)) == {}
