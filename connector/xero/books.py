"""One Xero organisation's books, opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.marks import mark
from connector.protocol import Account, Applied, Found, Held, Opening, Page, Share
from connector.unable import Unable
from connector.xero import chart, company, walk
from connector.xero.calls import Calls
from connector.xero.cash import Cash
from connector.xero.delivery import Delivery
from connector.xero.fields import is_id, text
from connector.xero.payouts import Payouts
from connector.xero.preflight import Preflight
from connector.xero.reading import Reading, lot_of
from connector.xero.walk import Walk
from ledger.documents import (
    CreditNote,
    Customer,
    Invoice,
    Kind,
    Organisation,
    Position,
    Receipt,
    Ref,
)
from ledger.errors import RefusedError, StaleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from ledger.differences import Adjustment
    from ledger.payouts import BookedPart, Payout


# Xero keeps so much of a note; older pages of its own say 250, so the beginning must stand alone.
NOTE_MAX = 2500
NOTE_BEGINNING = 250

# The package's word for one document of a list, in the names of its methods.
_ONE = {
    "Contacts": "contact",
    "Invoices": "invoice",
    "CreditNotes": "credit_note",
    "Payments": "payment",
    "Overpayments": "overpayment",
    "Prepayments": "prepayment",
}


class XeroBooks(Unable):
    """One organisation."""

    title = "Xero"

    def __init__(self, opening: Opening) -> None:
        """Make no call yet."""
        self._calls = Calls(opening.access, opening.gate, opening.wire)
        self._clock = opening.clock
        self._walk = Walk(self._calls, opening.clock)
        self._reading = Reading(self._calls, self._walk)
        self._accounts = opening.accounts
        preflight = Preflight(self._calls, opening.known)
        self._cash = Cash(self._calls, opening, preflight)
        self._payouts = Payouts(self._calls, opening.accounts, preflight)
        self._delivery = Delivery(self._calls)

    def organisation(self) -> Organisation:
        """Read the organisation and its settings; also the proof that the key opens it."""
        found = company.read(self._calls)
        if not any(self._accounts.values()):
            return found
        listed = self._calls.listed("accounts", "Accounts")
        unfit = chart.warnings(listed, self._accounts)
        return replace(found, warnings=found.warnings + unfit)

    def accounts(self) -> list[Account]:
        """Read the accounts that may be chosen: banks, those opened for payments, and costs."""
        return chart.choices(self._calls.listed("accounts", "Accounts"))

    def sync(self, cursor: str) -> Page:
        """Walk everything (cursor "") or what changed since."""
        return self._walk.sync(cursor)

    def open_documents(self, cursor: str) -> Page:
        """Walk all that is open now."""
        return self._walk.open_documents(cursor)

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents again; what Xero does not have comes back as Gone.

        What is no receivable, such as a bill that a webhook named, is left out.
        """
        return self._reading.read(refs)

    def position(self, customer_id: str) -> Position:
        """Read one customer with everything open. Raises StaleError when Xero has it no more."""
        read_at = self._clock()
        found = self.read([Ref(Kind.CUSTOMER, customer_id)])
        customer = found[0].document if found else None
        if not isinstance(customer, Customer):
            msg = f"Xero has no contact {customer_id} any more"
            raise StaleError(msg)
        open_ = [one.document for lot in walk.OPEN for one in self._walk.open_of(lot, customer_id)]
        return Position(
            customer=customer,
            read_at=read_at,
            invoices=tuple(one for one in open_ if isinstance(one, Invoice)),
            credit_notes=tuple(one for one in open_ if isinstance(one, CreditNote)),
            receipts=tuple(one for one in open_ if isinstance(one, Receipt)),
        )

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Set a receipt against invoices; money not yet in Xero is booked on `day`."""
        return self._cash.apply(receipt, shares, key, day, adjustments)

    def find_applied(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` with this key was carried out, and how far."""
        return self._cash.find(receipt, shares, key, adjustments)

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """End an application that was interrupted after its money was booked."""
        return self._cash.complete(receipt, begun, key, day)

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book money as an overpayment of a contact; Xero lets no app delete it again."""
        return self._cash.keep(receipt, customer_id, key, day)

    def find_kept(self, receipt: Receipt, customer_id: str, key: str) -> Held | None:
        """Look up the overpayment by its mark."""
        del customer_id
        return self._cash.find_kept(receipt, key)

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Allocate a credit note to invoices."""
        return self._cash.apply_credit(credit, shares, key, day)

    def find_credit(self, credit: CreditNote, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether the credit note is allocated so; Xero keeps no mark on it."""
        del key
        return self._cash.find_credit(credit, shares)

    def book_payout(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Book a payout as a transfer and its fees as money spent, whatever of it is missing."""
        return self._payouts.book(payout, key, day)

    def find_payout(self, payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        """Look up whether all of a payout is booked, by whichever action."""
        del key
        return self._payouts.find(payout)

    def unbook_payout(self, parts: Sequence[BookedPart], key: str) -> None:
        """Delete the transfer and the fees; what is deleted already stays so."""
        self._payouts.unbook(parts, key)

    def unapply(self, applied: Applied, key: str) -> None:
        """Undo an application; what is already undone stays so."""
        self._cash.undo(applied, key)

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Write into the document's history & notes; Xero gives notes no id, so "" comes back."""
        record = models.HistoryRecord(details=noted(text, mark(key)))
        records = models.HistoryRecords(history_records=[record])
        name = f"create_{_one(ref)}_history"
        self._calls.write(name, ref.id, records, key=f"{mark(key)}-note")
        return ""

    def promise(self, invoice: Ref, day: date | None, key: str) -> bool:
        """Keep the promised day as the expected payment date; False where a note must do."""
        return self._delivery.promise(invoice, day, key)

    def deliver(self, invoice: Ref, to: str, key: str) -> None:
        """Have Xero send the invoice to the addresses of its contact, whatever `to` says."""
        del to
        self._delivery.deliver(invoice, key)

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say when Xero last sent the invoice, as far as its history tells."""
        return self._delivery.delivered(invoice)

    def pdf(self, invoice: Ref) -> bytes:
        """Give the invoice as Xero prints it."""
        return self._delivery.pdf(invoice)

    def online(self, invoice: Ref) -> str:
        """Give the address where the customer sees and pays the invoice, or ""."""
        return self._delivery.online(invoice)

    def find_note(self, ref: Ref, key: str) -> str | None:
        """Look up whether the note with this key was written; costs one call."""
        records = self._calls.listed(f"{_one(ref)}_history", "HistoryRecords", ref.id)
        return "" if any(mark(key) in text(one, "Details") for one in records) else None


def noted(said: str, tag: str) -> str:
    """Write a note so that its beginning holds what matters, mark included, and the rest follows.

    Cut after 250 characters it still says the essence and can be looked up.
    """
    tag = f"[{tag}]"
    if len(said) + len(tag) < NOTE_BEGINNING:
        return f"{said} {tag}"
    room = NOTE_BEGINNING - len(tag) - 2
    cut = said.rfind(" ", 0, room) + 1 or room
    whole = f"{said[:cut].rstrip()} {tag} {said[cut:].lstrip()}"
    return whole if len(whole) <= NOTE_MAX else whole[: NOTE_MAX - 3].rstrip() + "..."


def _one(ref: Ref) -> str:
    lot = lot_of(ref)
    if lot is None or not is_id(ref.id):
        msg = f"Xero keeps no notes on {ref.kind} {ref.id!r}"
        raise RefusedError(msg)
    return _ONE[lot.key]
