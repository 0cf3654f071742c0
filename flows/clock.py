"""What happens by the calendar: each slot is run once, whichever worker comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from store import inbox, ticks, tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.tools import Tools

# Longer than any vendor repeats an event, so that a repeated one is still known.
INBOX_KEPT = timedelta(days=90)


def _nightly(s: Session, now: datetime) -> None:
    """Forget webhook events that were worked off long ago; their documents are in the mirror.

    Consents that were begun and never finished are forgotten as well.
    """
    inbox.forget(s, now - INBOX_KEPT)
    tokens.forget_states(s, now)


# Name, and what is done in the one transaction that claims the slot.
TICKS: dict[str, Callable[[Session, datetime], None]] = {"nightly": _nightly}


def tick(tools: Tools, name: str, slot: str) -> bool:
    """Run one slot of a tick unless it was run before; gives whether it ran now.

    The claim and the work are one transaction, so a crash leaves both or neither. What needs the
    vendors comes after it: a night of it may be lost, and the next makes up for it.
    """
    with tools.sessions.begin() as s:
        if not ticks.first(s, name, slot):
            return False
        TICKS[name](s, tools.clock())
    tools.upkeep()
    return True
