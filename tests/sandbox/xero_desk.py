"""A Xero stand-in on a clock that a test moves, and a consented client beside it."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.shelf import Shelf
from sandbox.xero import XeroStandIn

CLIENT, SECRET, KEY = "client-1", "secret-1", "webhook-key-1"
REDIRECT = "http://localhost:5000/oauth/xero/callback"
SCOPE = (
    "openid profile email offline_access accounting.settings.read accounting.contacts"
    " accounting.invoices accounting.payments accounting.banktransactions"
)
VERIFIER = "verifier-of-a-length-that-the-standard-asks-for"
TODAY = date(2026, 11, 22)


class Hour:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def make(path: str = ":memory:", **more: Any) -> tuple[XeroStandIn, Hour]:
    """Make a stand-in with its clock."""
    clock = Hour()
    asked = {"client_id": CLIENT, "client_secret": SECRET, "webhook_key": KEY, **more}
    return XeroStandIn(Shelf(path), clock, **asked), clock


def harbour(standin: XeroStandIn) -> tuple[str, str]:
    """Open an organisation with bank accounts and one customer; gives tenant and contact id."""
    tenant = standin.add_organisation(
        "Harbour Supplies Ltd", "!h4rb", "GBP", "GMTSTANDARDTIME", "GB", ("EUR",)
    )
    standin.add_account(tenant, "Current account", "090")
    standin.add_account(tenant, "Euro account", "091", currency="EUR")
    return tenant, standin.add_contact(tenant, "Ridge & Sons", "ap@ridge.example")


def consent_query(**other: str) -> dict[str, str]:
    """Give the query of a consent request with PKCE."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": "state-1",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **other,
    }


def consent(standin: XeroStandIn, tenant: str, **other: str) -> str:
    """Press Allow for an organisation and give the code."""
    answer = standin.app.test_client().post(
        "/identity/connect/authorize",
        query_string=consent_query(**other),
        data={"tenant": tenant, "decision": "allow"},
    )
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.location).query)["code"][0]


def redeem(standin: XeroStandIn, code: str, /, **other: str) -> Any:
    """Ask the token endpoint to take a code; gives the whole answer."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **other,
    }
    return standin.app.test_client().post("/connect/token", data=form, auth=(CLIENT, SECRET))


def connect(standin: XeroStandIn, tenant: str) -> dict[str, Any]:
    """Go through the whole consent and give the token set."""
    tokens: dict[str, Any] = redeem(standin, consent(standin, tenant)).get_json()
    return tokens


class Caller:
    """Calls the accounting API of one organisation through the Flask test client."""

    def __init__(self, standin: XeroStandIn, tenant: str, token: str | None = None) -> None:
        self.standin = standin
        self.tenant = tenant
        self.token = token or connect(standin, tenant)["access_token"]

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call; `key`, `headers`, `query` and `fault` may be given."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "xero-tenant-id": self.tenant,
            "Accept": "application/json",
            **more.get("headers", {}),
        }
        if "key" in more:
            headers["Idempotency-Key"] = more["key"]
        environ = {"sandbox.fault": more["fault"]} if "fault" in more else {}
        return self.standin.app.test_client().open(
            f"/api.xro/2.0/{path}",
            method=method,
            json=body,
            headers=headers,
            query_string=more.get("query"),
            environ_overrides=environ,
        )


def invoice(
    standin: XeroStandIn,
    tenant: str,
    contact: str,
    amount: str | int = "100.00",
    number: str = "INV-1",
    *,
    currency: str = "GBP",
) -> str:
    """Raise an invoice due in thirty days."""
    due = TODAY + timedelta(30)
    return standin.raise_invoice(tenant, contact, number, TODAY, due, amount, currency)


def payment(key: str, amount: object, **other: Any) -> dict[str, Any]:
    """Write a payment of an invoice as a client would send it."""
    return {
        "Invoice": {"InvoiceID": key},
        "Account": {"Code": "090"},
        "Date": TODAY.isoformat(),
        "Amount": amount,
        "Reference": "ref",
        **other,
    }


def state(standin: XeroStandIn, tenant: str, key: str) -> tuple[str, int, int, int]:
    """Give an invoice's status and what is open, paid and credited."""
    (found,) = [one for one in standin.invoices(tenant) if one["id"] == key]
    return found["status"], found["open"], found["paid"], found["credited"]


def messages(answer: Any) -> list[str]:
    """Give what a refused write was told."""
    assert answer.status_code == 400, answer.text
    told = answer.get_json()
    assert (told["ErrorNumber"], told["Type"]) == (10, "ValidationException")
    return [
        error["Message"] for element in told["Elements"] for error in element["ValidationErrors"]
    ]
