"""One QuickBooks company's books, opened."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from connector.marks import mark
from connector.protocol import Account, Applied, Found, Held, Opening, Page, Share
from connector.quickbooks.calls import Calls, Doc, among, quoted, statement
from connector.quickbooks.cash import Cash
from connector.quickbooks.company import (
    COMPANY,
    PREFERENCES,
    Company,
    has_currencies,
    organisation,
)
from connector.quickbooks.payers import INACTIVE_TOO, LEVELS_MAX, Payers
from connector.quickbooks.payouts import UNDEPOSITED, Payouts
from connector.quickbooks.terms import Terms
from connector.quickbooks.text import clip, read
from connector.quickbooks.translate import ENTITIES, sent_at
from connector.quickbooks.walk import Walk
from connector.unable import Unable
from ledger.documents import (
    CreditNote,
    Customer,
    Gone,
    Invoice,
    Kind,
    Organisation,
    Position,
    Purpose,
    Receipt,
    Ref,
)
from ledger.errors import OutsideError, RefusedError, RetryLaterError, StaleError
from ledger.payouts import BookedPart, Payout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.differences import Adjustment

NOTE_MAX = 2000
# How many ids one statement asks for.
IDS_MAX = 200


# What an account of each type may be chosen for. Undeposited Funds holds payments, not payouts.
_IN = frozenset({Purpose.STRIPE, Purpose.BANK})
# What makes an income less, or costs.
_LESS = frozenset({Purpose.DISCOUNTS, Purpose.ROUNDING})
_PURPOSES: dict[str, frozenset[Purpose]] = {
    "Bank": _IN | {Purpose.PAYOUTS},
    "Other Current Asset": _IN | {Purpose.WITHHOLDING},
    "Income": _LESS,
    "Other Income": _LESS,
    **dict.fromkeys(
        ("Expense", "Other Expense", "Cost of Goods Sold"),
        _LESS | {Purpose.FEES, Purpose.WITHHOLDING, Purpose.WRITE_OFFS},
    ),
    "Other Current Liability": frozenset({Purpose.WITHHOLDING}),
}


class QuickBooksBooks(Unable):
    """One company. Reads are metered by QuickBooks, so each question is asked once."""

    title = "QuickBooks"

    def __init__(self, opening: Opening) -> None:
        """Make no call yet."""
        self._calls = Calls(opening.access, opening.gate, opening.wire)
        self._clock = opening.clock
        self._company = Company(self._calls, opening.known)
        terms = Terms(self._calls, opening.clock, opening.memory)
        self._walk = Walk(self._calls, opening.clock, self._company.home, terms)
        payers = Payers(self._calls)
        self._cash = Cash(self._calls, opening.accounts, self._company, payers)
        self._payouts = Payouts(self._calls, opening.accounts, self._company)

    @property
    def trace(self) -> str:
        """QuickBooks' `intuit_tid` of the last write it answered."""
        return self._calls.trace

    def organisation(self) -> Organisation:
        """Read the company and its preferences; also the proof that the key opens this realm."""
        answers = self._calls.batch([COMPANY, PREFERENCES, statement("CompanyCurrency", "")])
        company, preferences = _only(answers[0]), _only(answers[1])
        currencies = answers[2]
        if not has_currencies(preferences) or isinstance(currencies, OutsideError):
            # A company in one currency may not even know the list.
            currencies = []
        self._company.know(company, preferences)
        return organisation(company, preferences, currencies)

    def accounts(self) -> list[Account]:
        """Read the accounts that money can be booked into, moved to, or kept in as fees."""
        where = f"{among('AccountType', list(_PURPOSES))} AND Active = true"
        return [
            Account(
                read(doc.get("Id")),
                read(doc.get("FullyQualifiedName")) or read(doc.get("Name")),
                read((doc.get("CurrencyRef") or {}).get("value")) or None,
                _purposes(doc),
            )
            for doc in self._calls.every("Account", where)
        ]

    def sync(self, cursor: str) -> Page:
        """Walk everything (cursor "") or what changed since."""
        return self._walk.sync(cursor)

    def open_documents(self, cursor: str) -> Page:
        """Walk all that is open now."""
        return self._walk.open_documents(cursor)

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents again, all in one call; what is gone comes as Gone."""
        wanted: dict[Kind, list[str]] = defaultdict(list)
        for ref in dict.fromkeys(refs):
            if ref.kind in ENTITIES:
                wanted[ref.kind].append(ref.id)
        lots = [
            (kind, ids[first : first + IDS_MAX])
            for kind, ids in wanted.items()
            for first in range(0, len(ids), IDS_MAX)
        ]
        answers = self._calls.together(
            [(ENTITIES[kind], _with_ids(kind, ids)) for kind, ids in lots]
        )
        found: list[Found] = []
        for (kind, ids), docs in zip(lots, answers, strict=True):
            found += self._again(kind, ids, docs)
        return found

    def position(self, customer_id: str) -> Position:
        """Read one customer with its open invoices, and what it or its payer has left to apply.

        A customer billed with its parent is paid for by the parent: money and credit of the parent
        count, because a reminder must not go out beside them. Raises StaleError when the customer
        is gone.
        """
        read_at = self._clock()
        own = quoted(customer_id)
        customers, invoices, notes, receipts = self._calls.together(
            [
                *_of_customer(customer_id)[:1],
                ("Invoice", f"CustomerRef = {own} AND Balance > '0'"),
                *_of_customer(customer_id)[1:],
            ]
        )
        [customer] = self._documents("Customer", customers) or [None]
        if not isinstance(customer, Customer):
            raise StaleError(f"customer {customer_id} is no longer in QuickBooks")
        seen, payer = {customer_id}, customer.parent_id
        while payer and payer not in seen and len(seen) <= LEVELS_MAX:
            seen.add(payer)
            above, more_notes, more_receipts = self._calls.together(_of_customer(payer))
            notes, receipts = [*notes, *more_notes], [*receipts, *more_receipts]
            found = self._documents("Customer", above)
            payer = found[0].parent_id if found and isinstance(found[0], Customer) else None
        return Position(
            customer=customer,
            read_at=read_at,
            invoices=tuple(
                one for one in self._documents("Invoice", invoices) if isinstance(one, Invoice)
            ),
            credit_notes=tuple(
                one for one in self._documents("CreditMemo", notes) if isinstance(one, CreditNote)
            ),
            receipts=tuple(
                one
                for one in self._documents("Payment", receipts)
                if isinstance(one, Receipt) and one.unapplied
            ),
        )

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Set a receipt against invoices."""
        return self._cash.apply(receipt, shares, key, day, adjustments)

    def find_applied(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` with this key was carried out."""
        return self._cash.find(receipt, shares, key, adjustments)

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """Book the differences of an interrupted application."""
        return self._cash.complete(receipt, begun, key, day)

    def unapply(self, applied: Applied, key: str) -> None:
        """Undo an application; what is already undone stays so."""
        self._cash.undo(applied, key)

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book money as a payment of a customer that pays nothing yet."""
        return self._cash.keep(receipt, customer_id, key, day)

    def find_kept(self, receipt: Receipt, customer_id: str, key: str) -> Held | None:
        """Look up the payment by its mark."""
        del customer_id
        return self._cash.find_kept(receipt, key)

    def release(self, held: Held, key: str) -> None:
        """Void the payment that holds money on account."""
        self._cash.release(held, key)

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Set a credit memo against invoices."""
        return self._cash.apply_credit(credit, shares, key, day)

    def find_credit(self, credit: CreditNote, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply_credit` with this key was carried out."""
        del credit
        return self._cash.find_credit(shares, key)

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Attach a note that customers never see; the mark in it finds it again."""
        entity = ENTITIES.get(ref.kind)
        if entity is None:
            raise RefusedError(f"QuickBooks holds no notes on a {ref.kind.value}")
        tag = f" [{mark(key)}]"
        target = {"type": entity, "value": ref.id}
        body = {
            "Note": clip(self._company.fits(text), NOTE_MAX - len(tag)) + tag,
            "AttachableRef": [{"EntityRef": target, "IncludeOnSend": False}],
        }
        return read(self._calls.create("Attachable", body, mark(key))["Id"])

    def find_note(self, ref: Ref, key: str) -> str | None:
        """Look up whether the note with this key was written."""
        entity = ENTITIES.get(ref.kind, "").lower()
        where = (
            f"AttachableRef.EntityRef.Type = {quoted(entity)}"
            f" AND AttachableRef.EntityRef.value = {quoted(ref.id)}"
        )
        tag = f"[{mark(key)}]"
        for doc in self._calls.every("Attachable", where):
            if tag in read(doc.get("Note")):
                return read(doc.get("Id"))
        return None

    def deliver(self, invoice: Ref, to: str, key: str) -> None:
        """Have QuickBooks mail the invoice with its own template; `to` "" is the invoice's address.

        `delivered` tells before a repeat whether it went. Raises RefusedError when QuickBooks says
        that the mail failed.
        """
        doc = self._calls.send("Invoice", invoice.id, to, mark(key))
        told = doc.get("DeliveryInfo")
        failed = read(told.get("DeliveryErrorType")) if isinstance(told, dict) else ""
        if failed:
            raise RefusedError(f"QuickBooks could not mail the invoice: {failed}")

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say when QuickBooks last mailed the invoice."""
        docs = self._calls.every("Invoice", f"Id = {quoted(invoice.id)}")
        return sent_at(docs[0]) if docs else None

    def pdf(self, invoice: Ref) -> bytes:
        """Give the invoice as QuickBooks prints it."""
        return self._calls.pdf("Invoice", invoice.id)

    def online(self, invoice: Ref) -> str:
        """Give the address where the customer sees and pays the invoice.

        It is "" unless online payment is on for the invoice and it has an e-mail address.
        """
        doc = self._calls.one("Invoice", invoice.id, include="invoiceLink")
        link = read(doc.get("InvoiceLink"))
        return link if link.startswith(("https://", "http://")) else ""

    def book_payout(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Book a payout and its fees as one deposit."""
        return self._payouts.book(payout, key, day)

    def find_payout(self, payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        """Look up whether `book_payout` with this key was carried out."""
        return self._payouts.find(payout, key)

    def unbook_payout(self, parts: Sequence[BookedPart], key: str) -> None:
        """Delete the deposit of a payout; what is already gone stays so."""
        self._payouts.unbook(parts, key)

    def _again(self, kind: Kind, ids: Sequence[str], docs: Iterable[Doc]) -> list[Found]:
        found = self._walk.translated(ENTITIES[kind], docs)
        there = {one.document.ref.id for one in found}
        return found + [Found(Gone(Ref(kind, key)), "{}") for key in ids if key not in there]

    def _documents(self, entity: str, docs: Iterable[Doc]) -> list[object]:
        return [one.document for one in self._walk.translated(entity, docs)]


def _only(answer: list[Doc] | OutsideError) -> Doc:
    """Give the one document that a company has of a kind."""
    if isinstance(answer, OutsideError):
        raise answer
    if not answer:
        raise RetryLaterError(60.0, "QuickBooks' answer leaves the company out")
    return answer[0]


def _purposes(account: Doc) -> frozenset[Purpose]:
    if read(account.get("AccountSubType")) == UNDEPOSITED:
        return _IN
    return _PURPOSES.get(read(account.get("AccountType")), frozenset())


def _with_ids(kind: Kind, ids: Sequence[str]) -> str:
    where = among("Id", ids)
    return f"{where} AND {INACTIVE_TOO}" if kind is Kind.CUSTOMER else where


def _of_customer(key: str) -> list[tuple[str, str]]:
    """Ask for a customer and for what it may have left to apply.

    Unapplied money cannot be asked for: all payments are read, and those with none dropped.
    """
    own = f"CustomerRef = {quoted(key)}"
    return [
        ("Customer", _with_ids(Kind.CUSTOMER, [key])),
        ("CreditMemo", f"{own} AND Balance > '0'"),
        ("Payment", own),
    ]
