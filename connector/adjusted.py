"""What of an application money pays, and what of it is adjusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Share
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.differences import Adjustment
    from ledger.money import Money


def in_money(shares: Sequence[Share], adjustments: Iterable[Adjustment]) -> list[Share]:
    """Give the shares less what is adjusted of them: what money pays.

    Raises RefusedError for an adjustment that belongs to no share, is nothing, is all of it, or is
    named twice.
    """
    left: dict[str, Money] = {}
    for share in shares:
        known = left.get(share.invoice_id)
        left[share.invoice_id] = known + share.amount if known else share.amount
    seen = set()
    for one in adjustments:
        if (one.kind, one.invoice_id) in seen:
            raise RefusedError(f"{one.amount} is adjusted twice for one reason")
        seen.add((one.kind, one.invoice_id))
        whole = left.get(one.invoice_id)
        if whole is None or one.amount.currency != whole.currency:
            raise RefusedError(f"{one.amount} cannot be adjusted where no money is applied")
        if one.amount.minor <= 0 or one.amount >= whole:
            raise RefusedError(f"{one.amount} of {whole} cannot be adjusted: less than that is")
        left[one.invoice_id] = whole - one.amount
    return [Share(key, amount) for key, amount in left.items()]


def name_of(key: str, one: Adjustment) -> str:
    """Name one difference of an action: what its mark is made from."""
    return f"{key}:{one.kind}:{one.invoice_id}"
