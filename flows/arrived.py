"""Money that has arrived for good: nothing else settles an invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.documents import Receipt


def require(receipt: Receipt) -> None:
    """Raise ValueError, in words for a person, for money that may never come, or be taken back."""
    if receipt.processing:
        msg = "this money has not arrived yet, or is disputed; wait until that is settled"
        raise ValueError(msg)
