"""Vendors that number their events: what was heard, and which numbers never came.

The numbers run over all tenants of the app together, so a gap names nobody; it only says that
something was missed somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.session import insert_into
from store.tables import event_number as heard_of

# Batches overtake one another, and what a door refused comes again soon: only then is it lost.
PATIENCE = timedelta(minutes=10)
# A webhook that is made anew begins to count anew.
BEGINS_ANEW = 10_000
# Of more gaps at once than this the oldest is called lost at once.
GAPS_MAX = 50


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that did not come, both ends included, and since when they are missed."""

    first: int
    last: int
    since: datetime


def hear(s: Session, provider: str, numbers: Sequence[int], now: datetime) -> tuple[Gap, ...]:
    """Take note of numbers that came; gives the gaps that are called lost now, each once."""
    made = insert_into(s, heard_of).values(provider=provider, newest=max(numbers), gaps=[])
    s.execute(made.on_conflict_do_nothing())
    mine = heard_of.c.provider == provider
    row = s.execute(select(heard_of).where(mine).with_for_update()).one()
    kept = [Gap(first, last, datetime.fromisoformat(since)) for first, last, since in row.gaps]
    newest, gaps = _after(row.newest, kept, sorted(set(numbers)), now)
    lost = [one for one in gaps if now - one.since >= PATIENCE]
    waiting = [one for one in gaps if one not in lost]
    lost += waiting[:-GAPS_MAX]
    waiting = waiting[-GAPS_MAX:]
    told = [[one.first, one.last, one.since.isoformat()] for one in waiting]
    if (newest, told) != (row.newest, row.gaps):
        s.execute(update(heard_of).where(mine).values(newest=newest, gaps=told))
    return tuple(lost)


def _after(
    newest: int, gaps: list[Gap], numbers: Sequence[int], now: datetime
) -> tuple[int, list[Gap]]:
    """Move on by what came: new numbers may leave gaps, late ones fill them."""
    if numbers[-1] < newest - BEGINS_ANEW:
        return numbers[-1], []
    for number in numbers:
        if number > newest + 1:
            gaps = [*gaps, Gap(newest + 1, number - 1, now)]
        elif number <= newest:
            gaps = [part for one in gaps for part in _without(one, number)]
        newest = max(newest, number)
    return newest, gaps


def _without(gap: Gap, number: int) -> list[Gap]:
    if not gap.first <= number <= gap.last:
        return [gap]
    parts = (Gap(gap.first, number - 1, gap.since), Gap(number + 1, gap.last, gap.since))
    return [one for one in parts if one.first <= one.last]
