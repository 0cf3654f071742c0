"""Money that pays for several customers: who may pay for whom, and how a person is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Source
from rules.matching.answers import LISTED_MAX
from rules.matching.whose import Signs, whose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ledger.documents import Receipt
    from rules.matching.gathered import Gathered
    from rules.matching.values import Item

SEVERAL = 2
# What the fact is called that names for whom money is.
PAYS_FOR = "pays for"
# Bounds a walk along parents that a ledger made go in circles.
PARENTS_MAX = 10


def may_pay(holder_id: str, owner_id: str, parent_of: Callable[[str], str | None]) -> bool:
    """Say whether money that a ledger holds for one customer may pay an invoice of another.

    It pays its own and those of the customers billed with it: a ledger takes nothing else.
    `parent_of` names who is billed in a customer's stead, if anybody is.
    """
    at: str | None = owner_id
    for _ in range(PARENTS_MAX):
        if not at or at == holder_id:
            break
        at = parent_of(at)
    return at == holder_id


def is_held_for_another(receipt: Receipt, items: Iterable[Item], gathered: Gathered) -> bool:
    """Say whether the ledger holds money for a customer that may not pay for all of these."""
    if receipt.source is not Source.LEDGER or not receipt.customer_id:
        return False
    holder = gathered.living(receipt.customer_id)

    def parent(customer_id: str) -> str:
        party = gathered.book.party(customer_id)
        return party.parent_id if party else ""

    return not all(may_pay(holder, one, parent) for one in owners(items))


def is_of_one_group(receipt: Receipt, items: Sequence[Item], gathered: Gathered) -> bool:
    """Say whether documents are one customer's, or all of the group that is known to have paid."""
    whose_items = owners(items)
    if len(whose_items) == 1:
        return True
    payer = whose(Signs.of_receipt(gathered.placed(receipt)), gathered.book, gathered.policy)
    return bool(payer.customer_id) and payer.family >= whose_items


def owners(items: Iterable[Item]) -> frozenset[str]:
    """Give the customers whose documents these are."""
    return frozenset(one.customer_id for one in items)


def told(
    numbered: Iterable[tuple[str, str]], name_of: Callable[[str], str]
) -> tuple[tuple[str, str], ...]:
    """Say for whom several customers' documents are paid, as a fact; nothing for one customer.

    `numbered` are the customer and the number of each document.
    """
    found: dict[str, list[str]] = {}
    for customer_id, number in numbered:
        found.setdefault(customer_id, []).append(number)
    if len(found) < SEVERAL:
        return ()
    words = [f"{name_of(one) or one} {_listed(numbers, ', ')}" for one, numbers in found.items()]
    return ((PAYS_FOR, _listed(words, "; ")),)


def _listed(words: Sequence[str], between: str) -> str:
    more = len(words) - LISTED_MAX
    return between.join(words[:LISTED_MAX]) + (f" and {more} more" if more > 0 else "")
