"""Customers whose names resemble the one on a payment, though they are not the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from rules.matching.alike import cut_likeness, likeness
from rules.matching.book import Book
from rules.matching.names import bare, search_words, words
from rules.matching.values import Party

# How alike names have to be, those of one word more so; and by how much the best has to lead.
SCORE_MIN = 84
SCORE_MIN_OF_ONE = 92
LEAD_MIN = 6

# Few words of a name are looked for, and few customers compared.
WORDS_LOOKED_MAX = 4
PARTIES_MAX = 400

# How many letters of a name are left by banks and their formats; one less ends at a space.
CUT_LENGTHS = frozenset((*(15, 16, 17, 18, 22), *(27, 32, 33, 34, 35, 40, 70)))


class Resembling(NamedTuple):
    """A customer, and how much its name or alias resembles the payer's."""

    party: Party
    score: int


def resembling(name: str, book: Book) -> list[Resembling]:
    """Give the customers that a name resembles most, the best first.

    More than one is given where the best does not lead clearly: then none of them is meant.
    """
    told, every = bare(name), words(name)
    enough = SCORE_MIN if len(told) > 1 else SCORE_MIN_OF_ONE
    scored = [
        Resembling(party, score)
        for party in _candidates(name, book)
        if (score := _score(told, every, party)) >= enough
    ]
    scored.sort(key=lambda one: (-one.score, one.party.id))
    return [one for one in scored if one.score > scored[0].score - LEAD_MIN]


def continued(name: str, book: Book) -> list[Party]:
    """Give the customers whose names a name is only the beginning of, where a bank may have cut it.

    BUCKEYE PAPER CO, printed in sixteen letters, may be Buckeye Paper Corp as well.
    """
    if len(name.strip()) not in CUT_LENGTHS:
        return []
    every = words(name)
    return [
        party
        for party in _candidates(name, book)
        if any(
            words(one) != every and cut_likeness(every, words(one))
            for one in (party.name, *party.aliases)
        )
    ]


def _candidates(name: str, book: Book) -> list[Party]:
    found: dict[str, Party] = {}
    for word in search_words(name)[:WORDS_LOOKED_MAX]:
        for party in islice(book.names_like(word), PARTIES_MAX):
            found[party.id] = party
    return list(found.values())


def _score(told: Sequence[str], every: Sequence[str], party: Party) -> int:
    return max(
        max(likeness(told, bare(name)), cut_likeness(every, words(name)))
        for name in (party.name, *party.aliases)
    )
