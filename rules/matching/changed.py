"""Money that a bank changed on its way, where what was sent pays documents to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Source
from ledger.money import Money
from rules.actions import Apply, Portion, Why

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ledger.documents import Receipt
    from rules.matching.values import Answer, Item


def sent_for(receipt: Receipt, currencies: Collection[str]) -> Money | None:
    """Give what a bank says was sent, where it is in the one currency asked for and all of it came.

    None where a charge was kept of it, which would make its rate another one.
    """
    sent = receipt.original
    whole = receipt.unapplied == receipt.amount and not receipt.charges
    if sent is None or receipt.source is not Source.BANK or not whole:
        return None
    other = {*currencies} == {sent.currency} != {receipt.amount.currency}
    return sent if other and sent.minor > 0 and receipt.amount.minor > 0 else None


def application(
    receipt: Receipt, answer: Answer, items: Mapping[str, Item], why: Why, *, automatic: bool
) -> Apply | None:
    """Give what an answer in another currency wants done; None unless its rate is certain.

    That is where the invoices cleared are exactly what was sent, with no difference and no rest.
    """
    settlement = answer.settlement
    sent = sent_for(receipt, {items[one.document_id].currency for one in settlement.cleared})
    beside = settlement.adjustments or settlement.on_account
    if sent is None or beside or any(one.amount <= 0 for one in settlement.cleared):
        return None
    if sent.minor != sum(one.amount for one in settlement.cleared):
        return None
    return Apply(
        source=receipt.source,
        receipt_id=receipt.ref.id,
        customer_id=receipt.customer_id or items[settlement.cleared[0].document_id].customer_id,
        portions=tuple(
            Portion(key, items[key].number, Money(minor, sent.currency))
            for key, minor in settlement.cleared
        ),
        left=Money(0, receipt.unapplied.currency),
        automatic=automatic,
        why=why,
        evidence=answer.evidence,
        advice=answer.advice,
        came=receipt.unapplied,
    )
