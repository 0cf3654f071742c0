"""A merchant's account at the Stripe stand-in, opened through the connector over loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from connector.protocol import Access, Memory, Opening, Wire
from connector.stripe.books import StripeBooks
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
    kept = memory or Memory()
    books = PROVIDER.open(Opening(access, gate, wire, world.clock, memory=kept))
    return Shop(world, books, gate)
