"""A payment that names no document, from a payer we know.

Speaks when exactly one invoice of the payer's has that amount open, or one run of documents that
payers pay at one go comes to it, or, last, one sum of few among few. Refuses where two answers fit,
every amount that leaves something open, for without a number nothing says what was meant, and
sums that need credit notes to come out.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from rules.matching.answers import clearing
from rules.matching.found import Found
from rules.matching.partly import partly
from rules.matching.policy import in_minor
from rules.matching.settled import TELLING, Amount, fit
from rules.matching.sums import ONE_INVOICE, SUM, Outcome, sums

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rules.matching.line import Line
    from rules.matching.settled import Fitting
    from rules.matching.values import Answer, Item

# More accidental sums of an amount than this make a sum no evidence.
CHANCE_MAX = 0.05

# A payment of just this amount within half a year may be the same one once more.
AGAIN_MAX = timedelta(days=200)
MONTHLY_MIN = timedelta(days=21)
# So many answers show that there is no single one.
SHOWN_MAX = 4
# Invoices that the payment may settle less a discount or a tax.
CLOSE_MAX = 300

EXACT = "known_payer_exact_unique"
BALANCE = "known_payer_whole_balance"
ANY_SUM = "known_payer_unique_sum"


def look_exact(line: Line) -> Found | None:
    """Take the one invoice of the payer's that has this amount open, or nets to it.

    Another of the same group with that amount is as good an answer, for parents pay for children.
    """
    customers = line.relatives or line.suspects
    if not customers or line.amount <= 0:
        return None
    owed = [one for one in _owed(line, customers) if not one.credit]
    sought = _sought(line, owed) if owed else 0
    exact = _fitting(line, [each for each in owed if each.open == sought])
    some = exact or _fitting(line, _close(line, owed, sought))
    # A part of its number tells one from others of the same amount.
    told = [one for one in some if partly(line, one.items[0])]
    some = told if len(told) == 1 else some
    answers = tuple(_answer(line, EXACT, ONE_INVOICE, one) for one in some)
    if not answers:
        return None
    answers += _rivals(line, owed, exact) if len(answers) == 1 else ()
    # An amount that came before is no fact for a document: it may come twice, or every month.
    facts = line.is_certain + (not _paid_before(line))
    return Found(answers, "" if len(answers) == 1 else "tie", independent_facts=facts)


def _close(line: Line, owed: Sequence[Item], sought: int) -> list[Item]:
    """Give what may be owed less a discount or a tax, which take less than half."""
    most = in_minor(line.batch.policy.rounding_max, line.currency)
    close = [each for each in owed if sought - most <= each.open <= 2 * sought]
    # Among so many, one that fits in such a way is no evidence.
    return close if len(close) <= CLOSE_MAX else []


def _fitting(line: Line, items: Sequence[Item]) -> list[Fitting]:
    """Give how the payment settles each of these alone, where it does: enough to show a tie."""
    fitted = (fit(line, [each]) for each in items)
    telling = (one for one in fitted if one and one.amount in TELLING)
    return list(islice(telling, SHOWN_MAX))


def _rivals(line: Line, owed: Sequence[Item], exact: Sequence[Fitting]) -> tuple[Answer, ...]:
    """Give the run or the two invoices that come to the amount as well as the one does."""
    day = line.receipt.value_day or line.receipt.received
    found = sums(owed, _sought(line, owed), day, line.batch.policy) if exact else None
    if found is None or found.outcome is not Outcome.SEVERAL:
        return ()
    others = [
        (one.name, fitted)
        for one in found.found
        if one.name != ONE_INVOICE and (fitted := fit(line, one.documents))
    ]
    return tuple(
        _answer(line, ANY_SUM if name == SUM else BALANCE, name, one) for name, one in others
    )


def look_runs(line: Line) -> Found | None:
    """Take the run of documents, up to all of them, that comes to the payment."""
    return _summed(line, lambda name: name not in (ONE_INVOICE, SUM))


def look_sums(line: Line) -> Found | None:
    """Take the only sum of few documents among few that comes to the payment."""
    return _summed(line, lambda name: name == SUM)


def _summed(line: Line, wanted: Callable[[str], bool]) -> Found | None:
    day = line.receipt.value_day or line.receipt.received
    for customers in _circles(line):
        owed = _owed(line, customers)
        if not owed:
            continue
        amount = _sought(line, owed)
        found = sums(owed, amount, day, line.batch.policy)
        fitted = [
            (one.name, fitted)
            for one in found.found
            if wanted(one.name) and (fitted := fit(line, one.documents))
        ]
        answers = tuple(
            _answer(line, ANY_SUM if name == SUM else BALANCE, name, one) for name, one in fitted
        )
        if not answers:
            continue
        netted = answers[0].rule == ANY_SUM and any(one.credit for one in found.found[0].documents)
        if found.outcome is not Outcome.ONE or found.chance > CHANCE_MAX or netted:
            return Found(answers, "tie")
        facts = (answers[0].rule == BALANCE) + line.is_certain
        return Found(answers, independent_facts=facts)
    return None


def _circles(line: Line) -> list[frozenset[str]]:
    """Give the customers whose documents may be meant: the payer, then its whole group."""
    if not line.customer_id or line.amount <= 0:
        return []
    own = frozenset((line.customer_id,))
    return [own, line.relatives] if line.relatives != own else [own]


def _owed(line: Line, customers: frozenset[str]) -> Sequence[Item]:
    """Give what they owe in the currency of the payment, or in which it was sent."""
    for currency in line.currencies:
        owed = line.batch.owing_of(customers, currency)
        if owed:
            return owed
    return ()


def _sought(line: Line, owed: Sequence[Item]) -> int:
    original = line.receipt.original
    if original is not None and original.currency == owed[0].currency:
        return original.minor
    return line.amount


def _answer(line: Line, rule: str, name: str, fitting: Fitting) -> Answer:
    owners = {one.customer_id for one in fitting.items}
    own = "own" if owners == {line.customer_id} or not line.customer_id else "group"
    what = name if name in (ONE_INVOICE, SUM) else "run"
    known = len(fitting.items) == 1 and partly(line, fitting.items[0])
    strange = ("strange",) if line.names_unknown and not known else ()
    # A cent or two off is what many documents are by accident; a discount or a tax is not.
    amount = fitting.settled.fit if fitting.amount is Amount.NET else fitting.amount
    again = _paid_before(line) if name == ONE_INVOICE else ()
    parts = ("payer", line.strength or "maybe", what, str(amount), own, *strange, *again)
    return clearing(line, rule, "/".join(parts), fitting)


def _paid_before(line: Line) -> tuple[str, ...]:
    """Say whether the payer paid this amount not long ago: it may be the same payment once more.

    After three weeks or more it is as likely what it pays every month.
    """
    payers = line.relatives or line.suspects
    ago = [
        abs(line.receipt.received - one.payment.received)
        for one in line.batch.book.past_of(payers, line.currency, line.amount)
    ]
    if not ago or min(ago) > AGAIN_MAX:
        return ()
    return ("again",) if min(ago) < MONTHLY_MIN else ("monthly",)
