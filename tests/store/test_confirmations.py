"""What people said of answers is counted per class of evidence."""

from __future__ import annotations

from rules.matching.policy import Counted
from store import confirmations


def test_right_and_wrong_answers_are_counted_and_taken_back(s, ours):
    confirmations.count(s, ours, "clean/short/payer", Counted(1, 0))
    confirmations.count(s, ours, "clean/short/payer", Counted(1, 0))
    confirmations.count(s, ours, "digits/exact/payer", Counted(0, 1))
    assert confirmations.of_evidence(s, ours) == {
        "clean/short/payer": Counted(2, 0),
        "digits/exact/payer": Counted(0, 1),
    }
    confirmations.count(s, ours, "clean/short/payer", Counted(-1, 1))
    assert confirmations.of_evidence(s, ours)["clean/short/payer"] == Counted(1, 1)
