"""What happens by the calendar: each slot is run once, whichever worker comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import connections, ticks

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.tools import Tools


def _nightly(s: Session, now: datetime) -> None:
    """Have every live connection swept: the repair of whatever webhooks and walks missed."""
    for connection in connections.all_live(s):
        connections.set_next(s, connection.id, sweep_at=now)


# Name, and what is done in the one transaction that claims the slot.
TICKS: dict[str, Callable[[Session, datetime], None]] = {"nightly": _nightly}


def tick(tools: Tools, name: str, slot: str) -> bool:
    """Run one slot of a tick unless it was run before; gives whether it ran now.

    The claim and the work are one transaction, so a crash leaves both or neither.
    """
    with tools.sessions.begin() as s:
        if not ticks.first(s, name, slot):
            return False
        TICKS[name](s, tools.clock())
    return True
