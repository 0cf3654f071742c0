"""What is due: which connections have work now, and when the next one will."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from store.connections import CONNECTED
from store.tables import action as actions
from store.tables import connection as connections
from store.tables import inbox

# States of an action that the worker carries on by itself.
UNDER_WAY = ("planned", "doing", "unknown")


def now_due(s: Session, now: datetime) -> list[int]:
    """List the connected connections with anything to do at `now`: inbox, actions, sync, tick."""
    told = exists().where(
        inbox.c.connection_id == connections.c.id, inbox.c.state == "new", inbox.c.next_at <= now
    )
    work = exists().where(
        actions.c.connection_id == connections.c.id,
        actions.c.state.in_(UNDER_WAY),
        actions.c.closed_at.is_(None),
        actions.c.next_at <= now,
    )
    due = or_(
        connections.c.next_sync_at <= now,
        connections.c.next_sweep_at <= now,
        connections.c.next_tick_at <= now,
        connections.c.next_match_at <= now,
        told,
        work,
    )
    rows = s.scalars(
        select(connections.c.id)
        .where(
            connections.c.state == CONNECTED,
            or_(connections.c.rest_until.is_(None), connections.c.rest_until <= now),
            due,
        )
        .order_by(connections.c.id)
    )
    return list(rows)


def next_due(s: Session) -> datetime | None:
    """Say when any connected connection has something to do next; None when nothing is planned."""
    told = (
        select(func.min(inbox.c.next_at))
        .where(inbox.c.connection_id == connections.c.id, inbox.c.state == "new")
        .scalar_subquery()
    )
    work = (
        select(func.min(actions.c.next_at))
        .where(
            actions.c.connection_id == connections.c.id,
            actions.c.state.in_(UNDER_WAY),
            actions.c.closed_at.is_(None),
        )
        .scalar_subquery()
    )
    rows = s.execute(
        select(
            connections.c.rest_until,
            connections.c.next_sync_at,
            connections.c.next_sweep_at,
            connections.c.next_tick_at,
            connections.c.next_match_at,
            told,
            work,
        ).where(connections.c.state == CONNECTED)
    )
    moments = []
    for rest_until, *due in rows:
        known = [one for one in due if one is not None]
        if known:
            moments.append(max(min(known), rest_until or min(known)))
    return min(moments, default=None)
