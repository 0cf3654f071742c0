"""Customers' numbers and names that the text of a payment tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from rules.matching.book import Book
from rules.matching.forms import BARE, kind_of, number_form
from rules.matching.names import bare, keys, telling, words
from rules.matching.spellings import key

# A shorter number is a day or a quantity.
NUMBER_MIN = 4

# A name of one word has at least so many letters, or any text would tell one.
WORD_MIN = 5
NAME_WORDS_MAX = 5

# What is left of a cut name, and of its last word, has at least so many.
CUT_LETTERS_MIN = 8
CUT_WORD_MIN = 2

# No more words of a text are read.
TEXT_WORDS_MAX = 60

_PIECE = re.compile(r"\w[\w/-]*")

# Words that announce the number of a customer.
_ANNOUNCING = frozenset(
    (
        *("account", "acct", "acc", "client", "cust", "customer", "cliente", "clienti", "klant"),
        *("klantnr", "klantnummer", "kunde", "kunden", "kundennr", "kundennummer", "kundnr"),
        *("kundenr", "kdnr", "kd", "debitor", "debitorennr", "debiteur", "debiteurnr", "codice"),
        *("asiakas", "asiakasnro", "kundnummer", "kundenummer", "member", "custno", "clientno"),
    )
)
_BETWEEN = frozenset(("no", "nr", "nbr", "num", "number", "nummer", "id", "ref", "code", "n"))


class Told(NamedTuple):
    """What a text tells, as written, and its form; `announced`: a word says what it is."""

    value: str
    form: str
    announced: bool = False


class Cut(NamedTuple):
    """The beginning of a name, as written, and the customers whose names go on from there."""

    value: str
    customers: tuple[str, ...]


def numbers_told(text: str, book: Book) -> Iterator[Told]:
    """Give what may be customers' numbers; what is also a document's has to be announced."""
    before: list[str] = []
    for piece in _PIECE.findall(text)[:TEXT_WORDS_MAX]:
        form = number_form(piece)
        if any(sign.isdigit() for sign in piece) and len(form) >= NUMBER_MIN + len("number:"):
            announced = _announced(before)
            if announced or not book.spelled(key("".join(filter(str.isdecimal, piece)))):
                yield Told(piece, form, announced)
        before.append(piece.casefold().replace("-", ""))


def _announced(before: list[str]) -> bool:
    said = [word for word in before[-3:] if word not in _BETWEEN]
    return bool(said) and said[-1] in _ANNOUNCING


def names_told(text: str, book: Book, ignored: Iterable[str] = ()) -> list[Told]:
    """Give the names of customers that stand in a text, none inside a longer one.

    `ignored` names are not read: the organisation's own, for a text may say who was paid, and a
    payer's that was looked up as a whole.
    """
    said, taken = _read(text, ignored)
    found = []
    for size in range(min(NAME_WORDS_MAX, len(said)), 0, -1):
        for at in range(len(said) - size + 1):
            form = "" if any(taken[at : at + size]) else _known(said[at : at + size], book)
            if form and not _longer(said, at, size, book):
                taken[at : at + size] = [True] * size
                found.append(Told(" ".join(said[at : at + size]), form))
    return found


def cut_names_told(text: str, book: Book, ignored: Iterable[str] = ()) -> list[Cut]:
    """Give the customers whose names begin with words of a text, where the name was cut there.

    It was where the last word is the beginning of theirs, or nothing stands behind it.
    """
    said, taken = _read(text, ignored)
    found = []
    for size in range(NAME_WORDS_MAX, 1, -1):
        for at in range(len(said) - size + 1):
            window = said[at : at + size]
            if any(taken[at : at + size]) or len("".join(window)) < CUT_LETTERS_MIN:
                continue
            parties = _going_on(window, book, ends=at + size == len(said))
            if parties:
                taken[at : at + size] = [True] * size
                found.append(Cut(" ".join(window), parties))
    return found


def _going_on(window: Sequence[str], book: Book, *, ends: bool) -> tuple[str, ...]:
    *whole, last = window

    def goes_on(name: Sequence[str]) -> bool:
        if list(name[: len(whole)]) != whole or len(name) <= len(whole):
            return False
        word = name[len(whole)]
        if word == last:
            return ends and len(name) > len(window)
        return len(last) >= CUT_WORD_MIN and word.startswith(last)

    return tuple(
        party.id
        for party in book.names_like(max(whole, key=len))
        if any(goes_on(bare(name)) for name in (party.name, *party.aliases))
    )


def _read(text: str, ignored: Iterable[str]) -> tuple[tuple[str, ...], list[bool]]:
    """Give the words of a text, and which of them are not to be read."""
    said = words(text)[:TEXT_WORDS_MAX]
    taken = [False] * len(said)
    for name in map(words, ignored):
        for at in range(len(said)):
            size = _begun(said[at:], name)
            taken[at : at + size] = [True] * size
    return said, taken


def _begun(said: Sequence[str], name: Sequence[str]) -> int:
    """Count the words of a name that stand first in what is said; the last may be cut."""
    if not said or not name or said[0] != name[0]:
        return 0
    pairs = takewhile(lambda pair: pair[1].startswith(pair[0]), zip(said, name, strict=False))
    return sum(1 for _ in pairs)


def _known(window: tuple[str, ...], book: Book) -> str:
    """Give the form of a name known to the ledger; "" where the words are none."""
    if telling(window) != window or (len(window) == 1 and not _a_word(window[0])):
        return ""
    forms = (kind_of(BARE, one) for one in keys(window))
    return next((form for form in forms if book.known_as(form)), "")


def _longer(said: Sequence[str], at: int, size: int, book: Book) -> bool:
    """Whether the words may be a part of a longer name of another customer.

    They are where the word before or behind them goes on with it, or the text may have been cut.
    """
    window = tuple(said[at : at + size])
    before = said[at - 1] if at else ""
    behind = said[at + size] if at + size < len(said) else ""
    names = (
        bare(name)
        for party in book.names_like(max(window, key=len))
        for name in (party.name, *party.aliases)
    )
    return any(_goes_on(name, window, before, behind) for name in names)


def _goes_on(name: Sequence[str], window: Sequence[str], before: str, behind: str) -> bool:
    size = len(window)
    for start in range(len(name) - size + 1):
        if name[start : start + size] != window:
            continue
        rest = name[start + size :]
        further = bool(rest) and rest[0].startswith(behind)
        if start:
            return name[start - 1] == before or (further and bool(behind))
        return further
    return False


def _a_word(word: str) -> bool:
    return len(word) >= WORD_MIN and word.isalpha()
