"""Which open documents of one customer make exactly an amount.

One invoice of that amount and the runs of `rules.matching.runs` come first; one invoice and two
others that make it are two answers. Only without any of them are other sums searched, among few
documents and of few: all of them at once, the sums of one half of the documents being looked up
among those of the other half.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby, islice
from typing import NamedTuple

from rules.matching.policy import Policy
from rules.matching.runs import MONTH_DUE, MONTH_ISSUED, OLDEST_FIRST, Worth, by_due, runs, signed
from rules.matching.values import Item

ONE_INVOICE = "invoice"
SUM = "sum"

EXAMPLES_MAX = 3

# Runs of more documents than this are not looked at.
RUN_ITEMS_MAX = 1_000

# More sums than this are not told apart.
SOLUTIONS_MAX = 64

# Steps that round amounts go by, in minor units.
ROUND = (1, 10, 100, 1_000, 10_000, 100_000)

# Accidental sums are counted within this part of the amount, up and down.
NEIGHBOURHOOD = 20


class Outcome(StrEnum):
    """How many answers there are; TWINS are answers that differ in documents of equal amounts."""

    NONE = "none"
    ONE = "one"
    TWINS = "twins"
    SEVERAL = "several"
    TOO_MANY = "too_many"


class Found(NamedTuple):
    """Documents that make the amount, and what they are: a run's name, or "invoice" or "sum"."""

    name: str
    documents: tuple[Item, ...]


class Sums(NamedTuple):
    """The answers, at most three, the likeliest first.

    Of twins the first is the one of those that fell due first. `chance` is how many sums of this
    amount are to be expected by accident: an answer is little evidence where it is large.
    """

    outcome: Outcome
    found: tuple[Found, ...] = ()
    chance: float = 0.0


def sums(
    items: Sequence[Item], amount: int, day: date, policy: Policy, worth: Worth = signed
) -> Sums:
    """Find the documents, of one customer and currency, whose `worth` makes an amount.

    `worth` is what a document counts, credit notes negative: what is open, or, say, what is open
    less a discount. The answer does not depend on the order of the items.
    """
    if amount <= 0:
        return Sums(Outcome.NONE)
    ordered = sorted((one for one in items if worth(one)), key=by_due)
    told = _told(ordered, amount, day, worth)
    return told or _searched(ordered, amount, policy, worth)


def _told(items: Sequence[Item], amount: int, day: date, worth: Worth) -> Sums | None:
    """Look for one invoice, and for runs."""
    found = [Found(ONE_INVOICE, (one,)) for one in items if worth(one) == amount]
    if len(items) <= RUN_ITEMS_MAX:
        fitting = (one for one in runs(items, day, worth) if one.total == amount)
        found += [Found(one.name, one.documents) for one in fitting]
    different: dict[frozenset[str], Found] = {}
    for one in found:
        # The first name that fits a set of documents says most.
        different.setdefault(frozenset(each.id for each in one.documents), one)
    answers = list(different.values())
    if not answers:
        return None
    if [one.name for one in answers] == [ONE_INVOICE]:
        answers += _pair(items, amount, worth)
    if len({tuple(sorted(map(worth, one.documents))) for one in answers}) > 1:
        return Sums(Outcome.SEVERAL, tuple(answers[:EXAMPLES_MAX]))
    answers.sort(key=lambda one: [by_due(each) for each in one.documents])
    twins = len(answers) > 1 or _twin_outside(answers[0], items, worth)
    return Sums(Outcome.TWINS if twins else Outcome.ONE, tuple(answers[:EXAMPLES_MAX]))


def _pair(items: Sequence[Item], amount: int, worth: Worth) -> list[Found]:
    """Give two invoices that make the amount, if any: so few sums hardly do by accident."""
    seen: dict[int, Item] = {}
    for one in items:
        other = seen.get(amount - worth(one))
        if other is not None:
            return [Found(SUM, (other, one))]
        if worth(one) > 0:
            seen.setdefault(worth(one), one)
    return []


def _twin_outside(found: Found, items: Sequence[Item], worth: Worth) -> bool:
    """Whether an equal amount stands outside a run that is not all there is, or all due."""
    if found.name not in (OLDEST_FIRST, MONTH_DUE, MONTH_ISSUED):
        return False
    inside = set(found.documents)
    amounts = {worth(one) for one in inside}
    return any(worth(one) in amounts for one in items if one not in inside)


