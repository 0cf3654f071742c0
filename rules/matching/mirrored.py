"""Documents and customers as a ledger tells them, made what cash application compares.

Whether the ledger was read whole or is asked in a store: what is compared is made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Status
from rules.matching.values import Item, Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger.documents import CreditNote, Customer, Invoice

# Bounds a walk along customers merged into one another.
MERGES_MAX = 10
# A draft is not owed yet, and what is void or not understood is not owed for sure.
OWED_WHEN = frozenset((Status.OPEN, Status.PAID))


def merges(customers: Iterable[Customer]) -> dict[str, str]:
    """Say of each customer that was merged into whom it was."""
    return {one.ref.id: one.merged_into for one in customers if one.merged_into}


def living(merged: Mapping[str, str], customer_id: str) -> str:
    """Give the customer that a merged one went into; `merged` says of each into whom it did."""
    for _ in range(MERGES_MAX):
        into = merged.get(customer_id)
        if not into:
            break
        customer_id = into
    return customer_id


def invoice_item(one: Invoice, customer_id: str, spoken_for: int = 0) -> Item:
    """Make the item of an invoice, of which some minor units are on their way already.

    The total stands for a net amount that the ledger does not say.
    """
    discount = one.early_discount
    return Item(
        id=one.ref.id,
        number=one.number,
        customer_id=customer_id,
        currency=one.balance.currency,
        total=one.total.minor,
        net=(one.total if one.net is None else one.net).minor,
        open=max(one.balance.minor - spoken_for, 0) if one.is_open else 0,
        issued=one.issued,
        due=one.due,
        po_number=one.po_number or "",
        reference=one.reference or "",
        discount_percent=discount.percent if discount else 0,
        discount_until=discount.until if discount else None,
    )


def credit_item(one: CreditNote, customer_id: str, spoken_for: int = 0) -> Item:
    """Make the item of a credit note; it is due at once."""
    return Item(
        id=one.ref.id,
        number=one.number,
        customer_id=customer_id,
        currency=one.balance.currency,
        total=one.total.minor,
        net=(one.total if one.net is None else one.net).minor,
        open=max(one.balance.minor - spoken_for, 0) if one.status is Status.OPEN else 0,
        issued=one.issued,
        due=one.issued,
        credit=True,
    )


def party_of(customer_id: str, group: Sequence[Customer], merged: Mapping[str, str]) -> Party:
    """Make one of a living customer and those merged into it: `group`, by id.

    It has the names and addresses of all of them. Where the ledger lacks the living one, the first
    of them stands for it.
    """
    itself = next((one for one in group if one.ref.id == customer_id), group[0])
    others = sorted(one.name for one in group if one.name != itself.name)
    emails = [mail for one in (itself, *group) if (mail := (one.email or "").strip())]
    return Party(
        customer_id,
        itself.name,
        number="" if itself.merged_into else itself.number,
        country=itself.country or "",
        aliases=tuple(others),
        emails=tuple(dict.fromkeys(emails)),
        parent_id=living(merged, itself.parent_id) if itself.parent_id else "",
    )
