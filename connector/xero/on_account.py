"""Money from elsewhere of which something is left: booked once as overpayment, then allocated.

One bank transaction of the whole receipt matches the one line of the bank statement, and what is
left stands to the customer's credit. Xero takes the two steps in two calls, and no overpayment can
be deleted through its API, so a crash between them is continued: the overpayment is found by the
mark that it carries, in its reference and in its line, and is never booked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.marks import mark
from connector.protocol import Applied, Held, Share
from connector.raw import documents
from connector.xero import translate
from connector.xero.fields import is_id, text
from connector.xero.paying import LOOK_BACK, said
from connector.xero.shares import parts, split
from connector.xero.translate import OVERPAYMENT
from connector.xero.walk import PAGE
from ledger.documents import Kind, Receipt, Ref, Status
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from connector.protocol import AppliedPart
    from connector.xero.allocating import Allocations
    from connector.xero.calls import Calls, Doc
    from ledger.money import Money


def is_for(receipt: Receipt, shares: Sequence[Share], paid: Money) -> bool:
    """Say whether a receipt goes on account: something is left, and it is known whose it is."""
    ids = {share.invoice_id.lower() for share in shares}
    return bool(
        receipt.customer_id
        and is_id(receipt.customer_id)
        and paid < receipt.unapplied
        # Two equal allocations could not be told apart after a crash.
        and len(ids) == len(shares)
    )


class OnAccount:
    """The money on account of one organisation that we booked ourselves."""

    def __init__(self, calls: Calls, allocations: Allocations) -> None:
        """Make no call yet."""
        self._calls = calls
        self._allocations = allocations

    def book(self, receipt: Receipt, key: str, day: date, account: str) -> Held:
        """Book what is unapplied of a receipt as one overpayment of its customer.

        Raises RefusedError, and then nothing was booked.
        """
        words = f"{said(receipt)} {mark(key)}"
        line = models.LineItem(description=words, line_amount=receipt.unapplied.decimal)
        entry = models.BankTransaction(
            type="RECEIVE-OVERPAYMENT",
            contact=models.Contact(contact_id=receipt.customer_id),
            bank_account=models.Account(account_id=account),
            line_items=[line],
            line_amount_types=models.LineAmountTypes.NOTAX,
            date=day,
            reference=words,
            currency_code=models.CurrencyCode(receipt.unapplied.currency),
        )
        whole = models.BankTransactions(bank_transactions=[entry])
        answer = self._calls.write("create_bank_transactions", whole, key=f"{mark(key)}-receive")
        made = documents(answer.get("BankTransactions"))
        overpayment_id = text(made[0], "OverpaymentID") if made else ""
        if not overpayment_id:
            raise UnknownOutcomeError("Xero's answer does not name the overpayment")
        return Held(Ref(Kind.RECEIPT, overpayment_id, OVERPAYMENT), receipt.unapplied)

    def spread(
        self,
        held: Held,
        shares: Sequence[Share],
        key: str,
        day: date,
        already: tuple[AppliedPart, ...] = (),
    ) -> Applied:
        """Allocate what was booked, share by share; what Xero refuses stays on account.

        Raises UnknownOutcomeError for whatever may be tried again: the money is booked by now.
        """
        made = list(already)
        for share in shares:
            name = f"{mark(key)}-{share.invoice_id}"
            try:
                one = self._allocations.set(OVERPAYMENT, held.ref.id, [share], name, day)
            except (StaleError, RefusedError):
                continue
            except (RetryLaterError, DisconnectedError) as error:
                msg = f"{held.amount} is booked in Xero and not yet set against all invoices"
                raise UnknownOutcomeError(f"{msg}: {error}") from error
            made += one.parts
        return Applied(tuple(made), held.ref.id, held)

    def find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up the overpayment by its mark, and what of it is allocated.

        Raises RefusedError when it is there in another shape than it was booked in.
        """
        found = self._booked(receipt, key)
        if found is None:
            return None
        lines = ((one.invoice_id, one.amount.minor, one.id) for one in found.allocations)
        ids, missing = split(lines, shares)
        held = Held(found.ref, found.amount)
        return Applied(parts(ids, shares, OVERPAYMENT), found.ref.id, held, tuple(missing))

    def held(self, receipt: Receipt, key: str) -> Held | None:
        """Look up the overpayment alone, whatever became of it since.

        Raises RefusedError when it was voided.
        """
        found = self._booked(receipt, key)
        return Held(found.ref, found.amount) if found else None

    def _booked(self, receipt: Receipt, key: str) -> Receipt | None:
        doc = self._marked(receipt, key)
        if doc is None:
            return None
        found = translate.overpayment(doc)
        if found is None or found.status in {Status.VOID, Status.UNKNOWN}:
            raise RefusedError("the overpayment with this mark was voided in Xero")
        return found

    def _marked(self, receipt: Receipt, key: str) -> Doc | None:
        first = receipt.received - LOOK_BACK
        where = f'Type=="RECEIVE-OVERPAYMENT" AND Date>=DateTime({first:%Y,%m,%d})'
        number = 1
        while True:
            page = self._calls.listed(
                "overpayments", "Overpayments", where=where, page=number, page_size=PAGE
            )
            for doc in page:
                if any(mark(key) in words for words in _words(doc)):
                    return doc
            if len(page) < PAGE:
                return None
            number += 1


def _words(doc: Doc) -> list[str]:
    lines = documents(doc.get("LineItems"))
    return [text(doc, "Reference"), *(text(line, "Description") for line in lines)]
