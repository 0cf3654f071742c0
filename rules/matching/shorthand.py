"""Numbers that a text does not write in full: members of lists, and what was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.mentions import Mention, Named
from rules.matching.spellings import DIGITS_MIN, Spelling, anatomy, completions, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rules.matching.scan import Run, Scan
    from rules.matching.values import Item

    # Gives, for keys, the documents of those that find any: `Book.spelled_among`.
    Look = Callable[[Iterable[str]], Mapping[str, Sequence[Item]]]

# All that lies between two numbers is meant only where it is not too much.
RANGE_MAX = 50
# The shortest beginning of a number that was cut off.
CUT_MIN = 3


def listed(scan: Scan, hit: Mention, free: list[bool], look: Look) -> Iterator[Mention]:
    """Read what goes on behind a number in short: 12345/46/47, 12345-47.

    Words that are read here are no longer `free`.
    """
    if hit.spelling >= Spelling.SHORTHAND:
        return
    bases = [one.item for one in hit.named if one.spelling == hit.spelling]
    at = hit.at + hit.size - 1
    while (goes_on := scan.next_in_list(at)) is not None:
        at, ranged = goes_on
        word = scan.words[at]
        if not word.isdecimal() or not (ranged or scan.is_member(at)):
            return
        if ranged:
            yield from _between(bases, word, at, look)
        found = [item for base in bases for item in _tail(base, word, look)] if free[at] else []
        # A number in full is a mention by itself, and a year beside one is no other number.
        if not found or (len(word) >= DIGITS_MIN and not scan.marked(at)):
            return
        free[at] = False
        yield _mention(word, at, found, Spelling.SHORTHAND)


def _tail(base: Item, tail: str, look: Look) -> list[Item]:
    """Give the documents numbered as `base` is, but with other last digits."""
    digits = anatomy(base.number).digits
    return _numbered(base, digits[: -len(tail)] + tail, look) if len(tail) < len(digits) else []


def _numbered(base: Item, digits: str, look: Look) -> list[Item]:
    """Give the documents of these digits; nobody writes another customer's number in short."""
    ours, sought = anatomy(base.number), key(digits)
    same = (
        item for item in look((sought,)).get(sought, ()) if item.customer_id == base.customer_id
    )
    found = ((item, anatomy(item.number)) for item in same)
    return [item for item, one in found if one.digits == digits and one.before == ours.before]


def _between(bases: list[Item], last: str, at: int, look: Look) -> Iterator[Mention]:
    """Give what lies between two numbers of one length, not too far apart: all of it is meant."""
    for base in bases:
        digits = anatomy(base.number).digits
        if len(last) > len(digits):
            continue
        head, first = digits[: -len(last)], int(digits[-len(last) :])
        numbers = range(first + 1, min(int(last), first + RANGE_MAX))
        between = [
            item
            for number in numbers
            for item in _numbered(base, f"{head}{number:0{len(last)}d}", look)
        ]
        if between:
            yield _mention(last, at, between, Spelling.RANGE)


def _mention(text: str, at: int, items: list[Item], spelling: Spelling) -> Mention:
    return Mention(text, at, 1, tuple(Named(item, spelling, "number") for item in items))


def cut_off(scan: Scan, free: list[bool], look: Look) -> list[Mention]:
    """Read the beginning of a number at the end of a text that was cut off, as long as it goes.

    Whether the last word itself is `free` is the caller's to say.
    """
    every = (one for one in scan.runs if one.at + one.size == len(scan.words))
    ends = [one for one in every if all(free[one.at : -1])]
    runs = sorted((one for one in ends if len(one.digits) >= CUT_MIN), key=lambda one: one.at)
    found = (_begun(scan, one, look) for one in runs if one.end in scan.ends and not one.folded)
    return next(filter(None, found), [])


def _begun(scan: Scan, run: Run, look: Look) -> list[Mention]:
    letters, tied = scan.letters(run)
    found: dict[str, Item] = {}
    for items in look(completions(run.digits)).values():
        for item in items:
            ours = anatomy(item.number)
            own = bool(letters) and letters == ours.before
            bare = len(run.digits) >= DIGITS_MIN and (not letters or not tied)
            if (own or bare) and ours.whole and ours.digits.startswith(run.digits):
                found[item.id] = item
    named = tuple(Named(item, Spelling.CUT, "number") for item in found.values())
    return [Mention(run.digits, run.at, run.size, named)] if named else []
