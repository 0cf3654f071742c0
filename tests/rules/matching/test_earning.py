"""When a rule may apply money by itself, when it falls back, and who is learned from."""

from __future__ import annotations

import pytest

from rules.matching.earning import Standing, earned
from rules.matching.learning import lessons
from rules.matching.policy import Counted
from tests.rules.matching.items import paid


@pytest.mark.parametrize(
    ("right", "wrong", "standing"),
    [
        (0, 0, Standing.TOO_FEW),
        (199, 0, Standing.TOO_FEW),
        (200, 0, Standing.OFFERED),
        (199, 1, Standing.OFFERED),
        (198, 2, Standing.NOT_GOOD),
        (995, 5, Standing.OFFERED),
        (994, 6, Standing.NOT_GOOD),
    ],
)
def test_auto_is_offered_once_it_is_earned(right, wrong, standing):
    (found,) = earned({"references_sum": Counted(right, wrong)}, ())
    assert (found.rule, found.standing, found.decisions) == (
        "references_sum",
        standing,
        right + wrong,
    )


@pytest.mark.parametrize(
    ("right", "wrong", "standing"),
    [
        (0, 0, Standing.KEPT),
        (50, 0, Standing.KEPT),
        (0, 1, Standing.KEPT),
        (0, 2, Standing.WITHDRAWN),
        (397, 2, Standing.WITHDRAWN),
        (398, 2, Standing.KEPT),
    ],
)
def test_auto_is_withdrawn_when_too_much_was_undone(right, wrong, standing):
    (found,) = earned({"references_sum": Counted(right, wrong)}, ["references_sum"])
    assert found.standing is standing


def test_every_rule_is_told_in_order():
    found = earned({"b": Counted(300, 0)}, ["c", "a"])
    assert [(one.rule, one.standing.value) for one in found] == [
        ("a", "kept"),
        ("b", "offered"),
        ("c", "kept"),
    ]


def test_a_confirmed_payer_is_learned():
    receipt = paid(100, payer_name="Blue Bird Ltd", payer_account="77")
    assert lessons(receipt, "person") == (
        "account:77",
        "name:blue bird ltd",
        "full:blu bird ltd",
        "bare:bird blu",
        "bare:blubird",
    )


def test_who_pays_for_others_is_never_learned():
    assert lessons(paid(100, payer_name="WISE PAYMENTS LTD", payer_account="77"), "person") == ()
    other = paid(100, payer_name="Blue Bird Ltd")
    assert lessons(other, "reference_but_other_customer") == ()
