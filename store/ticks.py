"""Things that happen once for all processes together: a slot of the clock, a one-time link."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.session import insert_into
from store.tables import tick


def first(s: Session, name: str, slot: datetime | str) -> bool:
    """Say whether this is the first to ask for this name and slot: that one does it."""
    mark = slot if isinstance(slot, str) else slot.astimezone(UTC).isoformat()
    made = insert_into(s, tick).values(name=name, slot=mark).on_conflict_do_nothing()
    return s.execute(made.returning(tick.c.name)).first() is not None


def forget(s: Session, name: str, slot: str) -> None:
    """Take a mark back: what it stood for did not happen."""
    s.execute(delete(tick).where(tick.c.name == name, tick.c.slot == slot))


def slots(s: Session, name: str) -> list[str]:
    """List the slots of a name that somebody was the first to ask for."""
    return list(s.scalars(select(tick.c.slot).where(tick.c.name == name)))
