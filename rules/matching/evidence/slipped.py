"""A number that is one of ours as it stands, though its payer's own is one slip away.

Speaks where the payer is nobody we know by name and the document named has just that amount, but
so has one of a customer whose name is like the payer's, and whose number one slip turns into the
one written. Always a question: somebody may pay for another, and anybody's hand may slip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.evidence.damaged import repaired
from rules.matching.evidence.named import answer, fitting
from rules.matching.evidence.places import Grade, places, ways
from rules.matching.found import Agreement, Found
from rules.matching.settled import TELLING

if TYPE_CHECKING:
    from rules.matching.line import Line


def look(line: Line) -> Found | None:
    """Ask whose number it is."""
    read = fitting(line, ways(places(line)))
    if not read or read[0].agreement is not Agreement.STRANGE:
        return None
    own = [
        one
        for one in fitting(line, ways(repaired(line)))
        if one.way.grade is Grade.DAMAGED
        and one.agreement is Agreement.MAYBE
        and one.fitting.amount in TELLING
    ]
    if not own:
        return None
    return Found(tuple(answer(line, one) for one in (*own, read[0])), "tie")
