"""Since when the places where payments come in are known: what a reminder rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Role
from store import connections, exceptions

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from store.connections import ConnectionRow

HELD = "reminders_held"


def read_at(s: Session, organisation_id: int, now: datetime, max_age: timedelta) -> datetime | None:
    """Say since when every place where payments come in is known; None when one is not known now.

    What is merely old is asked to be read. A payments connection that lost its consent hides
    payments, so nothing may rest on it until a person reconnects or disconnects it; an exception
    says so.
    """
    oldest = now
    for one in connections.of_organisation(s, organisation_id):
        if one.role != Role.PAYMENTS or one.state == connections.DISCONNECTED:
            continue
        if one.state != connections.CONNECTED:
            _hold(s, one, now)
            return None
        if one.synced_at is None:
            return None
        if now - one.synced_at > max_age:
            connections.want_sync(s, one.id, now)
            return None
        oldest = min(oldest, one.synced_at)
    return oldest


def _hold(s: Session, connection: ConnectionRow, now: datetime) -> None:
    # Under the connection's own subject: connecting or disconnecting it closes this as well.
    exceptions.open_exception(
        s,
        connection.organisation_id,
        kind=HELD,
        subject=f"connection:{connection.id}",
        title=f"No reminder goes out: payments at {connection.title} cannot be seen",
        detail="Whoever has paid there would be reminded all the same, so all reminders wait.",
        fix="Connect it again, or disconnect it if no money comes in there any more.",
        now=now,
    )
