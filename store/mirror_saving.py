"""Saving documents into the mirror: many at once, never an older state over a newer one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ledger.days import local_day
from ledger.documents import Document, Gone, Invoice, Kind, Position, Ref, Source, Status
from ledger.money import Money
from store import matching_index, tables
from store.connections import BOOKS
from store.documents import TABLES, Kept, allocations_of, kind_of, to_row, updated_at
from store.session import Inserter, chunks, per_database
from store.tables.columns import fixed

# What the first sight of a document fixes, and what is ours: no later save touches it.
_FIXED = frozenset({"connection_id", "vendor_id", "part", "first_seen", "applied_here"})


class Sighting(Protocol):
    """A document with the vendor's own JSON; `connector.protocol.Found` is one."""

    @property
    def document(self) -> Document:
        """The document."""

    @property
    def raw(self) -> str:
        """The vendor's own JSON of it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a save changed; documents merely read again are not in it."""

    refs: tuple[Ref, ...] = ()
    # Customers whose position may be another now.
    customer_ids: frozenset[str] = frozenset()
    # Open in the mirror, yet not in the position just read: to be read again.
    missing: tuple[Ref, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.refs)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A document of a position, which brings no JSON of its own."""

    document: Document
    raw: str = ""


@dataclass(frozen=True, slots=True)
class _Saving:
    """One save under way."""

    s: Session
    organisation_id: int
    connection_id: int
    now: datetime
    # None while the first walk runs: what it finds was with the customers before.
    first_day: date | None
    zone: str
    indexed: bool
    refs: list[Ref] = field(default_factory=list)
    customer_ids: set[str] = field(default_factory=set)


_WHOSE = (
    select(
        tables.connection.c.first_sync_done,
        tables.connection.c.role,
        tables.organisation.c.ledger,
        tables.matching_index.c.version,
    )
    .join(tables.organisation, tables.organisation.c.id == tables.connection.c.organisation_id)
    .outerjoin(
        tables.matching_index, tables.matching_index.c.connection_id == tables.connection.c.id
    )
    .where(
        tables.connection.c.id == bindparam("connection_id"),
        tables.organisation.c.id == bindparam("organisation_id"),
    )
)


def _open_of_customer(table: Table, left: ColumnElement[int]) -> Select[str, str]:
    return select(table.c.vendor_id, table.c.part).where(
        table.c.organisation_id == bindparam("organisation_id"),
        table.c.connection_id == bindparam("connection_id"),
        table.c.customer_id == bindparam("customer_id"),
        table.c.status == fixed(Status.OPEN.value),
        left > fixed(0),
    )


_OPEN_OF_CUSTOMER = {
    Kind.INVOICE: _open_of_customer(tables.invoice, tables.invoice.c.balance),
    Kind.CREDIT_NOTE: _open_of_customer(tables.credit_note, tables.credit_note.c.balance),
    Kind.RECEIPT: _open_of_customer(tables.receipt, tables.receipt.c.unapplied),
}


def _upserting(table: Table, inserter: Inserter) -> ReturningInsert[str, str]:
    """Insert documents or update those that are newer and different; gives the keys of these."""
    made = inserter(table)
    new = made.excluded
    newer = or_(
        new.updated_at.is_(None),
        table.c.updated_at.is_(None),
        new.updated_at >= table.c.updated_at,
    )
    values: dict[str, Any] = {one.name: new[one.name] for one in table.c if one.name not in _FIXED}
    # Without the text of what could not be read, the next reading has to bring it.
    as_before = and_(new.raw == "", new.unread == "")
    values["raw"] = case((as_before, table.c.raw), else_=new.raw)
    different = or_(table.c.digest != new.digest, and_(table.c.raw == "", new.raw != ""))
    upsert = made.on_conflict_do_update(
        index_elements=["connection_id", "vendor_id", "part"],
        set_=values,
        where=and_(newer, different),
    )
    return upsert.returning(table.c.vendor_id, table.c.part)


_UPSERTS = {kind: per_database(partial(_upserting, table)) for kind, table in TABLES.items()}

_ADD_ALLOCATIONS = insert(tables.allocation)
_FORGET_ALLOCATIONS = delete(tables.allocation).where(
    tables.allocation.c.organisation_id == bindparam("organisation_id"),
    tables.allocation.c.connection_id == bindparam("connection_id"),
    tables.allocation.c.holder_kind == bindparam("kind"),
    tables.allocation.c.holder_id.in_(bindparam("ids", expanding=True)),
    tables.allocation.c.holder_part.in_(bindparam("parts", expanding=True)),
)


def save(
    s: Session,
    organisation_id: int,
    connection_id: int,
    found: Iterable[Sighting],
    now: datetime,
) -> Changes:
    """Keep documents; an older state never takes the place of a newer one.

    Raises LookupError when the connection is not this organisation's.
    """
    saving = _start(s, organisation_id, connection_id, now)
    kept: dict[Kind, dict[Ref, Sighting]] = defaultdict(dict)
    for one in found:
        document = one.document
        if isinstance(document, Gone):
            _remove(saving, document.ref)
        else:
            _newest(kept[kind_of(document)], document, one)
    for kind, sightings in kept.items():
        for part in chunks(list(sightings.values())):
            _save_some(saving, kind, part)
    return Changes(tuple(saving.refs), frozenset(saving.customer_ids))


def save_position(
    s: Session, organisation_id: int, connection_id: int, position: Position, now: datetime
) -> Changes:
    """Keep a position just read; the raw JSON stays as it was last read.

    What the mirror holds open and the position does not name is in `missing`.
    """
    listed: tuple[Document, ...] = (
        position.customer,
        *position.invoices,
        *position.credit_notes,
        *position.receipts,
    )
    changes = save(s, organisation_id, connection_id, [_Seen(one) for one in listed], now)
    named = {one.ref for one in listed}
    which = {
        "organisation_id": organisation_id,
        "connection_id": connection_id,
        "customer_id": position.customer.ref.id,
    }
    missing = [
        Ref(kind, row.vendor_id, row.part)
        for kind, statement in _OPEN_OF_CUSTOMER.items()
        for row in s.execute(statement, which)
    ]
    return replace(changes, missing=tuple(ref for ref in missing if ref not in named))


def record_applied(
    s: Session, organisation_id: int, source: Source, receipt_id: str, amount: Money
) -> bool:
    """Note that so much of a receipt from outside the books was applied in them; negative: undone.

    Stripe or a bank never learns what the ledger did with the money, so the receipt's `unapplied`
    is less by this from then on. Money seen in the ledger itself needs no note: False.
    """
    receipt = tables.receipt
    if source is Source.LEDGER:
        return False
    met = s.execute(
        update(receipt)
        .where(
            receipt.c.organisation_id == organisation_id,
            receipt.c.source == source.value,
            receipt.c.vendor_id == receipt_id,
            receipt.c.currency == amount.currency,
        )
        .values(applied_here=receipt.c.applied_here + amount.minor)
        .returning(receipt.c.vendor_id)
    ).first()
    return met is not None


def _start(s: Session, organisation_id: int, connection_id: int, now: datetime) -> _Saving:
    which = {"connection_id": connection_id, "organisation_id": organisation_id}
    row = s.execute(_WHOSE, which).one_or_none()
    if row is None:
        msg = f"connection {connection_id} is not of organisation {organisation_id}"
        raise LookupError(msg)
    zone = row.ledger["zone"] if row.ledger else "UTC"
    first_day = local_day(now, zone) if row.first_sync_done else None
    indexed = row.version is not None or (
        row.role == BOOKS and matching_index.begin(s, organisation_id, connection_id)
    )
    return _Saving(s, organisation_id, connection_id, now, first_day, zone, indexed)


def _newest(kept: dict[Ref, Sighting], document: Kept, one: Sighting) -> None:
    """Keep the newer of two states of one document in the same save."""
    other = kept.get(document.ref)
    if other is not None and not isinstance(other.document, Gone):
        before, after = updated_at(other.document), updated_at(document)
        if before and after and after < before:
            return
    kept[document.ref] = one


def _save_some(saving: _Saving, kind: Kind, sightings: Sequence[Sighting]) -> None:
    documents = {
        (one.document.ref.id, one.document.ref.part): one.document
        for one in sightings
        if not isinstance(one.document, Gone)
    }
    rows = [
        _row(saving, one.document, one.raw)
        for one in sightings
        if not isinstance(one.document, Gone)
    ]
    written = _upsert(saving, kind, rows)
    changed = [documents[key] for key in written]
    for document in changed:
        saving.refs.append(document.ref)
        owner = document.ref.id if kind is Kind.CUSTOMER else getattr(document, "customer_id", None)
        if owner is not None:
            saving.customer_ids.add(owner)
    if saving.indexed:
        whose = (saving.organisation_id, saving.connection_id)
        matching_index.follow(saving.s, *whose, kind, changed)
    if kind in (Kind.CREDIT_NOTE, Kind.RECEIPT):
        _replace_allocations(saving, kind, changed)


def _row(saving: _Saving, document: Kept, raw: str) -> dict[str, Any]:
    row = to_row(document)
    row |= {
        "organisation_id": saving.organisation_id,
        "connection_id": saving.connection_id,
        "raw": raw,
        "saved_at": saving.now,
    }
    if isinstance(document, Invoice):
        row["first_seen"] = _first_seen(saving, document)
    return row


def _first_seen(saving: _Saving, invoice: Invoice) -> date:
    """Say since when the customer can have had it: its send, else the day it turned up.

    What the first walk finds turned up before anybody looked: it counts from its own date.
    """
    if invoice.sent_at is not None:
        return local_day(invoice.sent_at, saving.zone)
    return saving.first_day or invoice.issued


def _upsert(saving: _Saving, kind: Kind, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Insert or update, and give the keys of the rows that are different now."""
    written = saving.s.execute(_UPSERTS[kind](saving.s), rows)
    return [(row.vendor_id, row.part) for row in written]


