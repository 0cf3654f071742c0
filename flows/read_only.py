"""Books that can only be read for now: what would be written waits, and one row says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import exceptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.connections import ConnectionRow

KIND = "books_read_only"
# An hour does not matter where nothing can be written.
SECONDS = 3600.0


def tell(s: Session, connection: ConnectionRow, reason: str, now: datetime) -> None:
    """Say it once for all writes of the connection."""
    exceptions.open_exception(
        s,
        connection.organisation_id,
        kind=KIND,
        subject=f"connection:{connection.id}",
        title=f"{connection.title}: the books can only be read",
        detail=reason,
        fix="Mend this with the vendor. What is to be written waits and is tried every hour.",
        now=now,
    )


def over(s: Session, connection: ConnectionRow, now: datetime) -> None:
    """Take the row away: something was written."""
    exceptions.close_subject(
        s,
        connection.organisation_id,
        f"connection:{connection.id}",
        kind=KIND,
        who="dunnock",
        now=now,
        resolution="the books take entries again",
    )
