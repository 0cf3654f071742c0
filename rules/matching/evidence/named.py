"""Numbers in a payment's texts whose open amounts make what was paid.

Speaks when the documents that the texts name come to the payment, exactly or by a difference that
the policy explains. Refuses where two readings do so equally well, and where the payer is somebody
else who owes just that amount as well, or a credit note of what a bank would have kept is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rules.matching.answers import clearing, reference_rule
from rules.matching.evidence.places import NUMBERS, Grade, Way, places, ways
from rules.matching.found import Agreement, Found
from rules.matching.settled import AGREEING, TELLING, Fitting, fit
from rules.matching.settlement import Fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rules.matching.line import Line
    from rules.matching.values import Answer

GRADES = {
    Grade.CHECKED: "reference",
    Grade.CLEAN: "number",
    Grade.BARE: "digits",
    Grade.LOOSE: "loose",
    Grade.MENDED: "mended",
    Grade.DAMAGED: "damaged",
}
# The evidence of what is only offered beside an answer, because it fits as well.
RIVAL = "rival"


class Reading(NamedTuple):
    """A way to read the texts, and how the payment settles what it names."""

    way: Way
    fitting: Fitting
    agreement: Agreement

    @property
    def ids(self) -> frozenset[str]:
        """The documents it clears."""
        return frozenset(one.id for one in self.fitting.items)

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Orders readings, the best first."""
        near = self.fitting.amount not in TELLING
        return self.agreement is Agreement.NO, near, self.way.cost


def look(line: Line) -> Found | None:
    """Take the documents that are named, when they come to the payment."""
    return chosen(line, fitting(line, ways(places(line))))


def fitting(line: Line, found: Iterable[Way]) -> list[Reading]:
    """Give the ways to read that come to the payment, the best first, each set once."""
    read: dict[frozenset[str], Reading] = {}
    for way in found:
        items = tuple(one for one in way.items if one.open)
        fitted = fit(line, items)
        if fitted is None or fitted.amount not in AGREEING:
            continue
        one = Reading(way, fitted, line.agreement(items))
        if one.ids not in read or one.rank < read[one.ids].rank:
            read[one.ids] = one
    return sorted(read.values(), key=lambda one: (one.rank, sorted(one.ids)))


def chosen(line: Line, readings: Sequence[Reading]) -> Found | None:
    """Take the best reading unless another is as good."""
    if not readings:
        return None
    best = readings[0]
    equal = [one for one in readings if one.rank == best.rank]
    answers = tuple(answer(line, one) for one in equal)
    if len(equal) > 1:
        return Found(answers, "tie")
    if best.agreement is Agreement.NO and _owes_as_much(line):
        return Found(answers, "other_customer", final=False)
    netted = _less_credit(line, best)
    if netted:
        return Found((*answers, netted), "tie")
    number = best.way.grade in NUMBERS
    amount = best.fitting.amount in TELLING
    return Found(answers, independent_facts=number + amount + (best.agreement is Agreement.YES))


def answer(line: Line, one: Reading) -> Answer:
    """Give the answer that a reading makes."""
    evidence = "/".join(
        (
            GRADES[one.way.grade],
            one.fitting.amount,
            one.agreement,
            *(("several",) if len(one.fitting.items) > 1 else ()),
        )
    )
    return clearing(line, reference_rule(one.fitting), evidence, one.fitting)


def _less_credit(line: Line, one: Reading) -> Answer | None:
    """Give the answer that a credit note of just what is missing was taken, not kept by a bank."""
    if one.fitting.settled.fit is not Fit.BANK_FEE:
        return None
    items, missing = one.fitting.items, one.fitting.settled.difference
    owed = line.batch.owing(items[0].customer_id, items[0].currency)
    notes = [each for each in owed if each.credit and each.open == missing and each not in items]
    fitted = fit(line, (*items, notes[0])) if notes else None
    return clearing(line, "references_less_credit", RIVAL, fitted) if fitted else None


def _owes_as_much(line: Line) -> bool:
    """Whether the payer, who is not the customer of what is named, owes this amount too."""
    owed = line.batch.owing_of(line.relatives, line.currency)
    return any(one.open == line.amount for one in owed if not one.credit)
