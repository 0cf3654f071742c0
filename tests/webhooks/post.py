"""Signed webhooks as the three vendors send them, and a door to carry them to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, session
from sqlalchemy import select
from werkzeug.test import TestResponse

from connector import PROVIDERS
from store import connections, exceptions, organisations
from store.connections import Consented
from store.inbox import InboxRow, get
from store.seal import Keys
from store.session import Sessions, open_engine, open_sessions
from store.tables import inbox as rows
from tests.conftest import NOW
from tests.oauth.blank import blank_database
from webhooks import Door, make_blueprint

EVERY = ["xero", "quickbooks", "stripe"]
SECRETS = {"xero": ["xero-key"], "quickbooks": ["quickbooks-token"], "stripe": ["whsec_stripe"]}
TENANTS = {
    "xero": "45e4708e-d862-4111-ab3a-dd8cd03913e1",
    "quickbooks": "9130350000007919",
    "stripe": "acct_1Wren",
}
HEADERS = {
    "xero": "x-xero-signature",
    "quickbooks": "intuit-signature",
    "stripe": "stripe-signature",
}
REFUSED = {"xero": 401, "quickbooks": 403, "stripe": 400}


def event(name: str, tenant: str | None = None, number: int = 1, **more: Any) -> bytes:
    """Write one webhook about a changed invoice (Stripe: payment) as the vendor does."""
    tenant = TENANTS[name] if tenant is None else tenant
    bodies: dict[str, Any] = {
        "xero": {
            "events": [
                {
                    "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/in-{number}",
                    "resourceId": f"in-{number}",
                    "eventDateUtc": "2026-03-10T09:29:00.123",
                    "eventType": "UPDATE",
                    "eventCategory": "INVOICE",
                    "tenantId": tenant,
                    "tenantType": "ORGANISATION",
                }
            ],
            "firstEventSequence": number,
            "lastEventSequence": number,
            "entropy": "S0m3r4nd0mt3xt",
        },
        "quickbooks": [
            {
                "specversion": "1.0",
                "id": f"88cd52aa-{number}",
                "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
                "type": "qbo.invoice.updated.v1",
                "datacontenttype": "application/json",
                "time": "2026-03-10T09:29:00.123456789Z",
                "intuitentityid": str(number),
                "intuitaccountid": tenant,
                "data": {},
            }
        ],
        "stripe": {
            "id": f"evt_{number}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(NOW.timestamp()),
            "livemode": True,
            "type": "payment_intent.succeeded",
            "account": tenant,
            "data": {"object": {"id": f"pi_{number}", "object": "payment_intent"}},
        },
    }
    body = bodies[name]
    if isinstance(body, dict):
        body = {key: value for key, value in {**body, **more}.items() if value is not None}
    return json.dumps(body, separators=(",", ":")).encode()


def sign(name: str, body: bytes, secret: str, moment: datetime = NOW) -> str:
    """Sign a body as the vendor does."""
    if name == "stripe":
        stamp = int(moment.timestamp())
        signed = f"{stamp}.".encode() + body
        return f"t={stamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@dataclass
class House:
    """One organisation connected to all three vendors, behind one door."""

    sessions: Sessions
    rung: list[set[int]] = field(default_factory=list)
    secrets: dict[str, list[str]] = field(default_factory=lambda: dict(SECRETS))
    moment: datetime = NOW
    deaf: bool = False
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = Flask("door")
        self.app.secret_key = "for tests"
        # What other pages do with the session must not show at the door.
        self.app.before_request(lambda: session.update(touched=True))
        self.door = Door(self.sessions, PROVIDERS, self.secrets, lambda: self.moment, self.ring)
        self.app.register_blueprint(make_blueprint(self.door))

    def ring(self, ids: Collection[int]) -> None:
        if self.deaf:
            raise OSError("nobody there")
        self.rung.append(set(ids))

    def post(
        self, name: str, body: bytes, signature: str | None = None, secret: str = ""
    ) -> TestResponse:
        """Deliver a body; signed rightly unless told otherwise."""
        if signature is None:
            signature = sign(name, body, secret or SECRETS[name][0], self.moment)
        headers = {HEADERS[name]: signature, "Content-Type": "application/json"}
        return self.app.test_client().post(f"/webhooks/{name}", data=body, headers=headers)

    def kept(self) -> list[InboxRow]:
        """Read the whole inbox."""
        with self.sessions() as s:
            return [get(s, one) for one in s.scalars(select(rows.c.id).order_by(rows.c.id))]

    def open_kinds(self) -> list[str]:
        """Name the open exceptions of the organisation and of the house."""
        with self.sessions() as s:
            found = exceptions.list_open(s, 1) + exceptions.list_open(s, None)
        return [one.kind for one in found]


def open_house(path: Path) -> House:
    """Make a house with its own database."""
    engine = open_engine(blank_database(path), durable=True)
    house = House(open_sessions(engine, Keys((b"k" * 32,))))
    with house.sessions.begin() as s:
        home = organisations.create(s, "Wren & Co", "public-home", NOW)
        for name, tenant in TENANTS.items():
            role = next(iter(PROVIDERS[name].roles)).value
            if name == "quickbooks":  # another business has its books there
                home = organisations.create(s, "Finch & Co", "public-other", NOW)
            made = connections.connect(s, home, Consented(name, role, tenant, name.title()), NOW)
            house.ids[name] = made
            home = 1
    return house
