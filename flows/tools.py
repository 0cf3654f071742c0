"""What the hands hold: everything a flow needs from outside, handed in once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session, sessionmaker

    from connector.protocol import Books
    from flows.ask_links import AskLinks
    from flows.pay_links import PayLinks
    from ledger.days import Clock
    from ledger.documents import Customer, Organisation
    from rules.actions import AskPayer, SendReminder
    from store.connections import ConnectionRow

Closed = Callable[[date, str | None], bool]


class Channel(Protocol):
    """A way to reach a customer. Raises the errors of `ledger.errors`."""

    def send(
        self, reminder: SendReminder, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Send one reminder; gives the message's own id, made from `key`."""

    def ask(
        self, question: AskPayer, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Ask a payer what a payment is for; gives the message's own id, made from `key`."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are looked at, and how long a leftover waits."""

    # Webhooks tell within seconds; this finds what they missed.
    sync_every: timedelta = timedelta(hours=12)
    sweep_every: timedelta = timedelta(days=1)
    look_again: timedelta = timedelta(minutes=1)
    lease: timedelta = timedelta(seconds=120)
    attempts_max: int = 6
    inbox_rows_max: int = 200
    actions_max: int = 200
    # Pages of a walk in one turn, after which other connections come first.
    pages_max: int = 10


@dataclass(frozen=True, slots=True)
class Tools:
    """Handed to every flow. `closed` says whether a day is a public holiday in a country.

    `owner` names this process in leases. `upkeep` looks after the consents, once a day.
    """

    sessions: sessionmaker[Session]
    clock: Clock
    open_books: Callable[[ConnectionRow], Books]
    channel: Channel
    closed: Closed
    owner: str
    pace: Pace = field(default=Pace())
    upkeep: Callable[[], None] = field(default=lambda: None)
    # Makes the links to pay at; without it reminders carry the ledger's own addresses alone.
    pay_links: PayLinks | None = None
    # Where bank files are laid for us, in a folder for each organisation; None watches nothing.
    watch_folder: Path | None = None
    # Makes the links at which payers say what a payment is for; without it nobody is asked.
    ask_links: AskLinks | None = None
