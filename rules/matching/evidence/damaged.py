"""Numbers that one slip of the hand keeps from being ours, or makes another of ours.

Speaks when repairing such a number makes the documents come to what was paid, and only one repair
does. Where the payer is known, or other numbers tell the customer, only that customer's documents
are repaired to, so that a number damaged into somebody else's is seen too. Refuses repairs on the
number alone, for among numbers without gaps every slip hits one, and where a number as it stands
is that of a document paid before by this very amount.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from rules.matching.evidence.named import chosen, fitting
from rules.matching.evidence.places import (
    REPAIRED,
    Grade,
    Option,
    places,
    repaired_reference,
    ways,
)
from rules.matching.found import Agreement
from rules.matching.line import digits_of
from rules.matching.mentions import Stranger
from rules.matching.scan import WORDS_MAX
from rules.matching.settled import TELLING
from rules.matching.spellings import DAMAGED_MIN, anatomy, key, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.matching.found import Found
    from rules.matching.line import Line
    from rules.matching.values import Item

# A number with letters among its digits stands in no more words than this.
CODE_WORDS_MAX = 3

_WORD = re.compile(r"[^\W_]+")


def look(line: Line) -> Found | None:
    """Take the documents that one repair per number makes come to the payment."""
    every = repaired(line)
    if not any(one.grade >= Grade.MENDED for options in every for one in options):
        return None
    if _paid_already(line) or any(_is_ours(line, one) for one in line.strangers):
        return None
    readings = [
        one
        for one in fitting(line, ways(every))
        if one.way.grade >= Grade.MENDED
        and one.agreement is not Agreement.NO
        and (one.fitting.amount in TELLING or one.agreement is Agreement.YES)
    ]
    return chosen(line, readings)


def _paid_already(line: Line) -> bool:
    """Whether the amount is that of a document which is named as it is, and paid."""
    named = (item for options in places(line) for one in options for item in one.items)
    return any(not one.open and one.total == line.amount for one in named)


def _is_ours(line: Line, stranger: Stranger) -> bool:
    """Whether a number that could not be believed, for its year perhaps, is one of ours as it is.

    Then it is no slip of its neighbour's.
    """
    known = line.batch.book.spelled(key(stranger.digits))
    return any(line.batch.left(one).open and line.may_pay(one) for one in known)


def repaired(line: Line) -> list[list[Option]]:
    """Give what each place may mean, with repairs where it names none of the customer's."""
    clean = places(line)
    scope = line.relatives or (_owners(clean) if len(clean) > 1 or line.strangers else None)
    every = []
    for options in clean:
        own = [one for one in options if scope is None or _owned(one.items, scope)]
        more = () if own and line.relatives else _mended(line, options[0].items[0], scope)
        every.append([*options, *more])
    every.append(repaired_reference(line))
    every += [list(_repairs(line, one, scope)) for one in line.strangers]
    every.append(_codes(line, clean))
    return [options for options in every if options]


def _codes(line: Line, clean: Sequence[Sequence[Option]]) -> list[Option]:
    """Give what the payer owes whose number, letters among its digits, is one slip from a text's.

    No index knows them by their digits. Where such a number of the payer's stands as it is, no
    other is looked for.
    """
    named = [item for options in clean for one in options for item in one.items]
    if any(one.customer_id in line.relatives and _is_code(one) for one in named):
        return []
    owed = [one for one in line.batch.owing_of(line.relatives, line.currency) if _is_code(one)]
    written = _together(line) if owed else ()
    return [
        Option((one,), Grade.DAMAGED, REPAIRED)
        for one in owed
        if any(_slipped(each, anatomy(one.number).joined) for each in written)
    ]


def _is_code(item: Item) -> bool:
    ours = anatomy(item.number)
    return not ours.whole and len(ours.joined) > DAMAGED_MIN


def _together(line: Line) -> set[str]:
    """Give the words of the texts, and of each few that follow one another, written together."""
    found: set[str] = set()
    for text in line.texts:
        words = _WORD.findall(plain(text))[:WORDS_MAX]
        for size in range(1, CODE_WORDS_MAX + 1):
            found.update("".join(words[at : at + size]) for at in range(len(words)))
    return found


def _slipped(written: str, joined: str) -> bool:
    near = abs(len(written) - len(joined)) <= 1
    return near and OSA.distance(written, joined, score_cutoff=1) == 1


def _owners(found: Sequence[Sequence[Option]]) -> frozenset[str] | None:
    owners = frozenset(
        item.customer_id for options in found for one in options for item in one.items
    )
    return owners or None


def _owned(items: Sequence[Item], scope: frozenset[str]) -> bool:
    return all(one.customer_id in scope for one in items)


def _mended(line: Line, item: Item, scope: frozenset[str] | None) -> list[Option]:
    """Give what the number of a document may have been before a slip, where all of it stands."""
    ours = anatomy(item.number)
    if ours.digits not in digits_of(line.plain):
        return []
    written = Stranger(item.number, ours.digits, ours.before, 0)
    return _repairs(line, written, scope)


def _repairs(line: Line, word: Stranger, scope: frozenset[str] | None) -> list[Option]:
    found = []
    for one in line.repairs(word):
        item = line.batch.left(one.item)
        fits = item.open and item.currency in line.currencies
        if fits and (scope is None or item.customer_id in scope):
            found.append(Option((item,), Grade.DAMAGED, REPAIRED))
    return found
