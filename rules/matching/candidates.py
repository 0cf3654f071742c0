"""What a person is offered for a receipt that the rules leave alone: the best three answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.actions import Candidate, Portion, Why
from rules.matching.board import Answer, Board, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger.documents import Receipt

CANDIDATES_MAX = 3


def candidates(board: Board, receipt: Receipt, refusal: Refusal) -> tuple[Candidate, ...]:
    """Give the answers a person may choose from, the best evidence first.

    None takes more from an invoice than the whole run left on it, nor more than the receipt has.
    """
    found: dict[tuple[Portion, ...], Candidate] = {}
    for answer, reason in _answers(board, receipt, refusal):
        portions = _fitting(board, receipt, answer.portions)
        if portions and portions not in found:
            why = Why(answer.rule, board.rules.version, (*answer.facts, ("not taken", reason)))
            found[portions] = Candidate(portions, why)
        if len(found) == CANDIDATES_MAX:
            break
    return tuple(found.values())


def _answers(board: Board, receipt: Receipt, refusal: Refusal) -> Iterator[tuple[Answer, str]]:
    for answer in refusal.answers:
        yield answer, refusal.reason
    meant = {
        "stripe_link": _linked(board, receipt),
        "reference_part": board.named(receipt).invoices,
    }
    for rule, ids in meant.items():
        if ids:
            ordered = [one for one in board.invoices if one in ids]
            yield Answer(rule, board.portions(ordered)), refusal.reason
    owned = board.of_customers(board.payers.of(receipt), receipt)
    for one in _exact(board, receipt, owned):
        yield Answer("known_payer_exact_unique", board.portions([one])), refusal.reason
    yield Answer("known_payer_part", board.portions(owned)), "oldest first"
    for one in _exact(board, receipt, board.invoices):
        yield Answer("exact_amount_unknown_payer", board.portions([one])), "payer not known"


def _linked(board: Board, receipt: Receipt) -> frozenset[str]:
    ids = {link.invoice_id for link in receipt.links}
    numbers = {link.invoice_number for link in receipt.links} - {""}
    return frozenset(
        one for one, invoice in board.invoices.items() if one in ids or invoice.number in numbers
    )


def _exact(board: Board, receipt: Receipt, ids: Iterable[str]) -> list[str]:
    """Give those of the invoices on which exactly the receipt's money is open."""
    return [one for one in ids if board.left[one] == receipt.unapplied]


def _fitting(board: Board, receipt: Receipt, wanted: tuple[Portion, ...]) -> tuple[Portion, ...]:
    """Cut an answer to what is left of invoices and receipt, in the answer's order."""
    left = receipt.unapplied
    fitting = []
    for one in wanted[: board.rules.matching.max_combined_invoices]:
        if not left or not board.payable(one.invoice_id, receipt):
            continue
        amount = min(left, one.amount, board.left[one.invoice_id])
        fitting.append(Portion(one.invoice_id, one.number, amount))
        left -= amount
    return tuple(fitting)
