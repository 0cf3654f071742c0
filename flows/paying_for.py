"""For whom a person says that money is, where that is not one customer alone.

Money that the ledger holds for one customer pays no other's invoices, but for customers who are
billed with that one: it is refused at once, with what to do instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Source, Status
from rules.matching.group import SEVERAL, may_pay, told
from rules.matching.mirrored import living, merges
from store import mirror

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from ledger.documents import CreditNote, Customer, Invoice, Receipt
    from rules.actions import Portion


def owners_of(s: Session, organisation_id: int, portions: Sequence[Portion]) -> dict[str, str]:
    """Say whose the documents are that a person chose. Raises ValueError for one not open so."""
    credits_ = {one.ref.id: one for one in mirror.credit_notes_open(s, organisation_id)}
    owners = {}
    for one in portions:
        found: Invoice | CreditNote | None = mirror.invoice(s, organisation_id, one.invoice_id)
        noun = "invoice"
        if one.amount.minor < 0:
            found, noun = credits_.get(one.invoice_id), "credit note"
        if found is None or found.status is not Status.OPEN:
            msg = f"{noun} {one.number} is not open any more"
            raise ValueError(msg)
        if one.amount.currency != found.balance.currency or not one.amount.minor:
            msg = f"{noun} {one.number} is in {found.balance.currency}"
            raise ValueError(msg)
        if abs(one.amount) > found.balance:
            msg = f"{noun} {one.number} has only {found.balance} open"
            raise ValueError(msg)
        owners[one.invoice_id] = found.customer_id
    return owners


def payees(
    s: Session,
    organisation_id: int,
    receipt: Receipt,
    portions: Sequence[Portion],
    owners: Mapping[str, str],
) -> tuple[tuple[str, str], ...]:
    """Say whose invoices are paid, as a fact; nothing for one customer's.

    `owners` names the customer of each document. Raises ValueError, in words for a person, where
    the ledger would refuse it.
    """
    named = [(owners[one.invoice_id], one.number) for one in portions if one.amount.minor > 0]
    whose = {customer for customer, _ in named}
    held_for = receipt.customer_id if receipt.source is Source.LEDGER else None
    if len(whose) < SEVERAL and (not held_for or whose <= {held_for}):
        return ()
    customers = mirror.customers(s, organisation_id)
    if held_for:
        _require(customers, held_for, whose)
    return told(named, lambda one: _name(customers, one))


def _require(customers: Mapping[str, Customer], held_for: str, whose: set[str]) -> None:
    merged = merges(customers.values())

    def parent(customer_id: str) -> str:
        found = customers.get(customer_id)
        return living(merged, found.parent_id) if found and found.parent_id else ""

    holder = living(merged, held_for)
    for one in sorted({living(merged, one) for one in whose}):
        if not may_pay(holder, one, parent):
            paid = _name(customers, one)
            msg = f"in the ledger this is money of {_name(customers, holder)}, which pays no"
            raise ValueError(f"{msg} invoice of {paid}: enter it there as money of {paid}")


def _name(customers: Mapping[str, Customer], customer_id: str) -> str:
    return customers[customer_id].name if customer_id in customers else customer_id
