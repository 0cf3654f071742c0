"""What QuickBooks is told of money that never came: a journal entry, set against the invoice.

The entry moves the difference from what the customer owes to the account chosen for it, and a
payment of nothing links its credit with the invoice, as credit memos are applied. The payment of
the money itself stays what came in at the bank, which the bank feed can match. Both carry one mark,
and are looked up before they are made. Taken back, the payment is voided and the entry deleted,
because QuickBooks voids no entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector.adjusted import name_of
from connector.marks import mark
from connector.protocol import Applied, AppliedPart
from connector.quickbooks import translate
from connector.quickbooks.calls import quoted, statement
from connector.quickbooks.lines import (
    ENTRY,
    INVOICE,
    Doc,
    attempt,
    currency_of,
    customer_of,
    is_void,
    line,
    sparse,
)
from connector.quickbooks.text import read
from ledger.differences import PURPOSES, Adjustment
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from connector.quickbooks.calls import Calls
    from connector.quickbooks.company import Company
    from ledger.documents import Purpose

# What the parts of an application are that this module made: the payment of nothing, the entry.
LINK, POSTED = "adjusting payment", "journal entry"
PARTS = frozenset({LINK, POSTED})
RECEIVABLE = "AccountType = 'Accounts Receivable' AND Active = true"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is in the books of one difference: payment and entry, the invoice, and who is owed."""

    payment: Doc | None
    entry: Doc | None
    invoice: Doc | None
    receivable: tuple[str, ...]


