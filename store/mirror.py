"""The mirror: documents as the systems of record last told them, as ledger values.

Invoices, credit notes and customers are those of the organisation's system of record; receipts
are those of every connection. Nothing of a disconnected connection is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from ledger.documents import (
    CreditNote,
    Customer,
    Document,
    Invoice,
    Position,
    Receipt,
    Ref,
    Source,
)
from ledger.money import Money


class Sighting(Protocol):
    """A document with the vendor's own JSON; `connector.protocol.Found` is one."""

    @property
    def document(self) -> Document:
        """The document."""

    @property
    def raw(self) -> str:
        """The vendor's own JSON of it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a save changed; documents merely read again are not in it."""

    refs: tuple[Ref, ...] = ()
    # Customers whose position may be another now.
    customer_ids: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.refs)


@dataclass(frozen=True, slots=True)
class Totals:
    """What is open in one currency: invoices, and credits not yet allocated, apart."""

    invoices: Money
    credits: Money


def save(
    s: Session,
    organisation_id: int,
    connection_id: int,
    found: Iterable[Sighting],
    now: datetime,
) -> Changes:
    """Keep documents; an older state never takes the place of a newer one."""
    raise NotImplementedError


def save_position(
    s: Session, organisation_id: int, connection_id: int, position: Position, now: datetime
) -> Changes:
    """Keep a position just read; what it says is open stays with the raw JSON it had."""
    raise NotImplementedError


def open_invoices(s: Session, organisation_id: int) -> list[Invoice]:
    """List the invoices with something owed."""
    raise NotImplementedError


def invoice(s: Session, organisation_id: int, invoice_id: str) -> Invoice | None:
    """Give an invoice by the vendor's id."""
    raise NotImplementedError


def invoices(s: Session, organisation_id: int, ids: Sequence[str]) -> dict[str, Invoice]:
    """Give several invoices by the vendor's ids."""
    raise NotImplementedError


def invoices_of(s: Session, organisation_id: int, customer_id: str) -> list[Invoice]:
    """List all invoices of a customer, the oldest first."""
    raise NotImplementedError


def customers(s: Session, organisation_id: int) -> dict[str, Customer]:
    """Give every customer by id."""
    raise NotImplementedError


def customer(s: Session, organisation_id: int, customer_id: str) -> Customer | None:
    """Give a customer by the vendor's id."""
    raise NotImplementedError


def receipts_to_match(s: Session, organisation_id: int) -> list[Receipt]:
    """List the receipts, of every connection, with money set against nothing yet."""
    raise NotImplementedError


def receipt(s: Session, organisation_id: int, source: Source, receipt_id: str) -> Receipt | None:
    """Give a receipt by its source and the vendor's id."""
    raise NotImplementedError


def record_applied(
    s: Session, organisation_id: int, source: Source, receipt_id: str, amount: Money
) -> None:
    """Note that so much of a receipt from outside the books was applied in them; negative: undone.

    Stripe or a bank never learns what the ledger did with the money, so its `unapplied` is less
    this from then on. Money seen in the ledger itself needs no note.
    """
    raise NotImplementedError


def credit_notes_open(
    s: Session, organisation_id: int, customer_id: str | None = None
) -> list[CreditNote]:
    """List credit notes with something not yet allocated, perhaps of one customer."""
    raise NotImplementedError


def customers_with_open(s: Session, organisation_id: int) -> list[str]:
    """List the ids of customers with an open invoice."""
    raise NotImplementedError


def first_seen(s: Session, organisation_id: int, invoice_ids: Sequence[str]) -> dict[str, date]:
    """Say on which day each invoice could first have been with the customer."""
    raise NotImplementedError


def open_totals(s: Session, organisation_id: int, connection_id: int) -> dict[str, Totals]:
    """Sum what is open at a connection, by currency."""
    raise NotImplementedError


def open_refs(s: Session, organisation_id: int, connection_id: int) -> list[Ref]:
    """List what the mirror holds as open at a connection, for a sweep to compare with."""
    raise NotImplementedError


def position(
    s: Session, organisation_id: int, customer_id: str, read_at: datetime
) -> Position | None:
    """Give a customer with everything open, from the mirror; None for an unknown customer."""
    raise NotImplementedError


def zones_and_countries(s: Session, organisation_id: int) -> list[tuple[str | None, str | None]]:
    """List the different pairs of zone and country that customers with open invoices have."""
    raise NotImplementedError


def connection_of_receipt(
    s: Session, organisation_id: int, source: Source, receipt_id: str
) -> int | None:
    """Say at which connection a receipt lives."""
    raise NotImplementedError


def raw(s: Session, organisation_id: int, ref: Ref) -> str | None:
    """Give the vendor's own JSON of a document, as last read."""
    raise NotImplementedError
