"""Webhooks of the stand-in: CloudEvents arrays or legacy bodies, several companies in one post."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.post import deliver

if TYPE_CHECKING:
    from sandbox.post import Carrier
    from sandbox.shelf import Doc, Shelf

# 10 s, 20 s, 30 s, 5 min, 20 min, 2 h, 4 h, 6 h, then every 6 h (here for two more days).
RETRIES = [
    *(timedelta(seconds=seconds) for seconds in (10, 20, 30, 300, 1200)),
    *(timedelta(hours=hours) for hours in (2, 4, 6)),
    *[timedelta(hours=6)] * 8,
]
_EVENTS_MAX = 100
_PAST = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Emailed": "emailed",
    # Who was merged away is not told in this form.
    "Merge": "merged",
}


def sign(key: str, body: bytes) -> str:
    """Give the `intuit-signature` of a body."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def cloud_event(event: Doc) -> Doc:
    """Write one event as a CloudEvent; void is called `void` and `voided` by turns."""
    number, entity = int(event["number"]), str(event["entity"])
    said = _PAST.get(event["said"]) or ("void", "voided")[number % 2]
    at = datetime.fromisoformat(event["at"]).astimezone(UTC)
    return {
        "specversion": "1.0",
        "id": f"{number:08x}-0000-4000-8000-{int(event['realm']):020d}-{entity}-{event['id']}",
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": f"qbo.{entity.lower()}.{said}.v1",
        "datacontenttype": "application/json",
        "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z",
        "intuitentityid": event["id"],
        "intuitaccountid": event["realm"],
        "data": {},
    }


def legacy(events: list[Doc]) -> Doc:
    """Write events in the older form, grouped by company."""
    realms: dict[str, list[Doc]] = {}
    for event in events:
        at = datetime.fromisoformat(event["at"]).astimezone(UTC)
        entity = {
            "name": event["entity"],
            "id": event["id"],
            "operation": event["said"],
            "lastUpdated": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        }
        if event.get("gone"):
            entity["deletedId"] = event["gone"]
        realms.setdefault(event["realm"], []).append(entity)
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": entities}}
            for realm, entities in realms.items()
        ]
    }


def gather(shelf: Shelf, key: str, now: datetime, style: str) -> None:
    """Put what happened since the last time into the post, up to 100 events in one body."""
    with shelf.change():
        events = shelf.all("event")
        for first in range(0, len(events), _EVENTS_MAX):
            part = events[first : first + _EVENTS_MAX]
            body: Any = legacy(part) if style == "legacy" else [cloud_event(one) for one in part]
            raw = json.dumps(body).encode()
            kind = "application/json" if style == "legacy" else "application/cloudevents-batch+json"
            headers = {"Content-Type": kind, "intuit-signature": sign(key, raw)}
            shelf.send_later(now, headers, raw)
        for event in events:
            shelf.drop("event", str(event["number"]))


def send(shelf: Shelf, now: datetime, carry: Carrier) -> int:
    """Send what is due by the vendor's table; only status 200 counts as taken."""
    return deliver(shelf, now, carry, RETRIES, range(200, 201))
