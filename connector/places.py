"""Where in the ledger the money of a receipt lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.documents import Receipt


def place(receipt: Receipt, chosen: Mapping[Purpose, str]) -> str:
    """Give the id of the account that a receipt from outside the ledger is booked into, or "".

    A bank account of several has its own; what is `chosen` for the source is for all others.
    """
    return receipt.ledger_account or chosen.get(Purpose(receipt.source), "")
