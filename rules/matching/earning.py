"""Which rules have earned to apply money by themselves, and which have lost it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from rules.matching.policy import Counted

# How far back decisions are counted.
COUNTED_DAYS = 90

# So many decisions of a rule have to be known before it is offered.
DECISIONS_MIN = 200

# Of a thousand decisions so many may be wrong: 99.5 % have to be right.
WRONG_OF_THOUSAND_MAX = 5

# So many are allowed before they are a share of anything.
WRONG_ALLOWED = 1


class Standing(StrEnum):
    """What becomes of a rule: OFFERED and WITHDRAWN change it, the others leave it as it is."""

    TOO_FEW = "too_few"
    NOT_GOOD = "not_good"
    OFFERED = "offered"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


class Earned(NamedTuple):
    """How a rule stands: so many of its decisions were right, so many wrong."""

    rule: str
    standing: Standing
    right: int
    wrong: int

    @property
    def decisions(self) -> int:
        """How many decisions are known to have been right or wrong."""
        return self.right + self.wrong


def earned(counts: Mapping[str, Counted], automatic: Collection[str]) -> tuple[Earned, ...]:
    """Say how each rule stands, in the order of their ids.

    A decision is right that a person confirmed, or that nobody undid; it is wrong where the person
    chose otherwise or undid it. Both are of the last `COUNTED_DAYS` days and of one organisation.
    A rule that is `automatic` falls back as soon as too many of its decisions were wrong; a single
    one is allowed while there are few.
    """
    rules = sorted({*counts, *automatic})
    return tuple(
        Earned(rule, _standing(known, automatic=rule in automatic), known.correct, known.wrong)
        for rule in rules
        for known in (counts.get(rule, Counted()),)
    )


def _standing(known: Counted, *, automatic: bool) -> Standing:
    decisions = known.correct + known.wrong
    good = known.wrong * 1000 <= decisions * WRONG_OF_THOUSAND_MAX
    if automatic:
        kept = good or known.wrong <= WRONG_ALLOWED
        return Standing.KEPT if kept else Standing.WITHDRAWN
    if decisions < DECISIONS_MIN:
        return Standing.TOO_FEW
    return Standing.OFFERED if good else Standing.NOT_GOOD
