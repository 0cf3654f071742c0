"""Rules `reference_and_amount` and `references_sum`: the payment's text names what it pays."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

from ledger.money import total
from rules.matching.board import Answer, Board, Refusal

if TYPE_CHECKING:
    from ledger.documents import Receipt

ONE = "reference_and_amount"
SEVERAL = "references_sum"

# More readings than this of an ambiguous text are no evidence any more.
READINGS_MAX = 64


def look_one(board: Board, receipt: Receipt) -> Answer | Refusal | None:
    """Take the one invoice that the text names, when exactly its balance was paid."""
    found = readings(board, receipt)
    if len(found) != 1 or len(found[0]) != 1:
        return None
    return _answer(board, receipt, ONE, found[0])


def look_several(board: Board, receipt: Receipt) -> Answer | Refusal | None:
    """Take all the invoices that the text names, when exactly their sum was paid."""
    found = readings(board, receipt)
    if len(found) != 1 or len(found[0]) == 1:
        return None
    return _answer(board, receipt, SEVERAL, found[0])


def readings(board: Board, receipt: Receipt) -> list[list[str]]:
    """Give every way to read the text whose open balances add up to exactly what was paid.

    Each place in the text means one of its invoices, or, where an order number stands for several,
    all of them. A text that names an invoice nobody knows has no certain reading.
    """
    named = board.named(receipt)
    if not named.spans or named.unknown:
        return []
    if prod(len(span) + 1 for span in named.spans) > READINGS_MAX:
        return []
    ways = [
        [frozenset((one,)) for one in sorted(span)] + ([span] if len(span) > 1 else [])
        for span in named.spans
    ]
    found: set[frozenset[str]] = set()
    for way in product(*ways):
        ids = frozenset().union(*way)
        if all(board.payable(one, receipt) for one in ids):
            paid = total((board.left[one] for one in ids), receipt.unapplied.currency)
            if paid == receipt.unapplied:
                found.add(ids)
    return [_in_order(board, ids) for ids in sorted(found, key=sorted)]


def why_not(board: Board, receipt: Receipt) -> Refusal | None:
    """Say why what the text names did not decide it; None when it names nothing."""
    named = board.named(receipt)
    if not named.anything:
        return None
    ids = _in_order(board, named.invoices)
    facts = tuple((board.invoices[one].number, f"{board.left[one]} open") for one in ids)
    if named.unknown or not named.spans:
        strange = ", ".join((*named.unknown, *named.maybe))
        return Refusal(ONE, "names_unknown_invoice", (*facts, ("unknown", strange)))
    found = readings(board, receipt)
    if found:
        answers = tuple(Answer(SEVERAL, board.portions(one)) for one in found)
        # A single reading is left where its rule is off, or others took the rest of a tie.
        return Refusal(SEVERAL, "tie" if len(found) > 1 else "not_decided", facts, answers)
    return Refusal(ONE if len(ids) == 1 else SEVERAL, _mismatch(board, receipt, ids), facts)


def _mismatch(board: Board, receipt: Receipt, ids: list[str]) -> str:
    currency = receipt.unapplied.currency
    if all(board.left[one].currency != currency for one in ids):
        return "other_currency"
    payable = [one for one in ids if board.payable(one, receipt)]
    if not payable:
        return "already_paid"
    owed = total((board.left[one] for one in payable), currency)
    return "less_than_named" if receipt.unapplied < owed else "more_than_named"


def _in_order(board: Board, ids: frozenset[str]) -> list[str]:
    return [one for one in board.invoices if one in ids]


def _answer(board: Board, receipt: Receipt, rule: str, ids: list[str]) -> Answer | Refusal:
    named = board.named(receipt)
    numbers = ", ".join(board.invoices[one].number for one in ids)
    others = _in_order(board, named.invoices - set(ids))
    rejected = tuple((board.invoices[one].number, f"{board.left[one]} open") for one in others)
    answer = Answer(rule, board.portions(ids), (("names", numbers),), rejected)
    return board.vetted(receipt, answer, board.payers.of(receipt))
