"""The mirror: documents as the systems of record last told them, as ledger values.

Invoices, credit notes and customers are those of the organisation's system of record; receipts
are those of every connection. Nothing of a disconnected connection is shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
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
)
from ledger.money import Money
from store import mirror_queries as ask
from store import tables
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
    "Unread",
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
    "positions",
    "raw",
    "receipt",
    "receipts_between",
    "receipts_named",
    "receipts_to_match",
    "record_applied",
    "save",
    "save_position",
    "tags_in_use",
    "unread",
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


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that could not be read: whose it seems to be, its day, and what is wrong."""

    ref: Ref
    connection_id: int
    number: str
    customer_id: str
    day: date
    said: str


def unread(s: Session, organisation_id: int) -> list[Unread]:
    """List the invoices, credit notes and receipts that could not be read as they are now."""
    rows = s.execute(ask.UNREAD, {"organisation_id": organisation_id})
    return [
        Unread(
            ref=Ref(Kind(row.kind), row.vendor_id, row.part),
            connection_id=row.connection_id,
            number=row.number,
            customer_id=row.customer_id or "",
            day=row.day,
            said=row.unread,
        )
        for row in rows
    ]


def open_invoices(s: Session, organisation_id: int) -> list[Invoice]:
    """List the invoices with something owed."""
    return _invoices(s, ask.OPEN_INVOICES, organisation_id)


def invoice(s: Session, organisation_id: int, invoice_id: str) -> Invoice | None:
    """Give an invoice by the vendor's id."""
    return next(iter(_invoices(s, ask.INVOICES_BY_ID, organisation_id, [invoice_id])), None)


def invoices(s: Session, organisation_id: int, ids: Sequence[str]) -> dict[str, Invoice]:
    """Give several invoices by the vendor's ids; unknown ones are left out."""
    return {
        one.ref.id: one
        for part in chunks(ids)
        for one in _invoices(s, ask.INVOICES_BY_ID, organisation_id, part)
    }


def invoices_numbered(s: Session, organisation_id: int, numbers: Sequence[str]) -> list[Invoice]:
    """List the invoices, open or not, that have one of these numbers to the letter."""
    return [
        one
        for part in chunks(numbers)
        for one in _invoices(s, ask.INVOICES_NUMBERED, organisation_id, part)
    ]


def invoices_of(s: Session, organisation_id: int, customer_id: str) -> list[Invoice]:
    """List all invoices of a customer, the oldest first."""
    found = _invoices(s, ask.INVOICES_OF, organisation_id, [customer_id])
    return sorted(found, key=lambda one: (one.issued, one.number))


def customers(s: Session, organisation_id: int) -> dict[str, Customer]:
    """Give every customer by id."""
    rows = s.execute(ask.CUSTOMERS, {"organisation_id": organisation_id})
    return {row.vendor_id: to_customer(row) for row in rows}


def customer(s: Session, organisation_id: int, customer_id: str) -> Customer | None:
    """Give a customer by the vendor's id."""
    return next(iter(_customers(s, organisation_id, [customer_id])), None)


def receipts_to_match(s: Session, organisation_id: int) -> list[Receipt]:
    """List the receipts, of every connection, with money set against nothing yet."""
    return _receipts(s, ask.RECEIPTS_TO_MATCH, organisation_id)


def receipt(s: Session, organisation_id: int, source: Source, receipt_id: str) -> Receipt | None:
    """Give a receipt by its source and the vendor's id."""
    which = {"source": source.value, "receipt_id": receipt_id}
    return next(iter(_receipts(s, ask.RECEIPT, organisation_id, **which)), None)


def receipts_named(
    s: Session, organisation_id: int, source: Source, ids: Sequence[str]
) -> list[Receipt]:
    """List the receipts of one source with these ids, the earliest first."""
    which = {"source": source.value}
    found = [
        one
        for part in chunks(ids)
        for one in _receipts(s, ask.RECEIPTS_NAMED, organisation_id, ids=part, **which)
    ]
    return sorted(found, key=lambda one: (one.received, one.ref.id))


def receipts_between(
    s: Session,
    organisation_id: int,
    source: Source,
    days: tuple[date, date],
    amounts: Collection[Money],
) -> list[Receipt]:
    """List the receipts of one source and of these amounts that came in between two days."""
    since, until = days
    which = {"source": source.value, "since": since, "until": until}
    minors = sorted({one.minor for one in amounts})
    return [
        one
        for part in chunks(minors)
        for one in _receipts(s, ask.RECEIPTS_BETWEEN, organisation_id, minors=part, **which)
        if one.amount in amounts
    ]


def credit_notes_open(
    s: Session, organisation_id: int, customer_id: str | None = None
) -> list[CreditNote]:
    """List credit notes with something not yet allocated, perhaps of one customer."""
    if customer_id is None:
        return _credit_notes(s, ask.OPEN_CREDIT_NOTES, organisation_id)
    return _credit_notes(s, ask.OPEN_CREDIT_NOTES_OF, organisation_id, [customer_id])


def customers_with_open(s: Session, organisation_id: int) -> list[str]:
    """List the ids of customers with an open invoice."""
    return list(s.scalars(ask.WHO_OWES, {"organisation_id": organisation_id}))


