"""A payment's text taken apart: its words, what parts them, and the runs of digits in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rules.matching.spellings import DIGITS_MIN, LOOK_ALIKES, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bounds on hostile texts: so many words are read, and a number stands in at most so many pieces.
WORDS_MAX = 300
PIECES_MAX = 8
LENGTH_MAX = 40
# More than this between two words parts them: " - " still joins.
APART_MAX = 3
# Nobody pays in more instalments and says so.
COUNT_MAX = 12
# Where banks and their formats cut a text off.
CUTS = frozenset((15, 16, 18, 22, 35, 70, 80, 140))
# Words that join the members of a list, and those that mean all between two.
AND = frozenset(("AND", "UND", "ET", "Y", "E", "EN", "OG", "OCH", "JA", "I", "U"))
UNTIL = frozenset(("TO", "BIS", "TM", "TILL", "TIL", "AU", "HASTA"))

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_TRAIL = re.compile(r"\d+$")
# Letters behind digits: a word such as A110B92E is no number and no prefix of one.
_CODE = re.compile(r"\d[^\W\d_]")
_YEAR = re.compile(r"(20)?[1-3]\d")
_MARKS = "-/."
_DASHES = "-–"
_LIST = frozenset("/,;+&")


class Run(NamedTuple):
    """Digits as they stand in a text, from one word to the same or a later one.

    `start` and `end` are places in the text without separators; `at` and `size` count words.
    """

    digits: str
    start: int
    end: int
    at: int
    size: int
    folded: bool = False


class Scan:
    """A text taken apart, for numbers to be held against.

    `joined` is the text without separators, `offsets` where each word begins in it (and its end).
    `cut` says that the text is as long as a format allows and ends within a word. `before` are
    further words, in capitals, that say nothing but that a number follows.
    """

    __slots__ = (
        "_runs",
        "before",
        "cut",
        "ends",
        "joined",
        "offsets",
        "seps",
        "spans",
        "starts",
        "text",
        "words",
    )

    def __init__(
        self, text: str, cuts: frozenset[int] = CUTS, before: frozenset[str] = frozenset()
    ) -> None:
        self._runs: list[Run] | None = None
        self.before = before
        self.text = plain(text)
        self.spans = [found.span() for found in _WORD.finditer(self.text)][:WORDS_MAX]
        self.words = [self.text[start:end] for start, end in self.spans]
        self.joined = "".join(self.words)
        # What stands between a word and the next one; nothing behind the last.
        ends = [end for _start, end in self.spans]
        starts = [start for start, _end in self.spans]
        self.seps = [self.text[end:start] for end, start in zip(ends, starts[1:], strict=False)]
        self.seps.append("")
        self.offsets = [0]
        for word in self.words:
            self.offsets.append(self.offsets[-1] + len(word))
        self.starts = frozenset(self.offsets[:-1])
        self.ends = frozenset(self.offsets[1:])
        self.cut = len(text) in cuts and bool(ends) and ends[-1] == len(self.text)

    @property
    def runs(self) -> list[Run]:
        """Every run of digits that may be a number, in one word or several."""
        if self._runs is None:
            self._runs = [
                run
                for at, word in enumerate(self.words)
                if (first := _DIGITS.search(word))
                for run in (*self._from(at, self.offsets[at] + first.start()), *self._folded(at))
            ]
        return self._runs

    def _from(self, at: int, start: int) -> Iterator[Run]:
        digits, length = "", 0
        for last in range(at, min(at + PIECES_MAX, len(self.words))):
            word = self.words[last]
            length += len(word)
            if length > LENGTH_MAX or (last > at and len(self.seps[last - 1]) > APART_MAX):
                return
            end = self.offsets[last + 1]
            if word.isdecimal():
                digits += word
            elif found := list(_DIGITS.finditer(word)):
                digits += "".join(piece.group() for piece in found)
                end += found[-1].end() - len(word)
            else:
                continue
            yield Run(digits, start, end, at, last - at + 1)

    def _folded(self, at: int) -> Iterator[Run]:
        """Read a word with look-alike letters as digits: O82I3 as 08213, SI19S685 as 195685.

        Letters before the first digit may be look-alikes too, or a prefix.
        """
        word = self.words[at]
        folded = word.translate(LOOK_ALIKES)
        trail = _TRAIL.search(folded) if folded != word else None
        if trail is None:
            return
        real = [place for place, sign in enumerate(word) if sign.isdecimal()]
        for start in range(trail.start(), max(trail.start(), real[0]) + 1):
            digits = trail.group()[start - trail.start() :]
            count = sum(place >= start for place in real)
            # At least half of it has to be digits, or every word is a number.
            if len(digits) >= DIGITS_MIN and len(digits) > count >= len(digits) / 2:
                first, end = self.offsets[at] + start, self.offsets[at + 1]
                yield Run(digits, first, end, at, 1, folded=True)

    def pieces(self, run: Run) -> tuple[str, ...]:
        """Give the digits of a run as they stand apart."""
        words = self.words[run.at : run.at + run.size]
        return tuple(piece for word in words for piece in _DIGITS.findall(word))

    def letters(self, run: Run) -> tuple[str, bool]:
        """Give the letters right before a run, and whether they are tied to it: INV-8213."""
        glued = self.joined[self.offsets[run.at] : run.start]
        if glued:
            return glued, True
        before = run.at - 1
        if before < 0 or len(self.seps[before]) > APART_MAX or not self.words[before].isalpha():
            return "", False
        start = self.spans[before][0]
        if self.seps[before] == "/" and self.text[start - 1 : start] == "/":
            # A bank's own code word, such as /REMI/, is no part of a number.
            return "", False
        return self.words[before], self.seps[before] in _MARKS

    def part_of_more(self, run: Run, year: int) -> bool:
        """Whether the run is tied to digits that make it a part of something longer.

        A phone number, an account, an amount with its cents, the end of a code; the number's own
        `year` is none.
        """
        after = run.at + run.size
        if run.at and self._behind_more(run, year):
            return True
        if after >= len(self.words) or not self.words[after].isdecimal():
            return False
        word, sep = self.words[after], self.seps[after - 1]
        if sep in (".", ",") and len(word) == 2:  # noqa: PLR2004 - cents
            return True
        tied = sep in ("-", ".") and len(word) > APART_MAX
        return tied and len(word) != len(run.digits) and not _is_year(word, year)

    def _behind_more(self, run: Run, year: int) -> bool:
        """Whether a run is tied to what stands before it: a code, other digits, SI/26/."""
        before = run.at - 1
        word, sep = self.words[before], self.seps[before]
        digits = word.isdecimal() and not _is_year(word, year)
        if sep == "/":
            lettered = before > 0 and self.seps[before - 1] == "/"
            lettered = lettered and self.words[before - 1].isalpha()
            return digits and lettered and _YEAR.fullmatch(word) is not None
        tied = sep in ("-", ".")
        return tied and (bool(_CODE.search(word)) or (digits and len(word) != len(run.digits)))

    def next_in_list(self, at: int) -> tuple[int, bool] | None:
        """Give the word that goes on with a list behind word `at`, and whether all between count.

        None where no list goes on: 12345/46, 12345-47, 12345, 46 and 47.
        """
        after = at + 1
        if after >= len(self.words) or len(self.seps[at]) > APART_MAX:
            return None
        word = self.words[after]
        sep = self.seps[at].strip()
        ranged = word in UNTIL or (bool(sep) and sep in _DASHES)
        if word in AND or word in UNTIL:
            after += 1
        elif not ranged and sep and sep not in _LIST:
            return None
        if not ranged and self._one_of(after):
            return None
        # The other end of a range may have its letters again: INV-4711 to INV-4715.
        after += ranged and after + 1 < len(self.words) and self.words[after].isalpha()
        return (after, ranged) if after < len(self.words) else None

    def marked(self, at: int) -> bool:
        """Whether a word is joined to the one before by a mark or word of lists, not a blank."""
        return bool(self.seps[at - 1].strip()) or self.words[at - 1] in AND

    def is_member(self, at: int) -> bool:
        """Whether a word may be a member of a list: not 2 behind a blank, nor 2. Rate."""
        return (self.marked(at) or len(self.words[at]) > 1) and not self.seps[at].startswith(". ")

    def _one_of(self, at: int) -> bool:
        """Whether a word begins a count such as 2/3, the second instalment of three."""
        if at + 1 >= len(self.words) or self.seps[at] != "/" or self.seps[at - 1] == "/":
            return False
        one, of = self.words[at], self.words[at + 1]
        return one.isdecimal() and of.isdecimal() and int(one) <= int(of) <= COUNT_MAX


def _is_year(word: str, year: int) -> bool:
    return bool(year) and word in (str(year), str(year)[2:])
