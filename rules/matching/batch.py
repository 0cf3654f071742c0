"""One run over a batch of payments: what earlier answers have left of every document.

Documents, payouts and past payments are used up as payments are placed, so that what weak evidence
sees is what strong evidence did not need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.matching.naming import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rules.matching.book import Book
    from rules.matching.mentions import Reading
    from rules.matching.policy import Policy
    from rules.matching.values import Answer, Item, Settlement


@dataclass(slots=True)
class Batch:
    """The book as it stands after the answers taken so far.

    `used` is in minor units per document, positive for credit notes too.
    """

    book: Book
    policy: Policy
    used: dict[str, int] = field(default_factory=dict)
    referred: set[str] = field(default_factory=set)
    _partly: dict[str, Item] = field(default_factory=dict)
    # What customers owe, until something of it is used: large ones owe thousands of documents.
    _owing: dict[tuple[str, str], tuple[Item, ...]] = field(default_factory=dict)
    # What remittances say: advices of one total are compared with many payments.
    _readings: dict[str, Reading] = field(default_factory=dict)

    def read(self, reference: str) -> Reading:
        """Give what the reference of a remittance's line names in the book."""
        known = self._readings.get(reference)
        if known is None:
            known = self._readings[reference] = read(reference, self.book.spelled_among)
        return known

    def left(self, item: Item) -> Item:
        """Give a document with what is left of it as `open`."""
        used = self.used.get(item.id)
        return item._replace(open=item.open - used) if used else item

    def owing(self, customer_id: str, currency: str) -> tuple[Item, ...]:
        """Give what is left of a customer's open documents, oldest due first."""
        known = self._owing.get((customer_id, currency))
        if known is None:
            items = map(self.left, self.book.owing(customer_id, currency))
            known = tuple(one for one in items if one.open > 0)
            self._owing[customer_id, currency] = known
        return known

    def owing_of(self, customers: Iterable[str], currency: str) -> tuple[Item, ...]:
        """Give what is left of several customers' open documents, oldest due first."""
        whose = [self.owing(one, currency) for one in sorted(customers)]
        several = [owed for owed in whose if owed]
        if len(several) == 1:
            return several[0]
        items = (one for owed in several for one in owed)
        return tuple(sorted(items, key=lambda one: (one.due, one.issued, one.number, one.id)))

    def amounting(self, currency: str, amount: int) -> list[Item]:
        """Give the invoices of which exactly this is left."""
        items = [*self.book.amounting(currency, amount), *self._partly.values()]
        found = {one.id: self.left(one) for one in items if one.currency == currency}
        return [one for one in found.values() if one.open == amount and not one.credit]

    def holds(self, settlement: Settlement) -> bool:
        """Whether a settlement takes no more from any document than is left of it."""
        taken: dict[str, int] = {}
        for one in settlement.cleared:
            taken[one.document_id] = taken.get(one.document_id, 0) + abs(one.amount)
        items = {name: self.book.item(name) for name in taken}
        return all(
            item is not None and amount <= self.left(item).open
            for (name, amount), item in zip(taken.items(), items.values(), strict=True)
        )

    def take(self, answer: Answer) -> None:
        """Use up what an answer needs."""
        if answer.refers_to:
            self.referred.add(answer.refers_to)
        for one in answer.settlement.cleared:
            self.used[one.document_id] = self.used.get(one.document_id, 0) + abs(one.amount)
            self._partly.pop(one.document_id, None)
        names = (one.document_id for one in answer.settlement.cleared)
        for item in filter(None, map(self.book.item, names)):
            self._owing.pop((item.customer_id, item.currency), None)
            if self.left(item).open:
                self._partly[item.id] = item


def worth(items: Sequence[Item]) -> int:
    """Add up what is open on documents, credit notes counted against invoices."""
    return sum(-one.open if one.credit else one.open for one in items)
