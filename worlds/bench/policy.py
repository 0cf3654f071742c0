"""How a payment settles the documents it means: the bench's own reading of the policy.

It is written apart from the product's, so that one can find the other wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from worlds.bench.records import Settled, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worlds.bench.records import Document

ROUNDING_MAX = 5
BANK_FEE_MAX = 5_000
FEE_CHANNELS = ("wire",)
GRACE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a payment the policy looks at: its day, its channel, the payer's tax rates."""

    day: date
    channel: str
    rates: tuple[int, ...] = ()


def settle(
    documents: Sequence[Document], paid: int, terms: Terms, listed: Sequence[int] = ()
) -> Settled:
    """Say what `paid` clears of the documents it is for; the first clause that fits.

    Rounding, early discounts, tax withheld, a bank's fee; else what is short stays open: the
    payer's own amounts are followed when there is one `listed` for each document and they add up,
    else the oldest due is paid first. What is over goes on account.
    """
    short = sum(one.signed for one in documents) - paid
    whole = {one.id: one.signed for one in documents}
    if abs(short) <= ROUNDING_MAX:
        return Settled(whole, adjustments=_one(documents, "rounding", short))
    for typed in (_discounts(documents, terms), *_taxes(documents, terms)):
        if short == sum(amount for _, _, amount in typed):
            return Settled(whole, adjustments=typed)
    if terms.channel in FEE_CHANNELS and 0 < short <= BANK_FEE_MAX and short * 4 < short + paid:
        return Settled(whole, adjustments=_one(documents, "bank_fee", short))
    if short < 0:
        return Settled(whole, on_account={documents[0].customer.id: -short})
    return Settled(_in_part(documents, paid, listed))


def _in_part(documents: Sequence[Document], paid: int, listed: Sequence[int]) -> dict[str, int]:
    if len(listed) == len(documents) and sum(listed) == paid:
        return {one.id: amount for one, amount in zip(documents, listed, strict=True)}
    return oldest_first(documents, paid)


def oldest_first(documents: Sequence[Document], paid: int) -> dict[str, int]:
    """Spread too little money: credit notes are used whole, then the oldest due are paid."""
    cleared = {one.id: one.signed for one in documents if one.credit}
    left = paid - sum(cleared.values())
    for one in sorted((one for one in documents if not one.credit), key=lambda one: one.age):
        if left <= 0:
            break
        cleared[one.id] = min(one.open, left)
        left -= cleared[one.id]
    return cleared


def _one(documents: Sequence[Document], kind: str, amount: int) -> list[tuple[str, str, int]]:
    return [(documents[0].id, kind, amount)] if amount else []


def _discounts(documents: Sequence[Document], terms: Terms) -> list[tuple[str, str, int]]:
    found = ((one, one.discount_on(terms.day, GRACE_DAYS)) for one in documents if not one.credit)
    return [(one.id, "early_discount", amount) for one, amount in found if amount]


def _taxes(documents: Sequence[Document], terms: Terms) -> list[list[tuple[str, str, int]]]:
    return [
        [
            (
                one.id,
                "withholding_tax",
                -share(one.net, rate) if one.credit else share(one.net, rate),
            )
            for one in documents
        ]
        for rate in terms.rates
    ]
