"""What cash application compares and what it answers, in whole minor units.

A ledger may hold a million open documents, so that an `Item` is a bare tuple made on demand, and
its amounts are integers in minor units of its one `currency`. Percentages are in hundredths of a
percent (2 % is 200).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ledger.differences import Difference

if TYPE_CHECKING:
    from ledger.documents import Receipt
    from ledger.money import Money


__all__ = [
    "Adjustment",
    "Answer",
    "Cleared",
    "Decision",
    "Difference",
    "ExpectedPayout",
    "Item",
    "Kind",
    "OnAccount",
    "Party",
    "Past",
    "Settlement",
]


class Item(NamedTuple):
    """An invoice or a credit note. `open` is what is left of it, positive for both.

    `net` is the total without tax. `reference` is the payment reference printed on it. The
    discount may be taken by whoever pays until `discount_until`.
    """

    id: str
    number: str
    customer_id: str
    currency: str
    total: int
    net: int
    open: int
    issued: date
    due: date
    credit: bool = False
    po_number: str = ""
    reference: str = ""
    discount_percent: int = 0
    discount_until: date | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as far as payments tell of one."""

    id: str
    name: str
    number: str = ""
    country: str = ""
    aliases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    email_domain: str = ""
    parent_id: str = ""
    withholding_percents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedPayout:
    """A payout of a processor that is on its way to the bank."""

    id: str
    amount: Money
    arrival: date


@dataclass(frozen=True, slots=True)
class Past:
    """A payment that was placed before, and where: what payers and returns are known by."""

    id: str
    payment: Receipt
    customer_id: str
    allocations: tuple[tuple[str, int], ...] = ()


class Kind(StrEnum):
    """What a line of money is."""

    RECEIVABLE = "ar"
    PAYOUT = "payout"
    REVERSAL = "reversal"
    REFUND = "refund"
    NOT_RECEIVABLE = "not_ar"
    UNKNOWN = "unknown"


class Cleared(NamedTuple):
    """How much of a document is cleared, in its currency; negative for a credit note."""

    document_id: str
    amount: int


class Adjustment(NamedTuple):
    """The part of what is cleared that no money came for, in the document's currency."""

    document_id: str
    kind: Difference
    amount: int


class OnAccount(NamedTuple):
    """Money left with a customer, in the payment's currency."""

    customer_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where the money of a payment goes.

    In one currency: cleared - adjustments + on account = the payment, exactly.
    """

    cleared: tuple[Cleared, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    on_account: tuple[OnAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One explanation of a payment: the rule and evidence class behind it, and what speaks for it.

    `facts` are (what, value) pairs a person can check in seconds; `refers_to` is the payout or the
    past payment that it is about, `advice` the one, come apart from it, that lists what is cleared.
    """

    rule: str
    kind: Kind = Kind.RECEIVABLE
    settlement: Settlement = field(default_factory=Settlement)
    refers_to: str = ""
    evidence: str = ""
    confidence: float = 0.0
    facts: tuple[tuple[str, str], ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one payment: `answer` is taken when `apply`, else a person chooses.

    `reason` says, as a code of `rules.reasons`, why a person has to; `rejected` are explanations
    that were weighed and why they were not taken. `unsure` is the evidence class of the first
    suggestion, where nothing but the record of that class speaks against it.
    """

    payment_id: str
    apply: bool
    answer: Answer
    reason: str = ""
    suggestions: tuple[Answer, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    unsure: str = ""
