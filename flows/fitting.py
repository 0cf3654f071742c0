"""Which differences may be named for a receipt: those that the ledger can book, to an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Ability
from flows.able import can
from flows.notes import DIFFERENCES
from ledger.differences import PURPOSES, Adjustment, Difference
from ledger.documents import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.documents import Receipt
    from ledger.money import Money
    from store.connections import ConnectionRow
    from store.organisations import OrganisationRow


def bookable(organisation: OrganisationRow, books: ConnectionRow | None) -> list[Difference]:
    """Give the differences for which the ledger can book and an account is chosen."""
    if books is None or not can(books, Ability.ADJUST):
        return []
    return [one for one, purpose in PURPOSES.items() if organisation.accounts.get(purpose)]


def kinds(
    organisation: OrganisationRow, books: ConnectionRow | None, receipt: Receipt
) -> tuple[Difference, ...]:
    """Give what may be named; where no account is chosen for it, a difference stays open."""
    return tuple(one for one in bookable(organisation, books) if _may_be(one, receipt))


def _may_be(kind: Difference, receipt: Receipt) -> bool:
    """Say whether there can be such a difference: a bank keeps fees of what a bank brings."""
    return kind is not Difference.BANK_FEE or receipt.source is Source.BANK


def require(
    organisation: OrganisationRow,
    books: ConnectionRow,
    receipt: Receipt,
    adjustments: Sequence[Adjustment],
    left: Money,
) -> None:
    """Raise ValueError, in words for a person, for a difference that cannot be booked."""
    known = kinds(organisation, books, receipt)
    for one in adjustments:
        name = DIFFERENCES[one.kind]
        if one.kind not in known:
            msg = f"no account is chosen for the {name}, or the ledger cannot book it: leave it"
            raise ValueError(f"{msg} open, or choose an account under Connections")
        if one.amount.minor <= 0:
            msg = f"the {name} must be more than nothing: pay less than what is open"
            raise ValueError(msg)
        if one.kind is Difference.BANK_FEE and left.minor:
            msg = f"{left} of the money is left, so no bank kept a fee of it"
            raise ValueError(msg)
