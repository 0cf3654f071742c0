"""A `Book` in memory: the ledger of one organisation, read once and asked often.

However the ledger was ordered, the answers are the same: documents come by id or due day, customers
in the order of their ids.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.matching.documents import Documents
from rules.matching.forms import customer_forms, payment_forms
from rules.matching.names import search_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rules.matching.documents import Twins
    from rules.matching.values import ExpectedPayout, Item, Party, Past

# A word in more names than this tells no customer from another.
NAMES_MAX = 200
# How far up a group of companies goes; what is above is no parent but a mistake.
PARENTS_MAX = 10
# How many answers of each kind are kept: those about one payment are asked for again and again.
KEPT_MAX = 2048


class MemoryBook:
    """What cash application asks of a ledger, answered from columns and sorted arrays."""

    def __init__(
        self,
        items: Iterable[Item],
        parties: Iterable[Party] = (),
        payouts: Iterable[ExpectedPayout] = (),
        past: Iterable[Past] = (),
    ) -> None:
        self.documents = Documents(items)
        self._parties = {one.id: one for one in sorted(parties, key=lambda one: one.id)}
        self._payouts: dict[tuple[str, int], list[ExpectedPayout]] = defaultdict(list)
        for payout in sorted(payouts, key=lambda one: one.id):
            self._payouts[payout.amount.currency, payout.amount.minor].append(payout)
        self._past: dict[tuple[str, int], list[Past]] = defaultdict(list)
        self._forms: dict[str, Counter[str]] = defaultdict(Counter)
        self._children: dict[str, list[str]] = defaultdict(list)
        self._words: dict[str, list[str]] = defaultdict(list)
        for party in self._parties.values():
            self._know(party)
        for one in sorted(past, key=lambda one: one.id):
            self._remember(one)
        # Documents are made anew each time they are asked for, which costs more than to look.
        self._spelled = lru_cache(KEPT_MAX)(self.documents.spelled)
        self._owing = lru_cache(KEPT_MAX)(self.documents.owing)
        self._amounting = lru_cache(KEPT_MAX)(self.documents.amounting)

    @property
    def twins(self) -> tuple[Twins, ...]:
        """The documents that were given twice."""
        return self.documents.twins

    def item(self, document_id: str) -> Item | None:
        """Give one document by its id."""
        return self.documents.by_id(document_id)

    def spelled(self, key: str) -> Sequence[Item]:
        """Give the documents, open or paid, one of whose numbers makes this key."""
        # Most keys that are asked for are guesses at damaged numbers, and find nothing.
        return self._spelled(key) if self.documents.has(key) else ()

    def spelled_among(self, keys: Iterable[str]) -> Mapping[str, Sequence[Item]]:
        """Give `spelled` of those of many keys that find anything."""
        return {key: found for key in keys if (found := self.spelled(key))}

    def owing(self, customer_id: str, currency: str) -> Sequence[Item]:
        """Give what a customer has open in a currency, credit notes too, oldest due first."""
        return self._owing(customer_id, currency)

    def amounting(self, currency: str, amount: int) -> Sequence[Item]:
        """Give open invoices on which exactly this is open (at most a few dozen)."""
        return self._amounting(currency, amount)

    def party(self, customer_id: str) -> Party | None:
        """Give one customer."""
        return self._parties.get(customer_id)

    def family(self, customer_id: str) -> frozenset[str]:
        """Give the customers that one group of companies is made of, this one with them."""
        top = customer_id
        for _ in range(PARENTS_MAX):
            party = self._parties.get(top)
            if party is None or not party.parent_id:
                break
            top = party.parent_id
        found = {customer_id, top}
        waiting = [top]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return frozenset(found)

    def known_as(self, form: str) -> Sequence[tuple[str, int]]:
        """Give (customer, count) for a form of a payer; count 0 is the ledger's own word."""
        return sorted(self._forms[form].items()) if form in self._forms else ()

    def names_like(self, word: str) -> Sequence[Party]:
        """Give the customers in whose names a word stands; none for a word of too many."""
        found = self._words.get(word, ())
        return [self._parties[one] for one in found] if len(found) <= NAMES_MAX else ()

    def payouts(self, currency: str, amount: int) -> Sequence[ExpectedPayout]:
        """Give the payouts of exactly this amount."""
        return self._payouts.get((currency, amount), ())

    def past(self, currency: str, amount: int) -> Sequence[Past]:
        """Give the payments of exactly this amount placed before."""
        return self._past.get((currency, amount), ())

    def past_of(self, customers: Iterable[str], currency: str, amount: int) -> Sequence[Past]:
        """Give those of `past` that were of some customers."""
        whose = frozenset(customers)
        return [one for one in self.past(currency, amount) if one.customer_id in whose]

    def teach(self, form: str, customer_id: str, times: int) -> None:
        """Make a form known that payments of a customer were confirmed to have so often."""
        self._forms[form][customer_id] += times

    def _know(self, party: Party) -> None:
        if party.parent_id:
            self._children[party.parent_id].append(party.id)
        for form in customer_forms(party):
            self._forms[form][party.id] += 0
        names = (party.name, *party.aliases)
        for word in dict.fromkeys(word for name in names for word in search_words(name)):
            self._words[word].append(party.id)

    def _remember(self, past: Past) -> None:
        amount = past.payment.amount
        self._past[amount.currency, amount.minor].append(past)
        for form in payment_forms(past.payment):
            self._forms[form][past.customer_id] += 1