def _replace_allocations(saving: _Saving, kind: Kind, documents: Sequence[Kept]) -> None:
    if not documents:
        return
    which = {
        "organisation_id": saving.organisation_id,
        "connection_id": saving.connection_id,
        "kind": kind.value,
        "ids": [one.ref.id for one in documents],
        "parts": sorted({one.ref.part for one in documents}),
    }
    saving.s.execute(_FORGET_ALLOCATIONS, which)
    owner = {"organisation_id": saving.organisation_id, "connection_id": saving.connection_id}
    rows = [{**owner, **row} for document in documents for row in allocations_of(document)]
    if rows:
        saving.s.execute(_ADD_ALLOCATIONS, rows)


def _remove(saving: _Saving, ref: Ref) -> None:
    """Mark what the vendor no longer has; without a digest, its return is a change."""
    table = TABLES.get(ref.kind)
    if table is None:
        return
    values: dict[str, object] = {"gone": True, "unread": "", "digest": "", "saved_at": saving.now}
    if "status" in table.c:
        values["status"] = Status.VOID.value
    owner = table.c.vendor_id if ref.kind is Kind.CUSTOMER else table.c.get("customer_id", null())
    row = saving.s.execute(
        update(table)
        .where(
            table.c.connection_id == saving.connection_id,
            table.c.vendor_id == ref.id,
            table.c.part == ref.part,
            table.c.gone.is_(False),
        )
        .values(**values)
        .returning(owner.label("customer_id"))
    ).one_or_none()
    if row is not None:
        saving.refs.append(ref)
        if saving.indexed and ref.kind is Kind.INVOICE:
            whose = (saving.organisation_id, saving.connection_id)
            matching_index.note_changes(saving.s, *whose, 1)
        if row.customer_id is not None:
            saving.customer_ids.add(row.customer_id)
