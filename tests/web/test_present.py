"""What the pages say in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.cash import Matching
from web.present import RULES, rule_words

PAGE = (Path(__file__).parents[2] / "docs" / "matching.md").read_text("utf-8")
SHIPPED = {one.id for one in Matching().rules}
EXPLAINED = set(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("rule", sorted(SHIPPED | EXPLAINED))
def test_every_rule_has_a_name_that_a_person_reads(rule):
    assert rule_words(rule) == RULES[rule]


def test_a_rule_of_former_times_is_told_as_it_was():
    assert rule_words("known_payer_part") == "Known payer part"
