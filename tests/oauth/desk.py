"""A desk for the tests of connecting: a moving clock, three stand-ins on loopback, our store."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from connector import PROVIDERS
from connector.protocol import Wire
from oauth import Asker, Client, Opener
from oauth.consent import Choice, begin, finish
from sandbox.quickbooks import QuickBooksStandIn
from sandbox.shelf import Request, Shelf
from sandbox.stripe import StripeStandIn
from sandbox.xero import XeroStandIn
from store import connections, organisations
from store.connections import ConnectionRow
from store.seal import Keys
from store.session import Sessions, open_engine, open_sessions
from tests.conftest import NOW
from tests.oauth.blank import blank_database

OURS = "http://127.0.0.1:9"
SESSION = "browser-1:1"


@dataclass
class MovingClock:
    """A clock that moves when told to."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


class Numbers:
    """Ids and secrets one after the other, the same in every run; safe for threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._next = itertools.count(1)

    def __call__(self) -> str:
        return f"{self._name}-{next(self._next):043d}"


class FreeGate:
    """A gate that lets everything through; limits have their own tests."""

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        pass

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        pass


class Quiet(WSGIRequestHandler):
    """Writes no line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Stage:
    """A loopback address where one stand-in after the other appears."""

    def __init__(self) -> None:
        self.app: Any = None
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.port}"

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()


Stages = dict[str, Stage]


@dataclass
class Desk:
    """Everything a test of connecting needs."""

    clock: MovingClock
    xero: XeroStandIn
    quickbooks: QuickBooksStandIn
    stripe: StripeStandIn
    wires: dict[str, Wire]
    sessions: Sessions
    asker: Asker = field(default_factory=lambda: Asker(1, "ada@example.com"))
    owner: str = "worker-1"
    waited: list[float] = field(default_factory=list)
    ids: Numbers = field(default_factory=lambda: Numbers("id"))
    secrets: Numbers = field(default_factory=lambda: Numbers("secret"))

    @property
    def opener(self) -> Opener:
        return Opener(
            sessions=self.sessions,
            providers=PROVIDERS,
            clients={
                "xero": self.client("xero"),
                "quickbooks": self.client("quickbooks"),
                "stripe": self.client("stripe", live=False),
            },
            wires=self.wires,
            clock=self.clock,
            ids=self.ids,
            secret=self.secrets,
            gate=lambda _: FreeGate(),
            owner=self.owner,
            wait=self.wait,
        )

    @staticmethod
    def client(name: str, *, live: bool | None = None) -> Client:
        back = f"{OURS}/connect/{name}/callback"
        entry = f"{OURS}/sign-in/with/{name}/callback" if name != "stripe" else ""
        return Client(f"{name}-app", f"{name}-secret", back, live, entry)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.forward(seconds=seconds)

    def agree(self, name: str, address: str, tenant: str) -> dict[str, str]:
        """Be the person at the vendor's page; gives the arguments of the callback."""
        form = {
            "xero": {"decision": "allow", "tenant": tenant},
            "quickbooks": {"decision": "connect", "realm": tenant},
            "stripe": {"account": tenant},
        }[name]
        answer = requests.post(address, data=form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def sign_in(self, name: str, address: str, who: str) -> dict[str, str]:
        """Be the person who signs in at the vendor's page; gives the arguments of the callback."""
        form = {
            "xero": {"decision": "allow", "user": who},
            "quickbooks": {"decision": "connect", "person": who},
        }[name]
        answer = requests.post(address, data=form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def come_back(self, name: str, tenant: str, organisation: int | None = None) -> dict[str, str]:
        """Begin and agree; gives what the browser brings back."""
        return self.agree(name, begin(self.opener, name, SESSION, organisation), tenant)

    def finish(self, name: str, back: dict[str, str]) -> ConnectionRow:
        found = finish(self.opener, name, SESSION, self.asker, back)
        assert not isinstance(found, Choice)
        return found

    def connect(self, name: str, tenant: str, organisation: int | None = None) -> ConnectionRow:
        return self.finish(name, self.come_back(name, tenant, organisation))

    def row(self, connection: ConnectionRow) -> ConnectionRow:
        with self.sessions() as s:
            return connections.get(s, connection.id)

    def stand_in(self, name: str) -> Any:
        return {"xero": self.xero, "quickbooks": self.quickbooks, "stripe": self.stripe}[name]

    def asked(self, name: str, part: str) -> list[Request]:
        """Give the requests a stand-in logged whose path holds `part`."""
        return [one for one in self.stand_in(name).shelf.requests() if part in one.path]

    def token_calls(self) -> int:
        """Count every call to any token endpoint."""
        return len(
            self.asked("xero", "/connect/token")
            + self.asked("quickbooks", "/tokens/bearer")
            + self.asked("stripe", "/oauth/token")
        )

    def kept(self) -> tuple[int, int]:
        """Count the organisations and live connections there are."""
        with self.sessions() as s:
            return len(organisations.all_ids(s)), len(connections.all_live(s))


@contextmanager
def open_desk(folder: Path, stages: Stages) -> Iterator[Desk]:
    """Start the stand-ins and a fresh store with one member who belongs to one organisation."""
    clock = MovingClock()
    xero = XeroStandIn(
        Shelf(), clock, client_id="xero-app", client_secret="xero-secret", webhook_key="xero-key"
    )
    quickbooks = QuickBooksStandIn(
        Shelf(),
        clock,
        client_id="quickbooks-app",
        client_secret="quickbooks-secret",
        webhook_key="quickbooks-key",
        public_url=stages["quickbooks"].address,
    )
    stripe = StripeStandIn(
        Shelf(),
        clock,
        client_id="stripe-app",
        developer_key="stripe-secret",
        webhook_secret="stripe-key",
    )
    engine = open_engine(blank_database(folder / "dunnock.db"))
    sessions = open_sessions(engine, Keys((b"k" * 32,)))
    wires = {}
    apps = {"xero": xero.app, "quickbooks": quickbooks.app, "stripe": stripe.app}
    for name, app in apps.items():
        stages[name].app = app
        address = stages[name].address
        wires[name] = Wire(dict.fromkeys(("api", "identity", "login", "revoke"), address))
    desk = Desk(clock, xero, quickbooks, stripe, wires, sessions)
    with sessions.begin() as s:
        home = organisations.create(s, "Wren & Co", "public-home", NOW)
        member = organisations.add_member(s, home, "ada@example.com", "Ada", "admin", NOW)
    desk.asker = Asker(member, "ada@example.com", home)
    yield desk
    engine.dispose()
    for stand_in in (xero, quickbooks, stripe):
        stand_in.shelf.close()
