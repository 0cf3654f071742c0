"""Which advice tells of which payment, by total, day and payer.

Speaks when an advice and a payment have nobody but each other: the same total in the same
currency, days close together, and a payer that does not contradict the documents listed. Advices
of equal totals are told apart by the payer alone; where that fails, neither is taken. An advice
with a problem of its own is shown to a person, never taken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rules.matching.evidence.remitted import listed, resolve
from rules.matching.found import Agreement, Found
from rules.matching.spellings import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.remittances import Remittance
    from rules.matching.line import Line


class Claim(NamedTuple):
    """A payment that an advice may tell of."""

    line: Line
    advice: Remittance
    agreement: Agreement

    @property
    def at(self) -> int:
        """The payment's place in the batch."""
        return self.line.at

    @property
    def name(self) -> str:
        """The advice's id."""
        return self.advice.id


# An advice is sent about the day of its payment.
DAYS_MAX = 21
# Of so many advices that one payment may have a person is shown the first few.
RIVALS_MAX = 20


def assigned(lines: Iterable[Line], advices: Sequence[Remittance]) -> dict[int, Found]:
    """Give what advices say, per place of the payment in the batch; of rivals a person chooses."""
    by_total: dict[tuple[str, int], list[Remittance]] = defaultdict(list)
    # An advice sent twice says the same thing once.
    once = {(one.total, frozenset(one.lines)): one for one in reversed(advices)}
    for one in reversed(once.values()):
        if one.total is not None and one.lines:
            by_total[one.total.currency, one.total.minor].append(one)
    claims = [
        Claim(line, advice, _agreement(line, advice))
        for line in lines
        for advice in by_total.get((line.currency, line.amount), ())
        if _days(line, advice) <= DAYS_MAX
    ]
    return _shared_out([one for one in claims if one.agreement is not Agreement.NO])


def _shared_out(claims: list[Claim]) -> dict[int, Found]:
    """Give each advice to the only payment that may have it, payers first that agree."""
    found: dict[int, Found] = {}
    for agreed in (True, False):
        told = [one for one in claims if not agreed or one.agreement is Agreement.YES]
        by_line, by_advice = Counter(one.at for one in told), Counter(one.name for one in told)
        for one in told:
            if by_line[one.at] == by_advice[one.name] == 1:
                found[one.at] = _believed(one, _told(one))
        taken = {one.name for one in told if one.at in found}
        claims = [one for one in claims if one.name not in taken and one.at not in found]
    rivals: dict[int, list[Claim]] = defaultdict(list)
    for one in claims:
        rivals[one.at].append(one)
    return found | {at: _tie(each[:RIVALS_MAX]) for at, each in sorted(rivals.items())}


def _told(claim: Claim) -> Found:
    """Give what an advice says of the payment; its answers name it, for it is used up with them."""
    found = listed(claim.line, claim.advice.lines, "advice")
    return replace(found, answers=tuple(replace(one, advice=claim.name) for one in found.answers))


def _believed(claim: Claim, found: Found) -> Found:
    """Put to a person what a doubtful advice says; what the payment names may still decide it."""
    problem = claim.advice.problem
    if not problem:
        return found
    rejected = (*found.rejected, ("advice", problem))
    final = not claim.line.mentions
    return replace(found, reason="doubtful_advice", final=final, rejected=rejected)


def _tie(claims: list[Claim]) -> Found:
    answers = [_told(one) for one in claims]
    told = tuple(answer for one in answers for answer in one.answers)
    # What the payment itself names may still decide it.
    return Found(told, "tie", final=not claims[0].line.mentions)


def _days(line: Line, advice: Remittance) -> int:
    told = advice.paid_on or advice.received
    return abs((line.receipt.received - told).days)


def _agreement(line: Line, advice: Remittance) -> Agreement:
    """Say whether the payment may be what an advice tells of: by its payer, or what it names."""
    items = [one.item for one in resolve(line, advice.lines)]
    if not items:
        return Agreement.NO
    listed_ids = {one.id for one in items}
    certain = (one for one in line.mentions if one.spelling < Spelling.SHORTHAND)
    named = [{each.id for each in one.best} for one in certain]
    if any(not each & listed_ids for each in named):
        return Agreement.NO
    return Agreement.YES if named else line.agreement(items)
