"""Money that the payer marks as paid on account, in advance or as a deposit.

Speaks when the payer is known for certain and no document is named; all of it stays on account.
Refuses where an invoice of the payer's has just that amount open: deposits are invoiced too, and
banks call many a credit a deposit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.answers import clearing
from rules.matching.evidence.named import RIVAL
from rules.matching.found import Found
from rules.matching.settled import fit
from rules.matching.values import Answer, Kind, OnAccount, Settlement
from rules.matching.words import BANK_DEPOSIT, ON_ACCOUNT

if TYPE_CHECKING:
    from rules.matching.line import Line

RULE = "marked_on_account"
# So many invoices of the amount are shown beside it.
INVOICED_MAX = 2


def look(line: Line) -> Found | None:
    """Leave the money with its customer, unless its name is that of several of one group."""
    said = ON_ACCOUNT.search(BANK_DEPOSIT.sub("", line.plain))
    if not said or line.names_documents or not line.customer_id or line.amount <= 0:
        return None
    # Neither a document nor an amount says that the payer is right: its marks alone do.
    facts = len({one.by for one in line.payer.pointers})
    answers = tuple(
        Answer(
            RULE,
            Kind.RECEIVABLE,
            Settlement(on_account=(OnAccount(customer_id, line.amount),)),
            evidence=f"on_account/{line.strength}{'/two' if facts > 1 else ''}",
            facts=(("the payer says", said.group()), ("payer", line.payer_told)),
        )
        for customer_id in line.payer.namesakes or (line.customer_id,)
    )
    if len(answers) > 1:
        return Found(answers, "payer_unclear", independent_facts=facts)
    owed = line.batch.owing_of(line.relatives, line.currency)
    same = (fit(line, (one,)) for one in owed if one.open == line.amount and not one.credit)
    invoiced = [clearing(line, "known_payer_exact_unique", RIVAL, one) for one in same if one]
    if invoiced:
        return Found((*invoiced[:INVOICED_MAX], *answers), "tie")
    return Found(answers, independent_facts=facts)
