"""A merchant's account at the Stripe stand-in, opened through the connector over loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from connector.memory import Memory
from connector.protocol import Access, Opening, Role, Wire
from connector.stripe.books import StripeBooks
from connector.stripe.ledger import StripeLedger
from connector.stripe.provider import PROVIDER
from tests.sandbox.stripe_world import Clock, World


@dataclass
class OpenGate:
    """Lets every call through, spaced by 200 ms, and remembers what it was told."""

    clock: Clock
    entered: int = 0
    waits: list[float] = field(default_factory=list)

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        del metered, weight
        self.entered += 1
        self.clock.now += timedelta(milliseconds=200)

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        del remaining
        self.waits.append(retry_after_seconds or 0)


@dataclass
class Shop:
    world: World
    books: StripeBooks
    gate: OpenGate


@dataclass
class Office:
    """The same account as the system of record."""

    world: World
    books: StripeLedger
    gate: OpenGate


def opened(
    world: World,
    token: str,
    *,
    strategy: str = "restricted_key",
    memory: Memory | None = None,
) -> Shop:
    gate = OpenGate(world.clock)
    access = Access(world.shop, token, strategy)
    wire = Wire({"api": world.url}, read_seconds=5)
    remembered = memory or Memory()
    books = PROVIDER.open(Opening(access, gate, wire, world.clock, memory=remembered))
    assert isinstance(books, StripeBooks)
    return Shop(world, books, gate)


def kept(world: World, token: str = "") -> Office:
    """Open the account as books."""
    gate = OpenGate(world.clock)
    token = token or world.stand_in.add_restricted_key(world.shop)
    access = Access(world.shop, token, "restricted_key")
    wire = Wire({"api": world.url, "pay": world.url}, read_seconds=5)
    books = PROVIDER.open(Opening(access, gate, wire, world.clock, role=Role.BOOKS))
    assert isinstance(books, StripeLedger)
    return Office(world, books, gate)
