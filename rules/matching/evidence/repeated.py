"""A payment that the payer made before, for documents that are paid since.

Speaks when nothing the payer owes comes to the amount, and a payment of just this amount by the
same customer was placed not long ago: the money stays on account with it. Refuses where a
text has a number like ours, or a part of one that the payer owes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rules.matching.found import Found
from rules.matching.partly import partly
from rules.matching.values import Answer, Kind, OnAccount, Settlement

if TYPE_CHECKING:
    from rules.matching.line import Line
    from rules.matching.values import Past

RULE = "duplicate"
DAYS_MAX = timedelta(days=60)


def look(line: Line) -> Found | None:
    """Leave what was paid twice on account."""
    if not line.customer_id or line.amount <= 0 or line.names_unknown:
        return None
    owed = line.batch.owing_of(line.relatives, line.currency)
    if any(partly(line, one) for one in owed):
        return None
    before = [
        one
        for one in line.batch.book.past_of(line.relatives, line.currency, line.amount)
        if abs(line.receipt.received - one.payment.received) <= DAYS_MAX and _is_paid(line, one)
    ]
    owners = {one.customer_id for one in before}
    if len(owners) != 1:
        return None
    (owner,) = owners
    latest = max(before, key=lambda one: (one.payment.received, one.id))
    answer = Answer(
        RULE,
        Kind.RECEIVABLE,
        Settlement(on_account=(OnAccount(owner, line.amount),)),
        evidence=f"repeated/{line.strength}",
        facts=(
            ("paid before", f"{latest.payment.amount} on {latest.payment.received.isoformat()}"),
            ("payer", line.payer_told),
        ),
    )
    return Found((answer,), independent_facts=1)


def _is_paid(line: Line, past: Past) -> bool:
    """Whether everything that the earlier payment was for is paid."""
    items = [line.batch.book.item(document) for document, _ in past.allocations]
    return bool(items) and all(one is None or not line.batch.left(one).open for one in items)
