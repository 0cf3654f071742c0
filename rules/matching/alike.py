"""How alike the name on a payment and a customer's name are, in hundredths."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

ALIKE = 100

# Letters of a word beyond these add no weight.
WEIGHT_MAX = 8

# A part of a word, or a word with one typing error or two, has at least so many letters.
ABBREVIATED_MIN = 2
PART_MIN = 3
TYPED_MIN = 5
TYPED_TWICE_MIN = 10

_CUT = 97
_BEGINS = 85
_SHORTENED = 80
_INITIAL = 60
# What a word without counterpart takes off before others.
_LEFT_OUT = 15


def likeness(payer: Sequence[str], customer: Sequence[str], floor: int = 0) -> int:
    """Compare telling words: 100 for the same words in any order, 0 for none alike.

    Each word is compared with the one of the other name that it is most like. Words may be the
    beginning of the other, an abbreviation of it or wrongly typed; every word that has no
    counterpart counts against, on either side, most of all before those that have:
    Holloway & Penrith is not Penrith. Names that are less alike than `floor` are not compared to
    the end: they give 0.
    """
    ours, theirs = _shape(tuple(payer)), _shape(tuple(customer))
    whole = ours.whole + theirs.whole
    # How much may still be lost; the longest words go first, so that a bound is met early.
    spare, matched = whole * (ALIKE - floor), 0
    if ALIKE * (_apart(ours, theirs) + _apart(theirs, ours)) > spare:
        return 0
    left = list(range(len(customer)))
    pairs: dict[int, int] = {}
    for at in ours.longest_first:
        score, to = _most_like(payer[at], customer, left)
        weight = ours.weights[at] + (theirs.weights[to] if score else 0)
        spare -= (ALIKE - score) * weight
        if spare < 0:
            return 0
        if score:
            matched += score * weight
            pairs[at] = to
            left.remove(to)
    if not matched:
        return 0
    leads = _leads(pairs.keys()) and _leads(pairs.values())
    return matched // whole - (0 if leads else _LEFT_OUT)


class _Shape(NamedTuple):
    """What comparing names needs of one, whomever it is compared with."""

    weights: tuple[int, ...]
    whole: int
    initials: frozenset[str]
    longest_first: tuple[int, ...]
    words: tuple[str, ...]


@lru_cache(maxsize=1 << 15)
def _shape(words: tuple[str, ...]) -> _Shape:
    weights = tuple(min(len(word), WEIGHT_MAX) for word in words)
    order = sorted(range(len(words)), key=lambda at: (-len(words[at]), words[at]))
    initials = frozenset(word[0] for word in words)
    return _Shape(weights, sum(weights), initials, tuple(order), words)


def _apart(one: _Shape, other: _Shape) -> int:
    """Add up the words of one name that cannot be like any of the other: no initial is theirs."""
    if one.initials <= other.initials:
        return 0
    pairs = zip(one.words, one.weights, strict=True)
    return sum(weight for word, weight in pairs if word[0] not in other.initials)


def _most_like(word: str, customer: Sequence[str], left: Sequence[int]) -> tuple[int, int]:
    """Give how much a word is like the one it is most like, and that one's place, the first."""
    best, place = 0, 0
    for to in left:
        score = _alike(word, customer[to])
        if score > best:
            best, place = score, to
    return best, place


def _leads(matched: Collection[int]) -> bool:
    """Whether no word without a counterpart stands before one that has it."""
    return max(matched) == len(matched) - 1


def cut_likeness(payer: Sequence[str], customer: Sequence[str], letters_min: int) -> int:
    """Compare all the words of both names where the payer's may end early: 97 where it does."""
    short, full = "".join(payer), "".join(customer)
    return _CUT if len(short) >= letters_min and full.startswith(short) else 0


@lru_cache(maxsize=1 << 16)
def _alike(one: str, other: str) -> int:
    """Compare two words. Only those that begin with the same letter are alike at all."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return ALIKE
    if long.startswith(short):
        return _BEGINS if len(short) >= PART_MIN else _INITIAL if len(short) == 1 else 0
    if len(short) >= ABBREVIATED_MIN and short[0] == long[0] and _in_order(short, long):
        return _SHORTENED
    return _typed(short, long)


def _typed(short: str, long: str) -> int:
    """Compare words one of which may be wrongly typed: hardly ever in its first letter."""
    slips = 2 if len(short) >= TYPED_TWICE_MIN else 1 if len(short) >= TYPED_MIN else 0
    same = short[0] == long[0] and OSA.distance(short, long) <= slips
    return int(ALIKE * OSA.normalized_similarity(short, long)) if same else 0


def _in_order(short: str, long: str) -> bool:
    """Whether the letters of an abbreviation stand in the word, in their order."""
    rest = iter(long)
    return all(letter in rest for letter in short)
