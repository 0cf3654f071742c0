"""A house for the tests of the pages: two members, three organisations, one full of work."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from connector import PROVIDERS
from connector.protocol import Account, Found, Notice, Wire
from flows import bodies, dunning
from flows.tools import Tools
from flows.work import rules_of
from ledger.documents import (
    Customer,
    Invoice,
    Kind,
    Organisation,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.errors import DisconnectedError
from ledger.money import Money
from oauth import Client, Opener
from rules.actions import Apply, Portion, Why
from rules.facts import Hold
from store import (
    actions,
    connections,
    exceptions,
    holds,
    inbox,
    mirror,
    organisations,
    rulesets,
    steps,
)
from store.connections import ConnectionRow, Consented
from store.schema import migrate
from store.seal import Keys
from store.session import Sessions, open_engine, open_sessions
from tests.conftest import NOW
from web import make_pages
from web.sign_in import make_link
from web.site import Site

HOME = "wren-public-id"
FINCH = "finch-public-id"
OTHER = "heron-public-id"
ADA, BOB = "ada@example.com", "bob@example.com"
KEYS = Keys((b"k" * 32,))
SECRET = "a-secret-key-for-tests-only"
# What a ledger may hold and a page must never run.
EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


class LedgerAccounts:
    """The ledger's answer to one question: which accounts money can be booked into."""

    def __init__(self, row: ConnectionRow) -> None:
        self._row = row

    def accounts(self) -> list[Account]:
        if self._row.state != connections.CONNECTED:
            raise DisconnectedError("the consent has ended")
        return [Account("610", "Stripe clearing", "GBP"), Account("090", "Current account")]


