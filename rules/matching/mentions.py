"""What a payment's text may be found to name: places in it, and words that mean nothing known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rules.matching.spellings import Spelling
    from rules.matching.values import Item


class Named(NamedTuple):
    """A document that a text may name; `field` says by which of its fields."""

    item: Item
    spelling: Spelling
    field: str


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text and the documents it may mean, those most exactly spelled first.

    `at` and `size` count words of the text. `cut` says that the text was cut off right behind it,
    so that digits may be missing.
    """

    text: str
    at: int
    size: int
    named: tuple[Named, ...]
    cut: bool = False

    @property
    def spelling(self) -> Spelling:
        """How exactly the best of them is spelled."""
        return self.named[0].spelling

    @property
    def best(self) -> tuple[Item, ...]:
        """The documents that are spelled best; several are a tie."""
        return tuple(one.item for one in self.named if one.spelling == self.spelling)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A word that might be a number of ours but is none: damaged, or someone else's."""

    text: str
    digits: str
    letters: str
    at: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text names, in its order, and the words in it that could be numbers and are not."""

    mentions: tuple[Mention, ...] = ()
    strangers: tuple[Stranger, ...] = ()