def first_seen(s: Session, organisation_id: int, invoice_ids: Sequence[str]) -> dict[str, date]:
    """Say on which day each invoice could first have been with the customer."""
    return {
        row.vendor_id: row.first_seen
        for part in chunks(invoice_ids)
        for row in s.execute(ask.FIRST_SEEN, {"organisation_id": organisation_id, "ids": part})
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
            .where(_at(table, organisation_id, connection_id), ask.left_on(table))
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
            .where(_at(TABLES[kind], organisation_id, connection_id), ask.left_on(TABLES[kind]))
            .order_by(TABLES[kind].c.vendor_id)
        )
    ]


def position(
    s: Session, organisation_id: int, customer_id: str, read_at: datetime
) -> Position | None:
    """Give a customer with everything open in the books; None for an unknown customer."""
    return next(iter(positions(s, organisation_id, [customer_id], read_at)), None)


def positions(
    s: Session, organisation_id: int, customer_ids: Sequence[str], read_at: datetime
) -> list[Position]:
    """Give several customers with everything open in the books, by id; unknown ones are left out.

    However many they are, it takes a handful of statements.
    """
    return [
        one
        for part in chunks(customer_ids)
        for one in _positions(s, organisation_id, part, read_at)
    ]


def _positions(
    s: Session, organisation_id: int, ids: Sequence[str], read_at: datetime
) -> list[Position]:
    owed: dict[str, list[Invoice]] = defaultdict(list)
    for invoice_ in _invoices(s, ask.OPEN_INVOICES_OF, organisation_id, ids):
        owed[invoice_.customer_id].append(invoice_)
    credits_: dict[str, list[CreditNote]] = defaultdict(list)
    for note in _credit_notes(s, ask.OPEN_CREDIT_NOTES_OF, organisation_id, ids):
        credits_[note.customer_id].append(note)
    paid: dict[str | None, list[Receipt]] = defaultdict(list)
    for receipt_ in _receipts(s, ask.OPEN_RECEIPTS_OF, organisation_id, ids=ids):
        paid[receipt_.customer_id].append(receipt_)
    return [
        Position(
            one,
            read_at,
            tuple(owed[one.ref.id]),
            tuple(credits_[one.ref.id]),
            tuple(paid[one.ref.id]),
        )
        for one in _customers(s, organisation_id, ids)
    ]


def zones_and_countries(s: Session, organisation_id: int) -> list[tuple[str | None, str | None]]:
    """List the different pairs of zone and country that customers with open invoices have."""
    rows = s.execute(ask.WHERE_THEY_ARE, {"organisation_id": organisation_id})
    return [(row.zone, row.country) for row in rows]


def tags_in_use(s: Session, organisation_id: int) -> Counter[str]:
    """Count the customers in each group or under each label that the ledger knows."""
    found: Counter[str] = Counter()
    for row in s.execute(ask.TAGS, {"organisation_id": organisation_id}):
        found.update(dict.fromkeys(set(row.tags), row.number))
    return found


def connection_of_receipt(
    s: Session, organisation_id: int, source: Source, receipt_id: str
) -> int | None:
    """Say at which connection a receipt lives."""
    which = {"source": source.value, "receipt_id": receipt_id}
    return s.scalar(ask.CONNECTION_OF_RECEIPT, {"organisation_id": organisation_id, **which})


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


def _at(table: Table, organisation_id: int, connection_id: int) -> ColumnElement[bool]:
    return (table.c.organisation_id == organisation_id) & (table.c.connection_id == connection_id)


def _customers(s: Session, organisation_id: int, ids: Sequence[str]) -> list[Customer]:
    which = {"organisation_id": organisation_id, "ids": ids}
    return [to_customer(row) for row in s.execute(ask.CUSTOMERS_BY_ID, which)]


def _invoices(
    s: Session, statement: Select[Any], organisation_id: int, ids: Sequence[str] = ()
) -> list[Invoice]:
    which = {"organisation_id": organisation_id, "ids": ids}
    return [to_invoice(row) for row in s.execute(statement, which)]


def _credit_notes(
    s: Session, statement: Select[Any], organisation_id: int, ids: Sequence[str] = ()
) -> list[CreditNote]:
    rows = s.execute(statement, {"organisation_id": organisation_id, "ids": ids}).all()
    allocations = _allocations(s, organisation_id, Kind.CREDIT_NOTE, rows)
    return [to_credit_note(row, allocations[_key(row)]) for row in rows]


def _receipts(
    s: Session, statement: Select[Any], organisation_id: int, **which: object
) -> list[Receipt]:
    rows = s.execute(statement, {"organisation_id": organisation_id, **which}).all()
    allocations = _allocations(s, organisation_id, Kind.RECEIPT, rows)
    return [to_receipt(row, allocations[_key(row)]) for row in rows]


def _key(row: Row[Any]) -> tuple[int, str, str]:
    return row.connection_id, row.vendor_id, row.part


def _allocations(
    s: Session, organisation_id: int, kind: Kind, rows: Sequence[Row[Any]]
) -> defaultdict[tuple[int, str, str], list[Allocation]]:
    """Give what documents are set against, in the vendor's order."""
    found: defaultdict[tuple[int, str, str], list[Allocation]] = defaultdict(list)
    which = {"organisation_id": organisation_id, "kind": kind.value}
    for part in chunks(rows):
        for one in s.execute(ask.ALLOCATIONS, {**which, "ids": [row.vendor_id for row in part]}):
            key = (one.connection_id, one.holder_id, one.holder_part)
            found[key].append(to_allocation(one))
    return found
