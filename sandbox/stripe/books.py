"""The stand-in's own books: every account's objects, its event log, and what is still to happen."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.shelf import Doc, Shelf

API_VERSION = "2026-10-28.endive"
EVENT_WINDOW = timedelta(days=30)
ROLL_WINDOW = timedelta(hours=24)
# Names the app's endpoint among the signers; the others are account ids.
APP = "app"

# What the app's webhook endpoint listens to: everything about money, nothing that a slow listener
# could hold up (`invoice.created`).
ENABLED = (
    "account.application.",
    "apps.install.",
    "apps.install.",
    "charge.dispute.",
    "charge.refunded",
    "charge.updated",
    "checkout.session.",
    "credit_note.",
    "customer.created",
    "customer.deleted",
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "customer.updated",
    "customer_cash_balance_transaction.created",
    "invoice.",
    "invoice_payment.paid",
    "payment_intent.partially_funded",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payout.",
    "refund.",
)
NOT_ENABLED = frozenset({"invoice.created", "invoice.upcoming"})


def is_enabled(kind: str) -> bool:
    """Say whether the app's endpoint listens to a kind of event."""
    return kind.startswith(ENABLED) and kind not in NOT_ENABLED


class StripeBooks:
    """Objects per account in one shelf; an account's objects are unreachable from another's."""

    def __init__(self, shelf: Shelf, clock: Callable[[], datetime], *, livemode: bool) -> None:
        """Open the books on a shelf; every moment comes from `clock`."""
        self.shelf = shelf
        self.clock = clock
        self.livemode = livemode
        self.thin = False

    def now(self) -> datetime:
        """Give the moment it is in the stand-in's world."""
        return self.clock().astimezone(UTC)

    def new_id(self, prefix: str) -> str:
        """Give the next id of a kind: the same run makes the same ids."""
        return f"{prefix}_1S{self.shelf.count(prefix):014d}"

    def find(self, account: str, noun: str, key: str) -> Doc | None:
        """Give an account's object, or None: another account's id is not found."""
        return self.shelf.get(f"{account}/{noun}", key)

    def all(self, account: str, noun: str) -> list[Doc]:
        """Give an account's objects of a kind, newest first as Stripe lists them."""
        rows = self.shelf.all(f"{account}/{noun}")
        return sorted(rows, key=lambda row: int(row["created"]))[::-1]

    def keep(self, account: str, doc: Doc) -> Doc:
        """Write an object into an account's books."""
        self.shelf.put(f"{account}/{doc['object']}", doc["id"], doc)
        self.shelf.put("owner", doc["id"], {"account": account})
        return doc

    def forget(self, account: str, doc: Doc) -> None:
        """Take an object out of an account's books."""
        self.shelf.drop(f"{account}/{doc['object']}", doc["id"])

    def owner(self, key: str) -> str:
        """Say whose object this is; raises KeyError when nobody's."""
        found = self.shelf.get("owner", key)
        if found is None:
            raise KeyError(key)
        return str(found["account"])

    def get(self, noun: str, key: str) -> Doc:
        """Give an object for the story, whoever owns it; raises KeyError when there is none."""
        doc = self.find(self.owner(key), noun, key)
        if doc is None:
            raise KeyError(key)
        return doc

    def later(self, due: datetime, what: str, **facts: str) -> None:
        """Note something that happens by itself at `due` (a charge settles, a payout arrives)."""
        key = f"{self.shelf.count('later'):012d}"
        self.shelf.put("later", key, {"id": key, "due": due.isoformat(), "what": what, **facts})

    def emit(
        self,
        account: str,
        kind: str,
        doc: Doc,
        *,
        at: datetime | None = None,
        previous: Doc | None = None,
        request: Doc | None = None,
    ) -> Doc:
        """Write an event into the account's log and, for a connected account, into the post."""
        moment = at or self.now()
        inside: Doc = {"object": json.loads(json.dumps(doc))}
        if previous is not None:
            inside["previous_attributes"] = previous
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(moment.timestamp()),
            "data": inside,
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": request or {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.keep(account, event)
        self._post(account, event, moment)
        return event

    def _post(self, account: str, event: Doc, due: datetime) -> None:
        install = self.shelf.get("install", account) or {}
        if not is_enabled(event["type"]):
            return
        if install.get("connected"):
            body = {**event, "account": account}
            self._queue(thin_event(body) if self.thin else body, due, APP)
        if install.get("endpoint_secret"):
            # A merchant's own endpoint hears its own account's events, without the account's name.
            self._queue(event, due, account)

    def _queue(self, body: Doc, due: datetime, signer: str) -> None:
        raw = json.dumps(body, indent=2).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Standin-Signer": signer}
        self.shelf.send_later(due, headers, raw)

    def secrets(self, of: str) -> list[str]:
        """Give the secrets that sign now: two for a day after one was rolled."""
        if of != APP:
            install = self.shelf.get("install", of) or {}
            return [str(install["endpoint_secret"])]
        rows = self.shelf.all("secret")
        now = self.now()
        return [
            str(row["secret"])
            for row in rows
            if row["until"] is None or datetime.fromisoformat(row["until"]) > now
        ]

    def roll_secret(self, secret: str) -> None:
        """Give the app's endpoint a new secret; the old ones sign beside it for 24 hours."""
        with self.shelf.change():
            until = (self.now() + ROLL_WINDOW).isoformat()
            for row in self.shelf.all("secret"):
                if row["until"] is None:
                    self.shelf.put("secret", row["id"], {**row, "until": until})
            key = f"{self.shelf.count('secret'):06d}"
            self.shelf.put("secret", key, {"id": key, "secret": secret, "until": None})


def thin_event(event: Doc) -> Doc:
    """Shorten a snapshot event to the thin form: what changed and where to read it."""
    doc = event["data"]["object"]
    moment = datetime.fromtimestamp(event["created"], tz=UTC)
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "created": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "livemode": event["livemode"],
        "context": event.get("account"),
        "reason": None,
        "related_object": {
            "id": doc["id"],
            "type": doc["object"],
            "url": _address(doc),
        },
    }


def _address(doc: Doc) -> str:
    if doc["object"] == "customer_cash_balance_transaction":
        return f"/v1/customers/{doc['customer']}/cash_balance_transactions/{doc['id']}"
    return f"/v1/{doc['object']}s/{doc['id']}"


def signature(body: bytes, secrets: list[str], moment: datetime) -> str:
    """Sign a delivery as Stripe does: one `v1` per live secret over the time and the raw body."""
    stamp = int(moment.timestamp())
    signed = str(stamp).encode() + b"." + body
    marks = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secrets]
    return ",".join([f"t={stamp}", *(f"v1={mark}" for mark in marks)])


def account_of(key: str, name: str, currency: str, created: int) -> Doc:
    """Describe a merchant's account that settles in `currency` ("gbp")."""
    return {
        "id": key,
        "object": "account",
        "business_profile": {"name": name, "url": None},
        "business_type": "company",
        "charges_enabled": True,
        "country": None,
        "created": created,
        "default_currency": currency,
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": name.upper()[:22]},
        },
        "type": "standard",
    }
