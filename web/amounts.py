"""What a person typed beside invoices: the money that pays them, and what no money came for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from ledger.differences import Adjustment, Difference
from ledger.money import Money, MoneyError
from rules.actions import Portion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ledger.documents import CreditNote, Invoice, Receipt

    Paper = TypeVar("Paper", Invoice, CreditNote)

PAY = "pay:"
# So much of a credit note is used with the money.
USE = "use:"
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
    receipt: Receipt,
    form: Mapping[str, str],
    invoices: Iterable[Invoice],
    credits_: Iterable[CreditNote] = (),
) -> tuple[list[Portion], list[Adjustment]]:
    """Read the amounts. Raises ValueError, naming the invoice or credit note.

    Where the rest of an invoice is named as a difference, all that is open of it is cleared. What
    is paid of an invoice in the currency that a bank changed the money from is meant in that.
    """
    portions, adjustments = [], []
    for invoice, text in _typed(form, PAY, invoices):
        currency = _currency(receipt, invoice)
        paid = _amount(f"invoice {invoice.number}", text, currency)
        kind = _kind(invoice, form.get(f"{REST}{invoice.ref.id}", ""))
        if kind is not None and paid.currency == invoice.balance.currency:
            adjustments.append(Adjustment(invoice.ref.id, kind, invoice.balance - paid))
            paid = invoice.balance
        if paid.minor:
            portions.append(Portion(invoice.ref.id, invoice.number, paid))
    for note, text in _typed(form, USE, credits_):
        used = _amount(f"credit note {note.number}", text, receipt.unapplied.currency)
        if used.minor:
            portions.append(Portion(note.ref.id, note.number, -used))
    return portions, adjustments


def _typed(
    form: Mapping[str, str], prefix: str, documents: Iterable[Paper]
) -> Iterator[tuple[Paper, str]]:
    """Give the documents beside which something was typed. Raises ValueError for one gone."""
    by_id = {one.ref.id: one for one in documents}
    for name, text in form.items():
        if not name.startswith(prefix) or not text.strip():
            continue
        found = by_id.get(name.removeprefix(prefix))
        if found is None:
            msg = "one of the documents is not open any more; reload the page"
            raise ValueError(msg)
        yield found, text


def fields(answer: Cleared) -> dict[str, str]:
    """Write an answer as the form that gives it back: `read` reads it so."""
    found = {}
    for one in answer.portions:
        paid = one.amount
        for less in answer.adjustments:
            if less.invoice_id == one.invoice_id:
                paid -= less.amount
                found[f"{REST}{one.invoice_id}"] = less.kind.value
        if paid.minor < 0:
            found[f"{USE}{one.invoice_id}"] = (-paid).text
        else:
            found[f"{PAY}{one.invoice_id}"] = paid.text
    return found


def payable(receipt: Receipt) -> set[str]:
    """Give the currencies that money pays invoices in: its own, and what a bank changed it from."""
    sent = receipt.original
    return {receipt.unapplied.currency, *([sent.currency] if sent else [])}


def _currency(receipt: Receipt, invoice: Invoice) -> str:
    """Say in which currency an amount beside an invoice is meant."""
    other = invoice.balance.currency
    return other if other in payable(receipt) else receipt.unapplied.currency


def _amount(name: str, text: str, currency: str) -> Money:
    try:
        amount = Money.parse(text.strip(), currency)
    except MoneyError as error:
        msg = f"{name}: {error}"
        raise ValueError(msg) from None
    if amount.minor < 0:
        msg = f"{name}: {amount} is less than nothing"
        raise ValueError(msg)
    return amount


def _kind(invoice: Invoice, word: str) -> Difference | None:
    try:
        return Difference(word) if word else None
    except ValueError:
        msg = f"invoice {invoice.number}: choose one of the reasons listed"
        raise ValueError(msg) from None
