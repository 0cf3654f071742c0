"""Webhooks: what changed is written as signed batches into the post, and carried from there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.post import deliver
from sandbox.shelf import Post
from sandbox.xero import figures
from sandbox.xero.books import CREDITS, make_id

if TYPE_CHECKING:
    from sandbox.post import Carrier
    from sandbox.xero.books import Books

# Decreasing frequency over a day; then Xero switches the webhook off.
RETRIES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=40),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=8),
)
_KEPT = timedelta(days=31)
_CATEGORIES = {
    "Invoices": "INVOICE",
    "Contacts": "CONTACT",
    "CreditNotes": "CREDITNOTE",
    "Overpayments": "OVERPAYMENT",
    "Prepayments": "PREPAYMENT",
    "Payments": "PAYMENT",
}


class Hooks:
    """The app's one webhook: writes batches, signs them, knows whether it is switched on."""

    def __init__(self, books: Books, key: str, public_url: str) -> None:
        self.books = books
        self._key = key.encode()
        self._url = public_url.rstrip("/")

    def sign(self, body: bytes) -> str:
        """Sign a raw body as Xero does."""
        return base64.b64encode(hmac.new(self._key, body, hashlib.sha256).digest()).decode()

    def write(self) -> None:
        """Put one batch for everything touched since the last call into the post."""
        touched = list(dict.fromkeys(self.books.touched))
        self.books.touched.clear()
        connected = {doc["tenantId"] for doc in self.books.shelf.all("connections")}
        created = {one[:3] for one in touched if one[3] == "CREATE"}
        events = [
            self._event(*one)
            for one in touched
            if one[0] in connected
            and one[1] in _CATEGORIES
            and (one[3] == "CREATE" or one[:3] not in created)
        ]
        if not events:
            return
        numbers = [self.books.shelf.count("event") for _ in events]
        body = self._body(events, numbers[0], numbers[-1])
        headers = {"Content-Type": "application/json", "x-xero-signature": self.sign(body)}
        self.books.shelf.send_later(self.books.clock(), headers, body)

    def _event(self, tenant: str, kind: str, key: str, verb: str) -> dict[str, Any]:
        doc = self.books.find(tenant, kind, key) or {}
        event: dict[str, Any] = {
            "resourceUrl": f"{self._url}/api.xro/2.0/{kind}/{key}",
            "resourceId": key,
            "eventDateUtc": self.books.now(),
            "eventType": verb,
            "eventCategory": _CATEGORIES[kind],
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
        }
        if kind in CREDITS:
            event["data"] = {"Type": doc["type"], "Status": doc["status"]}
        if kind in ("Overpayments", "Prepayments"):
            event["data"]["UpdatedDateUTCString"] = doc["updated"][:19]
        return event

    def _body(self, events: list[dict[str, Any]], first: int, last: int) -> bytes:
        document = {
            "events": events,
            "firstEventSequence": first,
            "lastEventSequence": last,
            "entropy": make_id(f"entropy/{first}").replace("-", "")[:20].upper(),
        }
        return json.dumps(document, separators=(",", ":")).encode()

    @property
    def enabled(self) -> bool:
        """Whether Xero still sends: a delivery refused for a day switches the webhook off."""
        return self.books.shelf.get("hook", "disabled") is None

    def deliver(self, carry: Carrier) -> int:
        """Send what is due; gives how many deliveries were accepted."""
        if not self.enabled:
            return 0
        shelf, now = self.books.shelf, self.books.clock()
        given_up = len(shelf.post(state="given up"))
        accepted = deliver(shelf, now, carry, RETRIES, range(200, 201))
        if len(shelf.post(state="given up")) > given_up:
            shelf.put("hook", "disabled", {"at": figures.stamp(now)})
        return accepted

    def send_intent_to_receive(self, carry: Carrier) -> bool:
        """Ask whether the door checks signatures; a door that does is (again) sent events.

        Right signatures must be answered 200, wrong ones 401.
        """
        shelf, now = self.books.shelf, self.books.clock()
        for right in (True, False, True, False):
            body = self._body([], 0, 0)
            signature = self.sign(body if right else body + b" ")
            headers = {"Content-Type": "application/json", "x-xero-signature": signature}
            try:
                status = carry(Post(0, now, 0, headers, body, "waiting"))
            except OSError:
                return False
            if status != (200 if right else 401):
                return False
        with shelf.change():
            shelf.drop("hook", "disabled")
            for post in shelf.post(state="given up"):
                if now - post.due <= _KEPT:
                    shelf.posted(post.seq, "waiting", due=now)
        return True
