"""Answers as they are written down: the rule, the evidence class and facts to check in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.money import Money
from rules.matching.settlement import Fit
from rules.matching.values import Answer, Kind, Settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.matching.line import Line
    from rules.matching.settled import Fitting
    from rules.matching.values import Item

# More documents than this are counted, not listed, among the facts.
LISTED_MAX = 8

# The rule that clears documents a payment refers to, by how their amount came about.
REFERENCE_RULES = {
    Fit.EXACT: "reference_and_amount",
    Fit.ROUNDING: "reference_within_tolerance",
    Fit.EARLY_DISCOUNT: "reference_net_of_discount",
    Fit.WITHHOLDING_TAX: "reference_net_of_withholding",
    Fit.BANK_FEE: "reference_net_of_fee",
    Fit.FX: "reference_converted",
    Fit.AS_LISTED: "reference_part",
    Fit.PART: "reference_part",
    Fit.OLDEST_FIRST: "reference_part",
    Fit.OVERPAID: "reference_overpaid",
}


def reference_rule(fitting: Fitting) -> str:
    """Give the rule that takes documents which the payment refers to."""
    rule = REFERENCE_RULES[fitting.settled.fit]
    several = len(fitting.items) > 1
    return "references_sum" if several and rule == "reference_and_amount" else rule


def clearing(
    line: Line,
    rule: str,
    evidence: str,
    fitting: Fitting,
    facts: tuple[tuple[str, str], ...] = (),
    kind: Kind = Kind.RECEIVABLE,
) -> Answer:
    """Give the answer that settles documents so."""
    told = (
        *facts,
        ("documents", listed(fitting.items)),
        *_amount(line, fitting),
        *((("payer", line.payer_told),) if line.customer_id else ()),
    )
    return Answer(rule, kind, fitting.settled.settlement, evidence=evidence, facts=told)


def referring(
    rule: str, kind: Kind, evidence: str, refers_to: str, *facts: tuple[str, str]
) -> Answer:
    """Give the answer that a payment is about a payout or an earlier payment."""
    return Answer(rule, kind, Settlement(), refers_to, evidence, facts=facts)


def listed(items: Sequence[Item]) -> str:
    """Name documents with what is open on each."""
    told = [f"{one.number} ({Money(one.open, one.currency).text} open)" for one in items]
    more = len(told) - LISTED_MAX
    return ", ".join(told[:LISTED_MAX]) + (f" and {more} more" if more > 0 else "")


def _amount(line: Line, fitting: Fitting) -> tuple[tuple[str, str], ...]:
    settled, currency = fitting.settled, fitting.items[0].currency
    came, sent = line.receipt.unapplied, line.receipt.original
    told = f"{came}, sent as {sent}," if sent and currency != came.currency else f"{came}"
    if not settled.difference:
        return (("amount", f"{told} is exactly what is open"),)
    size = Money(abs(settled.difference), currency)
    words = "less" if settled.difference > 0 else "more"
    reason = settled.fit.replace("_", " ")
    return (("amount", f"{told.rstrip(',')}, {size} {words} than is open: {reason}"),)
