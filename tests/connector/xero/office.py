"""A Xero stand-in with the connector's books opened on it, in the process or on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from connector.protocol import Access, Opening, Wire
from connector.xero import PROVIDER
from connector.xero.books import XeroBooks
from ledger.documents import Purpose
from sandbox.xero import XeroStandIn
from sandbox.xero.limits import Limits
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import Hour
from worlds.transport import StreetPool, Streets

HOST = "xero.test"


@dataclass
class Gate:
    """A gate that lets everything pass and remembers what it was told."""

    entered: int = 0
    metered: int = 0
    patience: list[float] = field(default_factory=list)
    remaining: list[int] = field(default_factory=list)

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        del weight
        self.entered += 1
        self.metered += metered

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        if retry_after_seconds is not None:
            self.patience.append(retry_after_seconds)
        if remaining is not None:
            self.remaining.append(remaining)


@dataclass
class Office:
    """One organisation at the stand-in and our books of it."""

    standin: XeroStandIn
    clock: Hour
    tenant: str
    contact: str
    bank: str
    streets: Streets
    gate: Gate = field(default_factory=Gate)

    @property
    def wire(self) -> Wire:
        address = f"http://{HOST}"
        return Wire(
            addresses=dict.fromkeys(("login", "identity", "api"), address),
            pool=StreetPool(self.streets),
        )

    def access(self, tenant: str = "") -> Access:
        tenant = tenant or self.tenant
        return Access(tenant, xero_desk.connect(self.standin, tenant)["access_token"])

    def opening(self, **other: Any) -> Opening:
        asked: dict[str, Any] = {
            "access": other.pop("access", None) or self.access(),
            "gate": self.gate,
            "wire": self.wire,
            "clock": self.clock,
            "accounts": {Purpose.STRIPE: self.bank, Purpose.BANK: self.bank},
        }
        return Opening(**{**asked, **other})

    def books(self, **other: Any) -> XeroBooks:
        books = PROVIDER.open(self.opening(**other))
        assert isinstance(books, XeroBooks)
        return books

    def weather(self, word: str | None, *, method: str = "") -> None:
        """From now on every call (of a method) meets this weather."""

        def sky(_host: str, called: str, _path: str) -> str | None:
            return word if method in ("", called) else None

        self.streets.weather = sky


def make(**more: Any) -> Office:
    """Make an office without call limits."""
    limits = Limits(per_minute=10_000, per_day=100_000)
    standin, clock = xero_desk.make(**{"limits": limits, **more})
    tenant, contact = xero_desk.harbour(standin)
    bank = standin.add_account(tenant, "Stripe clearing", "880", payments=True)
    return Office(standin, clock, tenant, contact, bank, Streets({HOST: standin.app}))


def replaced(office: Office, *, pool: Any, **other: Any) -> XeroBooks:
    """Open the books through another pool."""
    return office.books(wire=replace(office.wire, pool=pool), **other)


def moment_of(office: Office) -> datetime:
    """Give the stand-in's time."""
    return office.clock.now
