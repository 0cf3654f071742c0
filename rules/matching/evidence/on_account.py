"""Money that the payer marks as paid on account, in advance or as a deposit.

Speaks when the payer is known for certain and no document is named; all of it stays on account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.found import Found
from rules.matching.values import Answer, Kind, OnAccount, Settlement
from rules.matching.words import BANK_DEPOSIT, ON_ACCOUNT

if TYPE_CHECKING:
    from rules.matching.line import Line

RULE = "marked_on_account"


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
    return Found(answers, "" if len(answers) == 1 else "payer_unclear", independent_facts=facts)
