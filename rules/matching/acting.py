"""From an answer to what is done about it: only what the ledger can be told, the rest stays open.

A difference for which the organisation chose no account clears nothing: its document is paid as far
as the money goes. A few cents too much are left with the money.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ledger.differences import Adjustment, Difference, adjusted
from ledger.documents import Source
from ledger.money import Money, total
from rules.actions import Apply, Keep, Portion, Why
from rules.matching import changed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ledger.documents import Receipt
    from rules.matching.values import Answer, Item


# What a customer who paid less owes no more all the same.
_TAKEN = (Difference.EARLY_DISCOUNT, Difference.WITHHOLDING_TAX, Difference.BANK_FEE)


def unbooked(answer: Answer, bookable: Collection[Difference]) -> list[str]:
    """Say for which differences an account is missing: the rest stays open and is reminded."""
    found = {one.kind for one in answer.settlement.adjustments}
    kinds = [one for one in _TAKEN if one in found and one not in bookable]
    return [f"no account is chosen for the {one.value.replace('_', ' ')}" for one in kinds]


def action(
    receipt: Receipt,
    answer: Answer,
    items: Mapping[str, Item],
    bookable: Collection[Difference],
    *,
    automatic: bool,
    version: int = 0,
) -> Apply | Keep | None:
    """Give what an answer wants done, or None where a person has to.

    `items` are the documents it names, by id; `bookable` the differences that have an account. None
    for documents in another currency than the money, for more than plain invoices where a part of
    the money is placed already, and where nothing would be cleared. Raises KeyError for a document
    that is not among `items`. What a bank changed pays documents in the currency it was sent in, as
    `changed` says.
    """
    settlement, currency = answer.settlement, receipt.unapplied.currency
    named = [items[one.document_id] for one in settlement.cleared]
    partly = receipt.unapplied != receipt.amount
    plain = not (settlement.adjustments or any(one.credit for one in named))
    why = Why(answer.rule, version, answer.facts)
    if any(one.currency != currency for one in named):
        return changed.application(receipt, answer, items, why, automatic=automatic)
    if partly and not plain:
        return None
    holders = {one.customer_id for one in settlement.on_account}
    known = len(holders) == 1 and receipt.source is not Source.LEDGER and not partly
    keep_for = holders.pop() if known else ""
    # Only of what came over a bank can a bank have kept something.
    never = set() if receipt.source is Source.BANK else {Difference.BANK_FEE}
    portions, adjustments = _cleared(answer, items, {*bookable} - never, currency)
    paid = total((one.amount for one in portions), currency) - adjusted(adjustments, currency)
    if not portions:
        whole = Keep(receipt.source, receipt.ref.id, keep_for, receipt.unapplied, why)
        return whole if keep_for and not settlement.cleared else None
    if paid.minor <= 0 or paid > receipt.unapplied:
        return None
    owner = next(one.customer_id for one in named if not one.credit)
    return Apply(
        source=receipt.source,
        receipt_id=receipt.ref.id,
        customer_id=receipt.customer_id or owner,
        portions=portions,
        left=receipt.unapplied - paid,
        automatic=automatic,
        why=why,
        adjustments=adjustments,
        keep_for=keep_for,
        evidence=answer.evidence,
        advice=answer.advice,
    )


def _cleared(
    answer: Answer,
    items: Mapping[str, Item],
    bookable: Collection[Difference],
    currency: str,
) -> tuple[tuple[Portion, ...], tuple[Adjustment, ...]]:
    """Give what is cleared of each document, and the differences that are booked for it."""
    left_open: defaultdict[str, int] = defaultdict(int)
    booked = []
    for one in answer.settlement.adjustments:
        if one.amount > 0 and one.kind in bookable:
            booked.append(Adjustment(one.document_id, one.kind, Money(one.amount, currency)))
        elif one.amount > 0:
            left_open[one.document_id] += one.amount
    portions = []
    for document_id, minor in answer.settlement.cleared:
        amount = minor - left_open[document_id]
        if amount:
            number = items[document_id].number
            portions.append(Portion(document_id, number, Money(amount, currency)))
    return tuple(portions), tuple(booked)
