"""A desk for the QuickBooks tests: a moving clock, one company, a connected client."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.serving import make_server

from sandbox.quickbooks import QuickBooksStandIn
from sandbox.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

CLIENT = ("quickbooks-app", "quickbooks-secret")
WEBHOOK_KEY = "verifier-of-the-tests"
BACK = "http://127.0.0.1:9/oauth/quickbooks/callback"
DAY = date(2026, 3, 2)
DUE = date(2026, 3, 9)


@dataclass
class Hands:
    """A clock that moves when told to, and a little with every question, so limits stay free."""

    moment: datetime = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)
    step: timedelta = timedelta(milliseconds=150)

    def __call__(self) -> datetime:
        self.moment += self.step
        return self.moment


@dataclass
class Desk:
    """A stand-in with one connected company and one customer."""

    clock: Hands = field(default_factory=Hands)
    shelf: Shelf = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        self.books = QuickBooksStandIn(
            self.shelf,
            self.clock,
            client_id=CLIENT[0],
            client_secret=CLIENT[1],
            webhook_key=WEBHOOK_KEY,
        )
        self.http = self.books.app.test_client()
        self.realm = self.books.add_company("Wren Supplies")
        self.customer = self.books.add_customer(self.realm, "Ada Mills", "ada@example.com")
        self.tokens = self.connect(self.realm)

    @property
    def token(self) -> str:
        return str(self.tokens["access_token"])

    def connect(self, realm: str) -> dict[str, Any]:
        """Consent as a person does, and exchange the code."""
        back = self.consent({"decision": "connect", "realm": realm})
        assert back["realmId"] == [realm]
        form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": BACK}
        answer = self.ask_token(form)
        assert answer.status_code == 200
        return dict(json.loads(answer.data))

    def consent(self, form: dict[str, str]) -> dict[str, list[str]]:
        asked = {
            "client_id": CLIENT[0],
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": BACK,
            "state": "s-1",
        }
        answer = self.http.post(f"/connect/oauth2?{urlencode(asked)}", data=form)
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer.headers["Location"]).query)

    def ask_token(self, form: dict[str, str], *, hard: bool = False) -> TestResponse:
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        if hard:
            headers["x-include-refresh-token-hard-expires-in"] = "true"
        return self.http.post("/oauth2/v1/tokens/bearer", data=urlencode(form), headers=headers)

    def refresh(self, token: str, *, hard: bool = False) -> TestResponse:
        return self.ask_token({"grant_type": "refresh_token", "refresh_token": token}, hard=hard)

    def get(self, rest: str, *, accept: str = "application/json", **query: str) -> TestResponse:
        return self.http.get(
            f"/v3/company/{self.realm}/{rest}",
            query_string=query,
            headers={"Authorization": f"Bearer {self.token}", "Accept": accept},
        )

    def send(self, key: str, entity: str = "invoice", **query: str) -> TestResponse:
        """Have an invoice mailed."""
        return self.http.post(
            f"/v3/company/{self.realm}/{entity}/{key}/send",
            query_string=query,
            content_type="application/octet-stream",
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def post(self, rest: str, body: Any, **query: str) -> TestResponse:
        raw = body if isinstance(body, str) else json.dumps(body)
        return self.http.post(
            f"/v3/company/{self.realm}/{rest}",
            data=raw,
            query_string=query,
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def query(self, text: str) -> dict[str, Any]:
        answer = self.get("query", query=text)
        assert answer.status_code == 200, answer.data
        return dict(json.loads(answer.data)["QueryResponse"])

    def invoice(self, number: str = "1001", minor: int = 10_000, **more: Any) -> str:
        return self.books.raise_invoice(self.realm, self.customer, number, DAY, DUE, minor, **more)

    def doc(self, entity: str, key: str) -> dict[str, Any]:
        return dict(json.loads(self.get(f"{entity.lower()}/{key}").data)[entity])

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve the stand-in on a free loopback port; gives its address."""
        server = make_server("127.0.0.1", 0, self.books.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(timeout=5)
            server.server_close()


def fault(answer: TestResponse) -> tuple[int, str]:
    """Give the status and code of a refusal."""
    return answer.status_code, json.loads(answer.data)["Fault"]["Error"][0]["code"]


def pays(*shares: tuple[str, float], entity: str = "Invoice") -> list[dict[str, Any]]:
    """Write payment lines: invoice id and amount."""
    return [
        {"Amount": amount, "LinkedTxn": [{"TxnId": key, "TxnType": entity}]}
        for key, amount in shares
    ]
