"""Keeping the mirror: what webhooks point at, and what changed since the last walk."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import structlog

from connector import PROVIDERS
from connector.marks import is_mark
from connector.protocol import Role
from flows import lease
from flows.keeping import keep
from ledger.documents import Kind, Ref
from ledger.errors import DisconnectedError, RetryLaterError
from store import connections, inbox, organisations
from store.killpoints import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from connector.protocol import Books, Page
    from flows.tools import Tools
    from store.connections import ConnectionRow
    from store.inbox import InboxRow

log = structlog.get_logger()

READABLE = frozenset({Kind.CUSTOMER, Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT, Kind.PAYOUT})
NOTHING = "nothing to read for this kind"
ECHO = "an echo of what was written here"


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
    idle: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if is_mark(row.echo_of):
            # What we write is read again by whoever wrote it.
            idle[ECHO].append(row.id)
        elif row.kind in READABLE and row.live == connection.live:
            wanted[Ref(Kind(row.kind), row.object_id, row.part)].append(row)
        else:
            idle[NOTHING].append(row.id)
    for reason, ids in idle.items():
        with tools.sessions.begin() as s:
            inbox.done(s, ids, now, reason=reason)
    for refs in batched(wanted, at_once(connection)):
        lease.keep(tools, connection.id)
        _read_and_save(tools, connection, books, {ref: wanted[ref] for ref in refs})
    if any(row.ends_connection for row in rows):
        # Only a hint: the vendor is asked, and the opener marks a connection that is gone.
        books.organisation()
    return len(rows)


def at_once(connection: ConnectionRow) -> int:
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
            # Halved until the bad one is alone: the good ones cost few calls more.
            for half in batched(wanted, (len(wanted) + 1) // 2):
                _read_and_save(tools, connection, books, {ref: wanted[ref] for ref in half})
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


def read_settings(tools: Tools, connection: ConnectionRow, books: Books) -> None:
    """Read the business itself: zone, lock date, currencies, and what its people should know."""
    ledger = books.organisation()
    with tools.sessions.begin() as s:
        organisations.save_ledger(s, connection.organisation_id, ledger)


def advance(tools: Tools, connection: ConnectionRow, books: Books) -> bool:
    """Walk the books page by page from where the last walk stopped; each page is kept at once.

    Gives False when there is more to walk in another turn: a large first sync lets others in
    between. Until the walk has ended, nothing may be decided on what it found.
    """
    if connection.role == Role.BOOKS and not connection.cursor:
        # Later the sweep reads them, once a day.
        read_settings(tools, connection, books)
    cursor = connection.cursor
    # Known from when the walk began, in whatever turn that was, and never before it was due: what
    # happened during it may be behind the page it belongs to.
    begun = min(tools.clock(), connection.next_sync_at or tools.clock())
    for _ in range(tools.pace.pages_max):
        lease.keep(tools, connection.id)
        page = books.sync(cursor)
        _keep_page(tools, connection, page, begun)
        cursor = page.cursor
        if not page.more:
            break
    else:
        return False
    now = tools.clock()
    first_sweep = None if connection.next_sweep_at else now + tools.pace.sweep_every
    with tools.sessions.begin() as s:
        connections.set_next(
            s, connection.id, sync_at=now + tools.pace.sync_every, sweep_at=first_sweep
        )
    return True


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
