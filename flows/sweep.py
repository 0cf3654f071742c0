"""The sweep: walk everything open, read again what only we hold open, tie the totals out.

A walk that was cut off goes on where it stood: the connection keeps the place, what was listed so
far, and what did not tie out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connector.protocol import Role
from flows import lease
from flows.keeping import keep
from flows.sync import at_once, batched, read_settings
from ledger.documents import Invoice, Kind
from store import connections, exceptions, mirror
from store.killpoints import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from connector.protocol import Books, Found, Page
    from flows.tools import Tools
    from ledger.documents import Ref
    from store.connections import ConnectionRow

# A walk that was cut off longer ago than this begins again: what it listed is old.
GOES_ON_FOR = timedelta(hours=12)
# So much of a digest is kept of each document that was listed.
DIGEST_BYTES = 8
NUMBERS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sweep stands. `listed` is the digests of what it saw, as base64 text."""

    began: str
    cursor: str = ""
    listed: str = ""
    gaps: tuple[str, ...] = ()
    walked: bool = False


def sweep(tools: Tools, connection: ConnectionRow, books: Books) -> bool:
    """Walk everything open; gives False when there is more to walk in another turn.

    With it go the settings of the business, once a day: zone, lock date and currencies change,
    and decisions rest on them.
    """
    place = _place(connection, tools.clock())
    if place is None:
        if connection.role == Role.BOOKS:
            read_settings(tools, connection, books)
        place = Place(began=tools.clock().isoformat())
    place = _walk(tools, connection, books, place)
    if not place.walked:
        return False
    gaps = [*place.gaps, *_read_missing(tools, connection, books, place)]
    if connection.role == Role.BOOKS:
        _tell(tools, connection, gaps)
    now = tools.clock()
    with tools.sessions.begin() as s:
        connections.save_sweep(s, connection.id, cursor="", done=True, now=now)
        connections.set_next(s, connection.id, sweep_at=now + tools.pace.sweep_every)
    return True


def _place(connection: ConnectionRow, now: datetime) -> Place | None:
    """Give where the last walk was cut off; None when a new one begins."""
    if not connection.sweep_cursor:
        return None
    kept = json.loads(connection.sweep_cursor)
    place = Place(**{**kept, "gaps": tuple(kept["gaps"])})
    return place if now - datetime.fromisoformat(place.began) < GOES_ON_FOR else None


def _walk(tools: Tools, connection: ConnectionRow, books: Books, place: Place) -> Place:
    """Take in open documents page by page, for one turn at most."""
    for _ in range(tools.pace.pages_max):
        if place.walked:
            break
        lease.keep(tools, connection.id)
        page = books.open_documents(place.cursor)
        with tools.sessions.begin() as s:
            keep(s, connection, page.found, tools.clock())
            place = _after(s, connection, place, page)
            cursor = json.dumps(asdict(place))
            reach("K23")
            connections.save_sweep(s, connection.id, cursor=cursor, done=False, now=tools.clock())
    return place


def _after(s: Session, connection: ConnectionRow, place: Place, page: Page) -> Place:
    """Move on behind a page, with what the mirror holds otherwise than the page told."""
    listed = base64.b64decode(place.listed) + b"".join(
        _digest(one.document.ref) for one in page.found
    )
    return Place(
        began=place.began,
        cursor=page.cursor,
        listed=base64.b64encode(listed).decode(),
        gaps=(*place.gaps, *_different(s, connection, page.found)),
        walked=not page.more,
    )


def _different(s: Session, connection: ConnectionRow, found: Sequence[Found]) -> list[str]:
    told = [one.document for one in found if isinstance(one.document, Invoice)]
    held = mirror.invoices(s, connection.organisation_id, [one.ref.id for one in told])
    return [
        one.number
        for one in told
        if one.is_open and ((ours := held.get(one.ref.id)) is None or ours.balance != one.balance)
    ]


def _read_missing(tools: Tools, connection: ConnectionRow, books: Books, place: Place) -> list[str]:
    """Read again what only we hold open; gives what the ledger calls open and yet did not list."""
    listed = _digests(base64.b64decode(place.listed))
    with tools.sessions.begin() as s:
        ours = mirror.open_refs(s, connection.organisation_id, connection.id)
        # What could not be read may be read since, also by a newer version of ours.
        unread = mirror.unread(s, connection.organisation_id)
        ours += [one.ref for one in unread if one.connection_id == connection.id]
    missing = [ref for ref in ours if _digest(ref) not in listed]
    gaps: list[str] = []
    for refs in batched(missing, at_once(connection)):
        lease.keep(tools, connection.id)
        again = books.read(refs)
        with tools.sessions.begin() as s:
            keep(s, connection, again, tools.clock())
            gaps += _still_open(again, datetime.fromisoformat(place.began))
    return gaps


def _still_open(again: Iterable[Found], began: datetime) -> list[str]:
    invoices = (one.document for one in again if isinstance(one.document, Invoice))
    return [
        one.number
        for one in invoices
        # What changed since the walk began may have come behind the page it belongs to.
        if one.is_open and (one.updated_at is None or one.updated_at < began)
    ]


def _digest(ref: Ref) -> bytes:
    # Kinds and ids only: the part of a receipt is not told alike by every list.
    return hashlib.sha256(f"{Kind(ref.kind)}:{ref.id}".encode()).digest()[:DIGEST_BYTES]


def _digests(listed: bytes) -> set[bytes]:
    return {listed[at : at + DIGEST_BYTES] for at in range(0, len(listed), DIGEST_BYTES)}


def _tell(tools: Tools, connection: ConnectionRow, gaps: Sequence[str]) -> None:
    """Show a person which invoices the ledger and we see differently, until they tie out."""
    now, subject = tools.clock(), f"tie-out:{connection.id}"
    with tools.sessions.begin() as s:
        if gaps:
            exceptions.open_exception(
                s,
                connection.organisation_id,
                kind="tie_out",
                subject=subject,
                title=f"{connection.title}: open receivables differ from the ledger",
                detail=f"Different on: {', '.join(gaps[:NUMBERS_SHOWN])}",
                fix="Wait for the next sweep; if it stays, open these documents in the ledger.",
                now=now,
            )
        else:
            exceptions.close_subject(
                s,
                connection.organisation_id,
                subject,
                who="dunnock",
                now=now,
                resolution="ties out",
            )
