"""A house for the tests of the pages: two members, three organisations, one full of work."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector import PROVIDERS
from connector.protocol import Account, Wire
from flows.ask_links import AskLinks
from flows.tools import Tools
from ledger.documents import Purpose, Ref
from ledger.errors import DisconnectedError, RetryLaterError
from oauth import Client, Opener
from store import (
    connections,
)
from store.connections import ConnectionRow
from store.schema import migrate
from store.seal import Keys
from store.session import Sessions, open_engine, open_sessions
from tests.conftest import NOW
from tests.web.furniture import fill, people
from web import make_pages
from web.sign_in import make_link
from web.site import Site

KEYS = Keys((b"k" * 32,))
SECRET = "a-secret-key-for-tests-only"


class LedgerAccounts:
    """The ledger's answers to what pages ask: its accounts, and an invoice as it prints it."""

    def __init__(self, row: ConnectionRow) -> None:
        self._row = row

    def accounts(self) -> list[Account]:
        if self._row.state != connections.CONNECTED:
            raise DisconnectedError("the consent has ended")
        return [
            Account("610", "Stripe clearing", "GBP", frozenset({Purpose.STRIPE})),
            Account(
                "090",
                "Current account",
                None,
                frozenset({Purpose.STRIPE, Purpose.BANK, Purpose.PAYOUTS}),
            ),
            Account("404", "Bank fees", None, frozenset({Purpose.FEES})),
        ]

    def pdf(self, invoice: Ref) -> bytes:
        if invoice.id == "1002":
            raise RetryLaterError(60, "too many calls")
        return b"%PDF-1.4 of " + invoice.id.encode()


class NoPost:
    """A channel that may not be used: pages plan messages, the worker sends them."""

    def send(self, *_: object) -> str:
        raise AssertionError("a page sent a message")

    def ask(self, *_: object) -> str:
        raise AssertionError("a page asked a payer")


@dataclass
class House:
    """The application and what is behind it."""

    app: Flask
    site: Site
    sessions: Sessions
    clock: list[datetime]
    ids: dict[str, int] = field(default_factory=dict)
    nonces: Iterator[int] = field(default_factory=itertools.count)

    def client(self, email: str = "") -> FlaskClient:
        """Give a browser, signed in when an address is given."""
        browser = self.app.test_client()
        if email:
            self.post(browser, self.link(email, f"nonce {next(self.nonces)}"))
        return browser

    def link(self, email: str, nonce: str) -> str:
        whole = make_link(
            secret_key=SECRET,
            public_url=self.site.public_url,
            email=email,
            nonce=nonce,
            moment=self.clock[0],
        )
        return whole.removeprefix(self.site.public_url)

    @staticmethod
    def token(browser: FlaskClient, page: str = "/sign-in") -> str:
        """Read the CSRF token out of a page's form, as a browser would."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
        assert found is not None, page
        return found[1]

    def post(
        self, browser: FlaskClient, path: str, form: dict[str, Any] | None = None, **more: Any
    ) -> TestResponse:
        """Post a form with the token a page gave."""
        other = ("/sign-in/demo", "/sign-in/with/")
        has_form = path.startswith("/sign-in/") and not path.startswith(other)
        token = self.token(browser, path if has_form else "/quickbooks/reconnect")
        return browser.post(path, data={**(form or {}), "csrf_token": token}, **more)


@contextmanager
def open_house(
    folder: Path, *, public_url: str = "http://127.0.0.1:8710", demo_email: str = ""
) -> Iterator[House]:
    """Make the pages over a fresh store with three organisations; HOME is full of work."""
    whole, kept = _furnished()
    ids = dict(kept)
    (folder / "house.db").write_bytes(whole)
    engine = open_engine(f"sqlite:///{folder / 'house.db'}")
    sessions = open_sessions(engine, KEYS)
    clock = [NOW]
    numbers = itertools.count(1)

    def now() -> datetime:
        return clock[0]

    site = Site(
        tools=Tools(
            sessions=sessions,
            clock=now,
            open_books=LedgerAccounts,  # type: ignore[arg-type]  # pages ask for little
            channel=NoPost(),
            closed=lambda _day, _country: False,
            owner="test",
            ask_links=AskLinks("a secret of the tests", public_url),
        ),
        opener=Opener(
            sessions=sessions,
            providers=PROVIDERS,
            clients={
                name: Client(
                    f"{name}-app",
                    "secret",
                    f"{public_url}/connect/{name}/callback",
                    sign_in_uri=f"{public_url}/sign-in/with/{name}/callback",
                )
                for name in PROVIDERS
            },
            wires={
                name: Wire(
                    {"login": f"https://login.{name}.test", "identity": "http://127.0.0.1:9"}
                )
                for name in PROVIDERS
            },
            clock=now,
            ids=lambda: f"organisation-{next(numbers)}",
            secret=lambda: f"secret-{next(numbers):043d}",
            gate=lambda _: None,  # type: ignore[arg-type, return-value]  # nothing is called
            owner="test",
            wait=lambda _: None,
        ),
        secret_key=SECRET,
        public_url=public_url,
        demo_email=demo_email,
    )
    yield House(make_pages(site), site, sessions, clock, ids)
    engine.dispose()


@cache
def _furnished() -> tuple[bytes, tuple[tuple[str, int], ...]]:
    """Furnish a house once per process; every test gets a copy of its database."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "house.db"
        engine = open_engine(f"sqlite:///{file}")
        migrate(engine)
        sessions = open_sessions(engine, KEYS)
        with sessions.begin() as s:
            ids = people(s)
        fill(sessions, ids)
        # The last connection to close takes what the log holds into the file.
        engine.dispose()
        return file.read_bytes(), tuple(ids.items())
