"""The allocations file: one line for each payment, the same bytes for the same input.

What goes to a person has its answers among the suggestions only: the line itself then places
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from flows.match_file.amounts import text
from rules.matching.values import Kind
from rules.reasons import MATCHING_REASONS

if TYPE_CHECKING:
    from flows.match_file.payment_lines import Refused
    from rules.matching.book import Book
    from rules.matching.values import Answer, Decision, Settlement

SUGGESTIONS_MAX = 3
CONFIDENCE_DIGITS = 6
# What the decision calls the rule where none of them speaks.
NO_RULE = "none"


class Share(msgspec.Struct):
    """How much of a document is cleared, in its currency; negative for a credit note."""

    document_id: str
    amount: str


class Difference(msgspec.Struct):
    """The part of what is cleared that no money came for."""

    document_id: str
    kind: str
    amount: str


class Left(msgspec.Struct):
    """Money left with a customer."""

    customer_id: str
    amount: str


class Line(msgspec.Struct, omit_defaults=True):
    """One answer; `suggestions` only on the line of a payment."""

    payment_id: str
    decision: str
    kind: str
    allocations: list[Share]
    adjustments: list[Difference]
    on_account: list[Left]
    refers_to: str | None
    confidence: float
    why: list[str]
    suggestions: list[Line] | msgspec.UnsetType = msgspec.UNSET


class Writer:
    """Writes decisions; amounts need to know the currency that each is in."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._encoder = msgspec.json.Encoder()

    def decision(self, decision: Decision, currency: str) -> bytes:
        """Give the line of one decision; `currency` is that of the payment."""
        line = self._answer(decision.payment_id, decision.answer, currency)
        line.decision = "apply" if decision.apply else "review"
        if decision.reason:
            line.why.insert(0, MATCHING_REASONS.get(decision.reason, decision.reason))
        line.why += [f"not {what}: {why}" for what, why in decision.rejected]
        if not decision.apply:
            line.allocations, line.adjustments, line.on_account = [], [], []
            line.refers_to = None
        line.suggestions = [
            self._answer(decision.payment_id, one, currency)
            for one in decision.suggestions[:SUGGESTIONS_MAX]
        ]
        return self._encoder.encode(line) + b"\n"

    def refused(self, refused: Refused) -> bytes:
        """Give the line of a payment that could not be read: a person has to look at it."""
        line = Line(
            refused.payment_id, "review", Kind.UNKNOWN, [], [], [], None, 0.0, [refused.why], []
        )
        return self._encoder.encode(line) + b"\n"

    def _answer(self, payment_id: str, answer: Answer, currency: str) -> Line:
        settlement = answer.settlement
        why = [] if answer.rule == NO_RULE else [f"rule {answer.rule}"]
        return Line(
            payment_id,
            "review",
            answer.kind,
            self._shares(settlement),
            self._differences(settlement),
            [Left(one.customer_id, text(one.amount, currency)) for one in settlement.on_account],
            answer.refers_to or None,
            round(answer.confidence, CONFIDENCE_DIGITS),
            why + [f"{what}: {value}" for what, value in answer.facts],
        )

    def _shares(self, settlement: Settlement) -> list[Share]:
        return [
            Share(one.document_id, text(one.amount, self._currency(one.document_id)))
            for one in settlement.cleared
        ]

    def _differences(self, settlement: Settlement) -> list[Difference]:
        return [
            Difference(one.document_id, one.kind, text(one.amount, self._currency(one.document_id)))
            for one in settlement.adjustments
        ]

    def _currency(self, document_id: str) -> str:
        item = self._book.item(document_id)
        if item is None:
            msg = f"{document_id} is in an answer, but not in the ledger"
            raise LookupError(msg)
        return item.currency
