"""One QuickBooks company's books, opened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connector.protocol import Account, Applied, Found, Opening, Page, Share, mark
from connector.quickbooks.calls import Calls, Doc, quoted
from connector.quickbooks.cash import Cash
from connector.quickbooks.company import organisation
from connector.quickbooks.text import clip, is_latin, read, to_latin
from connector.quickbooks.translate import ENTITIES
from connector.quickbooks.walk import PAGE, Walk
from connector.unable import Unable
from ledger.documents import (
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
    from collections.abc import Iterable, Sequence

NOTE_MAX = 2000
# How many ids one statement asks for.
IDS_MAX = 200


class QuickBooksBooks(Unable):
    """One company. Reads are metered by QuickBooks, so each question is asked once."""

    title = "QuickBooks"

    def __init__(self, opening: Opening) -> None:
        """Make no call yet."""
        self._calls = Calls(opening.access, opening.gate, opening.wire)
        self._clock = opening.clock
        self._currency = ""
        self._country: str | None = None
        self._walk = Walk(self._calls, opening.clock, self._home)
        self._cash = Cash(self._calls, opening.accounts, self._fits)

    def organisation(self) -> Organisation:
        """Read the company and its preferences; also the proof that the key opens this realm."""
        company, preferences = self._calls.company(), self._calls.preferences()
        currencies: list[Doc] = []
        if (preferences.get("CurrencyPrefs") or {}).get("MultiCurrencyEnabled") is True:
            currencies, _ = self._calls.query("SELECT * FROM CompanyCurrency MAXRESULTS 1000")
        self._country = read(company.get("Country"))
        found = organisation(company, preferences, currencies)
        self._currency = found.currency
        return found

    def accounts(self) -> list[Account]:
        """Read the accounts that payments can be deposited to."""
        kinds = "('Bank', 'Other Current Asset')"
        text = f"SELECT * FROM Account WHERE AccountType IN {kinds} AND Active = true"  # noqa: S608 - constant
        docs, _ = self._calls.query(f"{text} MAXRESULTS {PAGE}")
        return [
            Account(
                read(doc.get("Id")),
                read(doc.get("Name")),
                read((doc.get("CurrencyRef") or {}).get("value")) or None,
            )
            for doc in docs
        ]

    def sync(self, cursor: str) -> Page:
        """Walk everything (cursor "") or what changed since."""
        return self._walk.sync(cursor)

    def open_documents(self, cursor: str) -> Page:
        """Walk all that is open now."""
        return self._walk.open_documents(cursor)

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents again, one statement for each kind; what is gone comes as Gone."""
        found: list[Found] = []
        for kind, entity in ENTITIES.items():
            ids = list(dict.fromkeys(ref.id for ref in refs if ref.kind is kind))
            for first in range(0, len(ids), IDS_MAX):
                found += self._by_id(kind, entity, ids[first : first + IDS_MAX])
        return found

    def position(self, customer_id: str) -> Position:
        """Read one customer with its open invoices, and what it or its payer has left to apply.

        A customer billed with its parent is paid for by the parent: money and credit of the parent
        count, because a reminder must not go out beside them. Raises StaleError when the customer
        is gone.
        """
        read_at = self._clock()
        [customer] = self._documents("Customer", self._ids("Customer", [customer_id])) or [None]
        if not isinstance(customer, Customer):
            raise StaleError(f"customer {customer_id} is no longer in QuickBooks")
        own = quoted(customer_id)
        family = f"({own}, {quoted(customer.parent_id)})" if customer.parent_id else f"({own})"
        invoices = self._all("Invoice", f"CustomerRef = {own} AND Balance > '0'")
        notes = self._all("CreditMemo", f"CustomerRef IN {family} AND Balance > '0'")
        # Unapplied money cannot be asked for: all payments are read, and those with none dropped.
        receipts = self._all("Payment", f"CustomerRef IN {family}")
        return Position(
            customer=customer,
            read_at=read_at,
            invoices=tuple(one for one in invoices if isinstance(one, Invoice)),
            credit_notes=tuple(one for one in notes if isinstance(one, CreditNote)),
            receipts=tuple(one for one in receipts if isinstance(one, Receipt) and one.unapplied),
        )

    def apply(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        """Set a receipt against invoices."""
        return self._cash.apply(receipt, shares, key, day)

    def find_applied(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply` with this key was carried out."""
        return self._cash.find(receipt, shares, key)

    def unapply(self, applied: Applied, key: str) -> None:
        """Undo an application; what is already undone stays so."""
        self._cash.undo(applied, key)

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Attach a note that customers never see; the mark in it finds it again."""
        entity = ENTITIES.get(ref.kind)
        if entity is None:
            raise RefusedError(f"QuickBooks holds no notes on a {ref.kind.value}")
        tag = f" [{mark(key)}]"
        target = {"type": entity, "value": ref.id}
        body = {
            "Note": clip(self._fits(text), NOTE_MAX - len(tag)) + tag,
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
        for doc in self._pages("Attachable", where):
            if tag in read(doc.get("Note")):
                return read(doc.get("Id"))
        return None

    def _by_id(self, kind: Kind, entity: str, ids: list[str]) -> list[Found]:
        found = self._walk.translated(entity, self._ids(entity, ids))
        there = {one.document.ref.id for one in found}
        gone = [Found(Gone(Ref(kind, key)), "{}") for key in ids if key not in there]
        return found + gone

    def _ids(self, entity: str, ids: list[str]) -> list[Doc]:
        listed = ", ".join(quoted(key) for key in ids)
        where = f"Id IN ({listed})"
        if entity == "Customer":
            where += " AND Active IN (true, false)"
        return list(self._pages(entity, where))

    def _pages(self, entity: str, where: str) -> Iterable[Doc]:
        """Read every page of what a condition finds."""
        start = 1
        while True:
            limits = f"ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
            docs, _ = self._calls.query(f"SELECT * FROM {entity} WHERE {where} {limits}")  # noqa: S608 - quoted
            yield from docs
            if len(docs) < PAGE:
                return
            start += PAGE

    def _all(self, entity: str, where: str) -> list[object]:
        return self._documents(entity, self._pages(entity, where))

    def _documents(self, entity: str, docs: Iterable[Doc]) -> list[object]:
        return [one.document for one in self._walk.translated(entity, docs)]

    def _home(self) -> str:
        if not self._currency:
            home = (self._calls.preferences().get("CurrencyPrefs") or {}).get("HomeCurrency")
            self._currency = read(home.get("value")) if isinstance(home, dict) else "USD"
        return self._currency

    def _fits(self, text: str) -> str:
        """Make a text fit: only companies in the United States are bound to ISO-8859-1."""
        if is_latin(text):
            return text
        if self._country is None:
            self._country = read(self._calls.company().get("Country"))
        return to_latin(text) if self._country in {"US", ""} else text
