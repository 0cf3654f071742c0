"""Customers whose names resemble the one on a payment, though they are not the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.matching.alike import cut_likeness, likeness
from rules.matching.book import Book
from rules.matching.names import bare, same_form, search_words, words
from rules.matching.values import Party

# How alike names have to be, those of one word more so; and by how much the best has to lead.
SCORE_MIN = 84
SCORE_MIN_OF_ONE = 92
LEAD_MIN = 6

# What another legal form takes off: Acme Ltd and Acme Inc are two companies.
OTHER_FORM = 12

# Few words of a name are looked for, and few customers compared beyond those of the rarest word.
WORDS_LOOKED_MAX = 4
PARTIES_MAX = 100

# How many letters of a name are left by banks and their formats; one less ends at a space.
CUT_LENGTHS = frozenset((*(15, 16, 17, 18, 22), *(27, 32, 33, 34, 35, 40, 70)))

# A name that was cut has at least so many letters; a part of any name, more.
LETTERS_MIN = 8
LETTERS_MIN_OF_ANY = 12


class Resembling(NamedTuple):
    """A customer, and how much its name or alias resembles the payer's."""

    party: Party
    score: int


def resembling(name: str, book: Book) -> list[Resembling]:
    """Give the customers that a name resembles most, the best first.

    More than one is given where the best does not lead clearly: then none of them is meant.
    """
    return most_like(name, _candidates(name, book))


def most_like(name: str, parties: Iterable[Party]) -> list[Resembling]:
    """Give those of some customers that a name resembles most, as `resembling` does."""
    enough = SCORE_MIN if len(bare(name)) > 1 else SCORE_MIN_OF_ONE
    scored = [
        Resembling(party, score)
        for party in parties
        if (score := max(_score(name, one, enough) for one in (party.name, *party.aliases)))
        >= enough
    ]
    scored.sort(key=lambda one: (-one.score, one.party.id))
    return [one for one in scored if one.score > scored[0].score - LEAD_MIN]


def continued(name: str, book: Book) -> list[Party]:
    """Give the customers whose names a name is only the beginning of, where a bank may have cut it.

    BUCKEYE PAPER CO, printed in sixteen letters, may be Buckeye Paper Corp as well.
    """
    if not _cut(name):
        return []
    every = words(name)
    return [
        party
        for party in _candidates(name, book)
        if any(
            words(one) != every and cut_likeness(every, words(one), LETTERS_MIN)
            for one in (party.name, *party.aliases)
        )
    ]


def resembles(name: str, party: Party, enough: int) -> bool:
    """Say whether a name resembles one customer's, by so many hundredths."""
    return any(_score(name, one, enough) >= enough for one in (party.name, *party.aliases))


def _candidates(name: str, book: Book) -> list[Party]:
    """Give the customers who share a word with a name, those with its rarest words."""
    found: dict[str, Party] = {}
    shared = [book.names_like(word) for word in search_words(name)[:WORDS_LOOKED_MAX]]
    for parties in sorted(filter(None, shared), key=len):
        if len(found) + len(parties) > PARTIES_MAX and found:
            break
        found.update((party.id, party) for party in parties)
    return list(found.values())


def _score(name: str, other: str, floor: int) -> int:
    """Compare a name with one of a customer's; below `floor` it is not said how alike they are."""
    every, others = _uncut(words(name)) if _cut(name) else words(name), words(other)
    score = likeness(bare(name), bare(other), floor)
    if not _cut(name):
        form = 0 if same_form(name, other) else OTHER_FORM
        return max(score, cut_likeness(every, others, LETTERS_MIN_OF_ANY)) - form
    return max(
        score,
        cut_likeness(every, others, LETTERS_MIN),
        likeness(_completed(every, others), others[: len(every)], floor),
    )


def _cut(name: str) -> bool:
    return len(name.strip()) in CUT_LENGTHS


def _uncut(every: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what was "and" before it was cut."""
    return every[:-1] if every[-1:] in (("a",), ("an",)) else every


def _completed(every: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    """Complete the last word of a cut name by the one in its place."""
    last = len(every) - 1
    if 0 <= last < len(others) and others[last].startswith(every[last]):
        return (*every[:last], others[last])
    return every
