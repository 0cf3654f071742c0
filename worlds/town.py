"""A town: the three vendors' stand-ins, a mail server, and the product living among them.

The same town stands on loopback (demo, tests) or wholly inside the process (simulator); either way
the product talks to it through the real SDKs.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from waitress.server import create_server

import house
from config import Config
from connector.protocol import Wire
from flows.work import drain
from sandbox.mail import Mailbox, MailSink
from sandbox.post import over_http
from sandbox.quickbooks.standin import QuickBooksStandIn
from sandbox.shelf import Shelf
from sandbox.stripe.standin import StripeStandIn
from sandbox.xero.standin import XeroStandIn
from store import connections, due, organisations
from worlds.transport import FAIR, LostError, StreetAdapter, StreetPool, Streets

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask

    from sandbox.post import Carrier
    from sandbox.shelf import Post
    from worlds.clock import WorldClock
    from worlds.transport import Weather

DEMO_EMAIL = "accountant@demo.example"
XERO = {"client_id": "xero-app", "client_secret": "xero-app-secret", "key": "xero-hook"}
QUICKBOOKS = {"client_id": "qb-app", "client_secret": "qb-app-secret", "key": "qb-hook"}
STRIPE = {"client_id": "ca_app", "client_secret": "sk_test_app", "key": "whsec_app"}
# A connection that is due and yet gets nothing done must not stop the world.
IDLE_DRAINS_MAX = 3


@dataclass(slots=True)
class Addresses:
    """Where everybody is reached."""

    product: str
    xero: str
    quickbooks: str
    stripe: str
    mail_host: str = "mail.test"
    mail_port: int = 25


@dataclass
class Town:
    """Everything of one world. Make it with `on_loopback` or `inside`."""

    clock: WorldClock
    home: Path
    shelves: dict[str, Shelf]
    addresses: Addresses
    chance: Callable[[], str]
    weather: Weather = FAIR
    streets: Streets | None = None
    xero: XeroStandIn = field(init=False)
    quickbooks: QuickBooksStandIn = field(init=False)
    stripe: StripeStandIn = field(init=False)
    mailbox: Mailbox = field(init=False)
    house: house.House = field(init=False)
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        """Open the stand-ins' books."""
        self.xero = XeroStandIn(
            self.shelves["xero"],
            self.clock,
            client_id=XERO["client_id"],
            client_secret=XERO["client_secret"],
            webhook_key=XERO["key"],
            public_url=self.addresses.xero,
        )
        self.quickbooks = QuickBooksStandIn(
            self.shelves["quickbooks"],
            self.clock,
            client_id=QUICKBOOKS["client_id"],
            client_secret=QUICKBOOKS["client_secret"],
            webhook_key=QUICKBOOKS["key"],
            public_url=self.addresses.quickbooks,
        )
        self.stripe = StripeStandIn(
            self.shelves["stripe"],
            self.clock,
            client_id=STRIPE["client_id"],
            developer_key=STRIPE["client_secret"],
            webhook_secret=STRIPE["key"],
            public_url=self.addresses.stripe,
        )
        self.mailbox = Mailbox(self.shelves["mail"], self.clock)

    def settings(self) -> Config:
        """Write the product's configuration for this town."""
        where = self.addresses
        return Config.model_validate(
            {
                "server": {"public_url": where.product},
                "store": {
                    "url": f"sqlite:///{self.home / 'dunnock.db'}",
                    "key_file": str(self.home / "keys"),
                },
                "mail": {
                    "host": where.mail_host,
                    "port": where.mail_port,
                    "security": "none",
                    "sender": "accounts@dunnock.example",
                },
                "xero": {
                    "client_id": XERO["client_id"],
                    "client_secret": XERO["client_secret"],
                    "webhook_keys": [XERO["key"]],
                    "addresses": dict.fromkeys(("login", "identity", "api"), where.xero),
                },
                "quickbooks": {
                    "client_id": QUICKBOOKS["client_id"],
                    "client_secret": QUICKBOOKS["client_secret"],
                    "webhook_keys": [QUICKBOOKS["key"]],
                    "addresses": dict.fromkeys(
                        ("login", "identity", "revoke", "api"), where.quickbooks
                    ),
                },
                "stripe": {
                    "client_id": STRIPE["client_id"],
                    "developer_key": STRIPE["client_secret"],
                    "webhook_secrets": [STRIPE["key"]],
                    "livemode": False,
                    "addresses": dict.fromkeys(("login", "api", "pay"), where.stripe),
                },
            }
        )

    def move_in(self, owner: str) -> None:
        """Build the product, as a process named `owner` that has just started."""
        settings = self.settings()
        wires: dict[str, Wire] = {}
        mail: Callable[[], Any] | None = None
        if self.streets is not None:
            adapter, pool = StreetAdapter(self.streets), StreetPool(self.streets)
            wires = {
                name: Wire(addresses=addresses, adapter=adapter, pool=pool)
                for name, addresses in (
                    ("xero", settings.xero.addresses),
                    ("quickbooks", settings.quickbooks.addresses),
                    ("stripe", settings.stripe.addresses),
                )
            }
            mail = lambda: self.mailbox  # noqa: E731 - a connection that is always open
        outside = house.Outside(
            clock=self.clock,
            ids=self.chance,
            secret=lambda: self.chance() + self.chance(),
            wait=self.clock.wait,
            owner=owner,
            wires=wires,
            mail=mail,
        )
        self.house = house.build(settings, outside)
        self.app = self.house.pages(demo_email=DEMO_EMAIL)
        if self.streets is not None:
            self.streets.apps = {**self.streets.apps, _host(self.addresses.product): self.app}
        with self.house.sessions.begin() as s:
            connections.free_leases(s)
            organisations.add_person(s, DEMO_EMAIL, "Accountant", self.clock())

    def browser(self) -> requests.Session:
        """Open a browser."""
        session = requests.Session()
        if self.streets is not None:
            session.mount("http://", StreetAdapter(self.streets))
        return session

    def carrier(self, name: str) -> Carrier:
        """Give what carries a vendor's webhooks to the product's door."""
        url = f"{self.addresses.product}/webhooks/{name}"
        if self.streets is None:
            return over_http(url)
        streets = self.streets

        def carry(post: Post) -> int:
            try:
                return streets.call("POST", url, post.headers, post.body).status
            except LostError as error:
                raise OSError from error

        return carry

    def deliver(self) -> int:
        """Carry every webhook that is due; gives how many were accepted."""
        return (
            self.xero.deliver(self.carrier("xero"))
            + self.quickbooks.deliver(self.carrier("quickbooks"))
            + self.stripe.deliver(self.carrier("stripe"))
        )

    def work(self) -> int:
        """Drain every connection that is due now; gives how many were."""
        with self.house.sessions.begin() as s:
            found = due.now_due(s, self.clock())
        for connection_id in found:
            drain(self.house.tools, connection_id)
        return len(found)

    def next_moment(self) -> datetime | None:
        """Say when something is due next, here or at a vendor."""
        with self.house.sessions.begin() as s:
            moments = [due.next_due(s)]
        moments += [
            # Xero keeps what it does not send while the webhook is switched off.
            self.shelves["xero"].next_post() if self.xero.hooks.enabled else None,
            self.quickbooks.next_post(),
            self.stripe.next_moment(),
        ]
        known = [moment for moment in moments if moment is not None]
        return min(known, default=None)

    def live_until(self, moment: datetime) -> None:
        """Let the world run until a moment: webhooks, work, and the time between."""
        idle = 0
        while True:
            before = self.clock()
            busy = self.deliver() + self.work()
            soon = self.next_moment()
            if soon is not None and soon <= self.clock() and self.clock() == before:
                idle = 0 if busy == 0 else idle + 1
                if idle < IDLE_DRAINS_MAX:
                    continue
                # Still due after several tries: whoever holds it up needs time to pass.
                soon = self.clock() + timedelta(seconds=1)
            idle = 0
            if soon is None or soon > moment:
                break
            self.clock.go_to(soon)
        self.clock.go_to(moment)


