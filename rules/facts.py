"""What the rules are told: everything a decision may rest on, gathered by the flows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from ledger.differences import Difference
    from ledger.documents import CreditNote, Customer, Invoice, Organisation, Position, Receipt
    from ledger.remittances import Remittance


@dataclass(frozen=True, slots=True)
class Hold:
    """A dunning block somebody set. `invoice_id` None holds the whole customer.

    `kind` is one of the words of `hold_when`: disputed, promise_open, dunning_block, …; without
    `until` it holds until it is released.
    """

    customer_id: str
    kind: str
    reason: str
    invoice_id: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Contacted:
    """A reminder that went out (or may have: an unconfirmed send counts) about one invoice."""

    customer_id: str
    invoice_id: str
    step: str
    level: int
    day: date


@dataclass(frozen=True, slots=True)
class DunningFacts:
    """Everything known of one customer when its reminders are decided.

    `position` holds the open documents and when they were read. `possible_payments` are receipts
    not yet applied whose evidence points, or may point, at this customer; `told` gives by the id of
    one the day it was told, where that was later than it came in. `first_seen` says when
    an invoice could first have been delivered (its send, or the day it appeared in the ledger).
    `skipped` holds (invoice id, step) pairs that catch-up closed for good. `unread` names the
    documents that could not be read and may change what the customer owes.
    """

    organisation: Organisation
    position: Position
    holds: tuple[Hold, ...] = ()
    contacted: tuple[Contacted, ...] = ()
    possible_payments: tuple[Receipt, ...] = ()
    told: Mapping[str, date] = field(default_factory=dict)
    first_seen: Mapping[str, date] = field(default_factory=dict)
    skipped: frozenset[tuple[str, str]] = frozenset()
    live_since: date | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """What confirmed history taught: this form of name or account belongs to this customer."""

    form: str
    customer_id: str
    confirmations: int


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """Everything known when receipts are matched: all of one organisation's, at one moment.

    `undone` holds (receipt id, invoice id) pairs a person took apart. `tenant_id` is the vendor's
    id of this organisation, `own_names` are what it is called. `bookable` are the differences that
    the ledger can book, to accounts that were chosen for them. `advices` came apart from payments.
    `confirmations` are per class of evidence how often people found its answers right, and wrong.
    `shared` are the forms of payers of whom a person said that they pay for others. `answered` are
    the receipts, by source and id, whose remittance is what somebody answered to our question;
    `freed` those whose money was in the ledger until somebody took it out there.

    `spoken_for` is what is on its way to documents already, by their ids, in minor units.

    Where a ledger is asked and not read, `invoices` are those that receipts are linked to, and
    there are neither customers nor payers nor credit notes here.
    """

    receipts: tuple[Receipt, ...]
    invoices: tuple[Invoice, ...]
    customers: Mapping[str, Customer]
    payers: tuple[Payer, ...] = ()
    undone: frozenset[tuple[str, str]] = frozenset()
    read_at: datetime | None = None
    tenant_id: str = ""
    credit_notes: tuple[CreditNote, ...] = ()
    own_names: tuple[str, ...] = ()
    bookable: frozenset[Difference] = frozenset()
    advices: tuple[Remittance, ...] = ()
    confirmations: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    answered: frozenset[tuple[str, str]] = frozenset()
    freed: frozenset[tuple[str, str]] = frozenset()
    spoken_for: Mapping[str, int] = field(default_factory=dict)
