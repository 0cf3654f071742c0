"""Things that happen once for all processes together: a slot of the clock, a one-time link."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session


def first(s: Session, name: str, slot: datetime | str) -> bool:
    """Say whether this is the first to ask for this name and slot: that one does it."""
    raise NotImplementedError
