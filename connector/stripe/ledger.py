"""Stripe as the system of record: its own invoices, who owes them, and the money that came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from connector.marks import mark
from connector.protocol import Account, Applied, Found, Page, Share
from connector.stripe import metadata, printing, translate
from connector.stripe.calls import Calls, MissingError
from connector.stripe.fields import Doc, inside, key_of, stamp_of
from connector.stripe.invoices import PROMISED
from connector.stripe.paid import Paid
from connector.stripe.reading import Reading
from connector.stripe.settling import Settling
from connector.stripe.walking import BACK_DAYS, Walking
from connector.unable import UNSUPPORTED, Unable
from ledger.documents import (
    HELD,
    CreditNote,
    Customer,
    Gone,
    Invoice,
    Kind,
    Organisation,
    Position,
    Receipt,
    Ref,
)
from ledger.errors import RefusedError, StaleError

if TYPE_CHECKING:
    from connector.protocol import Opening
    from ledger.differences import Adjustment

# Enough to say that Stripe sends reminders of its own, and for how many invoices at least.
WARNED_MAX = 100
TWICE = (
    "Stripe may send reminders of its own for open invoices ({count}): they are set to advance by "
    "themselves. Switch the reminders off under Settings, Billing, Invoices, or people get two."
)

_PATHS = {
    Kind.INVOICE: "/v1/invoices/",
    Kind.CUSTOMER: "/v1/customers/",
    Kind.CREDIT_NOTE: "/v1/credit_notes/",
    Kind.RECEIPT: "/v1/payment_intents/",
}


class StripeLedger(Unable):
    """One account's books, where the business keeps no others."""

    title = "Stripe"

    def __init__(self, opening: Opening) -> None:
        """Make no call yet."""
        self._calls = Calls(opening.access, opening.wire, opening.gate)
        self._wire = opening.wire
        self._clock = opening.clock
        self._reading = Reading(self._calls, opening)
        self._walking = Walking(self._reading, opening.clock, opening.memory)
        self._settling = Settling(self._reading, opening.clock)

    def organisation(self) -> Organisation:
        """Read the merchant's account; also the proof that the key opens it, and its invoices."""
        found = translate.organisation(self._reading.account())
        sent = self._calls.get(
            "/v1/invoices", status="open", collection_method="send_invoice", limit=WARNED_MAX
        )
        count = sum(one.get("auto_advance") is True for one in sent["data"])
        warnings = (TWICE.format(count=count),) if count else ()
        return replace(found, warnings=(*found.warnings, *warnings))

    def accounts(self) -> list[Account]:
        """Give no ledger accounts: Stripe keeps none."""
        return []

    def sync(self, cursor: str) -> Page:
        """Walk open invoices and the money of 90 days, then what the event log tells since."""
        return self._walking.sync(cursor)

    def open_documents(self, cursor: str) -> Page:
        """Walk open invoices and the money of 90 days again, whatever the event log says."""
        return self._walking.open_documents(cursor)

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents again, and the customers of invoices with them."""
        return self._reading.found(refs)

    def position(self, customer_id: str) -> Position:
        """Read one customer, what is open, its credit, and money that is on its way.

        Raises StaleError when Stripe has the customer no more.
        """
        read_at = self._clock()
        found = self._reading.found(
            [Ref(Kind.CUSTOMER, customer_id), Ref(Kind.RECEIPT, customer_id, HELD)]
        )
        if isinstance(found[0].document, Gone):
            msg = f"Stripe has no customer {customer_id} any more"
            raise StaleError(msg)
        owed = self._reading.rows(
            "/v1/invoices", customer=customer_id, status="open", limit=WARNED_MAX
        )
        found += self._reading.invoices(owed)
        found += self._money_of(customer_id)
        documents = [one.document for one in found]
        [customer] = [one for one in documents if isinstance(one, Customer)]
        return Position(
            customer=customer,
            read_at=read_at,
            invoices=tuple(one for one in documents if isinstance(one, Invoice)),
            credit_notes=tuple(
                one for one in documents if isinstance(one, CreditNote) and one.balance
            ),
            receipts=tuple(one for one in documents if isinstance(one, Receipt) and one.unapplied),
        )

    def _money_of(self, customer_id: str) -> list[Found]:
        since = int((self._clock() - timedelta(days=BACK_DAYS)).timestamp())
        intents = self._reading.rows(
            "/v1/payment_intents",
            customer=customer_id,
            created={"gte": since},
            limit=WARNED_MAX,
            expand=["data.latest_charge", "data.customer"],
        )
        arrived = [one for one in intents if translate.may_be_money(one)]
        return self._reading.receipts(arrived, Paid())

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Set a receipt against invoices: money from outside in full, a payment as a whole.

        Differences are refused: Stripe keeps no accounts that they could be booked to.
        """
        del day
        if adjustments:
            self._refuse("book a difference; leave it open or give a credit note there")
        return self._settling.apply(receipt, shares, key)

    def find_applied(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` with this key was carried out."""
        del adjustments
        return self._settling.find(receipt, shares, key)

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """End an application that was interrupted."""
        del receipt, day
        return self._settling.complete(begun, key)

    def unapply(self, applied: Applied, key: str) -> None:
        """Refuse: what paid an invoice at Stripe cannot be taken off it again."""
        del applied, key
        msg = (
            "Stripe does not take a payment off an invoice again. Refund it there, or give a "
            "credit note and a new invoice"
        )
        raise RefusedError(msg, UNSUPPORTED)

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Write a note into a document's metadata; gives the name it stands under."""
        self._reading.account()
        try:
            return metadata.write_note(self._calls, self._clock, _path(ref), text, key)
        except MissingError as problem:
            raise RefusedError(str(problem), "resource_missing") from problem

    def find_note(self, ref: Ref, key: str) -> str | None:
        """Look up whether the note with this key was written."""
        try:
            return metadata.find_note(self._calls, _path(ref), key)
        except MissingError:
            return None

    def promise(self, invoice: Ref, day: date | None, key: str) -> bool:
        """Keep the promised day in the invoice's metadata; None takes it away."""
        self._reading.account()
        told = {PROMISED: day.isoformat() if day else ""}
        once = metadata.write_key(f"{key}:{day}", self._clock)
        self._write(invoice, "", once, metadata=told)
        return True

    def deliver(self, invoice: Ref, to: str, key: str) -> None:
        """Have Stripe mail the invoice to the customer's own address."""
        del to
        self._reading.account()
        # The same for as long as Stripe remembers: a mail must not go twice.
        self._write(invoice, "/send", mark(key))

    def _write(self, invoice: Ref, action: str, once: str, **params: object) -> None:
        try:
            self._calls.post(_path(invoice) + action, once, **params)
        except MissingError as problem:
            raise StaleError(str(problem)) from problem

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say when Stripe last mailed the invoice, as far as its log of 30 days tells."""
        sent = self._calls.get("/v1/events", types=["invoice.sent"], limit=WARNED_MAX)["data"]
        about = [(stamp_of(one), inside(inside(one, "data"), "object")) for one in sent]
        moments = [moment for moment, doc in about if key_of(doc) == invoice.id]
        return datetime.fromtimestamp(max(moments), tz=UTC) if moments else None

    def pdf(self, invoice: Ref) -> bytes:
        """Give the invoice as Stripe prints it. Raises RefusedError for a draft."""
        return printing.fetch(self._wire, str(self._doc(invoice).get("invoice_pdf") or ""))

    def online(self, invoice: Ref) -> str:
        """Give the page where the customer sees, confirms and pays the invoice."""
        found = self._doc(invoice).get("hosted_invoice_url")
        return found if isinstance(found, str) and found.startswith("https://") else ""

    def _doc(self, invoice: Ref) -> Doc:
        try:
            return self._calls.get(_path(invoice))
        except MissingError as problem:
            raise StaleError(str(problem)) from problem


def _path(ref: Ref) -> str:
    path = _PATHS.get(ref.kind)
    if path is None or ref.part:
        msg = f"Stripe keeps nothing of ours on {ref.kind} {ref.id}"
        raise RefusedError(msg, UNSUPPORTED)
    return path + ref.id
