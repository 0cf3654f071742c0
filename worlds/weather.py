"""The weather of a world: seeded faults on every call, every delivery and every mail.

Harsher than life, and over early enough for the world to come to rest. Everything injected is
counted by kind.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.mail import Mailbox, MailFault
from worlds.crash import Crash, Doom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from email.message import EmailMessage
    from random import Random

    from sandbox.shelf import Shelf
    from worlds.clock import WorldClock

Odds = tuple[tuple[str, float], ...]

# What may happen to a call that asks, and to one that changes something. `lost` never arrives;
# `unanswered` and `reset` are carried out and their answer is lost; `html` and `empty` are carried
# out, and something on the way answers 200 in the vendor's stead; `killed` is carried out and the
# product's process dies while it waits for the answer.
READS: Odds = (
    ("429", 0.006),
    ("500", 0.004),
    ("503", 0.004),
    ("lost", 0.004),
    ("unanswered", 0.003),
    ("reset", 0.002),
    ("html", 0.001),
    ("empty", 0.001),
    ("killed", 0.001),
)
WRITES: Odds = (
    ("429", 0.03),
    ("500", 0.03),
    ("503", 0.02),
    ("lost", 0.02),
    ("unanswered", 0.05),
    ("reset", 0.02),
    ("html", 0.01),
    ("empty", 0.01),
    ("killed", 0.02),
)
# Refreshing tokens is the most frequent write and has its own odds.
TOKENS: Odds = (
    ("429", 0.004),
    ("500", 0.006),
    ("503", 0.006),
    ("lost", 0.006),
    ("unanswered", 0.006),
    ("reset", 0.003),
    ("html", 0.002),
    ("empty", 0.002),
    ("killed", 0.004),
)
# QuickBooks answers some failures with status 200.
FAULT_200 = 0.02
# A vendor's outage: how often one begins at a call, and how long it lasts at most.
OUTAGE_RATE = 0.0005
OUTAGE_MINUTES_MAX = 90
# How often somebody acts at a vendor just before the product's call arrives there.
BETWEEN = 0.01

MAIL: Odds = (
    (MailFault.BUSY, 0.02),
    (MailFault.REJECTED, 0.004),
    (MailFault.BUSY_AFTER_DATA, 0.01),
    (MailFault.DROP_KEPT, 0.015),
    (MailFault.DROP_LOST, 0.015),
    ("killed before data", 0.01),
    ("killed after data", 0.015),
)

# What may happen between a vendor and our door. `dropped` was taken by somebody and never came;
# `held` comes later, out of order; `unreachable` is tried again by the vendor's own table.
POST: Odds = (
    ("dropped", 0.04),
    ("twice", 0.06),
    ("held", 0.08),
    ("unreachable", 0.04),
)

TIMEOUT_SECONDS = 20.0
SLOWEST_SECONDS = 0.4

WORD_OF_HOST = {"xero.test": "Xero", "quickbooks.test": "QuickBooks", "stripe.test": "Stripe"}


@dataclass
class Storm:
    """Decides what happens to whatever leaves or reaches the product, and counts it."""

    rng: Random
    clock: WorldClock
    ends: datetime
    tally: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    # Lets somebody act at a vendor, in the middle of the product's work.
    meanwhile: Callable[[], None] = lambda: None
    _outages: dict[str, datetime] = field(default_factory=dict)

    def blows(self) -> bool:
        """Whether anything can happen now."""
        return not self.calm and self.clock() < self.ends

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Let nothing happen for a while, such as while a person goes through consent pages."""
        before, self.calm = self.calm, True
        try:
            yield
        finally:
            self.calm = before

    def draw(self, odds: Odds) -> str | None:
        """Draw what happens by its odds, or None for nothing."""
        chance = self.rng.random()
        for word, rate in odds:
            chance -= rate
            if chance < 0:
                return word
        return None

    def __call__(self, host: str, method: str, path: str) -> str | None:
        """Say what happens to one call, as the weather of the streets."""
        if host not in WORD_OF_HOST or not self.blows():
            return None
        self.clock.wait(round(self.rng.uniform(0.02, SLOWEST_SECONDS), 3))
        if self.rng.random() < BETWEEN:
            self.meanwhile()
        word = self._outage(host) or self._drawn(host, method, path)
        if word is None:
            return None
        if word in ("lost", "unanswered"):
            self.clock.wait(TIMEOUT_SECONDS)
        self.count(WORD_OF_HOST[host], _sort(method, path), word)
        return word

    def _drawn(self, host: str, method: str, path: str) -> str | None:
        if "token" in path:
            return self.draw(TOKENS)
        writes = _changes(method, path)
        if host == "quickbooks.test" and writes and self.rng.random() < FAULT_200:
            return "fault200"
        return self.draw(WRITES if writes else READS)

    def _outage(self, host: str) -> str | None:
        now = self.clock()
        if self.rng.random() < OUTAGE_RATE:
            self._outages[host] = now + timedelta(minutes=self.rng.randint(5, OUTAGE_MINUTES_MAX))
        return "503" if now < self._outages.get(host, now) else None

    def count(self, *words: str) -> None:
        """Count one fault under its kind."""
        self.tally[" ".join(words)] += 1


def _sort(method: str, path: str) -> str:
    if "token" in path:
        return "token"
    return "write" if _changes(method, path) else "read"


def _changes(method: str, path: str) -> bool:
    # Only questions are asked by the batch.
    return method not in ("GET", "HEAD") and not path.endswith(("/query", "/batch"))


class StormyMailbox(Mailbox):
    """A mail server in bad weather, and people who act in the moment before a mail goes out."""

    def __init__(self, shelf: Shelf, clock: WorldClock, storm: Storm, doom: Doom) -> None:
        """Keep mails on a shelf; `just_before` is called with each message before it is taken."""
        super().__init__(shelf, clock)
        self._storm = storm
        self._doom = doom
        self.just_before: Callable[[EmailMessage], None] = lambda _message: None

    def send_message(
        self,
        msg: EmailMessage,
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
    ) -> dict[str, tuple[int, bytes]]:
        """Take a message, or fail, or let the product die with it half handed over."""
        self.just_before(msg)
        word = self._storm.draw(MAIL) if self._storm.blows() else None
        if word is not None:
            self._storm.count("mail", word)
        if word == "killed before data":
            self._doom.die("K12")
        if word in list(MailFault):
            self.fail_next(MailFault(word))
        refused = super().send_message(msg, from_addr, to_addrs)
        if word == "killed after data":
            self._doom.die("K13")
        return refused


__all__ = ["POST", "Crash", "Doom", "Storm", "StormyMailbox"]
