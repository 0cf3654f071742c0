"""The mirror: documents as the systems of record last told them, as ledger values.

Invoices, credit notes and customers are those of the organisation's system of record; receipts
are those of every connection. Nothing of a disconnected connection is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, func, select
from sqlalchemy.orm import Session

from ledger.documents import (
    Allocation,
    CreditNote,
    Customer,
    Invoice,
    Kind,
    Position,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from store import tables
from store.connections import BOOKS, DISCONNECTED
from store.documents import (
    TABLES,
    to_allocation,
    to_credit_note,
    to_customer,
    to_invoice,
    to_receipt,
)
from store.mirror_saving import Changes, Sighting, record_applied, save, save_position
from store.session import chunks

__all__ = [
    "Changes",
    "Sighting",
    "Totals",
    "connection_of_receipt",
    "credit_notes_open",
    "customer",
    "customers",
    "customers_with_open",
    "first_seen",
    "invoice",
    "invoices",
    "invoices_of",
    "open_invoices",
    "open_refs",
    "open_totals",
    "position",
    "raw",
    "receipt",
    "receipts_to_match",
    "record_applied",
    "save",
    "save_position",
    "zones_and_countries",
]

_invoice, _customer = tables.invoice, tables.customer
_credit_note, _receipt = tables.credit_note, tables.receipt


@dataclass(frozen=True, slots=True)
class Totals:
    """What is open in one currency: invoices, and apart from them what may still be set off."""

    invoices: Money
    credit_notes: Money
    receipts: Money


def open_invoices(s: Session, organisation_id: int) -> list[Invoice]:
    """List the invoices with something owed."""
    return _invoices(s, organisation_id, _left(_invoice))


def invoice(s: Session, organisation_id: int, invoice_id: str) -> Invoice | None:
    """Give an invoice by the vendor's id."""
    return next(iter(_invoices(s, organisation_id, _invoice.c.vendor_id == invoice_id)), None)


def invoices(s: Session, organisation_id: int, ids: Sequence[str]) -> dict[str, Invoice]:
    """Give several invoices by the vendor's ids; unknown ones are left out."""
    return {
        one.ref.id: one
        for part in chunks(ids)
        for one in _invoices(s, organisation_id, _invoice.c.vendor_id.in_(part))
    }


def invoices_numbered(s: Session, organisation_id: int, numbers: Sequence[str]) -> list[Invoice]:
    """List the invoices, open or not, that have one of these numbers to the letter."""
    return [
        one
        for part in chunks(numbers)
        for one in _invoices(s, organisation_id, _invoice.c.number.in_(part))
    ]


def invoices_of(s: Session, organisation_id: int, customer_id: str) -> list[Invoice]:
    """List all invoices of a customer, the oldest first."""
    found = _invoices(s, organisation_id, _invoice.c.customer_id == customer_id)
    return sorted(found, key=lambda one: (one.issued, one.number))


def customers(s: Session, organisation_id: int) -> dict[str, Customer]:
    """Give every customer by id."""
    rows = s.execute(_of_books(_customer, organisation_id))
    return {row.vendor_id: to_customer(row) for row in rows}


def customer(s: Session, organisation_id: int, customer_id: str) -> Customer | None:
    """Give a customer by the vendor's id."""
    row = s.execute(
        _of_books(_customer, organisation_id).where(_customer.c.vendor_id == customer_id)
    ).first()
    return None if row is None else to_customer(row)


def receipts_to_match(s: Session, organisation_id: int) -> list[Receipt]:
    """List the receipts, of every connection, with money set against nothing yet."""
    return _receipts(s, organisation_id, _left(_receipt))


def receipt(s: Session, organisation_id: int, source: Source, receipt_id: str) -> Receipt | None:
    """Give a receipt by its source and the vendor's id."""
    which = (_receipt.c.source == source.value, _receipt.c.vendor_id == receipt_id)
    return next(iter(_receipts(s, organisation_id, *which)), None)


