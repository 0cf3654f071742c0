"""Money that a bank changed on its way, and a person who says what it pays as it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.money import Money, total
from rules.matching.changed import sent_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.differences import Adjustment
    from ledger.documents import Receipt
    from rules.actions import Portion


def came(
    receipt: Receipt, portions: Sequence[Portion], adjustments: Sequence[Adjustment], keep_for: str
) -> Money | None:
    """Give the money that portions in another currency take: all of it; None in one currency.

    Raises ValueError, in words for a person, unless they are exactly what the bank says was sent.
    """
    currencies = {one.amount.currency for one in portions}
    if currencies <= {receipt.unapplied.currency}:
        return None
    sent = sent_for(receipt, currencies)
    if sent is None:
        msg = f"{receipt.unapplied} pays invoices in another currency only where the bank says what"
        raise ValueError(f"{msg} was sent in it, and kept nothing of it: enter it in the ledger")
    paid = total((one.amount for one in portions), sent.currency)
    plain = not adjustments and not keep_for and all(one.amount.minor > 0 for one in portions)
    if paid != sent or not plain:
        msg = f"{sent} was sent: choose invoices for exactly that, and nothing else"
        raise ValueError(f"{msg}, or enter it in the ledger")
    return receipt.unapplied
