"""The documents of a ledger in memory: some hundred bytes each, found by id, key, amount, payer."""

from __future__ import annotations

from array import array
from datetime import date
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from rules.matching.columns import ROWS_MAX, Buckets, Postings, Texts
from rules.matching.spellings import keys
from rules.matching.values import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A key of more documents than this says nothing, and an amount of more is no evidence.
SPELLED_MAX = 200
AMOUNTING_MAX = 48
# So many documents are turned into columns together.
TOGETHER = 4096


class Twins(NamedTuple):
    """Documents of one id, by their places in what was given; `same` if nothing tells them apart.

    The first of the same is used; of those that differ none is, for nobody knows which is right.
    """

    id: str
    rows: tuple[int, ...]
    same: bool


class TooManyError(ValueError):
    """There are more documents than an index of rows can hold."""


class Places(dict[str, int]):
    """Strings that come again and again, each kept once: the place of each, new ones added."""

    __slots__ = ("names",)

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __missing__(self, name: str) -> int:
        self[name] = len(self.names)
        self.names.append(name)
        return self[name]


class Documents:
    """Columns of documents, filled once and then indexed."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._ids, self._numbers = Texts(), Texts()
        self._po_numbers, self._references = Texts(), Texts()
        self._customer_of, self._currency_of = array("I"), array("H")
        self._totals, self._nets, self._opens = array("q"), array("q"), array("q")
        self._issued, self._due, self._until = array("i"), array("i"), array("i")
        self._percents, self._credit = array("i"), bytearray()
        self._customers, self._currencies = Places(), Places()
        waiting = iter(items)
        while several := list(islice(waiting, TOGETHER)):
            self._extend(several)
        if len(self._ids) >= ROWS_MAX:
            msg = f"{len(self._ids)} documents are more than the {ROWS_MAX - 1} that fit"
            raise TooManyError(msg)
        self._by_customer = Buckets(self._customer_of, len(self._customers))
        self._by_id = Postings(enumerate(self._ids))
        self.twins = tuple(self._twins())
        self._unused = frozenset(row for one in self.twins for row in one.rows[one.same :])
        for row in self._unused:
            self._opens[row] = 0
        self._by_amount = Postings(self._amounts())
        self._by_key = Postings(self._keys())

    def _extend(self, items: list[Item]) -> None:
        columns = dict(zip(Item._fields, zip(*items, strict=True), strict=True))
        self._ids.extend(columns["id"])
        self._numbers.extend(columns["number"])
        self._po_numbers.extend(columns["po_number"])
        self._references.extend(columns["reference"])
        self._customer_of.extend(map(self._customers.__getitem__, columns["customer_id"]))
        self._currency_of.extend(map(self._currencies.__getitem__, columns["currency"]))
        self._totals.extend(columns["total"])
        self._nets.extend(columns["net"])
        self._opens.extend(columns["open"])
        self._issued.extend(map(date.toordinal, columns["issued"]))
        self._due.extend(map(date.toordinal, columns["due"]))
        self._until.extend(day.toordinal() if day else 0 for day in columns["discount_until"])
        self._percents.extend(columns["discount_percent"])
        self._credit.extend(columns["credit"])

    def _twins(self) -> Iterator[Twins]:
        for together in self._by_id.shared():
            rows: dict[str, list[int]] = {}
            for row in together:
                rows.setdefault(self._ids[row], []).append(row)
            # Two ids may share a hash by accident.
            for name, several in ((name, each) for name, each in rows.items() if len(each) > 1):
                same = len({self._at(row) for row in several}) == 1
                yield Twins(name, tuple(several), same)

    def _amounts(self) -> Iterator[tuple[int, tuple[int, int]]]:
        columns = zip(self._currency_of, self._opens, self._credit, strict=True)
        for row, (currency, amount, credit) in enumerate(columns):
            if amount > 0 and not credit:
                yield row, (currency, amount)

    def _keys(self) -> Iterator[tuple[int, str]]:
        for column in (self._numbers, self._po_numbers, self._references):
            for row, text in enumerate(column):
                if text and row not in self._unused:
                    for key in keys(text):
                        yield row, key

    def _at(self, row: int) -> Item:
        until = self._until[row]
        return Item(
            self._ids[row],
            self._numbers[row],
            self._customers.names[self._customer_of[row]],
            self._currencies.names[self._currency_of[row]],
            self._totals[row],
            self._nets[row],
            self._opens[row],
            date.fromordinal(self._issued[row]),
            date.fromordinal(self._due[row]),
            bool(self._credit[row]),
            self._po_numbers[row],
            self._references[row],
            self._percents[row],
            date.fromordinal(until) if until else None,
        )

    def by_id(self, document_id: str) -> Item | None:
        """Give one document by its id."""
        for row in self._by_id.rows(document_id):
            if self._ids[row] == document_id and row not in self._unused:
                return self._at(row)
        return None

    def has(self, key: str) -> bool:
        """Whether a number may make this key; seldom true of one that none makes."""
        return bool(self._by_key.rows(key))

    def spelled(self, key: str) -> tuple[Item, ...]:
        """Give the documents one of whose numbers makes this key, by id; none of too many."""
        rows = dict.fromkeys(row for row in self._by_key.rows(key) if self._makes(row, key))
        if len(rows) > SPELLED_MAX:
            return ()
        return tuple(sorted(map(self._at, rows), key=lambda item: item.id))

    def _makes(self, row: int, key: str) -> bool:
        columns = (self._numbers, self._po_numbers, self._references)
        return any(key in keys(column[row]) for column in columns)

    def owing(self, customer_id: str, currency: str) -> tuple[Item, ...]:
        """Give what a customer has open in a currency, oldest due first."""
        customer, place = self._customers.get(customer_id), self._currencies.get(currency)
        if customer is None or place is None:
            return ()
        rows = self._by_customer.rows(customer)
        found = (
            self._at(row) for row in rows if self._currency_of[row] == place and self._opens[row]
        )
        return tuple(sorted(found, key=lambda item: (item.due, item.issued, item.number, item.id)))

    def amounting(self, currency: str, amount: int) -> tuple[Item, ...]:
        """Give open invoices on which exactly this is open, by id, the first `AMOUNTING_MAX`."""
        place = self._currencies.get(currency)
        rows = () if place is None else self._by_amount.rows((place, amount))
        right = (row for row in rows if self._is(row, place, amount))
        return tuple(
            self._at(row) for row in nsmallest(AMOUNTING_MAX, right, key=self._ids.__getitem__)
        )

    def _is(self, row: int, place: int | None, amount: int) -> bool:
        return self._opens[row] == amount and self._currency_of[row] == place
