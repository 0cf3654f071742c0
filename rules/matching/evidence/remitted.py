"""Remittance lines: what the payer lists, on the payment itself or in an advice of its own.

Speaks when every line is one of our documents, by its number and, where that leaves a choice or is
damaged, by its amount. Refuses the whole list for one line that nothing is found for: what it
stands for would be taken from other documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rules.matching.answers import clearing
from rules.matching.evidence.places import NUMBERS, Grade, grade
from rules.matching.found import Agreement, Found
from rules.matching.mentions import Stranger
from rules.matching.settled import TELLING, fit
from rules.matching.spellings import anatomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.remittances import RemittanceLine
    from rules.matching.line import Line
    from rules.matching.mentions import Named
    from rules.matching.values import Item

RULE = "remittance_complete"


class Resolved(NamedTuple):
    """A line of the list and the document it means; `sure` where its amount agrees as well."""

    line: RemittanceLine
    item: Item
    grade: Grade
    sure: bool


def look(line: Line) -> Found | None:
    """Take the documents listed on the payment itself."""
    return listed(line, line.receipt.remittance, "remittance") if line.receipt.remittance else None


def listed(line: Line, lines: Sequence[RemittanceLine], source: str) -> Found:
    """Take the documents that some list gives; `source` says where it came from."""
    resolved = resolve(line, lines)
    items = {one.item.id: line.batch.left(one.item) for one in resolved}
    known = {each.line for each in resolved}
    strange = [one.reference for one in lines if one not in known]
    chosen = tuple(one for one in items.values() if one.open) or tuple(items.values())
    if len({one.currency for one in chosen}) != 1:
        return Found((), "names_unknown_invoice" if strange else "other_currency")
    fitting = fit(line, chosen, _amounts(resolved), short=True)
    if fitting is None:
        return Found((), "no_match")
    agreement = line.agreement(chosen)
    worst = max(one.grade for one in resolved)
    what = "paid" if not any(one.open for one in chosen) else str(fitting.amount)
    doubt = "" if all(one.sure or one.grade is Grade.CLEAN for one in resolved) else "unsure"
    parts = (source, worst.name.lower(), what, agreement, doubt)
    answer = clearing(line, RULE, "/".join(filter(None, parts)), fitting)
    if strange:
        unknown = (("unknown", ", ".join(strange)),)
        return Found((answer,), "names_unknown_invoice", rejected=unknown)
    facts = (worst in NUMBERS) + (fitting.amount in TELLING or what == "paid")
    return Found((answer,), independent_facts=facts + (agreement is Agreement.YES))


def resolve(line: Line, lines: Sequence[RemittanceLine]) -> list[Resolved]:
    """Give the document of each line that has exactly one."""
    first = [_candidates(line, one) for one in lines]
    owners = {each[0].item.customer_id for each in first if len(each) == 1} | line.relatives
    found = []
    for one, candidates in zip(lines, first, strict=True):
        best = _best(line, one, candidates, owners)
        if best is None or not best.sure:
            best = _repaired(line, one, best, owners) or best
        if best:
            found.append(best)
    return found


def _candidates(line: Line, one: RemittanceLine) -> list[Named]:
    mentions = line.batch.read(one.reference).mentions
    return [each for mention in mentions for each in mention.named if line.may_pay(each.item)]


def _best(
    line: Line, one: RemittanceLine, candidates: list[Named], owners: set[str]
) -> Resolved | None:
    negative = one.amount is not None and one.amount.minor < 0
    ranked = sorted(
        candidates,
        key=lambda each: (
            each.item.credit != negative,
            not _agrees(line.batch.left(each.item), one),
            each.item.customer_id not in owners,
            each.spelling,
            not each.item.open,
            each.item.id,
        ),
    )
    if not ranked or ranked[0].item.credit != negative:
        return None
    best = ranked[0]
    return Resolved(one, best.item, grade(best), _agrees(line.batch.left(best.item), one))


def _agrees(item: Item, one: RemittanceLine) -> bool:
    """Whether a line's amount, or what it says stood on the document, is what is open there."""
    if one.amount is None:
        return False
    paid = abs(one.amount.minor)
    gross = (
        abs(one.gross.minor) if one.gross else paid + (one.discount.minor if one.discount else 0)
    )
    return item.open in (paid, gross) or (not item.open and item.total in (paid, gross))


def _repaired(
    line: Line, one: RemittanceLine, best: Resolved | None, owners: set[str]
) -> Resolved | None:
    """Repair a damaged number where the customer and the amount leave one document."""
    words = list(line.batch.read(one.reference).strangers)
    if best is not None:
        # One of our numbers may be another of them, damaged.
        ours = anatomy(best.item.number)
        words.append(Stranger(best.item.number, ours.digits, ours.before, 0))
    found = {
        each.item.id: each.item
        for word in words
        for each in line.repairs(word)
        if each.item.customer_id in owners and _agrees(line.batch.left(each.item), one)
    }
    if len(found) != 1:
        return None
    (item,) = found.values()
    return Resolved(one, item, Grade.DAMAGED, sure=True)


def _amounts(resolved: list[Resolved]) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for one in resolved:
        if one.line.amount is None:
            return {}
        amounts[one.item.id] = amounts.get(one.item.id, 0) + one.line.amount.minor
    return amounts
