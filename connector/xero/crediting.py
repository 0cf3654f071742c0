"""What a customer did not pay and does not owe, in Xero: a credit note to the account chosen.

The credit note has one line, on the account chosen for the kind of difference and at that account's
own tax rate, and is allocated to the invoice whole. Its reference carries the mark it is found by.
Taken back, the allocation is deleted and the credit note voided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.adjusted import name_of
from connector.marks import mark
from connector.protocol import AppliedPart, Share
from connector.raw import documents
from connector.xero.allocating import CREDIT_NOTE
from connector.xero.fields import money, part, text
from connector.xero.paying import LOOK_BACK, said
from connector.xero.spending import coded
from connector.xero.walk import PAGE
from ledger.differences import PURPOSES
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.xero.allocating import Allocations
    from connector.xero.calls import Calls, Doc
    from connector.xero.chart import Chart
    from ledger.differences import Adjustment
    from ledger.documents import Receipt

ADJUSTED = "adjusting_credit_note"


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note to be raised for one difference; `existing` is the id of one raised before."""

    adjustment: Adjustment
    contact_id: str
    line: models.LineItem
    reference: str
    day: date
    existing: str = ""


class Crediting:
    """The credit notes raised by us in one organisation."""

    def __init__(self, calls: Calls, allocations: Allocations) -> None:
        """Make no call yet."""
        self._calls = calls
        self._allocations = allocations

    def plan(
        self,
        receipt: Receipt,
        adjustments: Sequence[Adjustment],
        key: str,
        day: date,
        chart: Chart,
    ) -> list[Credit]:
        """Say what is to be raised. Raises RefusedError for what cannot be; costs one call."""
        owners = self._owners(adjustments)
        return [
            Credit(
                adjustment=one,
                contact_id=owners[one.invoice_id],
                line=models.LineItem(
                    description=f"{one.kind.replace('_', ' ').capitalize()}, {said(receipt)}",
                    quantity=1,
                    unit_amount=one.amount.decimal,
                    line_amount=one.amount.decimal,
                    **coded(chart, PURPOSES[one.kind]),
                ),
                reference=f"{said(receipt)} {mark(name_of(key, one))}",
                day=day,
            )
            for one in adjustments
        ]

    def _owners(self, adjustments: Sequence[Adjustment]) -> Mapping[str, str]:
        """Say whose the invoices are. Raises StaleError when Xero has one of them no more."""
        ids = sorted({one.invoice_id for one in adjustments})
        found = self._calls.listed("invoices", "Invoices", i_ds=ids, page=1, page_size=PAGE)
        owners = {
            text(doc, "InvoiceID").lower(): text(part(doc, "Contact"), "ContactID") for doc in found
        }
        missing = [one for one in ids if not owners.get(one.lower())]
        if missing:
            raise StaleError(f"invoice {missing[0]} is not in Xero any more")
        return {one: owners[one.lower()] for one in ids}

    def make(self, credit: Credit, key: str) -> AppliedPart:
        """Raise a credit note and allocate it. What cannot be allocated is voided again."""
        name = mark(name_of(key, credit.adjustment))
        note = credit.existing or self._raise(credit, name)
        one = credit.adjustment
        share = Share(one.invoice_id, one.amount)
        try:
            self._allocations.set(CREDIT_NOTE, note, [share], f"{name}-allocate", credit.day)
        except (RefusedError, StaleError):
            self._void(note, f"{name}-void")
            raise
        return AppliedPart(note, one.invoice_id, one.amount, ADJUSTED)

    def _raise(self, credit: Credit, name: str) -> str:
        note = models.CreditNote(
            type="ACCRECCREDIT",
            status="AUTHORISED",
            contact=models.Contact(contact_id=credit.contact_id),
            date=credit.day,
            # The total is what the invoice is short of, whatever tax Xero finds in it.
            line_amount_types=models.LineAmountTypes.INCLUSIVE,
            line_items=[credit.line],
            reference=credit.reference,
            currency_code=models.CurrencyCode(credit.adjustment.amount.currency),
        )
        whole = models.CreditNotes(credit_notes=[note])
        answer = self._calls.write("create_credit_notes", whole, key=f"{name}-credit")
        made = documents(answer.get("CreditNotes"))
        found = text(made[0], "CreditNoteID") if made else ""
        if not found:
            raise UnknownOutcomeError("Xero's answer does not name the credit note")
        return found

    def find(
        self, receipt: Receipt, adjustments: Sequence[Adjustment], key: str
    ) -> dict[Adjustment, Doc]:
        """Look up the credit notes by their marks, allocated or not; voided ones are none.

        Raises RefusedError when a person changed the amount of one.
        """
        found: dict[Adjustment, Doc] = {}
        for doc in self._since(receipt.received - LOOK_BACK):
            for one in adjustments:
                if mark(name_of(key, one)) not in text(doc, "Reference"):
                    continue
                if text(doc, "Status") in {"VOIDED", "DELETED"}:
                    continue
                if money(doc, "Total", one.amount.currency) != one.amount:
                    msg = f"the credit note of {one.amount} was changed in Xero since"
                    raise RefusedError(f"{msg}; set it right there by hand")
                found[one] = doc
        return found

    def _since(self, day: date) -> list[Doc]:
        where = f'Type=="ACCRECCREDIT" AND Date>=DateTime({day:%Y,%m,%d})'
        found: list[Doc] = []
        number = 1
        while True:
            page = self._calls.listed(
                "credit_notes", "CreditNotes", where=where, page=number, page_size=PAGE
            )
            found += page
            if len(page) < PAGE:
                return found
            number += 1

    def undo(self, one: AppliedPart, key: str) -> None:
        """Free the credit note and void it; one that is void already stays so."""
        found = self._calls.listed("credit_note", "CreditNotes", one.id)
        if not found or text(found[0], "Status") in {"VOIDED", "DELETED"}:
            return
        for allocation in _standing(found[0]):
            self._allocations.free(CREDIT_NOTE, one.id, text(allocation, "AllocationID"))
        self._void(one.id, key)

    def _void(self, note: str, key: str) -> None:
        entry = models.CreditNote(status="VOIDED")
        whole = models.CreditNotes(credit_notes=[entry])
        self._calls.write("update_credit_note", note, whole, key=key)


def is_allocated(doc: Doc, one: Adjustment) -> bool:
    """Say whether a credit note is set against the invoice whole."""
    return any(
        text(part(line, "Invoice"), "InvoiceID").lower() == one.invoice_id.lower()
        and money(line, "Amount", one.amount.currency) == one.amount
        for line in _standing(doc)
    )


def _standing(doc: Doc) -> list[Doc]:
    """Give the allocations that nobody took back; Xero may still show the others."""
    lines = documents(doc.get("Allocations"))
    return [line for line in lines if line.get("IsDeleted") is not True]