def _searched(items: Sequence[Item], amount: int, policy: Policy, worth: Worth) -> Sums:
    """Look for any sum. Equal amounts are taken oldest first, so that sums differ in amounts."""
    credit = sum(worth(one) for one in items if worth(one) < 0)
    usable = [one for one in items if worth(one) <= amount - credit]
    if sum(worth(one) for one in usable if worth(one) > 0) < amount:
        return Sums(Outcome.NONE)
    if len(usable) > policy.max_combination_candidates:
        return Sums(Outcome.TOO_MANY)
    most = policy.max_combined_invoices
    usable.sort(key=worth)
    groups = [list(each) for _, each in groupby(usable, key=worth)]
    masks = _masks(groups, amount, most, worth)
    position = {one.id: at for at, one in enumerate(items)}
    found = sorted((_documents(usable, mask) for mask in masks), key=_together(position))
    examples = tuple(Found(SUM, tuple(sorted(one, key=by_due))) for one in found[:EXAMPLES_MAX])
    if len(found) != 1:
        return Sums(Outcome.SEVERAL if found else Outcome.NONE, examples)
    outside = {worth(one) for one in usable if one not in found[0]}
    twins = any(worth(one) in outside for one in found[0])
    chance = _chance([worth(one) for one in usable], [worth(one) for one in found[0]], most)
    return Sums(Outcome.TWINS if twins else Outcome.ONE, examples, chance)


def _documents(usable: Sequence[Item], mask: int) -> list[Item]:
    return [one for at, one in enumerate(usable) if mask >> at & 1]


def _together(position: dict[str, int]) -> Callable[[list[Item]], tuple[int, list[int]]]:
    """Order sums: those first that leave the fewest documents out between them, the oldest."""

    def key(documents: list[Item]) -> tuple[int, list[int]]:
        places = sorted(position[one.id] for one in documents)
        return places[-1] - places[0] - len(places), places

    return key


def _masks(groups: Sequence[Sequence[Item]], amount: int, most: int, worth: Worth) -> list[int]:
    """Give the sets of documents, as bits, that make an amount; at most SOLUTIONS_MAX of them."""
    counted = [(worth(one[0]), len(one)) for one in groups]
    middle = len(counted) // 2
    start = sum(count for _, count in counted[:middle])
    left = _half(counted[:middle], 0, most)
    right: dict[int, list[int]] = defaultdict(list)
    for total, mask in _half(counted[middle:], start, most):
        right[total].append(mask)
    fitting = (
        mask | other
        for total, mask in left
        for other in right.get(amount - total, ())
        if (mask | other).bit_count() <= most
    )
    return list(islice(fitting, SOLUTIONS_MAX))


def _half(counted: Sequence[tuple[int, int]], start: int, most: int) -> list[tuple[int, int]]:
    """Give every sum of the first few of each amount, with the documents in it as bits."""
    made = [(0, 0)]
    for value, count in counted:
        wider = [
            (total + value * taken, mask | ((1 << taken) - 1) << start)
            for total, mask in made
            for taken in range(1, min(count, most - mask.bit_count()) + 1)
        ]
        made += wider
        start += count
    return made


def _chance(values: Sequence[int], answer: Sequence[int], most: int) -> float:
    """Estimate how many sums make the answer's amount by accident.

    As many as there are sums near it, spread over the amounts there. Round documents make only
    round sums, so that these are looked at by themselves too.
    """
    amount, chances = sum(answer), []
    for step in ROUND:
        if any(one % step for one in answer):
            break
        some = [one for one in values if one % step == 0]
        reach = max(amount // NEIGHBOURHOOD, step)
        chances.append(_near(some, amount, reach, most) * step / (2 * reach))
    return max(chances)


def _near(values: Sequence[int], amount: int, reach: int, most: int) -> int:
    """Count the sums within reach of an amount, without the amount itself once."""
    middle = len(values) // 2
    left, right = (
        _half([(one, 1) for one in half], 0, most) for half in (values[:middle], values[middle:])
    )
    totals = sorted(total for total, _ in right)
    inside = sum(
        bisect_right(totals, amount + reach - total) - bisect_left(totals, amount - reach - total)
        for total, _ in left
    )
    return inside - 1
