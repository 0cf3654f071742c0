"""The questions put to the mirror. Each is put together once: doing it takes longer than asking."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    bindparam,
    func,
    select,
    union_all,
)

from ledger.documents import Status
from store.connections import BOOKS, DISCONNECTED
from store.tables import allocation, connection, credit_note, customer, invoice, receipt
from store.tables.columns import fixed

# What the vendor's own words and our bookkeeping of them add is read by `raw` and by saves alone.
_KEPT_APART = frozenset({"raw", "digest", "saved_at"})
_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_NOT_DISCONNECTED = connection.c.state != fixed(DISCONNECTED)
_CONNECTIONS = select(connection.c.id).where(
    connection.c.organisation_id == _ORGANISATION, _NOT_DISCONNECTED
)
_BOOKS = _CONNECTIONS.where(connection.c.role == fixed(BOOKS)).scalar_subquery()


def _in_books(table: Table) -> ColumnElement[bool]:
    """Whether a row is of the organisation's one system of record."""
    return (table.c.organisation_id == _ORGANISATION) & (table.c.connection_id == _BOOKS)


def _live(table: Table) -> ColumnElement[bool]:
    """Whether a row is of any connection of the organisation that is not disconnected."""
    return (table.c.organisation_id == _ORGANISATION) & table.c.connection_id.in_(_CONNECTIONS)


def left_on(table: Table) -> ColumnElement[bool]:
    """Whether a document is open with something left; what was applied here is not left."""
    is_open = table.c.status == fixed(Status.OPEN.value)
    if table is receipt:
        left = receipt.c.unapplied > fixed(0)
        return is_open & left & (receipt.c.unapplied > receipt.c.applied_here)
    return is_open & (table.c.balance > fixed(0))


def shown(table: Table) -> Select[Any]:
    """Ask for what documents of the mirror are made of."""
    return select(*(column for column in table.c if column.name not in _KEPT_APART))


def _of_books(table: Table) -> Select[Any]:
    return shown(table).where(_in_books(table)).order_by(table.c.vendor_id)


def _unread(table: Table, live: ColumnElement[bool], *columns: ColumnElement[Any]) -> Select[Any]:
    """Ask for what could not be read, in the columns that all kinds of document share."""
    kind = fixed(table.name).label("kind")
    key = (table.c.vendor_id, table.c.part, table.c.connection_id)
    is_unread = (table.c.unread != fixed("")) & table.c.gone.is_(False)
    return select(kind, *key, table.c.unread, *columns).where(live, is_unread)


UNREAD = union_all(
    *(
        _unread(
            table,
            _in_books(table),
            table.c.number,
            table.c.customer_id,
            table.c.issued.label("day"),
        )
        for table in (invoice, credit_note)
    ),
    _unread(
        receipt,
        _live(receipt),
        receipt.c.reference.label("number"),
        receipt.c.customer_id,
        receipt.c.received.label("day"),
    ),
)
INVOICES = _of_books(invoice)
INVOICES_BY_ID = INVOICES.where(invoice.c.vendor_id.in_(_IDS))
INVOICES_NUMBERED = (
    shown(invoice)
    .where(_in_books(invoice), invoice.c.number.in_(_IDS))
    # Joined to nothing, so that the index of ids is not taken for the order: it would read all.
    .order_by(invoice.c.vendor_id.concat(fixed("")))
)
INVOICES_OF = INVOICES.where(invoice.c.customer_id.in_(_IDS))
OPEN_INVOICES = INVOICES.where(left_on(invoice))
OPEN_INVOICES_OF = INVOICES_OF.where(left_on(invoice))
CUSTOMERS = _of_books(customer)
CUSTOMERS_BY_ID = CUSTOMERS.where(customer.c.vendor_id.in_(_IDS))
OPEN_CREDIT_NOTES = _of_books(credit_note).where(left_on(credit_note))
OPEN_CREDIT_NOTES_OF = OPEN_CREDIT_NOTES.where(credit_note.c.customer_id.in_(_IDS))
RECEIPTS = shown(receipt).where(_live(receipt)).order_by(receipt.c.received, receipt.c.vendor_id)
RECEIPTS_TO_MATCH = RECEIPTS.where(left_on(receipt))
OPEN_RECEIPTS_OF = RECEIPTS_TO_MATCH.where(_in_books(receipt), receipt.c.customer_id.in_(_IDS))
_FROM_SOURCE = (
    receipt.c.source == bindparam("source"),
    receipt.c.vendor_id == bindparam("receipt_id"),
)
RECEIPT = RECEIPTS.where(*_FROM_SOURCE)
RECEIPTS_NAMED = RECEIPTS.where(
    receipt.c.source == bindparam("source"), receipt.c.vendor_id.in_(_IDS)
)
# Of some amounts only: there are many receipts between two days, and few of any amount.
RECEIPTS_BETWEEN = RECEIPTS.where(
    receipt.c.source == bindparam("source"),
    receipt.c.received.between(bindparam("since"), bindparam("until")),
    receipt.c.amount.in_(bindparam("minors", expanding=True)),
)
CONNECTION_OF_RECEIPT = select(receipt.c.connection_id).where(_live(receipt), *_FROM_SOURCE)
OWING = select(invoice.c.customer_id).where(_in_books(invoice), left_on(invoice))
WHO_OWES = OWING.distinct().order_by(invoice.c.customer_id)
TAGS = (
    select(customer.c.tags, func.count().label("number"))
    .where(_in_books(customer), ~customer.c.archived, ~customer.c.gone)
    .group_by(customer.c.tags)
)
WHERE_THEY_ARE = (
    select(customer.c.zone, customer.c.country)
    .where(_in_books(customer), customer.c.vendor_id.in_(OWING))
    .distinct()
)
FIRST_SEEN = select(invoice.c.vendor_id, invoice.c.first_seen).where(
    _in_books(invoice), invoice.c.vendor_id.in_(_IDS)
)
ALLOCATIONS = (
    select(allocation)
    .where(
        allocation.c.organisation_id == _ORGANISATION,
        allocation.c.holder_kind == bindparam("kind"),
        allocation.c.holder_id.in_(_IDS),
    )
    .order_by(allocation.c.holder_id, allocation.c.place)
)
