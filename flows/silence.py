"""A vendor that gives no usable answer for long: a person is told, until one comes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from store import exceptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.connections import ConnectionRow

SILENT = "silent"
# A walk that is due may wait for so long, for a vendor's limit or a bad hour, before it is told.
OVERDUE = timedelta(hours=1)


def tell(s: Session, connection: ConnectionRow, said: str, now: datetime) -> None:
    """Say that the books cannot be read, once the walk that is due is long overdue.

    Under the connection's own subject: connecting or disconnecting it closes this as well.
    """
    due = connection.next_sync_at
    if due is None or now - due < OVERDUE:
        return
    exceptions.open_exception(
        s,
        connection.organisation_id,
        kind=SILENT,
        subject=f"connection:{connection.id}",
        title=f"{connection.title}: nothing could be read for more than an hour",
        detail=f"{said}. Until it can be read, nothing is sent or applied on what it said before.",
        fix="It is tried again by itself. If it lasts, look whether the vendor reports a failure.",
        now=now,
    )
