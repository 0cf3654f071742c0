"""Whom to ask what a payment is for: its payer, where the payer is known and nothing was named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.days import days_between
from rules.actions import AskHuman
from rules.matching.batch import Batch
from rules.matching.gathered import gather
from rules.matching.line import Line
from rules.matching.whose import By

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ledger.documents import Customer, Invoice, Receipt
    from rules.actions import Matched
    from rules.facts import MatchFacts
    from rules.matching.book import Opened
    from rules.ruleset import RuleSet

ASK = "ask_remittance"
# What its payer can clear up; whatever else keeps a receipt from being placed is a person's matter.
CLEARED_UP = frozenset({"contested", "no_match", "tie", "unsure"})
# What has to point at a customer before it is written to: less than a name is not enough.
KNOWN_BY = frozenset({By.LEDGER, By.ACCOUNT, By.EMAIL, By.LEARNED, By.NAME})
# Later nobody remembers, and money of before the start is not asked about.
ASKED_DAYS_MAX = 21
# A longer list nobody ticks.
LIST_MAX = 200


def questions(
    decided: Iterable[Matched],
    facts: MatchFacts,
    rules: RuleSet,
    today: date,
    opened: Opened | None = None,
) -> dict[tuple[str, str], str]:
    """Give the customer to ask for each receipt, by source and id, whose payer may be asked.

    Nobody is asked about money that names something, whose payer is in doubt, or who owes nothing
    in its currency: the answer could be no invoice of ours.
    """
    if rules.matching.no_reference != ASK:
        return {}
    receipts = {(one.source.value, one.ref.id): one for one in facts.receipts}
    told = ((one, receipts[one.source.value, one.receipt_id]) for one in decided)
    unclear = [receipt for one, receipt in told if _unclear(one, receipt, today)]
    if not unclear:
        return {}
    gathered = gather(facts, rules.matching, today, opened)
    batch = Batch(gathered.book, gathered.policy)
    found = {}
    for receipt in unclear:
        line = Line(0, gathered.placed(receipt), batch)
        known = line.payer.by in KNOWN_BY and not (line.payer.doubts or line.names_unknown)
        customer = gathered.customer(line.customer_id) if known else None
        owed = batch.owing(line.customer_id, line.currency) if known else ()
        if _can_be_asked(customer, sum(not one.credit for one in owed)):
            found[receipt.source.value, receipt.ref.id] = line.customer_id
    return found


def _unclear(one: Matched, receipt: Receipt, today: date) -> bool:
    reason = one.reason if isinstance(one, AskHuman) else ""
    named = receipt.links or receipt.remittance or receipt.structured_reference
    recent = days_between(receipt.received, today) <= ASKED_DAYS_MAX
    came_in = receipt.unapplied.minor > 0
    return reason in CLEARED_UP and recent and came_in and not named


def may_ask(receipt: Receipt, customer: Customer | None, invoices: Iterable[Invoice]) -> bool:
    """Say whether a customer can be asked about a receipt: by e-mail, about what it owes."""
    owed = sum(
        one.is_open
        and customer is not None
        and one.customer_id == customer.ref.id
        and one.balance.currency == receipt.unapplied.currency
        for one in invoices
    )
    return _can_be_asked(customer, owed)


def _can_be_asked(customer: Customer | None, owed: int) -> bool:
    if customer is None or customer.archived or not customer.email:
        return False
    return 0 < owed <= LIST_MAX
