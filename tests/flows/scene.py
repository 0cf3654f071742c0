"""One small organisation at the stand-ins, connected by consent, with the product living beside it.

The scene is lived through step by step: what people do in the ledger and at Stripe, webhooks,
work. Faults are drawn by hand: `sky` is the weather of every call, `DieAt` kills the process.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flows import cash
from flows.tools import Tools
from flows.work import drain
from ledger.money import Money
from rules.actions import Portion
from rules.parse import parse
from sandbox.mail import Letter
from sandbox.quickbooks.amounts import to_minor
from sandbox.story.companies import Company
from sandbox.story.event import Bill, Customer, Event
from sandbox.story.hands import QuickBooksBookkeeper, XeroBookkeeper
from store import actions, connections, exceptions, journal, mirror, organisations, rulesets
from store.actions import ActionRow
from store.connections import ConnectionRow
from store.exceptions import ExceptionRow
from tests.conftest import NOW
from tests.flows.stripe_keeper import StripeBookkeeper
from tests.oauth.blank import blank_database
from worlds import town as towns
from worlds.accountant import Accountant
from worlds.clock import WorldClock
from worlds.crash import Crash, Doom

XERO = Company("ash", "xero", "Ash & Alder Ltd", "Europe/London", "GB", ("GBP", "EUR"), "AA-", 14)
STRIPE = Company("oak", "stripe", "Oak Ltd", "Europe/London", "GB", ("GBP",), "OK-", 14)
QUICKBOOKS = Company("elm", "quickbooks", "Elm Inc", "Europe/London", "GB", ("GBP",), "EL-", 14)
TODAY = NOW.date()


class DieAt(Doom):
    """Kills the process at the n-th pass of one point."""

    def __init__(self, point: str, nth: int = 1) -> None:
        super().__init__(Random(0))  # noqa: S311 - nothing is drawn from it
        self.point = point
        self.nth = nth

    def __call__(self, point: str) -> None:
        self.passed[point] += 1
        if point == self.point and self.passed[point] == self.nth and not self.dead:
            self.die(point)


@dataclass
class Weather:
    """What happens to the next calls: the first entry that fits a call is used up by it."""

    ahead: list[tuple[str, str, str, str]] = field(default_factory=list)
    always: list[tuple[str, str, str, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, host: str, method: str, path: str) -> str | None:
        """Say what happens to one call, as the weather of the streets."""
        for one in (*self.ahead, *self.always):
            vendor, verb, part, word = one
            if vendor in host and verb in ("", method) and part in path:
                if one in self.ahead:
                    self.ahead.remove(one)
                self.seen[word] += 1
                return word
        return None

    def next(self, word: str, vendor: str = "", method: str = "", path: str = "") -> None:
        """Let one call meet this weather."""
        self.ahead.append((vendor, method, path, word))

    def stay(self, word: str, vendor: str = "", method: str = "", path: str = "") -> None:
        """Let every call meet this weather until `clear`."""
        self.always.append((vendor, method, path, word))

    def clear(self) -> None:
        """Let the sun shine."""
        self.ahead.clear()
        self.always.clear()


@dataclass(repr=False)
class Scene:
    """An organisation, its books at a stand-in, its Stripe account, and the product."""

    town: towns.Town
    sky: Weather
    company: Company
    organisation_id: int = 0
    account: str = ""
    customers: dict[str, str] = field(default_factory=dict)
    keeper: XeroBookkeeper | QuickBooksBookkeeper | StripeBookkeeper = field(init=False)
    accountant: Accountant = field(init=False)

    def __post_init__(self) -> None:
        if self.company.provider == "xero":
            self.keeper = XeroBookkeeper(self.town.xero, self.company)
        elif self.company.provider == "stripe":
            self.keeper = StripeBookkeeper(self.town.stripe, self.company)
        else:
            self.keeper = QuickBooksBookkeeper(self.town.quickbooks, self.company)
        self.accountant = Accountant(self.town)
        self.accountant.sign_in()

    # What people do outside.

    def customer(self, name: str = "Acme", email: str = "pay@acme.example") -> str:
        """Add a customer once and give its id."""
        if name not in self.customers:
            told = Customer(self.company.key, name, email, "GBP", has_email=bool(email))
            self.customers[name] = self.keeper.add_customer(told)
        return self.customers[name]

    def invoice(
        self,
        number: str,
        minor: int = 10_000,
        *,
        overdue: int = 7,
        customer: str = "Acme",
        email: str = "pay@acme.example",
        currency: str = "GBP",
    ) -> str:
        """Raise an invoice that is `overdue` days late today; gives its id."""
        due = self.today - timedelta(days=overdue)
        day = due - timedelta(days=14)
        bill = Bill(self.company.key, number, customer, day, due, minor, currency)
        return self.keeper.raise_invoice(bill, self.customer(customer, email))

    def number(self, invoice_id: str) -> str:
        """Give an invoice's number as the mirror knows it."""
        with self.tools.sessions() as s:
            found = mirror.invoice(s, self.organisation_id, invoice_id)
        assert found is not None
        return found.number

    def receipt(
        self, minor: int, text: str = "", *, customer: str = "Acme", currency: str = "GBP"
    ) -> str:
        """Record bank money in the ledger that nobody has placed; gives its id."""
        event = Event(
            at=self.town.clock(),
            company=self.company.key,
            kind="receipt",
            minor=minor,
            currency=currency,
            text=text,
        )
        return self.keeper.receive(self.customer(customer), event, self.today)

    def card(self, minor: int, number: str = "", **more: Any) -> str:
        """Take a card payment at Stripe, naming an invoice; gives its id."""
        named = {"ar_invoice_number": number} if number else {}
        return self.town.stripe.take_payment(
            self.account, minor, more.pop("currency", "gbp"), metadata=named, **more
        )

    def card_of(self, customer: str, minor: int) -> str:
        """Take a payment of a customer of the books, where Stripe keeps them; gives its id."""
        return self.town.stripe.take_payment(
            self.keeper.tenant, minor, "gbp", customer=self.customer(customer)
        )

    def portion(self, invoice_id: str, minor: int) -> Portion:
        """Make a part of a receipt that pays an invoice."""
        return Portion(invoice_id, self.number(invoice_id), Money(minor, "GBP"))

    # The ledger's own books, as the judge.

    def balance(self, invoice_id: str) -> int:
        """Say what is open on an invoice in the ledger, in minor units."""
        return self.keeper.open_minor(invoice_id)

    def payments(self, invoice_id: str) -> list[int]:
        """List what was set against an invoice in the ledger and still is, in minor units."""
        tenant = self.keeper.tenant
        if isinstance(self.keeper, StripeBookkeeper):
            return self.keeper.payments(invoice_id)
        if isinstance(self.keeper, XeroBookkeeper):
            xero = self.town.xero
            return [
                *(
                    one["amount"]
                    for one in xero.payments(tenant)
                    if one["target"] == invoice_id and not one["deleted"]
                ),
                *(
                    one["amount"]
                    for one in xero.allocations(tenant)
                    if one["invoice"] == invoice_id and not one["deleted"]
                ),
            ]
        return [
            to_minor(line["Amount"], "GBP")
            for payment in self.town.quickbooks.payments(tenant)
            for line in payment.get("Line", [])
            if {"TxnId": invoice_id, "TxnType": "Invoice"} in line["LinkedTxn"]
        ]

    def notes(self, document_id: str) -> list[str]:
        """List the notes on a document of the ledger."""
        if isinstance(self.keeper, StripeBookkeeper):
            return self.keeper.notes(document_id)
        standin = self.town.xero if self.company.provider == "xero" else self.town.quickbooks
        return [text for _, key, text, _ in standin.notes(self.keeper.tenant) if key == document_id]

    @property
    def mail(self) -> list[Letter]:
        """Every mail that arrived."""
        return self.town.mailbox.messages()

    # The product.

    @property
    def today(self) -> date:
        return self.town.clock().date()

    @property
    def now(self) -> datetime:
        return self.town.clock()

    @property
    def tools(self) -> Tools:
        return self.town.house.tools

    def live(self, **span: float) -> None:
        """Let the world run for a while."""
        self.town.live_until(self.now + timedelta(**span))

    def connect(self, *, stripe: bool = False) -> None:
        """Connect the books, and the Stripe account, through the vendors' pages."""
        self.organisation_id = self.accountant.connect(self.company, self.keeper.tenant)
        # Within one simulated second QuickBooks takes ten calls, and then wants a minute's rest.
        self.live(minutes=2)
        if stripe:
            if not self.account:
                self.account = self.town.stripe.add_account("Ash", "gbp")
            into = "Stripe" if self.company.provider == "xero" else "Checking"
            self.accountant.connect_stripe(self.organisation_id, self.account, {"stripe": into})
            self.live(minutes=1)

    def rules(self, **tables: dict[str, Any]) -> None:
        """Put other rules in force, as the settings page does, and look at once."""
        with self.tools.sessions.begin() as s:
            wanted = deepcopy(dict(rulesets.current(s, self.organisation_id).mapping))
            for name, table in tables.items():
                wanted[name] = {**wanted.get(name, {}), **table}
            parse(wanted)
            rulesets.save(s, self.organisation_id, wanted, "test", self.now)
            if wanted.get("dunning", {}).get("mode", "preview") != "preview":
                organisations.set_live(s, self.organisation_id, self.today)
        self.look()

    def look(self) -> None:
        """Have the rules look at once."""
        with self.tools.sessions.begin() as s:
            connections.set_next(s, self.books.id, tick_at=self.now, match_at=self.now)

    def pulse(self) -> None:
        """Let a worker walk and work the books once, with what webhooks told."""
        self.town.deliver()
        with self.tools.sessions.begin() as s:
            connections.want_sync(s, self.books.id, self.now)
        self.drain()

    def drain(self, connection: ConnectionRow | None = None) -> bool:
        """Do what is due for the books (or another connection) now; no webhook comes meanwhile."""
        return drain(self.tools, (connection or self.books).id)

    @property
    def books(self) -> ConnectionRow:
        with self.tools.sessions() as s:
            return connections.of_organisation(s, self.organisation_id)[0]

    @property
    def stripe(self) -> ConnectionRow:
        with self.tools.sessions() as s:
            return connections.of_organisation(s, self.organisation_id)[1]

    def approve(self) -> None:
        """Let the one application that waits go, as a person does."""
        with self.tools.sessions.begin() as s:
            [row] = [one for one in actions.waiting(s, self.organisation_id) if one.kind == "apply"]
            cash.approve(s, self.organisation_id, row.id, who="ann", now=self.now)

    def undo(self, who: str = "ann") -> ActionRow:
        """Take the newest application apart, as a person does."""
        with self.tools.sessions.begin() as s:
            [*_, row] = self.actions("apply", "done")
            return cash.undo(s, self.organisation_id, row.id, who=who, now=self.now)

    def actions(self, kind: str, *states: str) -> list[ActionRow]:
        """List actions of a kind, in some states or all, oldest first."""
        known = ("planned", "waiting", "doing", "done", "unknown", "refused", "cancelled")
        with self.tools.sessions() as s:
            rows = [
                row
                for state in states or known
                for row in actions.in_state(s, self.organisation_id, state)
                if row.kind == kind
            ]
        return sorted(rows, key=lambda row: row.id)

    def action(self, kind: str) -> ActionRow:
        """Give the only action of a kind."""
        [row] = self.actions(kind)
        return row

    def exceptions(self, kind: str = "") -> list[ExceptionRow]:
        """List the open exceptions, of one kind or all."""
        with self.tools.sessions() as s:
            rows = exceptions.list_open(s, self.organisation_id)
        return [row for row in rows if kind in ("", row.kind)]

    def told(self, action_id: int) -> list[str]:
        """List what the journal tells of an action, in order."""
        with self.tools.sessions() as s:
            assert journal.verify(s, self.organisation_id) >= 0
            entries = journal.read(s, self.organisation_id, limit=1000)
        told = sorted(entries, key=lambda one: one.seq)
        return [one.entry for one in told if one.action_id == action_id]

    def mirrored(self, invoice_id: str) -> int | None:
        """Say what the mirror holds open on an invoice, in minor units."""
        with self.tools.sessions() as s:
            found = mirror.invoice(s, self.organisation_id, invoice_id)
        return None if found is None else found.balance.minor

    # Crashes.

    @contextmanager
    def dying(self, point: str, nth: int = 1) -> Iterator[DieAt]:
        """Let the process die at a point, and start the next one at the end."""
        doom = DieAt(point, nth)
        assert self.town.streets is not None
        self.town.streets.die = doom.die
        with doom.watching():
            with suppress(Crash):
                yield doom
            assert doom.dead, f"{point} was passed {doom.passed[point]} times"
            doom.born()
            self.restart()
        self.town.streets.die = lambda _point: None

    def restart(self) -> None:
        """Start the product again on what the last process left."""
        self.town.house.engine.dispose()
        self.town.clock.wait(5)
        self.town.move_in(f"{self.tools.owner}'")


_numbers = itertools.count()


@contextmanager
def raised(folder: Path, company: Company = XERO) -> Iterator[Scene]:
    """Raise a town inside the process with one organisation's books, not yet connected."""
    drawn = itertools.count()
    name = next(_numbers)

    def chance() -> str:
        return hashlib.sha256(f"{name} {next(drawn)}".encode()).hexdigest()[:43]

    sky = Weather()
    blank_database(folder / "dunnock.db")
    town = towns.inside(folder, WorldClock(NOW), chance, "worker", sky)
    scene = Scene(town, sky, company)
    yield scene
    town.house.engine.dispose()