def credit_notes_open(
    s: Session, organisation_id: int, customer_id: str | None = None
) -> list[CreditNote]:
    """List credit notes with something not yet allocated, perhaps of one customer."""
    statement = _of_books(_credit_note, organisation_id).where(_left(_credit_note))
    if customer_id is not None:
        statement = statement.where(_credit_note.c.customer_id == customer_id)
    rows = s.execute(statement).all()
    allocations = _allocations(s, Kind.CREDIT_NOTE, rows)
    return [to_credit_note(row, allocations[_key(row)]) for row in rows]


def customers_with_open(s: Session, organisation_id: int) -> list[str]:
    """List the ids of customers with an open invoice."""
    statement = (
        select(_invoice.c.customer_id)
        .where(_in_books(_invoice, organisation_id), _left(_invoice))
        .distinct()
        .order_by(_invoice.c.customer_id)
    )
    return list(s.scalars(statement))


def first_seen(s: Session, organisation_id: int, invoice_ids: Sequence[str]) -> dict[str, date]:
    """Say on which day each invoice could first have been with the customer."""
    return {
        row.vendor_id: row.first_seen
        for part in chunks(invoice_ids)
        for row in s.execute(
            select(_invoice.c.vendor_id, _invoice.c.first_seen).where(
                _in_books(_invoice, organisation_id), _invoice.c.vendor_id.in_(part)
            )
        )
    }


def open_totals(s: Session, organisation_id: int, connection_id: int) -> dict[str, Totals]:
    """Sum what is open at a connection, by currency."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for table, left in (
        (_invoice, _invoice.c.balance),
        (_credit_note, _credit_note.c.balance),
        (_receipt, _receipt.c.unapplied),
    ):
        rows = s.execute(
            select(table.c.currency, func.sum(left))
            .where(_at(table, organisation_id, connection_id), _left(table))
            .group_by(table.c.currency)
        )
        for currency, minor in rows:
            sums[currency][table.name] = int(minor)
    return {
        currency: Totals(
            Money(found["invoice"], currency),
            Money(found["credit_note"], currency),
            Money(found["receipt"], currency),
        )
        for currency, found in sorted(sums.items())
    }


def open_refs(s: Session, organisation_id: int, connection_id: int) -> list[Ref]:
    """List what the mirror holds as open at a connection, for a sweep to compare with."""
    return [
        Ref(kind, row.vendor_id, row.part)
        for kind in (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT)
        for row in s.execute(
            select(TABLES[kind].c.vendor_id, TABLES[kind].c.part)
            .where(_at(TABLES[kind], organisation_id, connection_id), _left(TABLES[kind]))
            .order_by(TABLES[kind].c.vendor_id)
        )
    ]


def position(
    s: Session, organisation_id: int, customer_id: str, read_at: datetime
) -> Position | None:
    """Give a customer with everything open in the books; None for an unknown customer."""
    found = customer(s, organisation_id, customer_id)
    if found is None:
        return None
    theirs = _receipt.c.customer_id == customer_id
    in_books = _in_books(_receipt, organisation_id)
    return Position(
        found,
        read_at,
        tuple(
            _invoices(s, organisation_id, _invoice.c.customer_id == customer_id, _left(_invoice))
        ),
        tuple(credit_notes_open(s, organisation_id, customer_id)),
        tuple(_receipts(s, organisation_id, theirs, in_books, _left(_receipt))),
    )


def zones_and_countries(s: Session, organisation_id: int) -> list[tuple[str | None, str | None]]:
    """List the different pairs of zone and country that customers with open invoices have."""
    owing = select(_invoice.c.customer_id).where(
        _in_books(_invoice, organisation_id), _left(_invoice)
    )
    rows = s.execute(
        select(_customer.c.zone, _customer.c.country)
        .where(_in_books(_customer, organisation_id), _customer.c.vendor_id.in_(owing))
        .distinct()
    )
    return [(row.zone, row.country) for row in rows]


def connection_of_receipt(
    s: Session, organisation_id: int, source: Source, receipt_id: str
) -> int | None:
    """Say at which connection a receipt lives."""
    return s.scalar(
        select(_receipt.c.connection_id).where(
            _live(_receipt, organisation_id),
            _receipt.c.source == source.value,
            _receipt.c.vendor_id == receipt_id,
        )
    )


def raw(s: Session, organisation_id: int, ref: Ref) -> str | None:
    """Give the vendor's own JSON of a document, as last read; also of a disconnected one."""
    table = TABLES.get(ref.kind)
    if table is None:
        return None
    return s.scalar(
        select(table.c.raw)
        .where(
            table.c.organisation_id == organisation_id,
            table.c.vendor_id == ref.id,
            table.c.part == ref.part,
        )
        .order_by(table.c.saved_at.desc())
        .limit(1)
    )


