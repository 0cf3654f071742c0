"""What the bench knows of a made-up business, and how each record is written to a file.

Amounts are whole minor units (two decimals everywhere), percentages hundredths of a percent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

Row = dict[str, Any]


def money(minor: int) -> str:
    """Write an amount of minor units with its two decimals.

    >>> money(-5)
    '-0.05'
    """
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def minor(text: str) -> int:
    """Read a decimal with two places back into minor units.

    >>> minor("-0.05")
    -5
    """
    whole, _, cents = text.lstrip("-").partition(".")
    amount = int(whole) * 100 + int((cents + "00")[:2])
    return -amount if text.startswith("-") else amount


def share(amount: int, percent: int) -> int:
    """Give hundredths of a percent of an amount, half up."""
    return (amount * percent + 5_000) // 10_000


def fraction(percent: int) -> str:
    """Write hundredths of a percent as a fraction with four places.

    >>> fraction(1_000)
    '0.1000'
    """
    return f"{percent // 10_000}.{percent % 10_000:04d}"


def kept(row: Row) -> Row:
    """Leave out what is null, which a reader may not expect to find."""
    return {key: value for key, value in row.items() if value not in (None, [], "")}


@dataclass(slots=True, eq=False)
class Customer:
    """A customer. The fields of the last block are never written: they are the truth behind it."""

    id: str
    number: str
    name: str
    country: str
    currency: str
    domain: str
    aliases: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    parent: Customer | None = None
    withholding: list[int] = field(default_factory=list)

    account: str = ""
    person: str = ""
    terms_days: int = 30
    weight: float = 1.0
    locked: bool = False

    def row(self) -> Row:
        """Write it as a line of the ledger."""
        return kept(
            {
                "type": "customer",
                "id": self.id,
                "number": self.number,
                "name": self.name,
                "country": self.country,
                "aliases": self.aliases,
                "bank_accounts": self.accounts,
                "parent": self.parent.id if self.parent else None,
                "email_domain": self.domain,
                "withholding_rates": [fraction(rate) for rate in self.withholding],
            }
        )


@dataclass(slots=True, eq=False)
class Document:
    """An invoice or credit note. `open` is positive for both; `taken` once a payment means it."""

    id: str
    number: str
    customer: Customer
    issued: date
    due: date
    currency: str
    total: int
    net: int
    open: int
    credit: bool = False
    po: str | None = None
    reference: str | None = None
    percent: int = 0
    until: date | None = None
    taken: bool = False

    @property
    def signed(self) -> int:
        """What is open on it, negative for a credit note."""
        return -self.open if self.credit else self.open

    @property
    def age(self) -> tuple[date, date, str]:
        """What it is ordered by when the oldest is paid first."""
        return self.due, self.issued, self.number

    def discount_on(self, day: date, grace_days: int) -> int:
        """Give the early-payment discount that may still be taken on a day, or 0."""
        if not self.percent or self.until is None or day > self.until + timedelta(days=grace_days):
            return 0
        return share(self.total, self.percent)

    def row(self) -> Row:
        """Write it as a line of the ledger."""
        return kept(
            {
                "type": "credit_note" if self.credit else "invoice",
                "id": self.id,
                "number": self.number,
                "customer_id": self.customer.id,
                "issue_date": self.issued.isoformat(),
                "due_date": self.due.isoformat(),
                "currency": self.currency,
                "total": money(self.total),
                "net": money(self.net),
                "open_amount": money(self.open),
                "status": "open" if self.open else "paid",
                "po_number": self.po,
                "payment_reference": self.reference,
                "discount": self.until
                and {"percent": money(self.percent), "until": self.until.isoformat()},
            }
        )


@dataclass(slots=True)
class Payout:
    """A payout of Stripe on its way to the bank."""

    id: str
    amount: int
    currency: str
    arrival: date
    fees: int
    refunds: int
    count: int
    taken: bool = False

    def row(self) -> Row:
        """Write it as a line of the ledger."""
        return {
            "type": "stripe_payout",
            "id": self.id,
            "amount": money(self.amount),
            "currency": self.currency,
            "arrival_date": self.arrival.isoformat(),
            "gross": money(self.amount + self.fees + self.refunds),
            "fees": money(self.fees),
            "refunds": money(self.refunds),
            "count": self.count,
        }


class Line(NamedTuple):
    """A line of a remittance: what is paid on one document, and what was taken off before."""

    reference: str
    amount: int
    gross: int | None = None
    discount: int | None = None

    def row(self) -> Row:
        """Write it as a part of a payment or an advice."""
        return kept(
            {
                "reference": self.reference,
                "amount": money(self.amount),
                "gross": None if self.gross is None else money(self.gross),
                "discount": money(self.discount) if self.discount else None,
            }
        )


@dataclass(slots=True)
class Payment:
    """A line of a bank statement."""

    id: str
    booked: date
    amount: int
    currency: str
    channel: str
    value: date | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    description: str = ""
    reference: str | None = None
    end_to_end: str | None = None
    structured: str | None = None
    lines: list[Line] = field(default_factory=list)
    original: tuple[int, str] | None = None
    charges: int | None = None
    account: str = "MAIN"

    def row(self) -> Row:
        """Write it as a line of the payments."""
        return kept(
            {
                "type": "payment",
                "id": self.id,
                "booking_date": self.booked.isoformat(),
                "value_date": (self.value or self.booked).isoformat(),
                "amount": money(self.amount),
                "currency": self.currency,
                "account": self.account,
                "channel": self.channel,
                "payer_name": self.payer_name,
                "payer_account": self.payer_account,
                "description": self.description,
                "reference": self.reference,
                "end_to_end_id": self.end_to_end,
                "structured_reference": self.structured,
                "remittance": {"lines": [line.row() for line in self.lines]}
                if self.lines
                else None,
                "original_amount": money(self.original[0]) if self.original else None,
                "original_currency": self.original[1] if self.original else None,
                "charges": None if self.charges is None else money(self.charges),
            }
        )


@dataclass(slots=True)
class Advice:
    """A remittance advice that came apart from its payment."""

    id: str
    received: date
    sender: str
    payer_name: str | None
    total: int
    currency: str
    paid_on: date
    lines: list[Line]

    def row(self) -> Row:
        """Write it as a line of the payments."""
        return kept(
            {
                "type": "advice",
                "id": self.id,
                "received_at": self.received.isoformat(),
                "sender": self.sender,
                "payer_name": self.payer_name,
                "total": money(self.total),
                "currency": self.currency,
                "payment_date": self.paid_on.isoformat(),
                "lines": [line.row() for line in self.lines],
            }
        )


@dataclass(slots=True)
class Past:
    """A payment of before, and what it paid."""

    id: str
    payment: Payment
    customer: Customer
    documents: list[Document]

    def row(self) -> Row:
        """Write it as a line of the ledger."""
        return {
            "type": "history",
            "id": self.id,
            "payment": self.payment.row(),
            "customer_id": self.customer.id,
            "allocations": [
                {"document_id": one.id, "amount": money(one.total)} for one in self.documents
            ],
        }


@dataclass(slots=True)
class Settled:
    """Where the money of a payment belongs: by document id and by customer id."""

    cleared: dict[str, int] = field(default_factory=dict)
    on_account: dict[str, int] = field(default_factory=dict)
    adjustments: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Label:
    """The truth about one payment.

    `decidable` says whether what is visible allows one answer; `case` is the class it belongs to.
    """

    payment_id: str
    case: str
    kind: str = "ar"
    settled: Settled = field(default_factory=Settled)
    refers_to: str | None = None
    decidable: bool = True

    def row(self) -> Row:
        """Write it as a line of the labels."""
        found = self.settled
        return {
            "payment_id": self.payment_id,
            "class": self.case,
            "kind": self.kind,
            "decidable": self.decidable,
            "allocations": [
                {"document_id": one, "amount": money(amount)}
                for one, amount in found.cleared.items()
            ],
            "adjustments": [
                {"document_id": one, "kind": kind, "amount": money(amount)}
                for one, kind, amount in found.adjustments
            ],
            "on_account": [
                {"customer_id": one, "amount": money(amount)}
                for one, amount in found.on_account.items()
            ],
            "refers_to": self.refers_to,
        }
