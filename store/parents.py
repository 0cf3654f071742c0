"""Who is billed in customers' stead: the parents above them, as far as the mirror knows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ledger.documents import Customer
from store import mirror_queries as ask
from store.documents import to_customer
from store.session import chunks

# Customers nest to five levels in QuickBooks; what goes on further goes in circles.
LEVELS_MAX = 5


def above(
    s: Session, organisation_id: int, customers: Iterable[Customer]
) -> dict[str, tuple[Customer, ...]]:
    """Give the parents of customers by their ids, the nearest first; without any, an empty tuple.

    Costs a statement for each level that there is, and none where nobody has a parent.
    """
    wanted = {one.ref.id: one for one in customers}
    known = dict(wanted)
    for _ in range(LEVELS_MAX):
        missing = {one.parent_id for one in known.values() if one.parent_id} - known.keys()
        found = [
            to_customer(row)
            for part in chunks(sorted(missing))
            for row in s.execute(
                ask.CUSTOMERS_BY_ID, {"organisation_id": organisation_id, "ids": part}
            )
        ]
        if not found:
            break
        known |= {one.ref.id: one for one in found}
    return {key: tuple(_chain(one, known)) for key, one in wanted.items()}


def _chain(customer: Customer, known: dict[str, Customer]) -> list[Customer]:
    chain = [customer]
    while (parent := known.get(chain[-1].parent_id or "")) and parent not in chain:
        chain.append(parent)
    return chain[1:]
