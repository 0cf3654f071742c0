"""A `Book` in the store: one payment is matched without reading the ledger.

It answers from one session and keeps its answers: it is for one decision, at one moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.orm import Session

from ledger.documents import Kind, Status
from ledger.money import Money
from rules.matching.values import ExpectedPayout, Item, Party, Past
from store import matching_index
from store import matching_queries as ask
from store.documents import to_allocation, to_receipt
from store.matching_index import WORD
from store.session import chunks

# A key of more documents than this says nothing, nor does a word in more names.
SPELLED_MAX = 200
NAMES_MAX = 200
# How far up a group of companies goes, or a customer that was merged and merged again.
STEPS_MAX = 10


class StoredBook:
    """What cash application asks of the books of one organisation, answered by its mirror."""

    def __init__(self, s: Session, organisation_id: int) -> None:
        self._s = s
        self._whose = {
            "organisation_id": organisation_id,
            "connection_id": matching_index.opened(s, organisation_id),
        }
        self._items: dict[str, Item | None] = {}
        self._keys: dict[str, tuple[Item, ...]] = {}
        self._parties: dict[str, Party | None] = {}
        self._forms: dict[str, list[tuple[str, int]]] = {}
        self._merged = {row.vendor_id: row.merged_into for row in self._ask(ask.MERGED)}

    def item(self, document_id: str) -> Item | None:
        """Give one document by its id."""
        self._fetch([document_id])
        return self._items[document_id]

    def spelled(self, key: str) -> Sequence[Item]:
        """Give the documents, open or paid, one of whose numbers makes this key, by id."""
        return self.spelled_among((key,)).get(key, ())

    def spelled_among(self, keys: Iterable[str]) -> Mapping[str, Sequence[Item]]:
        """Give `spelled` of those of many keys that find anything."""
        wanted = tuple(dict.fromkeys(keys))
        ids: dict[str, list[str]] = {key: [] for key in wanted if key not in self._keys}
        for part in chunks(list(ids)):
            for row in self._ask(ask.KEYS, keys=part):
                if row.kind != Kind.CUSTOMER:
                    ids[row.key].append(row.vendor_id)
        few = {key: found for key, found in ids.items() if len(found) <= SPELLED_MAX}
        self._fetch([one for found in few.values() for one in found])
        for key in ids:
            items = (self._items[one] for one in sorted(set(few.get(key, ()))))
            self._keys[key] = tuple(item for item in items if item)
        return {key: self._keys[key] for key in wanted if self._keys[key]}

    def owing(self, customer_id: str, currency: str) -> Sequence[Item]:
        """Give what a customer has open in a currency, credit notes too, oldest due first."""
        whose = [customer_id, *(one for one in self._merged if self._living(one) == customer_id)]
        found = [
            self._item(kind, row)
            for kind, statement in ask.OWING.items()
            for row in self._ask(statement, ids=whose)
            if row.currency == currency
        ]
        return sorted(found, key=lambda item: (item.due, item.issued, item.number, item.id))

    def amounting(self, currency: str, amount: int) -> Sequence[Item]:
        """Give open invoices on which exactly this is open (at most a few dozen)."""
        rows = self._ask(ask.AMOUNTING, currency=currency, minor=amount)
        return [self._item(Kind.INVOICE, row) for row in rows]

    def party(self, customer_id: str) -> Party | None:
        """Give one customer."""
        self._meet([customer_id])
        return self._parties[customer_id]

    def family(self, customer_id: str) -> frozenset[str]:
        """Give the customers that one group of companies is made of, this one with them."""
        top = customer_id
        for _ in range(STEPS_MAX):
            party = self.party(top)
            if party is None or not party.parent_id:
                break
            top = party.parent_id
        found, newest = {customer_id, top}, [top]
        for _ in range(STEPS_MAX):
            children = [row.vendor_id for row in self._ask(ask.CHILDREN, ids=newest)]
            newest = [one for one in children if one not in found]
            if not newest:
                break
            found |= set(newest)
        return frozenset(found)

    def known_as(self, form: str) -> Sequence[tuple[str, int]]:
        """Give (customer, count) for a form of a payer; count 0 is the ledger's own word."""
        if form not in self._forms:
            counts: dict[str, int] = {}
            for row in self._ask(ask.KNOWN_AS, form=form):
                living = self._living(row.customer_id)
                counts[living] = counts.get(living, 0) + row.confirmations
            self._forms[form] = sorted(counts.items())
        return self._forms[form]

    def names_like(self, word: str) -> Sequence[Party]:
        """Give the customers in whose names a word stands; none for a word of too many."""
        rows = self._ask(ask.KEYS, keys=[f"{WORD}:{word}"])
        ids = sorted({self._living(row.vendor_id) for row in rows})
        if len(ids) > NAMES_MAX:
            return ()
        self._meet(ids)
        return [party for party in map(self._parties.get, ids) if party]

    def payouts(self, currency: str, amount: int) -> Sequence[ExpectedPayout]:
        """Give the payouts of exactly this amount."""
        return [
            ExpectedPayout(row.vendor_id, Money(row.net, row.currency), row.arrives)
            for row in self._ask(ask.PAYOUTS, currency=currency, minor=amount)
        ]

    def past(self, currency: str, amount: int) -> Sequence[Past]:
        """Give the payments of exactly this amount placed before."""
        rows = self._ask(ask.PAST, currency=currency, minor=amount)
        rows = sorted(rows, key=lambda row: row.vendor_id)
        placed: dict[str, list[Row[Any]]] = {row.vendor_id: [] for row in rows}
        for one in self._ask(ask.PLACED, ids=list(placed)) if rows else ():
            placed[one.holder_id].append(one)
        return [
            Past(
                row.vendor_id,
                to_receipt(row, [to_allocation(one) for one in placed[row.vendor_id]]),
                self._living(row.customer_id),
                tuple((one.invoice_id, one.amount) for one in placed[row.vendor_id]),
            )
            for row in rows
        ]

    def _ask(self, statement: Executable, **asked: object) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = self._s.execute(statement, {**self._whose, **asked}).all()
        return rows

    def _fetch(self, ids: Sequence[str]) -> None:
        """Read documents that were not read yet."""
        for part in chunks([one for one in dict.fromkeys(ids) if one not in self._items]):
            self._items.update(dict.fromkeys(part))
            for kind, statement in ask.BY_ID.items():
                rows = self._ask(statement, ids=part)
                self._items.update((row.vendor_id, self._item(kind, row)) for row in rows)

    def _meet(self, ids: Sequence[str]) -> None:
        """Read customers that were not read yet."""
        for part in chunks([one for one in dict.fromkeys(ids) if one not in self._parties]):
            self._parties.update(dict.fromkeys(part))
            for row in self._ask(ask.CUSTOMERS_BY_ID, ids=part):
                self._parties[row.vendor_id] = matching_index.party(row.vendor_id, row)

    def _living(self, customer_id: str) -> str:
        """Give the customer that a merged one went into."""
        for _ in range(STEPS_MAX):
            if customer_id not in self._merged:
                break
            customer_id = self._merged[customer_id]
        return customer_id

    def _item(self, kind: Kind, row: Row[Any]) -> Item:
        """Make an item; the total stands for a net amount that the ledger does not say."""
        credit = kind is Kind.CREDIT_NOTE
        return Item(
            row.vendor_id,
            row.number,
            self._living(row.customer_id),
            row.currency,
            row.total,
            row.total if row.net is None else row.net,
            row.balance if row.status == Status.OPEN else 0,
            row.issued,
            row.issued if credit else row.due,
            credit,
            "" if credit else row.po_number or "",
            "" if credit else row.reference or "",
            0 if credit else row.discount_percent or 0,
            None if credit else row.discount_until,
        )
