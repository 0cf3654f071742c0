"""Which invoices a payment names: whole numbers in its text, never parts of longer ones."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger.documents import Invoice, Receipt
    from rules.ruleset import Matching

# A number is written in at most so many pieces, and a payment's text has at most so many words.
PIECES_MAX = 6
WORDS_MAX = 300
# A run of digits shorter than this is a day, a quantity or a house number.
DIGITS_MIN = 4
YEARS = range(1950, 2101)
CENTURY = 2000

_WORD = re.compile(r"[^\W_]+")

# Where year, month and day stand in runs of six and eight digits that may be a date.
_DATES = {
    8: ((0, 4, 6), (4, 2, 0), (4, 0, 2)),
    6: ((0, 2, 4), (4, 2, 0), (4, 0, 2)),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a payment names: per place in its text the invoices it may mean there.

    `unknown` are words spelled like our invoice numbers that are none we know; `maybe` are such
    words of digits alone, which may as well be anything else.
    """

    spans: tuple[frozenset[str], ...] = ()
    unknown: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether the payment says at all what it is for."""
        return bool(self.spans or self.unknown or self.maybe)

    @property
    def invoices(self) -> frozenset[str]:
        """Every invoice it may mean."""
        return frozenset().union(*self.spans)


@dataclass(frozen=True, slots=True)
class References:
    """Every spelling under which a payment may name one of our invoices."""

    keys: dict[str, dict[str, set[tuple[str, ...]]]]
    shapes: frozenset[str]
    ignored: tuple[str, ...] = field(default=())

    def named(self, receipt: Receipt) -> Named:
        """Find what the receipt's reference and text name, the longest spelling first."""
        spans: set[frozenset[str]] = set()
        strange: dict[str, None] = {}
        for text in (receipt.reference, receipt.text):
            words = _split(text, self.ignored)[:WORDS_MAX]
            free = [True] * len(words)
            for at, size, found in self._hits(words):
                if all(free[at : at + size]):
                    spans.add(found)
                    free[at : at + size] = [False] * size
            strange.update(dict.fromkeys(self._strangers(words, free)))
        return Named(
            spans=_reduced(spans),
            unknown=tuple(one for one in strange if not one.isdecimal()),
            maybe=tuple(one for one in strange if one.isdecimal()),
        )

    def _hits(self, words: list[str]) -> list[tuple[int, int, frozenset[str]]]:
        hits = []
        for at, size, joined in _runs(words):
            pieces = tuple(words[at : at + size])
            # Digits that stand apart are one number only where the invoice writes them so.
            found = frozenset(
                invoice
                for invoice, spellings in self.keys.get(joined, {}).items()
                if size == 1 or not joined.isdecimal() or pieces in spellings
            )
            if found:
                hits.append((len(joined), at, size, found))
        hits.sort(key=lambda hit: (-hit[0], hit[1], hit[2]))
        return [hit[1:] for hit in hits]

    def _strangers(self, words: list[str], free: list[bool]) -> Iterator[str]:
        for at, size, joined in _runs(words):
            # Digits count only where they stand together, and not as a year or a day.
            alone = not joined.isdecimal() or (size == 1 and _tells(joined, DIGITS_MIN))
            if alone and all(free[at : at + size]) and _shape(joined) in self.shapes:
                yield joined


def references(invoices: Iterable[Invoice], matching: Matching) -> References:
    """Collect the spellings of every invoice: number, digits of the number, order, reference."""
    keys: dict[str, dict[str, set[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(set))
    shapes = set()
    for invoice in invoices:
        number = _split(invoice.number, ())
        if _tells("".join(number), matching.minimum_reference_length):
            shapes.add(_shape("".join(number)))
        digits = [re.sub(r"\D", "", piece) for piece in number]
        spellings = [number, [piece for piece in digits if piece]]
        spellings += [_split(text or "", ()) for text in (invoice.po_number, invoice.reference)]
        for pieces in spellings:
            joined = "".join(pieces)
            if _tells(joined, matching.minimum_reference_length):
                keys[joined][invoice.ref.id].add(tuple(pieces))
    ignored = tuple("".join(_split(word, ())) for word in matching.ignore_reference_words)
    plain = {key: dict(found) for key, found in keys.items()}
    return References(plain, frozenset(shapes), ignored)


def _split(text: str, ignored: tuple[str, ...]) -> list[str]:
    words = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        for prefix in ignored:
            rest = word.removeprefix(prefix)
            if rest != word and rest.isdecimal():
                words += [prefix, rest]
                break
        else:
            words.append(word)
    return words


def _runs(words: list[str]) -> Iterator[tuple[int, int, str]]:
    for at in range(len(words)):
        joined = ""
        for size in range(1, min(PIECES_MAX, len(words) - at) + 1):
            joined += words[at + size - 1]
            yield at, size, joined


def _tells(key: str, length: int) -> bool:
    if len(key) < length or not any(sign.isdecimal() for sign in key):
        return False
    return not key.isdecimal() or (len(key) >= DIGITS_MIN and not _is_day(key))


def _is_day(digits: str) -> bool:
    """Whether digits read as a year or as a date in a usual order."""
    if len(digits) == DIGITS_MIN:
        return int(digits) in YEARS
    for year_at, month_at, day_at in _DATES.get(len(digits), ()):
        size = len(digits) - 4
        century = CENTURY if size < DIGITS_MIN else 0
        try:
            found = date(
                century + int(digits[year_at : year_at + size]),
                int(digits[month_at : month_at + 2]),
                int(digits[day_at : day_at + 2]),
            )
        except ValueError:
            continue
        if found.year in YEARS:
            return True
    return False


def _shape(joined: str) -> str:
    """Give how a number is spelled: each digit as 9."""
    return re.sub(r"\d", "9", joined)


def _reduced(spans: set[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Drop the places that a certain one explains: an order number beside one of its invoices."""
    certain = frozenset().union(*(one for one in spans if len(one) == 1))
    kept = [one for one in spans if len(one) == 1 or not one & certain]
    return tuple(sorted(kept, key=sorted))
