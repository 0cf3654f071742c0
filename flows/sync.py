"""Keeping the mirror: what webhooks point at, what changed, and a sweep for what both missed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import structlog

from connector import PROVIDERS
from connector.protocol import Role
from flows import lease
from flows.keeping import keep
from ledger.documents import Invoice, Kind, Ref
from ledger.errors import DisconnectedError, RetryLaterError
from store import connections, exceptions, inbox, mirror, organisations
from store.killpoints import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from connector.protocol import Books, Page
    from flows.tools import Tools
    from ledger.documents import Document
    from ledger.money import Money
    from store.connections import ConnectionRow
    from store.inbox import InboxRow

log = structlog.get_logger()

READABLE = frozenset({Kind.CUSTOMER, Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT})


def listen(tools: Tools, connection: ConnectionRow, books: Books) -> int:
    """Work off what the door kept for one connection; gives how many rows were worked off.

    Many notices about one object cost one read: the object is read again, so order and
    duplicates do not matter. A row that cannot be read backs off by itself.
    """
    now = tools.clock()
    with tools.sessions.begin() as s:
        rows = inbox.take_new(s, connection.id, now, tools.pace.inbox_rows_max)
    if not rows:
        return 0
    reach("K4")
    wanted: dict[Ref, list[InboxRow]] = defaultdict(list)
    idle: list[InboxRow] = []
    for row in rows:
        if row.kind in READABLE and row.live == connection.live:
            wanted[Ref(Kind(row.kind), row.object_id, row.part)].append(row)
        else:
            idle.append(row)
    if idle:
        with tools.sessions.begin() as s:
            inbox.done(s, [row.id for row in idle], now, reason="nothing to read for this kind")
    for refs in batched(wanted, _at_once(connection)):
        lease.keep(tools, connection.id)
        _read_and_save(tools, connection, books, {ref: wanted[ref] for ref in refs})
    if any(row.ends_connection for row in rows):
        # Only a hint: the vendor is asked, and the opener marks a connection that is gone.
        books.organisation()
    return len(rows)


def _at_once(connection: ConnectionRow) -> int:
    """Say how many are read before they are kept, so that a vendor's limit costs no work twice."""
    return PROVIDERS[connection.provider].limits.read_at_once


def batched(refs: Iterable[Ref], size: int) -> Iterator[list[Ref]]:
    """Cut refs into lists of at most `size`."""
    rest = list(refs)
    for at in range(0, len(rest), size):
        yield rest[at : at + size]


def _read_and_save(
    tools: Tools, connection: ConnectionRow, books: Books, wanted: dict[Ref, list[InboxRow]]
) -> None:
    try:
        found = books.read(list(wanted))
    except (RetryLaterError, DisconnectedError):
        raise
    except Exception as error:  # noqa: BLE001 - one bad object must not hold up the others
        if len(wanted) > 1:
            for ref, rows in wanted.items():
                _read_and_save(tools, connection, books, {ref: rows})
            return
        log.warning("object could not be read", error=repr(error))
        with tools.sessions.begin() as s:
            for row in next(iter(wanted.values())):
                inbox.failed(s, row.id, tools.clock(), repr(error), tools.pace.attempts_max)
        return
    reach("K5")
    now = tools.clock()
    with tools.sessions.begin() as s:
        keep(s, connection, found, tools.clock())
        reach("K6")
        inbox.done(s, [row.id for rows in wanted.values() for row in rows], now)
    reach("K7")


def advance(tools: Tools, connection: ConnectionRow, books: Books) -> None:
    """Walk the books page by page from where the last walk stopped; each page is kept at once."""
    if connection.role == Role.BOOKS:
        # Read with every walk: zone, lock date and currencies change, and decisions rest on them.
        ledger = books.organisation()
        with tools.sessions.begin() as s:
            organisations.save_ledger(s, connection.organisation_id, ledger)
    cursor = connection.cursor
    # Known from when the walk began: what happened during it may be behind the page it belongs to.
    begun = tools.clock()
    while True:
        lease.keep(tools, connection.id)
        page = books.sync(cursor)
        _keep_page(tools, connection, page, begun)
        cursor = page.cursor
        if not page.more:
            break
    now = tools.clock()
    first_sweep = None if connection.next_sweep_at else now + tools.pace.sweep_every
    with tools.sessions.begin() as s:
        connections.set_next(
            s, connection.id, sync_at=now + tools.pace.sync_every, sweep_at=first_sweep
        )


def _keep_page(tools: Tools, connection: ConnectionRow, page: Page, begun: datetime) -> None:
    with tools.sessions.begin() as s:
        keep(s, connection, page.found, tools.clock())
        reach("K22")
        connections.save_cursor(
            s,
            connection.id,
            cursor=page.cursor,
            seen=page.seen,
            total=page.total,
            done=not page.more,
            now=begun,
        )


def sweep(tools: Tools, connection: ConnectionRow, books: Books) -> None:
    """Walk everything open, read again what only we hold open, and tie the totals out."""
    listed = _walk_open(tools, connection, books)
    with tools.sessions.begin() as s:
        ours = mirror.open_refs(s, connection.organisation_id, connection.id)
    missing = [ref for ref in ours if (ref.kind, ref.id) not in listed]
    for refs in batched(missing, _at_once(connection)):
        lease.keep(tools, connection.id)
        again = books.read(refs)
        with tools.sessions.begin() as s:
            keep(s, connection, again, tools.clock())
    if connection.role == Role.BOOKS:
        _tie_out(tools, connection, [one for one in listed.values() if isinstance(one, Invoice)])
    now = tools.clock()
    with tools.sessions.begin() as s:
        connections.save_sweep(s, connection.id, cursor="", done=True, now=now)
        connections.set_next(s, connection.id, sweep_at=now + tools.pace.sweep_every)


def _walk_open(
    tools: Tools, connection: ConnectionRow, books: Books
) -> dict[tuple[Kind, str], Document]:
    """Take in everything open, page by page; gives it by kind and id."""
    listed: dict[tuple[Kind, str], Document] = {}
    cursor = ""
    while True:
        lease.keep(tools, connection.id)
        page = books.open_documents(cursor)
        with tools.sessions.begin() as s:
            keep(s, connection, page.found, tools.clock())
        documents = (one.document for one in page.found)
        listed |= {(one.ref.kind, one.ref.id): one for one in documents}
        cursor = page.cursor
        if not page.more:
            return listed


def _tie_out(tools: Tools, connection: ConnectionRow, listed: Sequence[Invoice]) -> None:
    """Compare what we hold open with what the ledger just listed, invoice by invoice."""
    now = tools.clock()
    with tools.sessions.begin() as s:
        held = mirror.open_invoices(s, connection.organisation_id)
        ours, theirs = _balances(held), _balances(one for one in listed if one.is_open)
        gaps = [
            invoice.number
            for invoice in {one.ref.id: one for one in (*listed, *held)}.values()
            if ours.get(invoice.ref.id) != theirs.get(invoice.ref.id)
        ]
        subject = f"tie-out:{connection.id}"
        if gaps:
            exceptions.open_exception(
                s,
                connection.organisation_id,
                kind="tie_out",
                subject=subject,
                title=f"{connection.title}: open receivables differ from the ledger",
                detail=f"Different on: {', '.join(gaps[:20])}",
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


def _balances(found: Iterable[Invoice]) -> dict[str, Money]:
    return {one.ref.id: one.balance for one in found}
