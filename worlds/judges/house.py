"""Judges of our own house: the journal, what waits, what failed, and how vendors were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import actions, connections, exceptions, journal
from store.journal import JournalError
from worlds import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worlds.judges.evidence import Evidence


def unseen(seen: Evidence) -> Iterator[str]:
    """I12: what is in doubt or refused has a row that a person sees, or had one."""
    with seen.world.town.house.sessions() as s:
        told = {
            row.action_id
            for organisation_id in seen.world.ours.values()
            for row in exceptions.list_open(s, organisation_id)
        }
    for company, row in seen.rows:
        doubtful = row.state in (actions.DOING, actions.UNKNOWN, actions.REFUSED)
        if doubtful and row.id not in told:
            yield f"{company}: {row.kind} {row.key} is {row.state}, and no exception says so"


def broken_journal(seen: Evidence) -> Iterator[str]:
    """I13: every chain verifies."""
    with seen.world.town.house.sessions() as s:
        for organisation_id in seen.world.ours.values():
            try:
                journal.verify(s, organisation_id)
            except JournalError as error:
                yield str(error)


def restless(seen: Evidence) -> Iterator[str]:
    """I15: long after the last fault nothing is due any more, and everything is connected."""
    now = seen.world.clock()
    for company, row in seen.rows:
        waits = row.state in (actions.PLANNED, actions.DOING) or (
            row.state == actions.UNKNOWN and row.closed_at is None
        )
        if waits and row.next_at <= now:
            yield f"{company}: {row.kind} {row.key} is {row.state}, due {row.next_at}: {row.reason}"
    with seen.world.town.house.sessions() as s:
        for company, organisation_id in seen.world.ours.items():
            for one in connections.of_organisation(s, organisation_id):
                if one.state == connections.NEEDS_RECONNECT:
                    yield f"{company}: {one.provider} still needs to be connected again"


def faults(seen: Evidence) -> Iterator[str]:
    """Whatever the product itself calls a fault of its own is one."""
    yield from dict.fromkeys(seen.world.bugs)


def misuses(seen: Evidence) -> Iterator[str]:
    """Read the stand-ins' request logs for what must never be in them."""
    yield from dict.fromkeys(report.misuses(seen.world.town))
