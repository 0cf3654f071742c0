"""Documents that are named, though another amount was paid than is open on them.

Speaks when the payer is the customer of everything that is named: less pays a part of it, more
leaves a surplus on account, and money for what is paid already is on account whole. Refuses where
the amount is just what another document of the payer's is open for, and where a text that may be
cut off could go on to name what the difference is for.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from rules.matching.answers import clearing, reference_rule
from rules.matching.evidence.damaged import repaired
from rules.matching.evidence.named import GRADES, RIVAL
from rules.matching.evidence.places import NUMBERS, Grade, places, ways
from rules.matching.found import Agreement, Found
from rules.matching.settled import AGREEING, Amount, fit
from rules.matching.sums import sums
from rules.matching.words import INSTALMENT

if TYPE_CHECKING:
    from rules.matching.evidence.places import Way
    from rules.matching.line import Line
    from rules.matching.settled import Fitting
    from rules.matching.values import Answer, Item

# So many are enough to choose from.
RIVALS_MAX = 4
# What a wrong document's amount would hardly be.
BARELY_OFF = frozenset(("paid", "short_slightly", "over_slightly"))
# A difference of this part of what is open is a slight one.
SLIGHT = Fraction(1, 50)


def look(line: Line) -> Found | None:
    """Take what is named in part, or leave what is more than is open on account."""
    way = _read(line)
    if way is None:
        return None
    fitting = fit(line, _open(way.items), short=True)
    if fitting is None:
        return None
    return _judged(line, way, fitting)


def _judged(line: Line, way: Way, fitting: Fitting) -> Found | None:
    """Weigh what speaks against the answer."""
    agreement = line.agreement(way.items)
    answer = _answer(line, way, fitting, agreement)
    if agreement is Agreement.NO:
        return Found((answer,), "other_customer") if line.names_documents else None
    others = _others(line, way, fitting)
    if others:
        return Found((answer, *others), "tie")
    unknown = agreement in (Agreement.UNKNOWN, Agreement.STRANGE)
    unchecked = unknown and way.grade is not Grade.CHECKED
    open_ = (unchecked and _wants_payer(line, fitting)) or _may_go_on(line, fitting)
    if open_ or _loosely(way, fitting):
        less = fitting.amount is Amount.SHORT
        return Found((answer,), "less_than_named" if less else "more_than_named")
    facts = (way.grade in NUMBERS) + (_what(line, fitting) in BARELY_OFF)
    return Found((answer,), independent_facts=facts + (agreement is Agreement.YES))


def _wants_payer(line: Line, fitting: Fitting) -> bool:
    """Whether only the payer could tell that the number is right: the amount says nothing."""
    said = _what(line, fitting)
    return said in ("paid_other", "short", "short_far", "over", "over_far")


def _loosely(way: Way, fitting: Fitting) -> bool:
    """Whether several are named, not all in full, and the amount does not bear it out."""
    several = sum(one.open > 0 for one in way.items) > 1
    return several and way.grade is Grade.LOOSE and fitting.amount not in AGREEING


def _may_go_on(line: Line, fitting: Fitting) -> bool:
    """Whether the text may go on, unseen, with what the difference is for."""
    if fitting.amount in AGREEING or not any(one.open for one in fitting.items):
        return False
    # Who withholds tax seldom pays just what is open: a sum of several may be near any of them.
    party = line.batch.book.party(fitting.items[0].customer_id)
    if line.cut or (line.is_full and party is not None and party.withholding_percents):
        return True
    if fitting.amount is not Amount.OVER:
        return False
    owners, named = {one.customer_id for one in fitting.items}, {one.id for one in fitting.items}
    owed = [one for one in line.batch.owing_of(owners, line.currency) if one.id not in named]
    rest = -fitting.settled.difference
    # Whoever lists several forgets one, or its bank cuts it off, sooner than it pays too much.
    several = len(fitting.items) > 1 and any(one.open <= rest for one in owed if not one.credit)
    return several or line.goes_on(owed, rest)


def _open(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Leave out what is paid, unless everything is."""
    return tuple(one for one in items if one.open) or items


def _read(line: Line) -> Way | None:
    """Give the one way to read the texts: the payer's own, and of equals what is still open."""
    found = ways(places(line))
    own = [one for one in found if line.agreement(one.items) is not Agreement.NO]
    if not own and line.relatives:
        mended = [one for one in ways(repaired(line)) if one.grade >= Grade.MENDED]
        own = [one for one in mended if line.agreement(one.items) is Agreement.YES]
    pool = own or found
    least = min((one.cost for one in pool), default=0)
    best = [one for one in pool if one.cost == least]
    if len(best) > 1:
        best = [one for one in best if any(item.open for item in one.items)]
    return best[0] if len(best) == 1 else None


def _answer(line: Line, way: Way, fitting: Fitting, agreement: Agreement) -> Answer:
    paid = not any(one.open for one in fitting.items)
    rule = "duplicate" if paid else reference_rule(fitting)
    several = ("several",) if len(fitting.items) > 1 else ()
    evidence = "/".join((GRADES[way.grade], _what(line, fitting), agreement, *several))
    return clearing(line, rule, evidence, fitting)


def _what(line: Line, fitting: Fitting) -> str:
    """Say how far the amount is from what is open: a little off is hardly another document."""
    if not any(one.open for one in fitting.items):
        total = sum(one.total for one in fitting.items)
        return "paid" if total == line.amount else "paid_other"
    if fitting.amount in AGREEING:
        return str(fitting.amount)
    if fitting.amount is Amount.SHORT and INSTALMENT.search(line.plain):
        return "short_said"
    owed = line.amount + fitting.settled.difference
    off = abs(fitting.settled.difference)
    if off <= owed * SLIGHT:
        return f"{fitting.amount}_slightly"
    return f"{fitting.amount}_far" if off > owed else str(fitting.amount)


def _others(line: Line, way: Way, fitting: Fitting) -> list[Answer]:
    """Give what else of the customer's the payment may be for, with as good a reason."""
    if fitting.amount in AGREEING:
        return []
    named = {one.id for one in way.items}
    owners = line.relatives or {one.customer_id for one in way.items}
    owed = [one for one in line.batch.owing_of(owners, line.currency) if one.id not in named]
    same = (one for one in owed if one.open == line.amount and not one.credit)
    exact: list[tuple[Item, ...]] = [(one,) for one in same]
    if fitting.amount is Amount.OVER:
        rest = -fitting.settled.difference
        day = line.receipt.value_day or line.receipt.received
        open_named = tuple(one for one in way.items if one.open)
        found = sums(owed, rest, day, line.batch.policy)
        exact += [open_named + one.documents for one in found.found]
    fitted = (one for one in (fit(line, items) for items in exact) if one)
    few = islice(fitted, RIVALS_MAX)
    return [clearing(line, "known_payer_exact_unique", RIVAL, one) for one in few]
