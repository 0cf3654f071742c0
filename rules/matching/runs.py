"""What payers pay at one go: a month, everything due, the oldest first, the whole balance.

Among thirty open documents there are hundreds of sums that make any amount by accident, but only
a few of these runs, so that a payment which is exactly one of them is hardly an accident.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from rules.matching.values import Item

WHOLE_BALANCE = "whole_balance"
ALL_DUE = "all_due"
MONTH_DUE = "month_due"
MONTH_ISSUED = "month_issued"
OLDEST_FIRST = "oldest_first"

Worth = Callable[[Item], int]


def signed(one: Item) -> int:
    """Give what is left of a document as it counts in a sum: credit notes are negative."""
    return -one.open if one.credit else one.open


def by_due(one: Item) -> tuple[date, date, str, str]:
    """Order documents as they fall due."""
    return one.due, one.issued, one.number, one.id


def _by_issue(one: Item) -> tuple[date, date, str, str]:
    return one.issued, one.due, one.number, one.id


class Run(NamedTuple):
    """The first `size` of `ordered` documents, and what they come to."""

    name: str
    total: int
    ordered: Sequence[Item]
    size: int

    @property
    def documents(self) -> tuple[Item, ...]:
        """The documents of the run."""
        return tuple(self.ordered[: self.size])


def runs(items: Sequence[Item], day: date, worth: Worth = signed) -> Iterator[Run]:
    """Give the runs of a customer's open documents on a day, the more telling first.

    Each comes without credit notes, with all of them, and, of a month, with that month's. Whoever
    paid a part of an invoice may hold it for settled, so that the runs without what is left of such
    ones come after those with it.
    """
    invoices = [one for one in items if not one.credit]
    notes = sorted((one for one in items if one.credit), key=by_due)
    yield from _every(invoices, notes, day, worth)
    whole = [one for one in invoices if one.open == one.total]
    if 0 < len(whole) < len(invoices):
        yield from _every(whole, notes, day, worth)


def _every(
    invoices: Sequence[Item], notes: Sequence[Item], day: date, worth: Worth
) -> Iterator[Run]:
    oldest = sorted(invoices, key=by_due)
    for before in ([], notes) if notes else ([],):
        yield from _prefixes(oldest, before, day, worth)
        # Whoever goes by the date of issue pays another sequence, but the same whole.
        yield from _prefixes(sorted(invoices, key=_by_issue), before, None, worth)
    for name, month in ((MONTH_DUE, _due_month), (MONTH_ISSUED, _issue_month)):
        yield from _months(name, oldest, notes, month, worth)


def _due_month(one: Item) -> tuple[int, int]:
    return one.due.year, one.due.month


def _issue_month(one: Item) -> tuple[int, int]:
    return one.issued.year, one.issued.month


def _prefixes(
    invoices: Sequence[Item], before: Sequence[Item], day: date | None, worth: Worth
) -> Iterator[Run]:
    ordered = [*before, *invoices]
    total = sum(map(worth, before))
    last = len(invoices)
    for count, one in enumerate(invoices, 1):
        total += worth(one)
        name = OLDEST_FIRST
        if count == last:
            name = WHOLE_BALANCE
        elif day is not None and one.due <= day < invoices[count].due:
            name = ALL_DUE
        yield Run(name, total, ordered, len(before) + count)


def _months(
    name: str,
    invoices: Sequence[Item],
    notes: Sequence[Item],
    month: Callable[[Item], tuple[int, int]],
    worth: Worth,
) -> Iterator[Run]:
    grouped: dict[tuple[int, int], list[Item]] = defaultdict(list)
    for one in invoices:
        grouped[month(one)].append(one)
    for when, documents in grouped.items():
        own = [one for one in notes if month(one) == when]
        for more in [[], own, notes] if own else [[], notes] if notes else [[]]:
            ordered = [*more, *documents]
            yield Run(name, sum(map(worth, ordered)), ordered, len(ordered))
