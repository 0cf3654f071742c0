"""A `Book` in the store: one payment is matched without reading the ledger.

It answers from one session and keeps its answers: it is for one decision, at one moment. To every
question it gives the answer that the same ledger in memory would give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, overload

from sqlalchemy import Executable, Row
from sqlalchemy.orm import Session

from ledger.documents import Customer, Kind
from ledger.money import Money
from rules.matching.book import Opened
from rules.matching.documents import AMOUNTING_MAX, SPELLED_MAX
from rules.matching.in_memory import NAMES_MAX, PARENTS_MAX
from rules.matching.mirrored import credit_item, invoice_item, living, party_of
from rules.matching.values import ExpectedPayout, Item, Party, Past
from store import matching_index, mirror
from store import matching_queries as ask
from store.documents import (
    to_allocation,
    to_credit_note,
    to_customer,
    to_invoice,
    to_receipt,
)
from store.matching_index import WORD
from store.session import chunks

# The documents of a key of more are not even counted.
COUNTED_MAX = 5 * SPELLED_MAX


def open_book(
    s: Session, organisation_id: int, learn_after: int, spoken_for: Mapping[str, int]
) -> Opened:
    """Open the books of an organisation for a decision.

    A payer is known after `learn_after` confirmations. `spoken_for` is what is on its way to
    documents already, in minor units.
    """
    book = StoredBook(s, organisation_id, learn_after, spoken_for)
    return Opened(
        book,
        partial(mirror.customer, s, organisation_id),
        number_example=book.number_example(),
        large=matching_index.large(s, organisation_id),
        merged=book.merged,
    )


class StoredBook:
    """What cash application asks of the books of one organisation, answered by its mirror."""

    def __init__(
        self,
        s: Session,
        organisation_id: int,
        learn_after: int = 1,
        spoken_for: Mapping[str, int] | None = None,
    ) -> None:
        self._s = s
        self._whose = {
            "organisation_id": organisation_id,
            "connection_id": matching_index.opened(s, organisation_id),
        }
        self._learn_after = learn_after
        self._spoken_for = spoken_for or {}
        self._items: dict[str, Item | None] = {}
        self._keys: dict[str, tuple[Item, ...]] = {}
        self._parties: dict[str, Party | None] = {}
        self._families: dict[str, frozenset[str]] = {}
        self._forms: dict[str, list[tuple[str, int]]] = {}
        self._words: dict[str, _Named] = {}
        rows = self._ask(ask.MERGED)
        self.merged = {row.vendor_id: row.merged_into for row in rows if row.merged_into}
        self._groups: dict[str, list[str]] = defaultdict(list)
        for one in self.merged:
            self._groups[living(self.merged, one)].append(one)

    def number_example(self) -> str:
        """Give the number that was issued last."""
        rows = self._ask(ask.LATEST_NUMBER)
        return rows[0].number if rows else ""

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
        found: dict[str, set[tuple[str, bool]]] = {
            key: set() for key in wanted if key not in self._keys
        }
        for part in chunks(list(found)):
            for row in self._ask(ask.KEYS, keys=part):
                if row.kind != Kind.CUSTOMER:
                    found[row.key].add((row.vendor_id, row.kind == Kind.CREDIT_NOTE))
        few = {key: some for key, some in found.items() if len(some) <= COUNTED_MAX}
        self._fetch([one for some in few.values() for one, _ in some])
        for key in found:
            pairs = ((self._items[one], credit) for one, credit in sorted(few.get(key, ())))
            items = tuple(item for item, credit in pairs if item and item.credit == credit)
            self._keys[key] = items if len(items) <= SPELLED_MAX else ()
        return {key: self._keys[key] for key in wanted if self._keys[key]}

    def owing(self, customer_id: str, currency: str) -> Sequence[Item]:
        """Give what a customer has open in a currency, credit notes too, oldest due first."""
        whose = self._with_merged([customer_id])
        found = [
            self._item(kind, row)
            for kind, statement in ask.OWING.items()
            for row in self._ask(statement, ids=whose)
            if row.currency == currency
        ]
        self._items.update((one.id, one) for one in found if not one.credit)
        self._fetch([one.id for one in found if one.credit])
        owed = (one for one in found if one.open and one == self._items[one.id])
        return sorted(owed, key=lambda item: (item.due, item.issued, item.number, item.id))

    def amounting(self, currency: str, amount: int) -> Sequence[Item]:
        """Give open invoices on which exactly this is open, by id, the first `AMOUNTING_MAX`."""
        if amount <= 0:
            return ()
        most = AMOUNTING_MAX + len(self._spoken_for)
        rows = self._ask(ask.AMOUNTING, currency=currency, minor=amount, most=most)
        found = {row.vendor_id: self._item(Kind.INVOICE, row) for row in rows}
        self._fetch(list(self._spoken_for))
        rests = (self._items[one] for one in self._spoken_for)
        found |= {one.id: one for one in rests if one and not one.credit}
        right = [one for one in found.values() if (one.currency, one.open) == (currency, amount)]
        return sorted(right, key=lambda item: item.id)[:AMOUNTING_MAX]

    def party(self, customer_id: str) -> Party | None:
        """Give one customer."""
        self._meet([customer_id])
        return self._parties[customer_id]

    def parties(self, ids: Sequence[str]) -> list[Party]:
        """Give several customers; unknown ones are left out."""
        self._meet(ids)
        return [party for party in map(self._parties.get, ids) if party]

    def family(self, customer_id: str) -> frozenset[str]:
        """Give the customers that one group of companies is made of, this one with them."""
        if customer_id not in self._families:
            self._families[customer_id] = self._family(customer_id)
        return self._families[customer_id]

    def known_as(self, form: str) -> Sequence[tuple[str, int]]:
        """Give (customer, count) for a form of a payer; count 0 is the ledger's own word.

        What people confirmed speaks once it was often enough, or the ledger knows the form.
        """
        if form not in self._forms:
            rows = self._ask(ask.KNOWN_AS, form=form)
            times = [row.confirmations for row in rows]
            known = 0 in times or max(times, default=0) >= self._learn_after
            counts: dict[str, int] = defaultdict(int)
            for row in rows if known else ():
                counts[living(self.merged, row.customer_id)] += row.confirmations
            self._forms[form] = sorted(counts.items())
        return self._forms[form]

    def names_like(self, word: str) -> Sequence[Party]:
        """Give the customers in whose names a word stands; none for a word of too many."""
        if word not in self._words:
            # Each that was merged may be one that is there already.
            most = NAMES_MAX + len(self.merged) + 1
            rows = self._ask(ask.NAMED, word=f"{WORD}:{word}", most=most)
            ids = sorted({living(self.merged, row.vendor_id) for row in rows})
            self._words[word] = _Named(self, ids if len(ids) <= NAMES_MAX else [])
        return self._words[word]

    def payouts(self, currency: str, amount: int) -> Sequence[ExpectedPayout]:
        """Give the payouts of exactly this amount that no bank line was found to be."""
        return [
            ExpectedPayout(row.vendor_id, Money(row.net, row.currency), row.arrives)
            for row in self._ask(ask.PAYOUTS, currency=currency, minor=amount)
        ]

    def past(self, currency: str, amount: int) -> Sequence[Past]:
        """Give the payments of exactly this amount placed before, the newest of very many."""
        return self._placed(self._ask(ask.PAST, currency=currency, minor=amount))

    def past_of(self, customers: Iterable[str], currency: str, amount: int) -> Sequence[Past]:
        """Give those of `past` that were of some customers."""
        whose = self._with_merged(customers)
        return self._placed(self._ask(ask.PAST_OF, ids=whose, currency=currency, minor=amount))

    def _ask(self, statement: Executable, **asked: object) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = self._s.execute(statement, {**self._whose, **asked}).all()
        return rows

    def _with_merged(self, customers: Iterable[str]) -> list[str]:
        """Give customers with those that were merged into them."""
        return [each for one in sorted(customers) for each in (one, *self._groups.get(one, ()))]

    def _placed(self, rows: Sequence[Row[Any]]) -> list[Past]:
        parts: dict[str, list[Row[Any]]] = {row.vendor_id: [] for row in rows}
        for some in chunks(list(parts)):
            for one in self._ask(ask.PLACED, ids=some):
                parts[one.holder_id].append(one)
        return [
            Past(
                row.vendor_id,
                to_receipt(row, [to_allocation(one) for one in parts[row.vendor_id]]),
                living(self.merged, row.customer_id),
                tuple((one.invoice_id, one.amount) for one in parts[row.vendor_id]),
            )
            for row in sorted(rows, key=lambda row: row.vendor_id)
        ]

    def _fetch(self, ids: Sequence[str]) -> None:
        """Read documents that were not read yet; where two have one id, the invoice is meant."""
        for part in chunks([one for one in dict.fromkeys(ids) if one not in self._items]):
            for kind, statement in ask.BY_ID.items():
                rows = self._ask(statement, ids=part)
                for row in rows:
                    self._items.setdefault(row.vendor_id, self._item(kind, row))
            for one in part:
                self._items.setdefault(one, None)

    def _meet(self, ids: Iterable[str]) -> None:
        """Read customers that were not read yet, each with those that were merged into it."""
        new = [one for one in dict.fromkeys(ids) if one not in self._parties]
        groups: dict[str, list[Customer]] = defaultdict(list)
        for part in chunks(self._with_merged(new)):
            for row in self._ask(ask.CUSTOMERS_BY_ID, ids=part):
                groups[living(self.merged, row.vendor_id)].append(to_customer(row))
        for one in new:
            found = sorted(groups[one], key=lambda each: each.ref.id)
            self._parties[one] = party_of(one, found, self.merged) if found else None

    def _family(self, customer_id: str) -> frozenset[str]:
        top = customer_id
        for _ in range(PARENTS_MAX):
            party = self.party(top)
            if party is None or not party.parent_id:
                break
            top = party.parent_id
        found, newest = {customer_id, top}, {top}
        while newest:
            rows = self._ask(ask.CHILDREN, ids=self._with_merged(newest))
            maybe = {living(self.merged, row.vendor_id) for row in rows} - found
            self._meet(maybe)
            # One that was merged has no parent of its own any more.
            parents = {one: party.parent_id for one in maybe if (party := self._parties[one])}
            newest = {one for one, parent in parents.items() if parent in newest}
            found |= newest
        return frozenset(found)

    def _item(self, kind: Kind, row: Row[Any]) -> Item:
        owner = living(self.merged, row.customer_id)
        spoken_for = self._spoken_for.get(row.vendor_id, 0)
        if kind is Kind.CREDIT_NOTE:
            return credit_item(to_credit_note(row, ()), owner, spoken_for)
        return invoice_item(to_invoice(row), owner, spoken_for)


class _Named(Sequence[Party]):
    """The customers in whose names a word stands: read when they are looked at, not to be counted.

    Of several words the rarest decides, and those in many names are often not looked at.
    """

    def __init__(self, book: StoredBook, ids: Sequence[str]) -> None:
        self._book = book
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> Party: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Party]: ...

    def __getitem__(self, at: int | slice) -> Party | Sequence[Party]:
        return self._book.parties(self._ids)[at]

    def __iter__(self) -> Iterator[Party]:
        return iter(self._book.parties(self._ids))
