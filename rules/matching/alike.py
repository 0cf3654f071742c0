"""How alike the name on a payment and a customer's name are, in hundredths."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

ALIKE = 100

# Letters of a word beyond these add no weight.
WEIGHT_MAX = 8

# A part of a word, or a word with a typing error, has at least so many.
ABBREVIATED_MIN = 2
PART_MIN = 3
TYPED_MIN = 5

_CUT = 97
_BEGINS = 85
_SHORTENED = 80
_INITIAL = 60
_TYPED = 80

# What a word without counterpart takes off before others.
_LEFT_OUT = 15


def likeness(payer: Sequence[str], customer: Sequence[str]) -> int:
    """Compare telling words: 100 for the same words in any order, 0 for none alike.

    Each word is compared with the one of the other name that it is most like. Words may be the
    beginning of the other, an abbreviation of it or wrongly typed; every word that has no
    counterpart counts against, on either side, most of all before those that have:
    Holloway & Penrith is not Penrith.
    """
    pairs = _paired(payer, customer)
    matched = sum(
        score * (_weight(payer[at]) + _weight(customer[to])) for at, (to, score) in pairs.items()
    )
    whole = sum(map(_weight, payer)) + sum(map(_weight, customer))
    if not matched:
        return 0
    leads = _leads(pairs.keys()) and _leads({to for to, _ in pairs.values()})
    return matched // whole - (0 if leads else _LEFT_OUT)


def _paired(payer: Sequence[str], customer: Sequence[str]) -> dict[int, tuple[int, int]]:
    """Give, for places in the payer's name, the place of the word it is most like, and how much."""
    left = set(range(len(customer)))
    pairs = {}
    for at in sorted(range(len(payer)), key=lambda at: (-len(payer[at]), payer[at])):
        best, to = max(((_alike(payer[at], customer[to]), -to) for to in left), default=(0, 0))
        if best:
            pairs[at] = (-to, best)
            left.remove(-to)
    return pairs


def _leads(matched: Collection[int]) -> bool:
    """Whether no word without a counterpart stands before one that has it."""
    return max(matched) == len(matched) - 1


def cut_likeness(payer: Sequence[str], customer: Sequence[str], letters_min: int) -> int:
    """Compare all the words of both names where the payer's may end early: 97 where it does."""
    short, full = "".join(payer), "".join(customer)
    return _CUT if len(short) >= letters_min and full.startswith(short) else 0


def _weight(word: str) -> int:
    return min(len(word), WEIGHT_MAX)


@lru_cache(maxsize=1 << 16)
def _alike(one: str, other: str) -> int:
    short, long = sorted((one, other), key=len)
    if short == long:
        return ALIKE
    if long.startswith(short):
        return _BEGINS if len(short) >= PART_MIN else _INITIAL if len(short) == 1 else 0
    if len(short) >= ABBREVIATED_MIN and short[0] == long[0] and _in_order(short, long):
        return _SHORTENED
    if len(short) < TYPED_MIN:
        return 0
    score = int(100 * Levenshtein.normalized_similarity(short, long))
    return score if score >= _TYPED else 0


def _in_order(short: str, long: str) -> bool:
    """Whether the letters of an abbreviation stand in the word, in their order."""
    rest = iter(long)
    return all(letter in rest for letter in short)
