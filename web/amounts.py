"""What a person typed beside invoices: the money that pays them, and what no money came for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ledger.differences import Adjustment, Difference
from ledger.money import Money, MoneyError
from rules.actions import Portion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger.documents import Invoice, Receipt

PAY = "pay:"
# Why the rest of the invoice was not paid, as a kind of difference; "" leaves it open.
REST = "rest:"


class Cleared(Protocol):
    """What clears which invoices, and how much of it no money came for."""

    @property
    def portions(self) -> Sequence[Portion]:
        """How much of which invoice is cleared."""

    @property
    def adjustments(self) -> Sequence[Adjustment]:
        """What of it no money came for."""


def read(
    receipt: Receipt, form: Mapping[str, str], invoices: Iterable[Invoice]
) -> tuple[list[Portion], list[Adjustment]]:
    """Read the amounts. Raises ValueError, naming the invoice.

    Where the rest of an invoice is named as a difference, all that is open of it is cleared.
    """
    by_id = {one.ref.id: one for one in invoices}
    portions, adjustments = [], []
    for name, text in form.items():
        if not name.startswith(PAY) or not text.strip():
            continue
        invoice = by_id.get(name.removeprefix(PAY))
        if invoice is None:
            msg = "one of the invoices is not open any more; reload the page"
            raise ValueError(msg)
        paid = _amount(invoice, text, receipt.unapplied.currency)
        kind = _kind(invoice, form.get(f"{REST}{invoice.ref.id}", ""))
        if kind is not None and paid.currency == invoice.balance.currency:
            adjustments.append(Adjustment(invoice.ref.id, kind, invoice.balance - paid))
            paid = invoice.balance
        if paid.minor:
            portions.append(Portion(invoice.ref.id, invoice.number, paid))
    return portions, adjustments


def fields(answer: Cleared) -> dict[str, str]:
    """Write an answer as the form that gives it back: `read` reads it so."""
    found = {}
    for one in answer.portions:
        paid = one.amount
        for less in answer.adjustments:
            if less.invoice_id == one.invoice_id:
                paid -= less.amount
                found[f"{REST}{one.invoice_id}"] = less.kind.value
        found[f"{PAY}{one.invoice_id}"] = paid.text
    return found


def _amount(invoice: Invoice, text: str, currency: str) -> Money:
    try:
        return Money.parse(text.strip(), currency)
    except MoneyError as error:
        msg = f"invoice {invoice.number}: {error}"
        raise ValueError(msg) from None


def _kind(invoice: Invoice, word: str) -> Difference | None:
    try:
        return Difference(word) if word else None
    except ValueError:
        msg = f"invoice {invoice.number}: choose one of the reasons listed"
        raise ValueError(msg) from None
