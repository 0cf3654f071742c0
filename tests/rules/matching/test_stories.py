"""Every file in matching_cases/ is a story: ledger, payments, and what must become of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ledger.differences import Difference
from rules.matching.values import Kind
from tests.rules.matching.stories import outcome

CASES = Path(__file__).parents[1] / "matching_cases"
STORIES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in CASES.glob("*.toml")}
EXPECTED = [one for story in STORIES.values() for one in story["expect"]]


@pytest.mark.parametrize("name", sorted(STORIES))
def test_story(name):
    story = STORIES[name]
    expected = [{"payment": "P1", **one} for one in story["expect"]]
    assert outcome(story) == expected


def test_a_documents_own_id_needs_no_confirmations():
    story = STORIES["stripe_link"]
    told = outcome({**story, "settings": {"untried": True}})
    assert told[0]["rule"] == "stripe_link"


def test_every_kind_and_every_difference_has_a_story():
    kinds = {one.get("kind", "ar") for one in EXPECTED if "rule" in one}
    assert kinds == {one.value for one in Kind} - {"unknown"}
    told = {less.split()[0] for one in EXPECTED for less in one.get("less", ())}
    assert told == {"early_discount", "withholding_tax", "bank_fee", "rounding", "fx"}
    assert told <= {one.value for one in Difference}
