"""Who may pay for whom: a sub-customer is paid for by its parent when it is billed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.quickbooks.calls import among
from connector.quickbooks.text import read
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from connector.quickbooks.calls import Calls

# Customers nest to five levels in QuickBooks.
LEVELS_MAX = 5
INACTIVE_TOO = "Active IN (true, false)"


class Payers:
    """The payers of one company's customers."""

    def __init__(self, calls: Calls) -> None:
        """Make no call yet."""
        self._calls = calls

    def of_all(self, customers: Iterable[str]) -> str:
        """Name the customer whose payment may pay invoices of all these.

        Raises RefusedError when there is none.
        """
        found = self.shared(customers)
        if not found:
            raise RefusedError("one payment cannot pay invoices of several customers")
        return found

    def shared(self, customers: Iterable[str]) -> str:
        """Name the customer whose payment may pay invoices of all these, or ""."""
        owners = sorted(set(customers))
        if len(owners) == 1:
            return owners[0]
        chains = self._chains(owners)
        found = [one for one in chains[owners[0]] if all(one in chain for chain in chains.values())]
        return found[0] if found else ""

    def require(self, payer: str, customers: Iterable[str]) -> None:
        """Raise RefusedError unless a payer may pay for all these customers."""
        others = sorted(set(customers) - {payer})
        if others and not all(payer in chain for chain in self._chains(others).values()):
            msg = "the payment belongs to another customer than the invoice, which is not billed"
            raise RefusedError(f"{msg} with it; enter it in QuickBooks as that customer's own")

    def _chains(self, customers: list[str]) -> dict[str, list[str]]:
        """Give for each customer who may pay for it: itself, and whoever it is billed with."""
        billed: dict[str, str] = {}
        wanted = customers
        for _ in range(LEVELS_MAX):
            docs = self._calls.every("Customer", f"{among('Id', wanted)} AND {INACTIVE_TOO}")
            fresh = {read(doc.get("Id")): billed_with(doc) for doc in docs}
            billed |= fresh
            wanted = sorted({one for one in fresh.values() if one and one not in billed})
            if not wanted:
                break
        return {one: _up(billed, one) for one in customers}


def billed_with(customer: Mapping[str, Any]) -> str:
    """Name the parent that a customer is billed with, or ""."""
    parent = customer.get("ParentRef")
    if customer.get("BillWithParent") is not True or not isinstance(parent, dict):
        return ""
    return read(parent.get("value"))


def _up(billed: Mapping[str, str], customer: str) -> list[str]:
    chain = [customer]
    while (above := billed.get(chain[-1], "")) and above not in chain:
        chain.append(above)
    return chain
