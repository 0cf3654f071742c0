"""A payer's answer to the question what a payment is for: shown, checked, kept, and matched by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.keeping import look_again
from ledger.documents import Status
from ledger.money import Money, MoneyError, total
from ledger.remittances import RemittanceLine
from store import answers, journal, mirror, organisations
from store.answers import AnswerRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.ask_links import Asked
    from ledger.documents import Invoice, Receipt
    from store.organisations import OrganisationRow

REMARK_CHARS_MAX = 500
_GONE = frozenset({Status.VOID, Status.DRAFT})
# Who answered has no name here; the journal calls it so.
PAYER = "payer"


def is_theirs(s: Session, organisation_id: int, receipt: Receipt, customer_id: str) -> bool:
    """Say whether the ledger does not give a receipt to another customer than was asked of it."""
    owner = receipt.customer_id
    if not owner or owner == customer_id:
        return True
    known = mirror.customer(s, organisation_id, owner)
    return known is not None and known.merged_into == customer_id


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a payer may tick: the payment, what is open of theirs, and what was said before."""

    organisation: OrganisationRow
    creditor: str
    receipt: Receipt
    invoices: tuple[Invoice, ...]
    answer: AnswerRow | None


def sheet(s: Session, asked: Asked) -> Sheet | None:
    """Give what a link opens; None when the payment is placed or gone, or nothing is open.

    None also when it turned out to be another customer's payment.
    """
    ours = organisations.by_public_id(s, asked.organisation)
    if ours is None or ours.ledger is None:
        return None
    receipt = mirror.receipt(s, ours.id, asked.source, asked.receipt_id)
    if receipt is None or receipt.unapplied.minor <= 0 or receipt.status in _GONE:
        return None
    if not is_theirs(s, ours.id, receipt, asked.customer_id):
        return None
    invoices = [
        one
        for one in mirror.open_invoices(s, ours.id)
        if one.customer_id == asked.customer_id
        and one.balance.currency == receipt.unapplied.currency
    ]
    invoices.sort(key=lambda one: (one.due, one.number, one.ref.id))
    said = answers.of_receipts(s, ours.id, [asked.receipt_id])
    answer = said.get((asked.source, asked.receipt_id))
    return Sheet(ours, ours.ledger.name, receipt, tuple(invoices), answer) if invoices else None


def receive(
    s: Session,
    asked: Asked,
    open_now: Sheet,
    amounts: Mapping[str, str],
    remark: str,
    now: datetime,
) -> None:
    """Keep an answer and have the rules look. Raises ValueError saying what does not add up.

    `amounts` are what is paid, by the invoice's id, as typed.
    """
    lines = _lines(open_now, amounts)
    remark = " ".join(remark.split())[:REMARK_CHARS_MAX]
    if not lines and not remark:
        msg = "tick the invoices that you paid, or write what the payment is for"
        raise ValueError(msg)
    paid, all_of_it = open_now.receipt.unapplied, [one.amount for one in lines if one.amount]
    if total(all_of_it, paid.currency) > paid:
        msg = f"the amounts come to {total(all_of_it, paid.currency)}; the payment was {paid}"
        raise ValueError(msg)
    ours = open_now.organisation.id
    answer = AnswerRow(asked.source, asked.receipt_id, asked.customer_id, lines, remark, now)
    answers.keep(s, ours, answer)
    named = ", ".join(f"{one.reference} {one.amount}" for one in lines)
    journal.write(
        s,
        ours,
        "answered",
        who=PAYER,
        text=f"payer: {'; '.join(filter(None, (named, remark)))}",
        now=now,
        subject=f"receipt:{asked.source}:{asked.receipt_id}",
    )
    look_again(s, ours, now)


def _lines(open_now: Sheet, amounts: Mapping[str, str]) -> tuple[RemittanceLine, ...]:
    by_id = {one.ref.id: one for one in open_now.invoices}
    found = []
    for invoice_id, text in amounts.items():
        invoice = by_id.get(invoice_id)
        if invoice is None:
            msg = "one of the invoices is not open any more; look at the list again"
            raise ValueError(msg)
        found.append(RemittanceLine(invoice.number, _amount(invoice, text)))
    return tuple(found)


def _amount(invoice: Invoice, text: str) -> Money:
    try:
        amount = Money.parse(text.strip(), invoice.balance.currency)
    except MoneyError:
        msg = f"invoice {invoice.number}: write the amount as {invoice.balance.text}"
        raise ValueError(msg) from None
    if amount.minor <= 0 or amount > invoice.balance:
        msg = f"invoice {invoice.number}: write an amount up to {invoice.balance}"
        raise ValueError(msg)
    return amount


def told(
    s: Session, organisation_id: int, receipts: Sequence[Receipt]
) -> tuple[tuple[Receipt, ...], frozenset[tuple[str, str]]]:
    """Give receipts with what was answered as their remittance, where they had none.

    Beside them, by source and id, those of which that is so. What somebody said of money that is
    another's by now counts for nothing.
    """
    said = answers.of_receipts(s, organisation_id, [one.ref.id for one in receipts])
    lines = {
        (one.source.value, one.ref.id): answer.lines
        for one in receipts
        if (answer := said.get((one.source, one.ref.id))) and answer.lines and not one.remittance
        if is_theirs(s, organisation_id, one, answer.customer_id)
    }
    known = tuple(
        replace(one, remittance=lines.get((one.source.value, one.ref.id), one.remittance))
        for one in receipts
    )
    return known, frozenset(lines)
