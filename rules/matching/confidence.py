"""How sure an answer is: what became of answers that rested on the same evidence.

No score is made up of weights. Every evidence class has two counts, how often its answers were
right and how often wrong; the ones that come with the product were counted on generated ledgers of
six kinds of business, an organisation's own confirmations are added to them and soon outweigh
them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rules.matching.found import Agreement
from rules.matching.measured import MEASURED
from rules.matching.policy import Counted, Mode

if TYPE_CHECKING:
    from rules.matching.policy import Policy

# What was counted elsewhere speaks no louder than so many decisions of one's own.
MEASURED_MAX = 2000
# What carries a document's own id leaves nothing to guess; no generated bank line does.
PROVED = {"linked": Counted(correct=MEASURED_MAX)}
# A class that was seldom counted leans on its kin, as if it had been seen so often like them.
KIN_WEIGHT = 8
# So many independent facts have to agree before what was measured elsewhere counts.
FACTS_MIN = {Mode.SAFE: 2, Mode.BALANCED: 0}
# What is thought of an answer that only an organisation's own confirmations can speak for.
DOUBTED = 0.9
_AGREEMENTS = frozenset(Agreement)
# An answer is taken from this confidence on.
THRESHOLDS = {Mode.SAFE: 0.9965, Mode.BALANCED: 0.97}
# Of a large amount, where an error costs most.
LARGE_THRESHOLDS = {Mode.SAFE: 0.998, Mode.BALANCED: 0.985}


def confidence(evidence: str, policy: Policy, independent_facts: int = 2) -> float:
    """Give how likely an answer on this evidence is right, between 0 and 1 to four places.

    It is the mean of the Beta distribution after what was measured and confirmed; before that,
    the class is thought to be as its kin is. In mode `safe` what was measured elsewhere does not
    count where a single fact speaks: then the organisation's own confirmations decide.
    """
    alone = independent_facts < FACTS_MIN[policy.mode] and evidence not in PROVED
    known = MEASURED.get(evidence) or PROVED.get(evidence, Counted())
    seen = Counted() if alone else known
    share = min(1.0, MEASURED_MAX / max(1, seen.correct + seen.wrong))
    own = policy.confirmations.get(evidence, Counted())
    kin = DOUBTED if alone else _kin(_kinship(evidence))
    correct = seen.correct * share + own.correct + kin * KIN_WEIGHT
    wrong = seen.wrong * share + own.wrong + (1 - kin) * KIN_WEIGHT
    return round(correct / (correct + wrong), 4)


def _family(evidence: str) -> str:
    """Give what a class has in common with its kin.

    Several documents are kin to one, and a number, however it is spelled, to other numbers with
    the same payer and amount.
    """
    *rest, last = evidence.split("/")
    if last in _AGREEMENTS:
        return "/".join((*rest[1:], last))
    return "/".join(rest)


def _kinship(evidence: str) -> str:
    return _family(evidence.removesuffix("/several"))


@cache
def _kin(family: str) -> float:
    """Give the share of right answers among the classes of one family, one of each at first."""
    counts = [each for name, each in MEASURED.items() if _kinship(name) == family]
    correct = sum(each.correct for each in counts) + 0.5
    wrong = sum(each.wrong for each in counts) + 0.5
    return correct / (correct + wrong)


def sure_enough(confident: float, policy: Policy, *, large: bool) -> bool:
    """Whether an answer of this confidence is taken without a person."""
    return confident >= (LARGE_THRESHOLDS if large else THRESHOLDS)[policy.mode]
