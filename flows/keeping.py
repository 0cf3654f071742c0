"""Keeping what was read: with it, in one transaction, the rules are asked to look again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from flows import linked, reading, taken_back
from ledger.documents import Customer, Invoice, Kind
from store import connections, holds, mirror, payers, steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.protocol import Found
    from ledger.documents import Document, Position
    from store.connections import ConnectionRow


def keep(s: Session, connection: ConnectionRow, found: Sequence[Found], now: datetime) -> None:
    """Keep documents; what changed makes a look of the matching rules due, with it or never.

    A document that cannot be read is kept as well, and a person is told of it.
    """
    read = [one.document for one in found if isinstance(one.document, Invoice)]
    before = mirror.invoices(s, connection.organisation_id, [one.ref.id for one in read])
    changes = mirror.save(s, connection.organisation_id, connection.id, found, now)
    _move(s, connection.organisation_id, before, read, now)
    if changes:
        look_again(s, connection.organisation_id, now)
        linked.follow(s, connection.organisation_id, changes.refs, now)
        reading.tell(s, connection, [one.document for one in found], changes, now)
        moved = [one.id for one in changes.refs if one.kind is Kind.RECEIPT]
        taken_back.check(s, connection.organisation_id, moved, now)
    for one in found:
        _follow(s, connection.organisation_id, one.document)


def keep_position(s: Session, connection: ConnectionRow, position: Position, now: datetime) -> None:
    """Keep a customer's position just read, in the same way."""
    changes = mirror.save_position(s, connection.organisation_id, connection.id, position, now)
    if changes:
        look_again(s, connection.organisation_id, now)
        listed: tuple[Document, ...] = (
            *position.invoices,
            *position.credit_notes,
            *position.receipts,
        )
        reading.tell(s, connection, listed, changes, now)
    _follow(s, connection.organisation_id, position.customer)


def _move(
    s: Session,
    organisation_id: int,
    before: Mapping[str, Invoice],
    read: Sequence[Invoice],
    now: datetime,
) -> None:
    """Have holds and reminders sent go with invoices that went over to another customer.

    QuickBooks does not say into whom a customer was merged: its invoices do.
    """
    moved: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in read:
        old = before[one.ref.id].customer_id if one.ref.id in before else ""
        if old and one.customer_id and old != one.customer_id:
            moved[old, one.customer_id].append(one.ref.id)
    for (old, new), ids in moved.items():
        holds.share(s, organisation_id, old, new, now)
        steps.follow_invoices(s, organisation_id, ids, new)


def _follow(s: Session, organisation_id: int, document: Document) -> None:
    """Have what is known of a merged customer count for the one that it became.

    Its invoices move in the ledger; holds, reminders sent and payers' names are ours to move.
    """
    if not isinstance(document, Customer) or document.merged_into is None:
        return
    last, seen = document.merged_into, {document.ref.id}
    while last not in seen:
        seen.add(last)
        further = mirror.customer(s, organisation_id, last)
        last = (further.merged_into if further else None) or last
    for follow in (holds.follow, steps.follow, payers.follow):
        follow(s, organisation_id, document.ref.id, last)


def look_again(s: Session, organisation_id: int, now: datetime) -> None:
    """Have the matching rules look at everything again."""
    books = connections.books_of(s, organisation_id)
    if books is not None:
        connections.set_next(s, books.id, match_at=now)
