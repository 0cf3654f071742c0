"""One connection's work, from what the door kept to what is written back; safe to ring any time."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from connector.protocol import Role
from flows import cash, dunning, lease, payouts, silence, sync
from flows.applying import APPLY
from flows.asking import ASK
from flows.delivering import DELIVER
from flows.kept_money import KEEP, RELEASE
from flows.lease import PauseError
from flows.notes import NOTE
from flows.payouts import PAYOUT, UNBOOK
from flows.perform import Desk, perform
from flows.promising import PROMISE
from flows.reminding import REMIND
from flows.sweep import sweep
from flows.unapplying import UNAPPLY
from ledger.days import local_day
from ledger.errors import DisconnectedError, RetryLaterError
from rules.parse import defaults, parse
from store import actions, connections, exceptions, organisations, rulesets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from connector.protocol import Books
    from flows.perform import Hand
    from flows.tools import Tools
    from rules.ruleset import RuleSet
    from store.actions import ActionRow
    from store.connections import ConnectionRow

log = structlog.get_logger()

HANDS: dict[str, Hand] = {
    "apply": APPLY,
    "ask": ASK,
    "deliver": DELIVER,
    "unapply": UNAPPLY,
    "keep": KEEP,
    "note": NOTE,
    "payout": PAYOUT,
    "promise": PROMISE,
    "release": RELEASE,
    "remind": REMIND,
    "unbook": UNBOOK,
}

# What is booked in the ledger, whose refusal tells something about its settings.
BOOKED = frozenset({"apply", "payout", "unapply", "unbook"})

WORK_FAILED = "work_failed"
# The vendor wants to be left alone for long, as Xero does when a day's calls are used up.
VENDOR_LIMIT = "vendor_limit"
LONG_REST_SECONDS = 1800.0

# A connection that keeps making work for itself gives the lease back after so many rounds.
ROUNDS_MAX = 20


def rules_of(s: Session, organisation_id: int) -> RuleSet:
    """Give the rules in force for an organisation."""
    stored = rulesets.current(s, organisation_id)
    if stored.version == 0:
        return _shipped()
    return _parsed(stored.version, json.dumps(stored.mapping, sort_keys=True, default=str))


@lru_cache(maxsize=1)
def _shipped() -> RuleSet:
    return parse(defaults())


@lru_cache(maxsize=256)
def _parsed(version: int, text: str) -> RuleSet:
    """Read a saved version, which is asked for at every step, once."""
    return parse(json.loads(text, parse_float=Decimal), version=version)


def drain(tools: Tools, connection_id: int) -> bool:
    """Do everything that is due for one connection; gives False when another worker has it.

    Idempotent: ringing twice, late or never changes nothing but latency.
    """
    if not lease.take(tools, connection_id):
        return False
    try:
        _drain(tools, connection_id)
    except RetryLaterError as error:
        _rest(tools, connection_id, error.seconds)
        if error.seconds < LONG_REST_SECONDS:
            with tools.sessions.begin() as s:
                silence.tell(s, connections.get(s, connection_id), str(error), tools.clock())
    except PauseError as error:
        _rest(tools, connection_id, error.seconds)
    except DisconnectedError as error:
        # The opener has marked the connection and told the people; nothing is due until then.
        log.warning("disconnected", connection=connection_id, reason=str(error))
        _close(tools, connection_id, silence.SILENT, "disconnected")
        _rest(tools, connection_id, tools.pace.look_again.total_seconds())
    except Exception as error:
        _rest(tools, connection_id, tools.pace.look_again.total_seconds())
        _show(tools, connection_id, error)
        raise
    else:
        _went_well(tools, connection_id)
    finally:
        connections.give_back(tools.sessions, connection_id, tools.owner)
    return True


def _rest(tools: Tools, connection_id: int, seconds: float) -> None:
    now = tools.clock()
    until = now + timedelta(seconds=max(seconds, 1.0))
    with tools.sessions.begin() as s:
        connections.rest(s, connection_id, until)
        if seconds < LONG_REST_SECONDS:
            return
        connection = connections.get(s, connection_id)
        exceptions.open_exception(
            s,
            connection.organisation_id,
            kind=VENDOR_LIMIT,
            subject=f"connection:{connection_id}",
            title=f"{connection.title} rests until {until:%d %b %H:%M} UTC",
            detail="No more calls are allowed until then, so no reminder goes out and no payment"
            " is applied. Nothing is lost.",
            fix="Wait. If it comes back, other apps may be using up the calls of the day too.",
            now=now,
        )


def _show(tools: Tools, connection_id: int, error: Exception) -> None:
    """Tell a person of a fault of our own: until it is mended, nothing is done here."""
    with tools.sessions.begin() as s:
        connection = connections.get(s, connection_id)
        exceptions.open_exception(
            s,
            connection.organisation_id,
            kind=WORK_FAILED,
            subject=f"connection:{connection_id}",
            title=f"{connection.title}: a fault in Dunnock stopped the work",
            detail=repr(error),
            fix="It is tried again every minute and nothing is lost. The log tells the whole.",
            now=tools.clock(),
        )


def _went_well(tools: Tools, connection_id: int) -> None:
    for kind in (WORK_FAILED, VENDOR_LIMIT, silence.SILENT):
        _close(tools, connection_id, kind, "went well again")


def _close(tools: Tools, connection_id: int, kind: str, resolution: str) -> None:
    with tools.sessions.begin() as s:
        exceptions.close_subject(
            s,
            connections.get(s, connection_id).organisation_id,
            f"connection:{connection_id}",
            kind=kind,
            who="dunnock",
            now=tools.clock(),
            resolution=resolution,
        )


def _drain(tools: Tools, connection_id: int) -> None:
    with tools.sessions.begin() as s:
        connection = connections.get(s, connection_id)
    if connection.state != connections.CONNECTED:
        return
    books = tools.open_books(connection)
    now = tools.clock()
    due = connection.next_sync_at is None or connection.next_sync_at <= now
    if due and not sync.advance(tools, connection, books):
        return
    if connection.next_sweep_at is not None and connection.next_sweep_at <= now:
        sweep(tools, connection, books)
    for _ in range(ROUNDS_MAX):
        if not _round(tools, connection, books):
            return


def _round(tools: Tools, connection: ConnectionRow, books: Books) -> bool:
    """Listen, decide, carry out once; says whether there may be more to do."""
    listened = sync.listen(tools, connection, books)
    desk = _desk(tools, connection, books)
    planned = 0
    if connection.role == Role.BOOKS:
        planned = _decide(desk)
    return bool(listened or planned or _carry_out(desk))


def _desk(tools: Tools, connection: ConnectionRow, books: Books) -> Desk:
    """Open the connection for work, with everything as it stands now."""
    with tools.sessions.begin() as s:
        organisation = organisations.get(s, connection.organisation_id)
        rules = rules_of(s, connection.organisation_id)
        return Desk(tools, connections.get(s, connection.id), organisation, rules, books)


def _decide(desk: Desk) -> int:
    """Let the rules look at what is due for a look; gives how many applications were planned."""
    planned, connection = 0, desk.connection
    if connection.next_match_at is not None and connection.next_match_at <= desk.now:
        with desk.tools.sessions.begin() as s:
            planned = cash.match(s, desk) + payouts.plan(s, desk)
            connections.matched(s, connection.id)
    if connection.next_tick_at is None or connection.next_tick_at <= desk.now:
        next_look = dunning.plan(desk)
        with desk.tools.sessions.begin() as s:
            connections.set_next(s, desk.connection.id, tick_at=next_look)
    return planned


def _carry_out(desk: Desk) -> int:
    """Carry out what is due, oldest first; gives how many were tried."""
    with desk.tools.sessions.begin() as s:
        rows = actions.due(
            s,
            desk.organisation.id,
            desk.connection.id,
            desk.now,
            desk.tools.pace.actions_max,
        )
    for row in rows:
        lease.keep(desk.tools, desk.connection.id)
        # Opened anew for each: a person who stops the sending stops it before the next message.
        perform(_desk(desk.tools, desk.connection, desk.books), HANDS[row.kind], row)
    refused = _refused(desk, rows)
    if refused:
        _look_why(desk, refused)
    return len(rows)


def _refused(desk: Desk, rows: Sequence[ActionRow]) -> list[int]:
    """Give the bookings among these that the ledger would not take."""
    booked = [row.id for row in rows if row.kind in BOOKED]
    with desk.tools.sessions.begin() as s:
        found = [actions.get(s, desk.organisation.id, action_id) for action_id in booked]
    return [row.id for row in found if row is not None and row.state == actions.REFUSED]


def _look_why(desk: Desk, refused: Sequence[int]) -> None:
    """Read the settings that the bookings rested on, and try once more on an open day.

    The settings are read once a day: somebody may have closed the books since.
    """
    before = desk.organisation.ledger
    sync.read_settings(desk.tools, desk.connection, desk.books)
    with desk.tools.sessions.begin() as s:
        after = organisations.get(s, desk.organisation.id).ledger
        if after is None or after.locked_until is None:
            return
        known = before.locked_until if before else None
        moved = known is None or known < after.locked_until
        if moved and after.locked_until < local_day(desk.now, after.zone):
            for action_id in refused:
                actions.retry(s, desk.organisation.id, action_id, who="dunnock", now=desk.now)
