"""Whether a text may name more than is read in it: a list that the bank cut off, wherever it did.

What is paid beyond the numbers that are read is then no surplus for sure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.matching.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rules.matching.mentions import Mention

# A list goes on behind a number with a mark and perhaps the beginning of one more number.
_GOES_ON = re.compile(r"(?P<mark>\s*[,;+&/\\|]|\s)\s*(?P<begun>[^,;+&\\|]*)$")
# Figures that stand beside a number as members of a list do.
_BESIDE = re.compile(r"\s*[,;+&/]\s*\d+\b(?![.,]\d)")
_BEFORE = re.compile(r"(?<![\d.,/])\d+\s*[,;+&/]\s*([^\W\d_]+\W?)?$")
# Where the payer's words end and the bank's go on: /EREF/, EREF+, FP 12/09/26.
_BANKS = re.compile(
    r"/(EREF|ORDP|BENM|ULTD|ULTB|PURP|RTRN|CNTP|MARF|CSID|KREF|REMI|NAME|IBAN|BIC|TRTP)/"
    r"|\b(EREF|KREF|MREF|IBAN|ABWA)\b[:+ ]|\bFP \d\d/\d\d/\d\d\b"
)
_DIGIT = re.compile(r"\d")
_APART = re.compile(r"[\W_]+")
# Words that belong to how a number is written: RMR*IV*4711, INV NO 4711.
WORDS_BEFORE_MAX = 3


def unfinished(text: str, mentions: Sequence[Mention], numbers: Iterable[str] = ()) -> bool:
    """Whether something beside the numbers of a text may be one more, or the beginning of one.

    It may where nothing follows a mark of lists, where what follows is written as far as it goes
    like a number before it, whatever its digits (IN0012280+IN0012359+IN001), or begins one of the
    `numbers` that may be meant, and where figures stand in the list that nothing was read in.
    """
    if not mentions:
        return False
    scan = Scan(text)
    first = min(mentions, key=lambda one: one.at)
    last = max(mentions, key=lambda one: one.at + one.size)
    head = scan.text[: scan.spans[first.at][0]]
    tail = _BANKS.split(scan.text[scan.spans[last.at + last.size - 1][1] :], maxsplit=1)[0]
    if _BEFORE.search(head) or _BESIDE.match(tail):
        return True
    found = _GOES_ON.search(tail.rstrip())
    if found is None:
        return False
    begun = next(iter(found["begun"].split()), "")
    if not begun:
        return bool(found["mark"].strip())
    written = [one for mention in mentions for one in _written(scan, mention)]
    alike = any(_goes_on(_shape(one), _shape(begun)) for one in written)
    return alike or any(_goes_on(_squeezed(one), _squeezed(begun)) for one in numbers)


def _goes_on(whole: str, begun: str) -> bool:
    return whole != begun and bool(begun) and whole.startswith(begun)


def _shape(text: str) -> str:
    return _DIGIT.sub("9", text)


def _squeezed(number: str) -> str:
    return _APART.sub("", number.upper())


def _written(scan: Scan, mention: Mention) -> Iterator[str]:
    """Give the text of a number, with ever more of the words before it."""
    end = scan.spans[mention.at + mention.size - 1][1]
    for first in range(mention.at, max(-1, mention.at - WORDS_BEFORE_MAX - 1), -1):
        yield scan.text[scan.spans[first][0] : end]
