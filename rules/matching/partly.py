"""Numbers of ours that a text gives only a part of: a cut beginning, or the last digits.

Alone they name nothing. Beside a payer and an amount they agree with one document and not with
another, and are no number of somebody else's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.matching.scan import CUTS
from rules.matching.spellings import DIGITS_MIN, anatomy, plain

if TYPE_CHECKING:
    from rules.matching.line import Line
    from rules.matching.values import Item

# So many digits behind the letters of a number are its beginning.
BEGUN_MIN = 3

_APART = re.compile(r"[\W_]+")


def partly(line: Line, item: Item) -> bool:
    """Whether a text ends in the beginning of a document's number, or has its last digits."""
    ours = anatomy(item.number)
    if any(
        DIGITS_MIN <= len(one.digits) < len(ours.digits) and ours.digits.endswith(one.digits)
        for one in line.strangers
    ):
        return True
    texts = (line.receipt.reference, line.receipt.text)
    return any(_begun(plain(text), ours.joined, ours.before) for text in texts if len(text) in CUTS)


def _begun(text: str, joined: str, before: str) -> bool:
    """Whether a text ends within a number: with letters of ours, or in digits enough."""
    squeezed = _APART.sub("", text)
    bare = joined.removeprefix(before)
    tail = re.search(r"\d*$", squeezed)
    digits = tail.group() if tail else ""
    own = range(len(before) + BEGUN_MIN, len(joined)) if before else ()
    if any(squeezed.endswith(joined[:size]) for size in own):
        return True
    return DIGITS_MIN <= len(digits) < len(bare) and bare.startswith(digits)
