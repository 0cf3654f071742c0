"""The ways to read what a payment's texts name, the most certain first."""

from __future__ import annotations

from enum import IntEnum
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from rules.matching import schemes
from rules.matching.spellings import Spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rules.matching.line import Line
    from rules.matching.mentions import Mention, Named
    from rules.matching.schemes import Look
    from rules.matching.values import Item

    Bearers = Callable[[str, Look], Sequence[Item]]

# More ways to read a text than this are no evidence any more.
WAYS_MAX = 256
# A repaired place costs more than one that is only spelled oddly.
REPAIRED = 100
# Bare digits tell a number of ours from other digits only where there are so many.
TELLING_DIGITS = 7


class Grade(IntEnum):
    """How certain it is that a place names a document.

    CHECKED: a reference whose check digits rule a slip out. CLEAN: the number as we issued it,
    with its letters. BARE: its digits. LOOSE: in a way that
    takes another fact to believe. MENDED: a reference whose check digit shows one slip of the
    hand. DAMAGED: a number one slip away from ours, as other numbers of ours may be.
    """

    CHECKED = 0
    CLEAN = 1
    BARE = 2
    LOOSE = 3
    MENDED = 4
    DAMAGED = 5


# Those that by themselves are a fact: hardly anything else is spelled so.
NUMBERS = frozenset((Grade.CHECKED, Grade.CLEAN, Grade.BARE, Grade.MENDED))


class Option(NamedTuple):
    """What one place may mean: a document, or all that one order number stands for."""

    items: tuple[Item, ...]
    grade: Grade
    cost: int


class Way(NamedTuple):
    """One way to read a text: the documents, the worst grade among them, and what was left out.

    Ways compare by `cost`: places left out weigh more than how those read are spelled.
    """

    items: tuple[Item, ...]
    grade: Grade
    left_out: int
    cost: int


def places(line: Line) -> list[list[Option]]:
    """Give what each place may mean, documents as they are left, in currencies of the payment."""
    checked = schemes.schemes(line.receipt.structured_reference)
    found = [_borne(line, schemes.bearing, Grade.CHECKED if checked else Grade.CLEAN)]
    found += [list(_options(line, mention)) for mention in line.mentions]
    return _beside_own(line, [options for options in found if options])


def _beside_own(line: Line, found: list[list[Option]]) -> list[list[Option]]:
    """Doubt what is somebody else's where the payer's own documents are named beside it."""
    own = [
        any(item.customer_id in line.relatives for one in options for item in one.items)
        for options in found
    ]
    if not any(own):
        return found
    return [
        options if mine else [one._replace(grade=max(one.grade, Grade.LOOSE)) for one in options]
        for options, mine in zip(found, own, strict=True)
    ]


def repaired_reference(line: Line) -> list[Option]:
    """Give the documents whose structured reference a slip of the hand turned into this one."""
    return _borne(line, schemes.repaired, Grade.MENDED)


def _borne(line: Line, bearers: Bearers, grade: Grade) -> list[Option]:
    """Give the documents that bear a payment's structured reference: each, and all of them."""
    written = line.receipt.structured_reference
    bearing = bearers(written, line.batch.book.spelled_among) if written else ()
    items = [line.batch.left(one) for one in bearing if line.may_pay(one)]
    still = tuple(one for one in items if one.open)
    sets = [(one,) for one in items] + ([still] if len(still) > 1 else [])
    return [Option(one, grade, REPAIRED if grade is Grade.MENDED else 0) for one in sets]


def _options(line: Line, mention: Mention) -> Iterator[Option]:
    left = line.batch.left
    if mention.spelling is Spelling.RANGE:
        between = tuple(left(one) for one in mention.best if line.may_pay(one))
        yield Option(between, Grade.LOOSE, int(Spelling.RANGE))
        return
    by_order: dict[tuple[str, Spelling], list[Item]] = {}
    for one in mention.named:
        # Digits that may be a day tell nothing where nobody is known to have paid, nor does what
        # may begin a hundred numbers, alone.
        if not line.may_pay(one.item) or (not line.customer_id and _is_doubtful(line, one)):
            continue
        item = left(one.item)
        yield Option((item,), grade(one), int(one.spelling))
        if one.field != "number":
            by_order.setdefault((item.customer_id, one.spelling), []).append(item)
    for (_customer, spelling), items in by_order.items():
        still = tuple(one for one in items if one.open)
        if len(still) > 1:
            yield Option(still, Grade.BARE, int(spelling))


def _is_doubtful(line: Line, named: Named) -> bool:
    alone = all(one.spelling >= Spelling.SHORTHAND for one in line.mentions)
    return named.spelling is Spelling.DOUBTFUL or (alone and named.spelling is Spelling.CUT)


def grade(named: Named) -> Grade:
    """Say how certain a spelling is."""
    if named.spelling >= Spelling.LOOK_ALIKE:
        return Grade.DAMAGED if named.spelling is Spelling.DAMAGED else Grade.LOOSE
    number = getattr(named.item, named.field)
    if named.field == "reference" and schemes.schemes(number):
        return Grade.CHECKED
    digits = sum(sign.isdecimal() for sign in number)
    letters = any(sign.isalpha() for sign in number)
    if named.spelling <= Spelling.NO_SEPARATORS and (letters or digits >= TELLING_DIGITS):
        return Grade.CLEAN
    return Grade.BARE


def ways(found: Sequence[Sequence[Option]]) -> list[Way]:
    """Give the ways to read the places: first all of them, then with those left out that may be.

    A place may be left out where it is loose, or where something else is named beside it.
    """
    found = _narrowed(found)
    if not found:
        return []
    every = list(_ways(found))
    bare = [[*options, None] if _doubtful(options) else options for options in found]
    if len(found) > 1 and prod(len(options) for options in bare) <= WAYS_MAX:
        every += [way for way in _ways(bare) if way.left_out]
    return every


def _narrowed(found: Sequence[Sequence[Option]]) -> Sequence[Sequence[Option]]:
    """Leave the best spelled of each place where there are too many ways; nothing if still so."""
    if prod(len(options) for options in found) > WAYS_MAX:
        least = [min(one.cost for one in options) for options in found]
        found = [
            [one for one in options if one.cost == cost]
            for options, cost in zip(found, least, strict=True)
        ]
    return found if prod(len(options) for options in found) <= WAYS_MAX else ()


def _doubtful(options: Sequence[Option]) -> bool:
    return min(one.grade for one in options) > Grade.CLEAN or not any(
        item.open for one in options for item in one.items
    )


def _ways(found: Sequence[Sequence[Option | None]]) -> Iterator[Way]:
    for chosen in product(*found):
        read = [one for one in chosen if one]
        items = {item.id: item for one in read for item in one.items}
        if items and len({one.currency for one in items.values()}) == 1:
            left_out = len(chosen) - len(read)
            cost = left_out * 1000 + sum(one.cost for one in read)
            worst = max(one.grade for one in read)
            yield Way(tuple(items.values()), worst, left_out, cost)
