"""Judge of the doors: what was acknowledged is kept, and comes to an end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from store import connections, inbox
from store.tables import inbox as inbox_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worlds.judges.evidence import Evidence

XERO = ("tenantId", "eventCategory", "resourceId", "eventType", "eventDateUtc")


def _names(provider: str, body: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Name the events in a delivery, or in what the inbox kept of one, without our own readers."""
    if provider == "xero":
        events = body.get("events", [body])
        return ["/".join(str(event.get(field)) for field in XERO) for event in events]
    if provider == "quickbooks":
        return [str(event["id"]) for event in (body if isinstance(body, list) else [body])]
    return [str(body["id"])]


def lost(seen: Evidence) -> Iterator[str]:
    """I5: every event behind a 200 is in the inbox and ended there."""
    house, office = seen.world.town.house, seen.world.town.office
    kept: set[tuple[str, str]] = set()
    with house.sessions() as s:
        rows = [inbox.get(s, key) for key in s.scalars(select(inbox_table.c.id))]
        off = {
            one.id
            for organisation_id in seen.world.ours.values()
            for one in connections.of_organisation(s, organisation_id)
            if one.state != connections.CONNECTED
        }
    for row in rows:
        if row.raw:
            kept |= {(row.provider, name) for name in _names(row.provider, json.loads(row.raw))}
        if row.state == inbox.NEW and row.connection_id not in off:
            yield f"{row.provider} event {row.event_id} is still new: {row.reason}"
        if row.state == inbox.DEAD and not row.reason:
            yield f"{row.provider} event {row.event_id} is dead without a reason"
    for one in office.acknowledged:
        for name in _names(one.provider, json.loads(one.body)):
            if (one.provider, name) not in kept:
                yield f"{one.provider} event {name} was acknowledged at {one.at} and is not kept"
