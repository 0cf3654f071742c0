"""Documents beyond those named: a list that was cut off, or a credit note taken in silence.

Speaks when more or less was paid than is open on what is named, and exactly one choice of the same
customer's other documents makes up the difference: invoices for what is more, credit notes for
what is less. Refuses where several choices do, and where what is less is just a half or the like,
as instalments are.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rules.matching.answers import clearing
from rules.matching.batch import worth
from rules.matching.evidence.named import GRADES
from rules.matching.evidence.places import NUMBERS, places, ways
from rules.matching.found import Agreement, Found
from rules.matching.scan import CUTS
from rules.matching.settled import fit
from rules.matching.spellings import Spelling
from rules.matching.sums import Outcome, sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rules.matching.evidence.places import Way
    from rules.matching.line import Line
    from rules.matching.sums import Sums
    from rules.matching.values import Answer, Cleared, Item

CONTINUED = "references_continued"
NETTED = "references_less_credit"
# An answer is hardly an accident where fewer accidental sums than this are to be expected.
CHANCE_MAX = 0.05
# What is paid in so many equal parts is hardly less a credit note.
INSTALMENTS = range(2, 5)
# No more ways to read a text are tried.
WAYS_MAX = 12


def look(line: Line) -> Found | None:
    """Take what is named with what makes up the difference."""
    read = sorted((one for one in ways(places(line)) if _of_one(line, one)), key=_cost)
    for _left_out, same in groupby(read[:WAYS_MAX], key=lambda one: one.left_out):
        found = [one for way in same if (one := _continued(line, way))]
        answers = tuple(_different(answer for one in found for answer in one.answers))
        if answers:
            sure = len(answers) == 1 and not any(one.reason for one in found)
            facts = found[0].independent_facts
            return Found(answers, "" if sure else "tie", independent_facts=facts)
    return None


def _different(answers: Iterable[Answer]) -> Iterable[Answer]:
    """Give each set of documents once, whatever order they were found in."""
    found: dict[frozenset[Cleared], Answer] = {}
    for one in answers:
        found.setdefault(frozenset(one.settlement.cleared), one)
    return found.values()


def _cost(way: Way) -> int:
    return way.cost


def _of_one(line: Line, way: Way) -> bool:
    """Whether a way names open documents of one customer, not of another than the payer."""
    owners = {one.customer_id for one in way.items}
    agrees = line.agreement(way.items) is not Agreement.NO
    same = way.items[0].currency == line.currency
    return len(owners) == 1 and agrees and same and any(one.open for one in way.items)


def _continued(line: Line, way: Way) -> Found | None:
    named = tuple(one for one in way.items if one.open)
    rest = line.amount - worth(named)
    others = _others(line, named)
    found = _making_up(line, others, rest)
    fitted = [one for each in found.found if (one := fit(line, named + each.documents))]
    how = "cut" if line.cut or _may_be_cut(line, named) else "whole"
    kind, rule = ("continued", CONTINUED) if rest > 0 else ("netted", NETTED)
    evidence = "/".join((GRADES[way.grade], kind, how, line.agreement(named)))
    answers = tuple(clearing(line, rule, evidence, one) for one in fitted)
    if not answers:
        return None
    sure = found.outcome is Outcome.ONE and found.chance <= CHANCE_MAX
    sure = sure and not _twin_outside(found.found[0].documents, others)
    sure = sure and _is_certain(line, way)
    sure = sure and not (rest < 0 and _is_instalment(line.amount, worth(named)))
    facts = (way.grade in NUMBERS) + (line.agreement(named) is Agreement.YES)
    return Found(answers, "" if sure else "tie", independent_facts=facts)


def _others(line: Line, named: tuple[Item, ...]) -> list[Item]:
    """Give what else the same customers owe, and their credit notes."""
    owners = {one.customer_id for one in named}
    ids = {one.id for one in named}
    return [one for one in line.batch.owing_of(owners, line.currency) if one.id not in ids]


def _twin_outside(documents: Sequence[Item], others: Sequence[Item]) -> bool:
    """Whether another of the same amount may have been meant: all that is due is no list."""
    amounts = {(one.open, one.credit) for one in documents}
    return any((one.open, one.credit) in amounts for one in others if one not in documents)


def _is_certain(line: Line, way: Way) -> bool:
    """Whether some number is written out: two guesses at once are none."""
    written = any(one.spelling < Spelling.SHORTHAND for one in line.mentions)
    return way.grade in NUMBERS or written


def _is_instalment(amount: int, owed: int) -> bool:
    """Whether so much is just a half, a third or a quarter of what is owed."""
    return owed % amount == 0 and owed // amount in INSTALMENTS


def _making_up(line: Line, others: Sequence[Item], rest: int) -> Sums:
    """Find the other documents of the same customers that come to the difference."""
    day = line.receipt.value_day or line.receipt.received
    if rest > 0:
        return sums(others, rest, day, line.batch.policy)
    credits_ = [one for one in others if one.credit]
    return sums(credits_, -rest, day, line.batch.policy, lambda one: one.open)


def _may_be_cut(line: Line, named: tuple[Item, ...]) -> bool:
    """Whether a text has no room left for one more number, by some format's limit."""
    longest = min(len(one.number) for one in named) + 1
    several = len(named) > 1
    return line.cut or (
        several
        and any(len(text) < cut < len(text) + longest for text in line.texts for cut in CUTS)
    )
