"""Decides what a batch of payments is for: strong evidence over all of them before any weak.

Each kind of evidence is heard over the whole batch before the next one, and what its answers need
is used up, so that a guess never takes what a number names. An answer is taken where nothing
speaks against it and answers on such evidence were right often enough; everything else goes to a
person, with up to three answers to choose from and the reason why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rules.matching.batch import Batch
from rules.matching.confidence import confidence, sure_enough
from rules.matching.evidence import (
    advices,
    by_payer,
    continued,
    damaged,
    linked,
    named,
    not_receivable,
    on_account,
    parts,
    payouts,
    refunds,
    remitted,
    repeated,
    returned,
    slipped,
)
from rules.matching.found import Found
from rules.matching.line import Line
from rules.matching.suggesting import suggestions
from rules.matching.values import Answer, Decision, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.documents import Receipt
    from ledger.remittances import Remittance
    from rules.matching.book import Book
    from rules.matching.policy import Policy

    Look = Callable[[Line], Found | None]

# Heard one after the other, each over the whole batch, the strongest first.
BEFORE_ADVICES: tuple[Look, ...] = (
    linked.look,
    payouts.look,
    not_receivable.look_own,
    returned.look,
    refunds.look,
    remitted.look,
)
AFTER_ADVICES: tuple[Look, ...] = (
    slipped.look,
    named.look,
    damaged.look,
    continued.look,
    on_account.look,
    parts.look,
)
# Of several payments that want one document by arithmetic alone none has the better claim.
ARITHMETIC: tuple[Look, ...] = (by_payer.look_exact, by_payer.look_runs, by_payer.look_sums)

# The rules that take money which names no document.
NAMELESS = frozenset(
    (by_payer.EXACT, by_payer.BALANCE, by_payer.ANY_SUM, on_account.RULE, repeated.RULE)
)

# How many independent facts have to agree on a large amount.
FACTS_OF_LARGE_MIN = 2
# From this confidence on an answer that a person has to confirm keeps others off its documents.
CLAIM_MIN = 0.9


def decide_batch(
    book: Book,
    payments: Sequence[Receipt],
    advised: Sequence[Remittance],
    policy: Policy,
) -> tuple[Decision, ...]:
    """Decide every payment exactly once, in the order given, which is the order of booking.

    No document is cleared beyond what is open on it over the whole batch. In one currency what is
    cleared, less adjustments, with what stays on account makes the payment, exactly.
    """
    batch = Batch(book, policy)
    placing = Placing(batch, [Line(at, one, batch) for at, one in enumerate(payments)])
    for look in BEFORE_ADVICES:
        placing.hear(look)
    told = advices.assigned(placing.waiting(), advised)
    placing.hear(lambda line: told.get(line.at))
    for look in AFTER_ADVICES:
        placing.hear(look)
    for look in ARITHMETIC:
        placing.hear_rivals(look)
    placing.hear(repeated.look)
    placing.hear(not_receivable.look)
    return tuple(placing.decision(line) for line in placing.lines)


@dataclass(slots=True)
class Placing:
    """The answers of a run so far, per place of the payment in the batch.

    `asked` is what a person will have to choose from; who is `closed` is not heard any more.
    `claimed` are the documents that answers not taken would need.
    """

    batch: Batch
    lines: list[Line]
    taken: dict[int, tuple[Answer, tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    asked: dict[int, list[Found]] = field(default_factory=lambda: defaultdict(list))
    closed: set[int] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)

    def waiting(self) -> list[Line]:
        """Give the payments about which more may be heard."""
        return [one for one in self.lines if one.at not in self.taken and one.at not in self.closed]

    def hear(self, look: Look) -> None:
        """Hear one kind of evidence about every payment, in the order of booking."""
        for line in self.waiting():
            found = look(line)
            if found:
                self._weigh(line, found)

    def hear_rivals(self, look: Look) -> None:
        """Hear evidence that gives nobody a claim before others who want the same document."""
        found = [(line, one) for line in self.waiting() if (one := look(line))]
        wanted: dict[str, set[str]] = defaultdict(set)
        for line, one in found:
            for answer in one.answers:
                for document in _documents(answer):
                    wanted[document].add(line.customer_id)
        for line, one in found:
            told = one
            documents = {each for answer in one.answers for each in _documents(answer)}
            rivals = any(len(wanted[each]) > 1 for each in documents)
            if not one.reason and (rivals or documents & self.claimed):
                told = replace(one, reason="contested")
            self._weigh(line, told)

    def _weigh(self, line: Line, found: Found) -> None:
        """Take the answer, or keep why not; what only ignored rules say is not heard."""
        policy = self.batch.policy
        answers = tuple(
            replace(one, confidence=confidence(one.evidence, policy, found.independent_facts))
            for one in found.answers
            if one.rule not in policy.ignored
        )
        if found.answers and not answers:
            return
        told = replace(found, answers=answers)
        reason = told.reason or self._doubt(line, told)
        if not reason:
            self.batch.take(answers[0])
            self.taken[line.at] = (answers[0], told.rejected)
            return
        self.asked[line.at].append(replace(told, reason=reason))
        if told.final:
            self.closed.add(line.at)
            likely = [one for one in answers if one.confidence >= CLAIM_MIN]
            self.claimed |= {each for one in likely for each in _documents(one)}

    def _doubt(self, line: Line, found: Found) -> str:
        """Say what keeps an answer from being taken, as a code of `rules.reasons`."""
        (answer,) = found.answers
        policy = self.batch.policy
        if any((line.receipt.ref.id, one) in policy.undone for one in _documents(answer)):
            return "undone"
        if not self.batch.holds(answer.settlement):
            return "contested"
        if answer.rule in NAMELESS and line.paid_back:
            return "paid_back"
        large = abs(line.amount) > policy.large.get(line.currency, abs(line.amount))
        if large and found.independent_facts < FACTS_OF_LARGE_MIN:
            return "large"
        return "" if sure_enough(answer.confidence, policy, large=large) else "unsure"

    def decision(self, line: Line) -> Decision:
        """Give what becomes of a payment now that all was heard."""
        payment_id = line.receipt.ref.id
        if line.at in self.taken:
            answer, rejected = self.taken[line.at]
            return Decision(payment_id, apply=True, answer=answer, rejected=rejected)
        asked = self.asked.get(line.at, [])
        reason = asked[0].reason if asked else _unexplained(line)
        nothing = Answer("none", Kind.UNKNOWN, facts=line.facts)
        rejected = tuple(one for each in asked for one in each.rejected)
        heard = [one for each in asked for one in each.answers]
        offered = suggestions(line, heard)
        is_first = reason == "unsure" and bool(offered) and offered[0] is heard[0]
        unsure = heard[0].evidence if is_first else ""
        return Decision(payment_id, False, nothing, reason, offered, rejected, unsure)


def _documents(answer: Answer) -> list[str]:
    return [one.document_id for one in answer.settlement.cleared]


def _unexplained(line: Line) -> str:
    if line.payer.disputed:
        return "payer_unclear"
    named = (one.item for mention in line.mentions for one in mention.named)
    return "other_currency" if any(not line.may_pay(one) for one in named) else "no_match"
