"""The marks that actions leave on what they write, so that it is found again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.documents import Source

_MARK = "DNK-"


def is_mark(text: str) -> bool:
    """Say whether a vendor's word for the cause of a change begins as our marks do."""
    return text.startswith(_MARK)


def mark(key: str) -> str:
    """Give the mark that an action leaves on what it writes: 20 characters, found by look-ups.

    Fits QuickBooks' PaymentRefNum (21 characters) and stands in Xero's Reference and in notes.
    """
    return _MARK + hashlib.sha256(key.encode()).hexdigest()[:16]


def receipt_mark(source: Source, receipt_id: str) -> str:
    """Give the mark of everything that is booked for one receipt from outside the books."""
    return mark(f"{source.value}:{receipt_id}")
