"""Rule `known_payer_exact_unique`: the payer is known and owes exactly this on one invoice."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

from rules.matching.board import Answer, Board, Refusal

if TYPE_CHECKING:
    from ledger.documents import Receipt
    from ledger.money import Money

RULE = "known_payer_exact_unique"


def propose(board: Board, receipts: list[Receipt]) -> list[tuple[Receipt, Answer | Refusal]]:
    """Answer each receipt by itself, then refuse whatever several of them would pay.

    Amount and payer are weaker evidence than a name, so that the one that came first has no better
    claim than the next.
    """
    found = [(receipt, look(board, receipt)) for receipt in receipts]
    claims = Counter(
        answer.portions[0].invoice_id for _, answer in found if isinstance(answer, Answer)
    )
    decided: list[tuple[Receipt, Answer | Refusal]] = []
    for receipt, answer in found:
        if isinstance(answer, Answer) and claims[answer.portions[0].invoice_id] > 1:
            refusal = Refusal(RULE, "contested", answer.facts, (answer,))
            decided.append((receipt, refusal))
        elif answer:
            decided.append((receipt, answer))
    return decided


def look(board: Board, receipt: Receipt) -> Answer | Refusal | None:
    """Give the answer; None when the payment names anything, or the payer is not known."""
    payer = board.payers.of(receipt)
    if len(payer) != 1 or board.named(receipt).anything:
        return None
    ids = board.of_customers(payer, receipt)
    exact = [one for one in ids if board.left[one] == receipt.unapplied]
    if not exact:
        return None
    facts = (("payer", _name(board, payer)),)
    answers = tuple(Answer(RULE, board.portions([one]), facts) for one in exact)
    run = _oldest_run(board, ids, receipt.unapplied)
    if run:
        answers = (*answers, Answer(RULE, board.portions(run), facts))
    if len(answers) > 1:
        return Refusal(RULE, "tie", facts, answers)
    return board.vetted(receipt, answers[0], payer)


def _name(board: Board, payer: frozenset[str]) -> str:
    (customer_id,) = payer
    customer = board.facts.customers.get(customer_id)
    return customer.name if customer else customer_id


def _oldest_run(board: Board, ids: list[str], paid: Money) -> list[str]:
    """Give the oldest invoices, two or more, that this amount would pay off in turn."""
    sums = list(accumulate(board.left[one].minor for one in ids))
    return ids[: sums.index(paid.minor) + 1] if paid.minor in sums[1:] else []
