"""What is due: which connections have work now, and when the next one will."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from store.connections import BANK, CONNECTED
from store.tables import action as actions
from store.tables import connection as connections
from store.tables import inbox
from store.tables.columns import fixed

# States of an action that the worker carries on by itself.
UNDER_WAY = ("planned", "doing", "unknown")


_NOW: BindParameter[datetime] = bindparam("now")
_TOLD = (inbox.c.connection_id == connections.c.id, inbox.c.state == fixed("new"))
_WORK = (
    actions.c.connection_id == connections.c.id,
    actions.c.state.in_([fixed(one) for one in UNDER_WAY]),
    actions.c.closed_at.is_(None),
)
_NOW_DUE = (
    select(connections.c.id)
    .where(
        connections.c.state == CONNECTED,
        connections.c.role != fixed(BANK),
        or_(connections.c.rest_until.is_(None), connections.c.rest_until <= _NOW),
        or_(
            connections.c.next_sync_at <= _NOW,
            connections.c.next_sweep_at <= _NOW,
            connections.c.next_tick_at <= _NOW,
            connections.c.next_match_at <= _NOW,
            exists().where(*_TOLD, inbox.c.next_at <= _NOW),
            exists().where(*_WORK, actions.c.next_at <= _NOW),
        ),
    )
    .order_by(connections.c.id)
)
_NEXT_DUE = select(
    connections.c.rest_until,
    connections.c.next_sync_at,
    connections.c.next_sweep_at,
    connections.c.next_tick_at,
    connections.c.next_match_at,
    select(func.min(inbox.c.next_at)).where(*_TOLD).scalar_subquery(),
    select(func.min(actions.c.next_at)).where(*_WORK).scalar_subquery(),
).where(connections.c.state == CONNECTED, connections.c.role != fixed(BANK))


def now_due(s: Session, now: datetime) -> list[int]:
    """List the connected connections with anything to do at `now`: inbox, actions, sync, tick."""
    return list(s.scalars(_NOW_DUE, {"now": now}))


def next_due(s: Session) -> datetime | None:
    """Say when any connected connection has something to do next; None when nothing is planned."""
    moments = []
    for rest_until, *due in s.execute(_NEXT_DUE):
        known = [one for one in due if one is not None]
        if known:
            moments.append(max(min(known), rest_until or min(known)))
    return min(moments, default=None)
