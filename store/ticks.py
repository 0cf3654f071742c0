"""Things that happen once for all processes together: a slot of the clock, a one-time link."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.session import insert_into
from store.tables import tick


def seen(s: Session, name: str, slot: str) -> bool:
    """Say whether somebody asked for this name and slot already; leaves no mark."""
    mine = (tick.c.name == name, tick.c.slot == slot)
    return s.execute(select(tick.c.name).where(*mine)).first() is not None


def first(s: Session, name: str, slot: datetime | str) -> bool:
    """Say whether this is the first to ask for this name and slot: that one does it."""
    mark = slot if isinstance(slot, str) else slot.astimezone(UTC).isoformat()
    made = insert_into(s, tick).values(name=name, slot=mark).on_conflict_do_nothing()
    return s.execute(made.returning(tick.c.name)).first() is not None
