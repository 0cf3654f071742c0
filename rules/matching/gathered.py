"""What an organisation's mirror tells, laid out as the ledger that cash application asks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ledger.documents import Status
from rules.matching.book import Opened
from rules.matching.in_memory import MemoryBook
from rules.matching.mirrored import OWED_WHEN, credit_item, invoice_item, living, merges, party_of
from rules.matching.policy import Counted, Policy, large_amounts
from rules.matching.spellings import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from ledger.documents import Customer, Receipt
    from rules.cash import Matching
    from rules.facts import MatchFacts, Payer
    from rules.matching.book import Book
    from rules.matching.values import ExpectedPayout, Party, Past


@dataclass(frozen=True, slots=True)
class Gathered:
    """The ledger as a `Book`, what is allowed, and who merged into whom."""

    book: Book
    policy: Policy
    merged: Mapping[str, str]
    customer: Callable[[str], Customer | None]

    def living(self, customer_id: str) -> str:
        """Give the customer that a merged one went into."""
        return living(self.merged, customer_id)

    def placed(self, receipt: Receipt) -> Receipt:
        """Give a receipt as the book knows its customer."""
        if not receipt.customer_id:
            return receipt
        return replace(receipt, customer_id=self.living(receipt.customer_id))


def gather(
    facts: MatchFacts, matching: Matching, today: date, opened: Opened | None = None
) -> Gathered:
    """Lay everything out that is known of an organisation at one moment.

    Without a ledger to ask, `facts` hold all of it.
    """
    opened = opened or read_whole(facts, matching.learn_payer_after)
    policy = Policy(
        as_of=today,
        base_currency="",
        own_names=facts.own_names,
        number_example=opened.number_example,
        large=opened.large,
        confirmations={name: Counted(*each) for name, each in facts.confirmations.items()},
        undone=facts.undone,
        shared=facts.shared,
        ignored=frozenset(one.id for one in matching.rules if one.outcome == "ignore"),
        max_combined_invoices=matching.max_combined_invoices,
        minimum_reference_length=matching.minimum_reference_length,
        reference_words=_joined(matching.ignore_reference_words),
    )
    return Gathered(opened.book, policy, opened.merged, opened.customer)


def read_whole(
    facts: MatchFacts,
    learn_after: int,
    payouts: Iterable[ExpectedPayout] = (),
    past: Iterable[Past] = (),
) -> Opened:
    """Make the book of all that facts hold of a ledger, and of what came before."""
    merged = merges(facts.customers.values())
    owed = [one for one in facts.invoices if one.status in OWED_WHEN]
    # Where a ledger gives both one id, the invoice is meant.
    ids = {one.ref.id for one in owed}
    notes = [one for one in facts.credit_notes if one.status in OWED_WHEN and one.ref.id not in ids]
    spoken = facts.spoken_for
    items = [
        *(
            invoice_item(one, living(merged, one.customer_id), spoken.get(one.ref.id, 0))
            for one in owed
        ),
        *(
            credit_item(one, living(merged, one.customer_id), spoken.get(one.ref.id, 0))
            for one in notes
        ),
    ]
    book = MemoryBook(items, _parties(facts.customers, merged), payouts, past)
    _teach(book, facts.payers, merged, learn_after)
    return Opened(
        book,
        facts.customers.get,
        number_example=max(((one.issued, one.number) for one in owed), default=(None, ""))[1],
        large=large_amounts(
            (one.total.currency, one.total.minor) for one in owed if one.status is Status.OPEN
        ),
        merged=merged,
    )


def _parties(customers: Mapping[str, Customer], merged: Mapping[str, str]) -> list[Party]:
    """Make the living customers, each with the names and addresses of those merged into it."""
    groups: dict[str, list[Customer]] = defaultdict(list)
    for customer_id, one in sorted(customers.items()):
        groups[living(merged, customer_id)].append(one)
    return [party_of(customer_id, group, merged) for customer_id, group in groups.items()]


def _teach(
    book: MemoryBook, payers: Sequence[Payer], merged: Mapping[str, str], learn_after: int
) -> None:
    """Make payers known whom people confirmed often enough.

    Confirmations of a second customer, however few, show that a form is shared.
    """
    enough = {one.form for one in payers if one.confirmations >= learn_after}
    for one in payers:
        if one.form in enough or book.known_as(one.form):
            book.teach(one.form, living(merged, one.customer_id), one.confirmations)


def _joined(words: Iterable[str]) -> frozenset[str]:
    """Give words as they stand right before a number, when nothing in them parts them."""
    return frozenset("".join(filter(str.isalnum, plain(one))) for one in words)