class Adjusting:
    """The differences booked in one company."""

    def __init__(self, calls: Calls, accounts: Mapping[Purpose, str], company: Company) -> None:
        """Make no call yet."""
        self._calls = calls
        self._accounts = accounts
        self._company = company

    def require(self, adjustments: Iterable[Adjustment]) -> None:
        """Raise RefusedError, before anything is booked, for what cannot be."""
        for one in adjustments:
            kind = one.kind.replace("_", " ")
            purpose = PURPOSES.get(one.kind)
            if purpose is None:
                raise RefusedError(f"{kind} cannot be booked in QuickBooks; leave it open")
            if not self._accounts.get(purpose):
                raise RefusedError(f"no account is chosen for {kind}; choose one in Settings")
            if one.amount.currency != self._company.home():
                raise RefusedError(
                    f"{kind} in {one.amount.currency} is booked by hand: its rate is not known"
                )

    def book(
        self, applied: Applied, adjustments: Sequence[Adjustment], key: str, day: date
    ) -> Applied:
        """Book what belongs to money that is applied by now; what is refused comes back as owed.

        Raises UnknownOutcomeError for whatever may be tried again: the money is booked by now.
        """
        done = replace(applied, owed=())
        for one in adjustments:
            try:
                parts = self._book(one, key, day)
            except (RefusedError, StaleError) as error:
                done = replace(done, owed=(*done.owed, one), refusal=str(error))
                continue
            except (RetryLaterError, DisconnectedError) as error:
                msg = f"the money is booked in QuickBooks, and {one.amount} beside it not yet"
                raise UnknownOutcomeError(f"{msg}: {error}") from error
            done = replace(done, parts=(*done.parts, *parts))
        return done

    def find(self, applied: Applied, adjustments: Sequence[Adjustment], key: str) -> Applied:
        """Look up what is booked beside the money; what is not comes back as owed."""
        done = applied
        for one in adjustments:
            known = self._known(one, mark(name_of(key, one)))
            if known.payment is None or known.entry is None:
                done = replace(done, owed=(*done.owed, one))
            else:
                done = replace(done, parts=(*done.parts, *_parts(one, known.payment, known.entry)))
        return done

    def _book(self, one: Adjustment, key: str, day: date) -> tuple[AppliedPart, ...]:
        name = mark(name_of(key, one))
        known = self._known(one, name)
        if known.payment is not None and known.entry is not None:
            return _parts(one, known.payment, known.entry)
        entry = known.entry
        try:
            invoice = _open(known.invoice, one)
            entry = entry or self._post(one, name, day, known, customer_of(invoice))
            body = {
                "CustomerRef": {"value": customer_of(invoice)},
                "TotalAmt": 0,
                "CurrencyRef": {"value": one.amount.currency},
                "TxnDate": day.isoformat(),
                "PaymentRefNum": name,
                "PrivateNote": self._memo(one, name),
                "Line": [
                    line(INVOICE, one.invoice_id, one.amount),
                    line(ENTRY, read(entry.get("Id")), one.amount),
                ],
            }
            payment = self._calls.create("Payment", body, name)
        except (RefusedError, StaleError):
            if entry is not None:
                self._delete(entry, name)
            raise
        return _parts(one, payment, entry)

    def _post(self, one: Adjustment, name: str, day: date, known: _Known, customer: str) -> Doc:
        if len(known.receivable) != 1:
            raise RefusedError("the company has several accounts for what customers owe; book it")
        [owed] = known.receivable
        detail = "JournalEntryLineDetail"
        whose = {"Type": "Customer", "EntityRef": {"value": customer}}
        into, out = (
            {"PostingType": side, "AccountRef": {"value": account}}
            for side, account in (("Debit", self._accounts[PURPOSES[one.kind]]), ("Credit", owed))
        )
        body = {
            "DocNumber": name,
            "TxnDate": day.isoformat(),
            "CurrencyRef": {"value": one.amount.currency},
            "PrivateNote": self._memo(one, name),
            "Line": [
                {"Amount": one.amount.decimal, "DetailType": detail, detail: into},
                {
                    "Amount": one.amount.decimal,
                    "DetailType": detail,
                    detail: {**out, "Entity": whose},
                },
            ],
        }
        return self._calls.create("JournalEntry", body, f"{name}-entry")

    def _memo(self, one: Adjustment, name: str) -> str:
        told = self._company.fits(f"{one.kind.replace('_', ' ').capitalize()} of {one.amount}")
        return f"{told} [{name}]"

    def _known(self, one: Adjustment, name: str) -> _Known:
        """Ask in one call what is in the books of a difference."""
        payments, entries, invoices, accounts = self._calls.pages(
            [
                statement("Payment", f"PaymentRefNum = {quoted(name)}"),
                statement("JournalEntry", f"DocNumber = {quoted(name)}"),
                statement("Invoice", f"Id = {quoted(one.invoice_id)}"),
                statement("Account", RECEIVABLE),
            ]
        )
        return _Known(
            payment=next((doc for doc in payments if not is_void(doc)), None),
            entry=entries[0] if entries else None,
            invoice=invoices[0] if invoices else None,
            receivable=tuple(
                read(doc.get("Id"))
                for doc in accounts
                if currency_of(doc) in {"", one.amount.currency}
            ),
        )

    def undo(self, parts: Sequence[AppliedPart], key: str) -> None:
        """Void the payments of nothing, then delete the entries; what is gone stays so."""
        for one in parts:
            if one.part == LINK:
                for doc in self._calls.every("Payment", f"Id = {quoted(one.id)}"):
                    if not is_void(doc):
                        # Two documents may be of the same version: the try is named by both.
                        name = attempt(f"{key}-{one.id}", doc)
                        self._calls.update("Payment", sparse(doc), name, void=True)
        for one in parts:
            if one.part == POSTED:
                for doc in self._calls.every("JournalEntry", f"Id = {quoted(one.id)}"):
                    self._delete(doc, key)

    def _delete(self, entry: Doc, key: str) -> None:
        body = {"Id": entry["Id"], "SyncToken": entry.get("SyncToken")}
        name = attempt(f"{key}-entry-{read(entry.get('Id'))}", entry)
        self._calls.delete("JournalEntry", body, name)


def _parts(one: Adjustment, payment: Doc, entry: Doc) -> tuple[AppliedPart, ...]:
    return (
        AppliedPart(read(payment.get("Id")), one.invoice_id, one.amount, LINK),
        AppliedPart(read(entry.get("Id")), "", one.amount, POSTED),
    )


def _open(invoice: Doc | None, one: Adjustment) -> Doc:
    """Require that the invoice is open for the difference."""
    balance = translate.amount((invoice or {}).get("Balance"), one.amount.currency)
    if invoice is None or balance is None or balance < one.amount:
        raise StaleError(f"invoice {one.invoice_id} is not open for {one.amount}")
    return invoice
