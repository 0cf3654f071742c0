"""What a channel is given and what it gives back; the errors are those of `ledger.errors`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.headerregistry import Address
from typing import Protocol

from ledger.documents import Customer, Organisation
from ledger.money import Money


class Line(Protocol):
    """One invoice inside a reminder; `days_overdue` is 0 or less until the day after `due`."""

    @property
    def number(self) -> str:
        """The invoice number as the customer knows it."""

    @property
    def issued(self) -> date:
        """The day of the invoice."""

    @property
    def due(self) -> date:
        """The day it falls due."""

    @property
    def balance(self) -> Money:
        """What is still open of it."""

    @property
    def days_overdue(self) -> int:
        """Days since the due date; not positive before."""

    @property
    def failure(self) -> str:
        """What a failed charge asks of the payer: a word of `ledger.documents.Failure`, or ""."""

    @property
    def pay_url(self) -> str:
        """Where it can be seen and paid online, or ""."""


class Reminder(Protocol):
    """One message about all the invoices of one customer that reached a step on `day`."""

    @property
    def to(self) -> str:
        """The one address it goes to."""

    @property
    def cc(self) -> tuple[str, ...]:
        """Who gets a copy."""

    @property
    def template(self) -> str:
        """The template as rules name it."""

    @property
    def day(self) -> date:
        """The day it was decided for, in the organisation's zone."""

    @property
    def lines(self) -> Sequence[Line]:
        """The invoices it is about; at least one."""

    @property
    def credits(self) -> tuple[Money, ...]:
        """What the customer has on account per currency, not yet set against an invoice."""


class Question(Protocol):
    """Which invoices a payment is for: asked of its payer, who answers at `link`."""

    @property
    def to(self) -> str:
        """The one address it goes to."""

    @property
    def paid(self) -> Money:
        """How much came in that nobody could place."""

    @property
    def received(self) -> date:
        """The day it came in."""

    @property
    def lines(self) -> Sequence[Line]:
        """What the payer has open; at least one."""

    @property
    def link(self) -> str:
        """Where it is answered."""


@dataclass(frozen=True, slots=True)
class Message:
    """A reminder or a question in words, addressed. `id` is the Message-ID, made from the key."""

    id: str
    sender: Address
    reply_to: Address
    to: Address
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str


class Channel(Protocol):
    """A way to reach a customer."""

    def send(
        self, reminder: Reminder, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Send one reminder once; gives the message's own id, made from `key`.

        Raises RefusedError for what was surely not accepted and never will be, RetryLaterError
        for what was surely not accepted now, and UnknownOutcomeError when nobody can tell.
        """

    def ask(
        self, question: Question, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Ask a payer once what a payment is for; gives and raises as `send`."""
