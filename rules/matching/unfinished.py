"""Whether a text ends in the middle of a list of numbers, wherever the bank cut it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.matching.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.matching.mentions import Mention

# A list goes on behind a number with a mark and perhaps the beginning of one more number.
_GOES_ON = re.compile(r"(?P<mark>\s*[,;+&/\\|]|\s)\s*(?P<begun>[^,;+&\\|]*)$")
_SAME_AS = re.compile(r"\d")
# Words that belong to how a number is written: RMR*IV*4711, INV NO 4711.
WORDS_BEFORE_MAX = 3


def unfinished(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether what stands behind the last number of a text could begin one more.

    It does where nothing follows a mark of lists, and where what follows is written as far as it
    goes like a number before it, whatever its digits: IN0012280+IN0012359+IN001.
    """
    if not mentions:
        return False
    scan = Scan(text)
    last = max(mentions, key=lambda one: one.at + one.size)
    tail = scan.text[scan.spans[last.at + last.size - 1][1] :]
    found = _GOES_ON.search(tail)
    if found is None:
        return False
    mark, begun = found["mark"].strip(), _shape(found["begun"].rstrip())
    if not begun:
        return bool(mark)
    written = (_shape(one) for mention in mentions for one in _written(scan, mention))
    return any(one != begun and one.startswith(begun) for one in written)


def _shape(text: str) -> str:
    return _SAME_AS.sub("9", text)


def _written(scan: Scan, mention: Mention) -> Iterator[str]:
    """Give the text of a number, with ever more of the words before it."""
    end = scan.spans[mention.at + mention.size - 1][1]
    for first in range(mention.at, max(-1, mention.at - WORDS_BEFORE_MAX - 1), -1):
        yield scan.text[scan.spans[first][0] : end]
