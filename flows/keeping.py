"""Keeping what was read: with it, in one transaction, the rules are asked to look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import connections, mirror

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.protocol import Found
    from ledger.documents import Position
    from store.connections import ConnectionRow


def keep(s: Session, connection: ConnectionRow, found: Sequence[Found], now: datetime) -> None:
    """Keep documents; what changed makes a look of the matching rules due, with it or never."""
    if mirror.save(s, connection.organisation_id, connection.id, found, now):
        look_again(s, connection.organisation_id, now)


def keep_position(s: Session, connection: ConnectionRow, position: Position, now: datetime) -> None:
    """Keep a customer's position just read, in the same way."""
    if mirror.save_position(s, connection.organisation_id, connection.id, position, now):
        look_again(s, connection.organisation_id, now)


def look_again(s: Session, organisation_id: int, now: datetime) -> None:
    """Have the matching rules look at everything again."""
    books = connections.books_of(s, organisation_id)
    if books is not None:
        connections.set_next(s, books.id, match_at=now)
