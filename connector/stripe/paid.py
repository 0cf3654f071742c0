"""Which of Stripe's own invoices payments pay: listed for many at once, asked for a few.

Since the API of 2025 an InvoicePayment is the only way from a PaymentIntent to its invoices. It
names a PaymentIntent that is there already, so it is never much older than that.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from connector.stripe import translate
from connector.stripe.fields import key_of, last_key, stamp_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.stripe.calls import Calls, Doc

# Up to so many are asked for by name.
FEW = 3
PAGE = 100
# In seconds: how much older than its payment an InvoicePayment may seem.
MARGIN = 3 * 86_400
_KEPT = ("id", "amount_paid", "currency", "status", "payment")
_OF_INVOICE = ("id", "number", "metadata")


class Paid:
    """What is known of invoice payments, listed back from the newest as far as was needed."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._by: dict[str, list[Doc]] = defaultdict(list)
        self._last = ""
        self._reached: int | None = None
        self._ended = False

    def of(self, calls: Calls, intents: Sequence[Doc]) -> dict[str, list[Doc]]:
        """Give the invoice payments of each PaymentIntent whose own metadata names no invoice."""
        asked = [one for one in intents if not translate.metadata_links(one)]
        if len(asked) <= FEW:
            return {key_of(one): _named(calls, key_of(one)) for one in asked}
        self._back_to(calls, min(stamp_of(one) for one in asked) - MARGIN)
        return {key_of(one): self._by.get(key_of(one), []) for one in asked}

    def _back_to(self, calls: Calls, oldest: int) -> None:
        while not self._ended and (self._reached is None or self._reached > oldest):
            place = {"starting_after": self._last} if self._last else {}
            rows = calls.granted(
                "/v1/invoice_payments", status="paid", limit=PAGE, expand=["data.invoice"], **place
            )
            for row in rows:
                self._by[_intent_of(row)].append(_short(row))
            self._ended = len(rows) < PAGE
            if rows:
                self._last, self._reached = last_key(rows), stamp_of(rows[-1])


def _named(calls: Calls, intent: str) -> list[Doc]:
    return [
        _short(one)
        for one in calls.granted(
            "/v1/invoice_payments",
            payment={"type": "payment_intent", "payment_intent": intent},
            status="paid",
            limit=PAGE,
            expand=["data.invoice"],
        )
    ]


def _intent_of(row: Doc) -> str:
    payment = row.get("payment")
    found = payment.get("payment_intent") if isinstance(payment, dict) else None
    return str(found.get("id", "") if isinstance(found, dict) else found or "")


def _short(row: Doc) -> Doc:
    """Keep what is read of an invoice payment: a walk holds thousands."""
    invoice = row.get("invoice")
    named = invoice if isinstance(invoice, dict) else {}
    kept = {name: row.get(name) for name in _KEPT}
    return kept | {"invoice": {name: named.get(name) for name in _OF_INVOICE}}
