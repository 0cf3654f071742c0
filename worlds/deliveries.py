"""The way from a vendor to the product's door: lost, doubled, late and out of order.

It also keeps what the door acknowledged, word for word: the list that the inbox is judged by.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from worlds.crash import Crash
from worlds.weather import POST

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.post import Carrier
    from sandbox.shelf import Post
    from worlds.clock import WorldClock
    from worlds.weather import Storm

ACCEPTED = 200
# Stripe's signature ages: a delivery may not be under way for longer than five minutes.
HELD_SECONDS = {"stripe": 240}
HELD_SECONDS_MOST = 2 * 86_400


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A delivery that the door answered with 200."""

    provider: str
    body: bytes
    at: datetime


@dataclass
class PostOffice:
    """Carries deliveries through the storm; `revive` starts the product again after a crash."""

    storm: Storm
    clock: WorldClock
    revive: Callable[[Crash], None]
    acknowledged: list[Acknowledged] = field(default_factory=list)
    dropped: int = 0
    _held: list[tuple[datetime, int, str, Post]] = field(default_factory=list)
    _number: int = 0

    def around(self, name: str, carry: Carrier) -> Carrier:
        """Put the storm between a vendor and a carrier that reaches the door."""

        def through(post: Post) -> int:
            fate = self.storm.draw(POST) if self.storm.blows() else None
            if fate is not None:
                self.storm.count("webhook", fate)
            if fate == "dropped":
                self.dropped += 1
                return ACCEPTED
            if fate == "held":
                self._hold(name, post)
                return ACCEPTED
            if fate == "unreachable":
                raise OSError
            if fate == "twice":
                self._knock(name, carry, post)
            return self._knock(name, carry, post)

        return through

    def _hold(self, name: str, post: Post) -> None:
        most = HELD_SECONDS.get(name, HELD_SECONDS_MOST)
        due = self.clock() + timedelta(seconds=self.storm.rng.randint(1, most))
        self._number += 1
        heapq.heappush(self._held, (due, self._number, name, post))

    def _knock(self, name: str, carry: Carrier, post: Post) -> int:
        """Hand one delivery over; raises OSError when the process died before it could answer."""
        try:
            status = carry(post)
        except Crash as crash:
            self.revive(crash)
            if crash.point != "K3":
                raise OSError from crash
            status = ACCEPTED
        if status == ACCEPTED:
            self.acknowledged.append(Acknowledged(name, post.body, self.clock()))
        return status

    def next_held(self) -> datetime | None:
        """Say when the next held delivery comes through."""
        return self._held[0][0] if self._held else None

    def deliver_held(self, carrier: Callable[[str], Carrier]) -> int:
        """Hand over what was held until now; gives how many were accepted.

        What the door does not take is gone: the vendor believes that it came.
        """
        accepted = 0
        while self._held and self._held[0][0] <= self.clock():
            _due, _number, name, post = heapq.heappop(self._held)
            try:
                accepted += self._knock(name, carrier(name), post) == ACCEPTED
            except OSError:
                self.dropped += 1
        return accepted
