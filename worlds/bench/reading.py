"""Whether what is visible allows one answer: how a careful reader would weigh a payment.

This is the bench's own judgement, made without the product's code. It may look at the ledger and
at the payment, never at the truth, but to ask whether the one answer it allows is the true one.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from worlds.bench import numbering
from worlds.bench.policy import GRACE_DAYS, ROUNDING_MAX
from worlds.bench.records import share

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date

    from worlds.bench.books import Books
    from worlds.bench.records import Customer, Document

SUM_POOL_MAX = 20
SUM_ITEMS_MAX = 5
Set = frozenset[str]


def runs(pool: Sequence[Document], day: date) -> Iterator[list[Document]]:
    """Give the natural selections of open documents: oldest first, a month, all due, everything."""
    invoices = sorted((one for one in pool if not one.credit), key=lambda one: one.age)
    for end in range(2, len(invoices) + 1):
        yield invoices[:end]
    for month in sorted({(one.issued.year, one.issued.month) for one in invoices}):
        yield [one for one in invoices if (one.issued.year, one.issued.month) == month]
    yield [one for one in invoices if one.due <= day]
    yield [*invoices, *(one for one in pool if one.credit)]


def sole(
    pool: Sequence[Document], paid: int, day: date, customers: Iterable[Customer] = ()
) -> Set | None:
    """Give the only set of documents that an amount without reference can mean, or None.

    Single documents come first, then natural runs, then what the policy takes off, then sums of a
    few out of a small pool. The first of these that fits at all has to fit once.
    """
    rates = {rate for one in customers for rate in one.withholding}
    ranks: tuple[Callable[[], set[Set]], ...] = (
        lambda: {frozenset([one.id]) for one in pool if one.open == paid and not one.credit},
        lambda: _fitting(runs(pool, day), paid),
        lambda: _reduced(pool, paid, day, rates),
        lambda: _sums(pool, paid),
    )
    for rank in ranks:
        found = rank()
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _fitting(choices: Iterable[Sequence[Document]], paid: int) -> set[Set]:
    return {
        frozenset(one.id for one in chosen)
        for chosen in choices
        if chosen and sum(one.signed for one in chosen) == paid
    }


def _reduced(pool: Sequence[Document], paid: int, day: date, rates: Collection[int]) -> set[Set]:
    found = set()
    for one in pool:
        if one.credit:
            continue
        less = {one.discount_on(day, GRACE_DAYS), *(share(one.net, rate) for rate in rates)} - {0}
        rounded = 0 < abs(one.open - paid) <= ROUNDING_MAX
        if rounded or one.open - paid in less:
            found.add(frozenset([one.id]))
    for chosen in runs(pool, day):
        short = sum(one.signed for one in chosen) - paid
        if short and short == sum(one.discount_on(day, GRACE_DAYS) for one in chosen):
            found.add(frozenset(one.id for one in chosen))
    return found


def _sums(pool: Sequence[Document], paid: int) -> set[Set]:
    if len(pool) > SUM_POOL_MAX:
        return set()
    found: set[Set] = set()
    for count in range(2, SUM_ITEMS_MAX + 1):
        found |= _fitting(combinations(pool, count), paid)
    return found


def repaired(books: Books, number: str, paid: int, customers: Sequence[Customer]) -> str | None:
    """Give the only document a damaged number can mean, or None.

    A document of the payer with the very amount comes first, then the only one of the payer, then
    the only one with the amount. The number as it stands counts among the candidates.
    """
    near = {number, *numbering.around(books.style, number)}
    found = [books.numbers[one] for one in near if one in books.numbers]
    found = [one for one in found if one.open and not one.credit]
    own = [one for one in found if any(one.customer is customer for customer in customers)]
    exact = [one for one in found if one.open == paid]
    both = [one for one in own if one in exact]
    for choice in (both, [] if len(customers) != 1 else own, [] if customers else exact):
        if choice:
            return choice[0].id if len(choice) == 1 else None
    return None