class NoPost:
    """A channel that may not be used: pages plan messages, the worker sends them."""

    def send(self, *_: object) -> str:
        raise AssertionError("a page sent a message")


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
        has_form = path.startswith("/sign-in/") and path != "/sign-in/demo"
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
            open_books=LedgerAccounts,  # type: ignore[arg-type]  # pages ask for accounts alone
            channel=NoPost(),
            closed=lambda _day, _country: False,
            owner="test",
        ),
        opener=Opener(
            sessions=sessions,
            providers=PROVIDERS,
            clients={
                name: Client(f"{name}-app", "secret", f"{public_url}/connect/{name}/callback")
                for name in PROVIDERS
            },
            wires={name: Wire({"login": f"https://login.{name}.test"}) for name in PROVIDERS},
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
            ids = _people(s)
        fill(sessions, ids)
        # The last connection to close takes what the log holds into the file.
        engine.dispose()
        return file.read_bytes(), tuple(ids.items())


def _people(s: Session) -> dict[str, int]:
    ids = {}
    for name, public_id, people in (
        ("Wren & Co", HOME, [ADA]),
        ("Finch Ltd", FINCH, [ADA]),
        ("Heron GmbH", OTHER, [BOB]),
    ):
        ids[public_id] = organisations.create(s, name, public_id, NOW)
        for email in people:
            organisations.add_member(s, ids[public_id], email, email.split("@")[0], "admin", NOW)
    return ids


def day(offset: int) -> date:
    return NOW.date() + timedelta(days=offset)


def money(text: str, currency: str = "GBP") -> Money:
    return Money.parse(text, currency)


def customer(key: str, name: str, email: str | None, **more: Any) -> Customer:
    return Customer(Ref(Kind.CUSTOMER, key), name, email, country="GB", **more)


def invoice(key: str, customer_id: str, due: int, amount: str, **more: Any) -> Invoice:
    made = Invoice(
        ref=Ref(Kind.INVOICE, key),
        number=more.pop("number", f"INV-{key}"),
        customer_id=customer_id,
        issued=day(due - 30),
        due=day(due),
        total=money(amount, more.pop("currency", "GBP")),
        balance=money(amount),
        status=Status.OPEN,
        version="1",
    )
    return replace(made, balance=made.total, **more)


def receipt(key: str, amount: str, **more: Any) -> Receipt:
    return Receipt(
        ref=Ref(Kind.RECEIPT, key),
        source=more.pop("source", Source.LEDGER),
        received=day(-1),
        amount=money(amount),
        unapplied=money(amount),
        status=Status.OPEN,
        version="1",
        **more,
    )


DOCUMENTS = (
    customer("c1", "Robin Bakery Ltd", "accounts@robin.example", emails_cc=("md@robin.example",)),
    customer("c2", "Wagtail Logistics", "ap@wagtail.example"),
    customer("c3", "Nightjar Studio", None),
    customer("c4", f"Cuckoo {EVIL}", "cuckoo@cuckoo.example"),
    customer("c5", "Goldcrest Design", "hello@goldcrest.example"),
    invoice("1001", "c1", -7, "1240.00", reference="PO 4711"),
    invoice("1002", "c1", -14, "380.50"),
    invoice("1003", "c2", 0, "9600.00"),
    invoice("1004", "c2", -15, "420.00", disputed=True),
    invoice("1005", "c3", -20, "75.00"),
    invoice("1006", "c4", -8, "250.00", number=f"INV-1006 {EVIL}", reference=EVIL),
    invoice("1007", "c5", 20, "512.40"),
    invoice("1008", "c5", 21, "512.40"),
    invoice("1009", "c5", -31, "88.00"),
    invoice("1010", "c2", 3, "1800.00", currency="EUR"),
    replace(invoice("1000", "c1", -60, "99.00"), balance=money("0.00"), status=Status.PAID),
    receipt("r1", "420.00", customer_id="c2", reference="INV-1004"),
    receipt("r3", "31.07", text=f"BACS {EVIL}", payer_name=EVIL),
)
PAYMENTS = (receipt("pi_2", "512.40", source=Source.STRIPE, payer_email="hello@goldcrest.example"),)


def _kept(documents: tuple[Any, ...]) -> list[Found]:
    return [Found(one, f'{{"Id": "{one.ref.id}", "Name": "<b>raw</b>"}}') for one in documents]


def fill(sessions: Sessions, ids: dict[str, int]) -> None:
    """Fill HOME with documents, decisions and troubles, through the store as the flows do."""
    ours = ids[HOME]
    with sessions.begin() as s:
        for number, (provider, role, title) in enumerate(
            (("quickbooks", "books", "Wren & Co books"), ("stripe", "payments", "Wren shop"))
        ):
            consented = Consented(provider, role, f"tenant-{number}", title)
            ids[provider] = connections.connect(s, ours, consented, NOW)
            connections.save_cursor(
                s, ids[provider], cursor="c", seen=17, total=17, done=True, now=NOW
            )
        organisations.save_ledger(
            s, ours, Organisation("Wren & Co", "GBP", "Europe/London", "GB", ("GBP", "EUR"))
        )
        mirror.save(s, ours, ids["quickbooks"], _kept(DOCUMENTS), NOW - timedelta(days=40))
        mirror.save(s, ours, ids["stripe"], _kept(PAYMENTS), NOW)
        rulesets.save(s, ours, {"dunning": {"mode": "approve", "min_gap_days": 1}}, ADA, NOW)
        organisations.set_live(s, ours, day(-90))
    with sessions.begin() as s:
        ids["reminder"] = _reminders(s, ours, ids["quickbooks"])
        ids["applied"] = _application(s, ours, ids["quickbooks"])
        _troubles(s, ours, ids)
        holds.place(s, ours, Hold("c2", "disputed", f"Goods broken {EVIL}", "1004"), ADA, NOW)


def _plan(s: Session, ours: int, kind: str, subject: str, **more: Any) -> int:
    row = actions.plan(
        s,
        ours,
        kind=kind,
        subject=subject,
        next_at=NOW,
        now=NOW,
        who="dunnock",
        **{"why": f"planned {kind}", "claims": (), "day": None, **more},
    )
    assert row is not None
    return row.id


def _reminders(s: Session, ours: int, books: int) -> int:
    """Plan one of the messages that the rules want, as approval mode does."""
    organisation = organisations.get(s, ours)
    found = dunning.preview(s, organisation, rules_of(s, ours), NOW, lambda _day, _country: False)
    wanted = next(one for one in found.reminders if one.customer_id == "c1")
    more = {"body": bodies.reminder(wanted), "connection_id": books, "day": wanted.day}
    return _plan(
        s,
        ours,
        "remind",
        "customer:c1",
        key=wanted.key,
        claims=wanted.claims,
        state="waiting",
        **more,
    )


def _application(s: Session, ours: int, books: int) -> int:
    """Carry out one application, as a person's choice, so that it can be undone."""
    apply = Apply(
        source=Source.LEDGER,
        receipt_id="r0",
        customer_id="c1",
        portions=(Portion("1000", "INV-1000", money("99.00")),),
        left=money("0.00"),
        automatic=True,
        why=Why("reference_and_amount", 1, (("reference", "INV-1000"), ("amount", "99.00 GBP"))),
    )
    action_id = _plan(
        s,
        ours,
        "apply",
        "receipt:ledger:r0",
        key=apply.key,
        body=bodies.application(apply),
        state="planned",
        connection_id=books,
    )
    assert actions.begin(s, ours, action_id, attempts=0, owner="test", now=NOW)
    outcome = {"holder_id": "p9", "parts": []}
    actions.close(s, ours, action_id, state="done", outcome=outcome, now=NOW, text="applied")
    return action_id


def _troubles(s: Session, ours: int, ids: dict[str, int]) -> None:
    """Leave a send in doubt, a refused write, a dead delivery and a receipt nobody could place."""
    reminder = bodies.read_reminder(actions.waiting(s, ours)[0].body)
    unsure = replace(reminder, customer_id="c5", to="hello@goldcrest.example")
    unsure = replace(unsure, lines=(replace(reminder.lines[0], invoice_id="1009"),))
    ids["unsure"] = _plan(
        s,
        ours,
        "remind",
        "customer:c5",
        key="unsure",
        body=bodies.reminder(unsure),
        state="planned",
        day=day(0),
    )
    steps.record(
        s,
        ours,
        customer_id="c5",
        invoice_id="1009",
        step=unsure.lines[0].step,
        level=1,
        day=day(-1),
        action_id=ids["unsure"],
        state="sent",
    )
    ids["refused"] = _plan(
        s, ours, "note", "invoice:1001", key="refused", body={"text": "a note"}, state="planned"
    )
    for name, state in (("unsure", "unknown"), ("refused", "refused")):
        assert actions.begin(s, ours, ids[name], attempts=0, owner="test", now=NOW)
        actions.close(s, ours, ids[name], state=state, outcome={}, now=NOW, text=state)
    arrival = Notice("evt-1", "tenant-0", Kind.INVOICE, "1001", "update", raw="{}")
    inbox.keep(s, "quickbooks", [arrival], NOW)
    dead = inbox.take_new(s, ids["quickbooks"], NOW, 1)[0]
    ids["delivery"] = dead.id
    inbox.failed(s, dead.id, NOW, f"cannot be read {EVIL}", attempts_max=1)
    ids["unsure row"] = _trouble(
        s, ours, "unconfirmed_send", f"action:{ids['unsure']}", ids["unsure"]
    )
    ids["refused row"] = _trouble(s, ours, "refused", f"action:{ids['refused']}", ids["refused"])
    ids["match row"] = _trouble(s, ours, "unmatched_receipt", "receipt:ledger:r3", None)


def _trouble(s: Session, ours: int, kind: str, subject: str, action_id: int | None) -> int:
    return exceptions.open_exception(
        s,
        ours,
        kind=kind,
        subject=subject,
        title=f"Trouble: {kind.replace('_', ' ')}",
        detail=f"The cause {EVIL}",
        fix="Look into it, then say which it was.",
        now=NOW,
        action_id=action_id,
    )
