"""Setting what stands open to a customer's credit in Xero against invoices, and freeing it again.

Overpayments, prepayments and credit notes all work alike; only the names differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.marks import mark
from connector.protocol import Applied, Share
from connector.xero import translate
from connector.xero.shares import applied, pick
from connector.xero.translate import OVERPAYMENT, PREPAYMENT
from ledger.documents import CreditNote, Receipt, Status
from ledger.errors import UnknownOutcomeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from connector.xero.calls import Calls

CREDIT_NOTE = "credit_note"
# The key of Xero's answers, and the package's method that allocates.
SOURCES = {
    OVERPAYMENT: ("Overpayments", "create_overpayment_allocations"),
    PREPAYMENT: ("Prepayments", "create_prepayment_allocations"),
    CREDIT_NOTE: ("CreditNotes", "create_credit_note_allocation"),
}


class Allocations:
    """The allocations of one organisation."""

    def __init__(self, calls: Calls) -> None:
        """Make no call yet."""
        self._calls = calls

    def set(
        self, part: str, holder_id: str, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Allocate in one call. `key` is the idempotency key, whole.

        Raises UnknownOutcomeError when Xero's answer does not name what it made.
        """
        lines = [
            models.Allocation(
                invoice=models.Invoice(invoice_id=share.invoice_id),
                amount=share.amount.decimal,
                date=day,
            )
            for share in shares
        ]
        _key, name = SOURCES[part]
        answer = self._calls.write(name, holder_id, models.Allocations(allocations=lines), key=key)
        held = translate.allocations(answer | {"CurrencyCode": shares[0].amount.currency})
        made = pick(((one.invoice_id, one.amount.minor, one.id) for one in held), shares)
        if made is None or not all(made):
            # It was done: looking it up is for the look-up, whose failures mean no second write.
            raise UnknownOutcomeError("Xero's answer does not name the allocations")
        return applied(made, shares, part, holder_id)

    def find(self, part: str, holder_id: str, shares: Sequence[Share]) -> Applied | None:
        """Look up allocations of these amounts to these invoices: they hold no text to know by."""
        held = self._read(part, holder_id)
        if held is None:
            return None
        made = pick(
            ((one.invoice_id, one.amount.minor, one.id) for one in held.allocations), shares
        )
        return None if made is None else applied(made, shares, part, holder_id)

    def free(self, part: str, holder_id: str, allocation_id: str) -> None:
        """Take one allocation back; one that is gone already stays so."""
        self._calls.delete(f"delete_{part}_allocations", holder_id, allocation_id)

    def _read(self, part: str, holder_id: str) -> Receipt | CreditNote | None:
        key, _name = SOURCES[part]
        found = self._calls.listed(part, key, holder_id)
        held = translate.TRANSLATORS[key](found[0]) if found else None
        if not isinstance(held, Receipt | CreditNote) or held.status is Status.VOID:
            return None
        return held


def key_of(key: str) -> str:
    """Give the idempotency key under which an action allocates."""
    return f"{mark(key)}-allocate"
