"""Which of our documents a payment's text names, where, and how exactly.

Each run of digits of a text is looked up, and what is found is held against the text around it.
The longest certain reading of a place wins. A word that could be a number of ours and is none is
given too, for it may be damaged, or mean a document that is not known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.matching.mentions import Mention, Named, Reading, Stranger
from rules.matching.scan import CUTS, Scan
from rules.matching.shorthand import cut_off, listed
from rules.matching.spellings import (
    DAMAGED_MIN,
    DIGITS_MIN,
    Spelling,
    anatomy,
    damaged,
    is_day,
    key,
    plain,
)
from rules.matching.written import NUMBER_WORDS, alike, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.matching.scan import Run
    from rules.matching.shorthand import Look
    from rules.matching.values import Item

_APART = re.compile(r"[\W_]+")
# Marks that tie the parts of a number together.
_TIES = ("-", "/", ".")


def read(
    text: str, look: Look, cuts: frozenset[int] = CUTS, before: frozenset[str] = frozenset()
) -> Reading:
    """Find the documents that a text names; `look` finds by keys (Book.spelled_among).

    `cuts` are the lengths at which a text counts as cut off, `before` further words that stand
    before numbers.
    """
    scan = Scan(text, cuts, before)
    known = look([key(run.digits) for run in scan.runs])
    held = ((run, _held(scan, run, known.get(key(run.digits), ()))) for run in scan.runs)
    hits = [(run, found) for run, found in held if found]
    hits.sort(key=lambda hit: _rank(hit[0], hit[1][0].spelling))
    free = [True] * len(scan.words)
    taken: list[Mention] = []
    for run, found in hits:
        end = run.at + run.size
        if all(free[run.at : end]):
            free[run.at : end] = [False] * run.size
            text_there = scan.text[scan.spans[run.at][0] : scan.spans[end - 1][1]]
            cut = scan.cut and end == len(scan.words)
            taken.append(Mention(text_there, run.at, run.size, tuple(found), cut))
    taken.sort(key=lambda one: one.at)
    taken += [one for hit in tuple(taken) for one in listed(scan, hit, free, look)]
    if scan.cut:
        taken = _with_begun(scan, taken, free, look)
    taken.sort(key=lambda one: one.at)
    return Reading(tuple(taken), tuple(_strangers(scan, free)))


def _with_begun(scan: Scan, taken: list[Mention], free: list[bool], look: Look) -> list[Mention]:
    """Add a number that a text ends in the beginning of; it beats a doubtful one at the end."""
    end = len(scan.words)
    last = [one for one in taken if one.at + one.size == end]
    doubtful = all(one.spelling >= Spelling.OTHER_PREFIX and one.size == 1 for one in last)
    begun = cut_off(scan, free, look) if doubtful else []
    wider = [one for one in begun if not last or one.size > 1]
    return [*(one for one in taken if one not in last), *wider] if wider else taken


def guesses(stranger: Stranger, look: Look) -> tuple[Named, ...]:
    """Give the documents whose number a slip of the hand turns into a strange word."""
    found: dict[str, Named] = {}
    if len(stranger.digits) < DAMAGED_MIN:
        return ()
    for one, items in look(damaged(stranger.digits)).items():
        for item in items:
            if item.id not in found and _damaged_so(item.number, one, stranger.letters):
                found[item.id] = Named(item, Spelling.DAMAGED, "number")
    return tuple(found.values())


def styled(stranger: Stranger, example: str) -> bool:
    """Whether a strange word is spelled as we spell our numbers, by an example of them."""
    ours = anatomy(example)
    if not ours.whole:
        # With letters among its digits a number of ours is never digits alone.
        return len(_APART.sub("", plain(stranger.text))) == len(ours.joined)
    if len(stranger.digits) not in (len(ours.digits), len(ours.serial)) or not stranger.digits:
        return False
    return not stranger.letters or stranger.letters == ours.before


def _damaged_so(number: str, found: str, letters: str) -> bool:
    ours = anatomy(number)
    if not ours.whole or found not in (key(ours.digits), key(ours.serial)):
        return False
    return not letters or letters in NUMBER_WORDS or alike(letters, ours.before)


def _rank(run: Run, spelling: Spelling) -> tuple[bool, int, int, int]:
    return spelling >= Spelling.SHORTHAND, -len(run.digits), spelling, run.at


def _held(scan: Scan, run: Run, items: Iterable[Item]) -> list[Named]:
    """Hold documents against a run of digits and what stands around it."""
    found = []
    for item in items:
        fields = (("number", item.number), ("po_number", item.po_number))
        best: Named | None = None
        for field, number in (*fields, ("reference", item.reference)):
            spelling = spelled(scan, run, number, item.issued.year) if number else None
            if spelling is not None and (best is None or spelling < best.spelling):
                best = Named(item, spelling, field)
        if best:
            found.append(best)
    found = _with_own_letters(scan.letters(run)[0], found)
    found.sort(key=lambda one: (one.spelling, one.item.id))
    return found


def _with_own_letters(letters: str, found: list[Named]) -> list[Named]:
    """Where the letters before the digits are those of some, the others have foreign ones."""
    own = [_own(letters, one) for one in found]
    if not any(own):
        return found
    return [
        one if ours else one._replace(spelling=max(one.spelling, Spelling.OTHER_PREFIX))
        for one, ours in zip(found, own, strict=True)
    ]


def _own(letters: str, named: Named) -> bool:
    ours = anatomy(getattr(named.item, named.field))
    exact = named.spelling <= Spelling.NO_SEPARATORS and not ours.joined.isdecimal()
    return exact or (bool(letters and ours.before) and alike(letters, ours.before))


def _strangers(scan: Scan, free: list[bool]) -> Iterator[Stranger]:
    """Give the words left over that stand as numbers do, alone or tied to their neighbours."""
    for run in scan.runs:
        single = scan.joined[run.start : run.end].isdecimal()
        tied = all(sep in _TIES for sep in scan.seps[run.at : run.at + run.size - 1])
        if (
            all(free[run.at : run.at + run.size])
            and tied
            and (single or run.folded)
            and len(run.digits) >= DIGITS_MIN
            and not is_day(run.digits)
            and not scan.part_of_more(run, 0)
        ):
            text = scan.text[scan.spans[run.at][0] : scan.spans[run.at + run.size - 1][1]]
            yield Stranger(text, run.digits, scan.letters(run)[0], run.at)
