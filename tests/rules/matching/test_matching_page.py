"""docs/matching.md shows every rule by an example, and every example is what the rules do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from rules.matching.answers import REFERENCE_RULES
from rules.matching.confidence import THRESHOLDS
from rules.matching.earning import COUNTED_DAYS, DECISIONS_MIN, WRONG_OF_THOUSAND_MAX
from rules.matching.evidence import (
    by_payer,
    continued,
    linked,
    not_receivable,
    on_account,
    payouts,
    refunds,
    remitted,
    repeated,
    returned,
)
from rules.matching.policy import Mode
from rules.reasons import MATCHING_REASONS
from tests.rules.matching.stories import outcome

PAGE = (Path(__file__).parents[3] / "docs" / "matching.md").read_text("utf-8")
EXAMPLES = [tomllib.loads(one) for one in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
RULES = {
    *REFERENCE_RULES.values(),
    "references_sum",
    *(continued.CONTINUED, continued.NETTED),
    *(by_payer.EXACT, by_payer.BALANCE, by_payer.ANY_SUM),
    *(one.RULE for one in (linked, not_receivable, on_account, payouts, refunds)),
    *(one.RULE for one in (remitted, repeated, returned)),
}


@pytest.mark.parametrize("at", range(len(EXAMPLES)))
def test_the_example_is_what_happens(at):
    story = EXAMPLES[at]
    assert outcome(story) == [{"payment": "P1", **one} for one in story["expect"]]


def test_every_rule_has_its_section_and_an_example():
    assert set(re.findall(r"^### `(\w+)`", PAGE, re.MULTILINE)) == RULES
    for section in PAGE.split("\n### `")[1:]:
        rule = section.partition("`")[0]
        assert f'rule = "{rule}"' in section


def test_every_reason_shown_is_one():
    assert {one["ask"] for story in EXAMPLES for one in story["expect"] if "ask" in one} <= set(
        MATCHING_REASONS
    )


def test_the_figures_are_those_of_the_code():
    told = " ".join(PAGE.split())
    assert f"decisions of the last {COUNTED_DAYS} days" in told
    assert f"Once {DECISIONS_MIN} are known and at least" in told
    assert f"{100 - WRONG_OF_THOUSAND_MAX / 10} % were right" in told
    assert f"{int(THRESHOLDS[Mode.SAFE] * 1000)} of a thousand" in told
    assert f"in more than {int(THRESHOLDS[Mode.BALANCED] * 1000)};" in told
