"""How sure an answer is: what was measured, what was confirmed at home, and what kin are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.matching.confidence import confidence, sure_enough
from rules.matching.measured import MEASURED
from rules.matching.policy import Counted, Mode
from tests.rules.matching.items import POLICY

SURE = "number/exact/payer"
SAFE, BALANCED = POLICY, replace(POLICY, mode=Mode.BALANCED)


def confirmed(policy, evidence, correct, wrong=0):
    return replace(policy, confirmations={evidence: Counted(correct, wrong)})


def test_a_number_amount_and_payer_are_enough_from_the_first_day():
    assert MEASURED[SURE].correct > 1000
    assert sure_enough(confidence(SURE, SAFE), SAFE, large=True)


def test_undone_answers_weigh_more_than_what_was_measured_elsewhere():
    doubted = confidence(SURE, confirmed(SAFE, SURE, 0, wrong=20))
    assert confidence(SURE, SAFE) > 0.998 > doubted
    assert not sure_enough(doubted, SAFE, large=False)


@pytest.mark.parametrize(("correct", "taken"), [(0, False), (200, False), (230, True)])
def test_a_single_fact_is_safe_after_enough_confirmations(correct, taken):
    policy = confirmed(SAFE, "payer/similar/invoice/exact/own", correct)
    found = confidence("payer/similar/invoice/exact/own", policy, independent_facts=1)
    assert sure_enough(found, policy, large=False) is taken


def test_a_class_nobody_counted_leans_on_its_kin():
    known, unknown = "reference/exact/payer/several", "reference/unheard_of/payer"
    assert confidence(known, BALANCED) > 0.99
    assert confidence(unknown, BALANCED) == 0.5


def test_large_amounts_have_to_be_surer():
    between = 0.97
    assert sure_enough(between, BALANCED, large=False)
    assert not sure_enough(between, BALANCED, large=True)
