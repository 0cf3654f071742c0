"""What was answered to the question what a payment is for: whose word it is, and how far it goes.

An answer is heard like any list of documents. It may come from one who did not pay, and it may be
about a part of the money only: then a person sees it first, and as it was said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.money import total
from rules.matching.evidence import remitted
from rules.matching.found import Agreement
from rules.matching.values import Cleared, Settlement
from rules.matching.whose import By, Signs, whose

if TYPE_CHECKING:
    from ledger.documents import Receipt
    from ledger.money import Money
    from rules.matching.gathered import Gathered
    from rules.matching.values import Answer, Decision

# Whose word on what a payment is for is enough: a name alone may be borne by another.
_WORD_OF = frozenset((By.LEDGER, By.ACCOUNT, By.LEARNED))


def as_said(receipt: Receipt, decision: Decision, gathered: Gathered) -> Decision:
    """Give a decision that clears no document by more than was said, where money is left over."""
    offered = (_as_said(receipt, one, gathered) for one in decision.suggestions)
    answer = _as_said(receipt, decision.answer, gathered)
    return replace(decision, answer=answer, suggestions=tuple(offered))


def _as_said(receipt: Receipt, answer: Answer, gathered: Gathered) -> Answer:
    if answer.rule != remitted.RULE or _said(receipt) == receipt.unapplied:
        return answer
    said = {one.reference: one.amount.minor for one in receipt.remittance if one.amount}
    cleared = []
    for one in answer.settlement.cleared:
        item = gathered.book.item(one.document_id)
        told = said.get(item.number, one.amount) if item else one.amount
        cleared.append(Cleared(one.document_id, min(one.amount, told)))
    # The rest stays where it is: nobody said what it is for.
    return replace(answer, settlement=Settlement(tuple(cleared)))


def doubts(receipt: Receipt, answer: Answer, gathered: Gathered) -> list[str]:
    """Say what keeps an answer from being taken without a person."""
    if answer.rule != remitted.RULE:
        return []
    payer = whose(Signs.of_receipt(gathered.placed(receipt)), gathered.book, gathered.policy)
    agrees = Agreement.YES in answer.evidence.split("/")
    found = []
    if not agrees or payer.by not in _WORD_OF:
        found.append("answered by one not known to have paid")
    if _said(receipt) != receipt.unapplied:
        found.append(f"the answer is about {_said(receipt)} only")
    return found


def _said(receipt: Receipt) -> Money:
    amounts = (one.amount for one in receipt.remittance if one.amount)
    return total(amounts, receipt.unapplied.currency)
