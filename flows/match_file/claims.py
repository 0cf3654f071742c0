"""Invoices and credit notes of the ledger file, as the documents that are matched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.match_file.amounts import amount_of, hundredths
from flows.match_file.payment_lines import text
from flows.match_file.problems import WrongLineError, short
from flows.match_file.records import CreditNote, Invoice
from rules.matching.values import Item

if TYPE_CHECKING:
    from datetime import date

    from flows.match_file.records import Discount

STATUSES = ("open", "paid", None)
NO_DISCOUNT: tuple[int, date | None] = (0, None)
# What percentages and rates of the files are multiplied by to be hundredths of a percent.
PERCENTAGE, RATE = 100, 10_000


def claim(record: Invoice | CreditNote) -> tuple[Item, tuple[str, ...]]:
    """Make a document of its line, and tell what of it is odd but does no harm.

    Raises WrongLineError.
    """
    total, net, left = _amounts(record)
    due = record.due_date or record.issue_date
    issued = record.issue_date or record.due_date
    if due is None or issued is None:
        raise WrongLineError("`issue_date` and `due_date` are both missing; give one")
    odd: tuple[str, ...] = ()
    if not record.number and record.number != 0:
        odd = (short(f"{record.id} has no `number`; it can be paid, but no payment can name it"),)
    terms = NO_DISCOUNT
    if record.discount:
        terms, wrong = _discount(record.discount)
        odd += wrong
    made = Item(
        record.id,
        text(record.number),
        record.customer_id,
        record.currency,
        total,
        net,
        left,
        issued,
        due,
        isinstance(record, CreditNote),
        text(record.po_number),
        text(record.payment_reference),
        *terms,
    )
    return made, odd


def _discount(discount: Discount) -> tuple[tuple[int, date | None], tuple[str, ...]]:
    try:
        return (hundredths(discount.percent, PERCENTAGE), discount.until), ()
    except ValueError as error:
        said = f"`discount.percent`: {short(str(error))}; the discount is left out"
        return NO_DISCOUNT, (said,)


def _amounts(record: Invoice | CreditNote) -> tuple[int, int, int]:
    """Read total, net and what is open; raises WrongLineError where nobody can mean them."""
    currency, paid = record.currency, record.status == "paid"
    total = left = net = amount_of("total", record.total, currency)
    if record.open_amount is not None:
        left = amount_of("open_amount", record.open_amount, currency)
    elif paid:
        left = 0
    if record.net is not None:
        net = amount_of("net", record.net, currency)
    if record.status not in STATUSES:
        raise WrongLineError(f"`status` is {record.status!r}; use open or paid")
    if total < 0 or left < 0:
        kind = "credit note" if isinstance(record, Invoice) else "invoice"
        raise WrongLineError(f"{record.id} is negative; give it as a {kind} of that amount")
    if paid and left:
        raise WrongLineError(f"{record.id} is paid, but `open_amount` is {record.open_amount}")
    return total, net, left
