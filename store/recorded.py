"""Payments in the ledger that one bank line may be together: those of a customer on one day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from ledger.documents import Source, Status
from ledger.money import Money
from store.connections import DISCONNECTED
from store.tables import connection, receipt
from store.tables.columns import fixed

_MINE = (
    receipt.c.organisation_id == bindparam("organisation_id"),
    receipt.c.connection_id.in_(
        select(connection.c.id).where(
            connection.c.organisation_id == bindparam("organisation_id"),
            connection.c.state != fixed(DISCONNECTED),
        )
    ),
    receipt.c.source == fixed(Source.LEDGER.value),
    receipt.c.status.in_([fixed(Status.OPEN.value), fixed(Status.PAID.value)]),
    receipt.c.amount > 0,
)
_KEY = (receipt.c.customer_id, receipt.c.received, receipt.c.currency)
_TOGETHER = (
    select(*_KEY)
    .where(*_MINE, receipt.c.received.between(bindparam("since"), bindparam("until")))
    .where(receipt.c.customer_id.is_not(None))
    .group_by(*_KEY)
    .having(func.count() > 1, func.sum(receipt.c.amount).in_(bindparam("minors", expanding=True)))
)
_MEMBERS = (
    select(*_KEY, receipt.c.vendor_id, receipt.c.amount)
    .where(*_MINE, tuple_(*_KEY).in_(_TOGETHER))
    .order_by(receipt.c.vendor_id)
)
# More payments on one day are no single deposit.
TOGETHER_MAX = 50


def together(
    s: Session, organisation_id: int, days: tuple[date, date], amounts: Collection[Money]
) -> list[list[str]]:
    """List the ids of payments of one customer on one day that come to one of these amounts."""
    since, until = days
    minors = sorted({one.minor for one in amounts})
    which = {"organisation_id": organisation_id, "since": since, "until": until, "minors": minors}
    found: dict[tuple[str, date, str], list[tuple[str, int]]] = defaultdict(list)
    for row in s.execute(_MEMBERS, which):
        found[row.customer_id, row.received, row.currency].append((row.vendor_id, row.amount))
    return [
        [vendor_id for vendor_id, _ in members]
        for (_, _, currency), members in sorted(found.items())
        if len(members) <= TOGETHER_MAX
        and Money(sum(amount for _, amount in members), currency) in amounts
    ]
