"""Books that can only be read for now: what would be written waits, and one row says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import exceptions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flows.perform import Desk

KIND = "books_read_only"
# An hour does not matter where nothing can be written.
SECONDS = 3600.0


def tell(s: Session, desk: Desk, reason: str) -> None:
    """Say it once for all writes of the connection."""
    exceptions.open_exception(
        s,
        desk.organisation.id,
        kind=KIND,
        subject=f"connection:{desk.connection.id}",
        title=f"{desk.connection.title}: the books can only be read",
        detail=reason,
        fix="Mend this with the vendor. What is to be written waits and is tried every hour.",
        now=desk.now,
    )


def over(s: Session, desk: Desk) -> None:
    """Take the row away: something was written."""
    exceptions.close_subject(
        s,
        desk.organisation.id,
        f"connection:{desk.connection.id}",
        kind=KIND,
        who="dunnock",
        now=desk.now,
        resolution="the books take entries again",
    )