def _host(url: str) -> str:
    return url.partition("://")[2]


def door() -> socket.socket:
    """Take a free loopback port and keep it: a port that is let go may be gone when needed."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken


def serve(app: Any, at: socket.socket) -> None:  # noqa: ANN401 - any WSGI app
    """Serve an app at a door, in threads that end with the process."""
    server = create_server(app, sockets=[at], threads=4)
    threading.Thread(target=server.run, daemon=True).start()


def on_loopback(home: Path, clock: WorldClock, chance: Callable[[], str], owner: str) -> Town:
    """Raise a town on free loopback ports, its books in files below `home`."""
    home.mkdir(parents=True, exist_ok=True)
    shelves = {
        name: Shelf(str(home / f"{name}.db")) for name in ("xero", "quickbooks", "stripe", "mail")
    }
    doors = {name: door() for name in ("product", "xero", "quickbooks", "stripe")}
    sink = MailSink(Mailbox(shelves["mail"], clock))
    sink.start()
    addresses = Addresses(
        **{name: f"http://127.0.0.1:{at.getsockname()[1]}" for name, at in doors.items()},
        mail_host=sink.host,
        mail_port=sink.port,
    )
    town = Town(clock, home, shelves, addresses, chance)
    for name in ("xero", "quickbooks", "stripe"):
        serve(getattr(town, name).app, doors[name])
    town.move_in(owner)
    serve(town.app, doors["product"])
    return town


def inside(
    home: Path, clock: WorldClock, chance: Callable[[], str], owner: str, weather: Weather = FAIR
) -> Town:
    """Raise a town inside the process, its books in memory; the product's store is in `home`."""
    addresses = Addresses(
        product="http://localhost",
        xero="http://xero.test",
        quickbooks="http://quickbooks.test",
        stripe="http://stripe.test",
    )
    streets = Streets({}, weather)
    shelves = {name: Shelf() for name in ("xero", "quickbooks", "stripe", "mail")}
    town = Town(clock, home, shelves, addresses, chance, weather, streets)
    streets.apps = {
        "xero.test": town.xero.app,
        "quickbooks.test": town.quickbooks.app,
        "stripe.test": town.stripe.app,
    }
    town.move_in(owner)
    return town
