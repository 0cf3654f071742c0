"""An invoice on its way to the customer: the promised day, e-mail, the address online, PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.marks import mark
from connector.raw import documents
from connector.xero.fields import address, is_id, moment, text
from connector.xero.fields import day as day_of
from ledger.errors import RefusedError, StaleError

if TYPE_CHECKING:
    from datetime import date, datetime

    from connector.xero.calls import Calls, Doc
    from ledger.documents import Ref

# Why Xero sends an invoice to nobody: all of it comes as a 400, told apart by its words alone.
_UNSENT = (
    ("spam", "Xero takes the message for spam; send the invoice by hand in Xero"),
    ("limit", "Xero sends no more invoices for this organisation today; try again tomorrow"),
    ("partner", "this edition of Xero sends no invoices"),
    ("email address", "the contact has no e-mail address in Xero"),
    ("status", "Xero sends only invoices that are submitted, approved or paid"),
)


class Delivery:
    """What Xero does with one invoice besides money."""

    def __init__(self, calls: Calls) -> None:
        """Make no call yet."""
        self._calls = calls

    def promise(self, invoice: Ref, promised: date | None, key: str) -> bool:
        """Write the expected payment date; False where Xero takes none, as on part-paid invoices.

        No answer of Xero's package can empty a field, so a promise taken back leaves the due
        date, which is read as no promise. Nothing but the date is sent: whatever else were in the
        request would be changed too.
        """
        _known(invoice)
        wanted = promised or self._due(invoice.id)
        if wanted is None:
            return False
        changed = models.Invoice(invoice_id=invoice.id, expected_payment_date=wanted)
        body = models.Invoices(invoices=[changed])
        try:
            answer = self._calls.write(
                "update_invoice", invoice.id, body, key=f"{mark(key)}-promise"
            )
        except (RefusedError, StaleError):
            # Locked, part-paid, no longer approved: nothing was written.
            return False
        # Believed only where it is read back.
        return any(_expected(one) == wanted for one in documents(answer.get("Invoices")))

    def _due(self, invoice_id: str) -> date | None:
        found = self._calls.listed("invoice", "Invoices", invoice_id)
        return day_of(found[0], "DueDate") if found else None

    def deliver(self, invoice: Ref, key: str) -> None:
        """Have Xero send the invoice, in the organisation's own words, to its contact."""
        _known(invoice)
        empty = models.RequestEmpty()
        try:
            self._calls.write("email_invoice", invoice.id, empty, key=f"{mark(key)}-mail")
        except RefusedError as error:
            raise RefusedError(unsent(error.reason), error.code) from error

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say when the history tells of a sending last; costs one call."""
        _known(invoice)
        records = self._calls.listed("invoice_history", "HistoryRecords", invoice.id)
        # The word for it is Xero's own and not in its documents: a record that says sent.
        said = (one for one in records if "sent" in text(one, "Changes").lower())
        moments = (moment(one.get("DateUTC")) or moment(one.get("DateUTCString")) for one in said)
        return max((one for one in moments if one is not None), default=None)

    def pdf(self, invoice: Ref) -> bytes:
        """Give the invoice as Xero prints it. Raises StaleError when Xero has it no more."""
        _known(invoice)
        printed = self._calls.printed("invoice_as_pdf", invoice.id)
        if printed is None:
            msg = f"Xero has no invoice {invoice.id} any more"
            raise StaleError(msg)
        return printed

    def online(self, invoice: Ref) -> str:
        """Give the address where the customer sees the invoice; "" for drafts and what is gone."""
        _known(invoice)
        try:
            found = self._calls.listed("online_invoice", "OnlineInvoices", invoice.id)
        except (RefusedError, StaleError):
            return ""
        return address(found[0], "OnlineInvoiceUrl") if found else ""


def unsent(said: str) -> str:
    """Put a refusal to send an invoice into words that name the cure, with Xero's own behind."""
    low = said.lower()
    reason = next((words for word, words in _UNSENT if word in low), "")
    return f"{reason} ({said})" if reason else said


def _expected(doc: Doc) -> date | None:
    return day_of(doc, "ExpectedPaymentDate")


def _known(invoice: Ref) -> None:
    if not is_id(invoice.id):
        msg = f"Xero has no invoice {invoice.id!r}"
        raise RefusedError(msg)
