"""Payouts of a card processor.

Speaks when a payout of exactly this amount is expected about that day, and the line names the
processor or the payout. Refuses where two payouts fit alike: of equal ones on one day nothing
tells which came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.answers import referring
from rules.matching.found import Found
from rules.matching.values import Kind
from rules.matching.words import PAYOUT_ID, PROCESSOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.matching.line import Line
    from rules.matching.values import Answer, ExpectedPayout

RULE = "payout"
# Banks book a payout on its day or a few later; weekends and holidays lie between.
DAYS_MAX = 5


def look(line: Line) -> Found | None:
    """Take the payout that the line must be."""
    every = line.batch.book.payouts(line.currency, line.amount)
    expected = [one for one in every if one.id not in line.batch.referred]
    told = set(PAYOUT_ID.findall(line.plain))
    named = [one for one in expected if one.id.upper() in told]
    if named:
        return Found((_answer(line, named[0], "payout/named"),), independent_facts=3)
    near = [one for one in expected if _away(line, one) <= DAYS_MAX]
    near.sort(key=lambda one: (_away(line, one), one.arrival, one.id))
    if PROCESSOR.search(line.plain) or PROCESSOR.search(line.payer_plain):
        return _from_processor(line, near) if near else Found((), "unknown_payout", final=False)
    if not near or line.mentions or line.payer.maybe:
        return None
    answers = tuple(_answer(line, one, "payout/amount") for one in near)
    return Found(answers, "payer_unclear", final=False)


def _from_processor(line: Line, near: Sequence[ExpectedPayout]) -> Found:
    """Take the only one: of equal ones a day says little, for banks book early and late."""
    evidence = "payout/day" if not _away(line, near[0]) else "payout/near"
    answers = tuple(_answer(line, one, evidence) for one in near)
    return Found(answers, "tie" if len(near) > 1 else "", independent_facts=3)


def _away(line: Line, payout: ExpectedPayout) -> int:
    days = {line.receipt.received, line.receipt.value_day or line.receipt.received}
    return min(abs((day - payout.arrival).days) for day in days)


def _answer(line: Line, payout: ExpectedPayout, evidence: str) -> Answer:
    return referring(
        RULE,
        Kind.PAYOUT,
        evidence,
        payout.id,
        ("payout", f"{payout.id}, {payout.amount} due {payout.arrival.isoformat()}"),
        ("arrived", f"{line.receipt.unapplied} on {line.receipt.received.isoformat()}"),
    )
