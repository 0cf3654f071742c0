"""Seeded worlds: the product stands them, a planted bug does not, and a seed tells one story."""

from __future__ import annotations

import pytest

from worlds import simulate
from worlds.judges import Violation
from worlds.simulate import Asked, Tally, Verdict


def _shown(verdicts: list[Verdict]) -> list[str]:
    return [
        f"seed {one.seed}: {each.invariant}: {each.text}"
        for one in verdicts
        for each in one.violations
    ]


def test_worlds_full_of_faults_break_no_invariant():
    verdicts = list(simulate.campaign(range(1, 5), Asked(days=20), jobs=2))
    assert _shown(verdicts) == []
    tally = Tally(Asked(days=20))
    for one in verdicts:
        tally.add(one)
    # A calm world would prove nothing.
    assert tally.mails > 40
    assert tally.crashes.total() > 10
    kinds = {name.split(" ", 1)[1] for name in tally.faults}
    assert kinds >= {"dropped", "twice", "held", "write unanswered", "write 429", "write killed"}


def test_one_seed_tells_one_story():
    # Two interpreters, each with its own order of sets.
    first, second = simulate.campaign([3, 3], Asked(days=8), jobs=2)
    assert first.trace == second.trace
    assert first.faults == second.faults


@pytest.mark.parametrize(
    ("plant", "invariant"),
    [("resend-after-crash", "I1 sent twice"), ("apply-twice", "I3 applied too much")],
)
def test_a_planted_bug_is_found_within_fifty_seeds(plant, invariant):
    # The first few find it; which one does changes with every change of the product.
    asked = Asked(days=12, plant=plant)
    verdicts = (simulate.live(seed, asked) for seed in range(1, 51))
    found = (one for one in verdicts if one.violations)
    assert invariant in {one.invariant for one in next(found).violations}


def test_a_failing_seed_says_how_to_see_it_again():
    tally = Tally(Asked(days=9, plant="apply-twice"))
    found = tuple(Violation("I3 applied too much", f"number {number}") for number in range(14))
    tally.add(Verdict(7, "", found))
    tally.add(Verdict(8, "", ()))
    said = list(simulate.report(tally))
    assert "seed 7: I3 applied too much: number 0" in said
    assert "seed 7: and 2 more" in said
    assert "  see it again: python3 run.py simulate --seed 7 --days 9 --plant apply-twice" in said
    assert said[-1].endswith("14 violations in 1 worlds")