def _in_books(table: Table, organisation_id: int) -> ColumnElement[bool]:
    """Whether a row is of the organisation's one system of record."""
    connection = tables.connection
    books = select(connection.c.id).where(
        connection.c.organisation_id == organisation_id,
        connection.c.role == BOOKS,
        connection.c.state != DISCONNECTED,
    )
    return (table.c.organisation_id == organisation_id) & (
        table.c.connection_id == books.scalar_subquery()
    )


def _live(table: Table, organisation_id: int) -> ColumnElement[bool]:
    """Whether a row is of any connection of the organisation that is not disconnected."""
    connection = tables.connection
    live = select(connection.c.id).where(
        connection.c.organisation_id == organisation_id, connection.c.state != DISCONNECTED
    )
    return (table.c.organisation_id == organisation_id) & table.c.connection_id.in_(live)


def _at(table: Table, organisation_id: int, connection_id: int) -> ColumnElement[bool]:
    return (table.c.organisation_id == organisation_id) & (table.c.connection_id == connection_id)


def _left(table: Table) -> ColumnElement[bool]:
    """Whether a document is open with something left; what was applied here is not left."""
    is_open = table.c.status == Status.OPEN.value
    if table is _receipt:
        left = (_receipt.c.unapplied > 0) & (_receipt.c.unapplied > _receipt.c.applied_here)
        return is_open & left
    return is_open & (table.c.balance > 0)


def _of_books(table: Table, organisation_id: int) -> Select[Any]:
    statement = select(table).where(_in_books(table, organisation_id))
    return statement.order_by(table.c.vendor_id)


def _invoices(s: Session, organisation_id: int, *which: ColumnElement[bool]) -> list[Invoice]:
    rows = s.execute(_of_books(_invoice, organisation_id).where(*which))
    return [to_invoice(row) for row in rows]


def _receipts(s: Session, organisation_id: int, *which: ColumnElement[bool]) -> list[Receipt]:
    rows = s.execute(
        select(_receipt)
        .where(_live(_receipt, organisation_id), *which)
        .order_by(_receipt.c.received, _receipt.c.vendor_id)
    ).all()
    allocations = _allocations(s, Kind.RECEIPT, rows)
    return [to_receipt(row, allocations[_key(row)]) for row in rows]


def _key(row: Row[Any]) -> tuple[int, str, str]:
    return row.connection_id, row.vendor_id, row.part


def _allocations(
    s: Session, kind: Kind, rows: Sequence[Row[Any]]
) -> defaultdict[tuple[int, str, str], list[Allocation]]:
    """Give what documents are set against, in the vendor's order."""
    allocation = tables.allocation
    found: defaultdict[tuple[int, str, str], list[Allocation]] = defaultdict(list)
    for part in chunks(rows):
        held = s.execute(
            select(allocation)
            .where(
                allocation.c.organisation_id == part[0].organisation_id,
                allocation.c.holder_kind == kind.value,
                allocation.c.holder_id.in_([row.vendor_id for row in part]),
            )
            .order_by(allocation.c.holder_id, allocation.c.place)
        )
        for one in held:
            key = (one.connection_id, one.holder_id, one.holder_part)
            found[key].append(to_allocation(one))
    return found
