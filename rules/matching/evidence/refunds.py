"""Money paid back to a customer, which takes its credit note.

Speaks for negative amounts when one credit note that is named, or the only one of the recipient's,
has exactly that credit left. Refuses every other amount without the note's number, and the notes of
others than the recipient where a number is not read for certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.answers import clearing
from rules.matching.found import Found
from rules.matching.settled import Amount, fit
from rules.matching.spellings import Spelling
from rules.matching.values import Kind

if TYPE_CHECKING:
    from rules.matching.line import Line
    from rules.matching.mentions import Named
    from rules.matching.values import Item

RULE = "refund"


def look(line: Line) -> Found | None:
    """Take the credit note that was paid out."""
    if line.amount >= 0:
        return None
    named = _named(line)
    if named:
        return _found(line, named, "named")
    owed = [one for one in line.batch.owing_of(line.relatives, line.currency) if one.credit]
    return _found(line, [one for one in owed if one.open == -line.amount], "payer")


def _named(line: Line) -> list[Item]:
    found = {
        each.item.id: line.batch.left(each.item)
        for one in line.mentions
        for each in one.named
        if each.item.credit and each.item.currency == line.currency and _is_certain(line, each)
    }
    return [one for one in found.values() if one.open]


def _is_certain(line: Line, named: Named) -> bool:
    own = named.item.customer_id in line.relatives
    return own or (named.spelling < Spelling.SHORTHAND and not line.relatives)


def _found(line: Line, notes: list[Item], how: str) -> Found | None:
    sets = [notes] if how == "named" and len(notes) > 1 else []
    sets += [[one] for one in notes]
    fitted = [one for one in (fit(line, each, short=True) for each in sets) if one]
    exact = [one for one in fitted if one.amount is Amount.EXACT]
    some = exact or fitted
    answers = tuple(
        clearing(line, RULE, f"refund/{how}/{one.amount}", one, kind=Kind.REFUND) for one in some
    )
    if not answers:
        return None
    return Found(answers, "" if len(answers) == 1 else "tie", independent_facts=2)
