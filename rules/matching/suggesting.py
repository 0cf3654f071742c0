"""What a person is offered for a payment that is not placed: the best three full answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.answers import clearing
from rules.matching.evidence.places import places, ways
from rules.matching.settled import fit
from rules.matching.sums import sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rules.matching.line import Line
    from rules.matching.values import Answer, Item

SUGGESTIONS_MAX = 3


def suggestions(line: Line, heard: Sequence[Answer]) -> tuple[Answer, ...]:
    """Give up to three answers, those of evidence first; none needs more than is left."""
    found: dict[object, Answer] = {}
    for one in _every(line, heard):
        if line.batch.holds(one.settlement):
            # The same documents in another order are the same answer.
            settled = one.settlement
            same = (frozenset(settled.cleared), settled.adjustments, settled.on_account)
            found.setdefault((one.kind, same, one.refers_to), one)
        if len(found) == SUGGESTIONS_MAX:
            break
    return tuple(found.values())


def _every(line: Line, heard: Sequence[Answer]) -> Iterator[Answer]:
    yield from heard
    if line.amount <= 0:
        return
    for way in ways(places(line))[:SUGGESTIONS_MAX]:
        yield from _offer(line, "reference_part", [way.items])
    owed = line.batch.owing_of(line.relatives, line.currency)
    day = line.receipt.value_day or line.receipt.received
    found = sums(owed, line.amount, day, line.batch.policy)
    yield from _offer(line, "known_payer_unique_sum", (one.documents for one in found.found))
    larger = [one for one in owed if one.open > line.amount and not one.credit]
    exact = line.batch.amounting(line.currency, line.amount)
    yield from _offer(line, "exact_amount_unknown_payer", ([one] for one in exact))
    yield from _offer(line, "known_payer_part", ([one] for one in larger))
    yield from _offer(line, "known_payer_part", [owed])


def _offer(line: Line, rule: str, sets: Iterable[Sequence[Item]]) -> Iterator[Answer]:
    for items in sets:
        fitting = fit(line, items, short=True)
        if fitting:
            yield clearing(line, rule, "offered", fitting)
