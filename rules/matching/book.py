"""What cash application may ask of a ledger, whether it lies in memory or in a store.

Answers are small: whoever asks names a number, an amount, a customer or a payer. `left` is asked
again for each payment, for documents are used up as payments are placed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger.documents import Customer
    from rules.matching.values import ExpectedPayout, Item, Party, Past


class Book(Protocol):
    """The open documents of one organisation, and those paid not long ago."""

    def item(self, document_id: str) -> Item | None:
        """Give one document by its id."""

    def spelled(self, key: str) -> Sequence[Item]:
        """Give the documents, open or paid, one spelling of whose numbers makes this key.

        `rules.matching.spellings` makes keys, of numbers and of words in a payment's text alike.
        """

    def spelled_among(self, keys: Iterable[str]) -> Mapping[str, Sequence[Item]]:
        """Give `spelled` of those of many keys that find anything: a store is asked once."""

    def owing(self, customer_id: str, currency: str) -> Sequence[Item]:
        """Give what a customer has open in a currency, credit notes too, oldest due first."""

    def amounting(self, currency: str, amount: int) -> Sequence[Item]:
        """Give open invoices on which exactly this is open (at most a few dozen)."""

    def party(self, customer_id: str) -> Party | None:
        """Give one customer."""

    def family(self, customer_id: str) -> frozenset[str]:
        """Give the customers that one group of companies is made of, this one with them."""

    def known_as(self, form: str) -> Sequence[tuple[str, int]]:
        """Give (customer, count) for a form of name or account: count 0 is the ledger's own word.

        `rules.matching.forms` makes forms.
        """

    def names_like(self, word: str) -> Sequence[Party]:
        """Give the customers in whose names a word stands; none for a word of too many.

        The words are those that `rules.matching.names.search_words` gives of names and aliases.
        """

    def payouts(self, currency: str, amount: int) -> Sequence[ExpectedPayout]:
        """Give the payouts of exactly this amount."""

    def past(self, currency: str, amount: int) -> Sequence[Past]:
        """Give the payments of exactly this amount placed before."""

    def past_of(self, customers: Iterable[str], currency: str, amount: int) -> Sequence[Past]:
        """Give those of `past` that were of some customers: there may be thousands of others."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A book, and what a decision wants to know of all of a ledger at once.

    `number_example` is the number that was issued last, `large` per currency the amount in minor
    units that all but a hundredth of the open invoices stay below. `customer` gives one as the
    ledger has it, and `merged` says of customers into whom they were merged.
    """

    book: Book
    customer: Callable[[str], Customer | None]
    number_example: str = ""
    large: Mapping[str, int] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
