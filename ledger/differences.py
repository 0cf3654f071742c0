"""Why less money came than it clears, and which account of the books takes the rest.

A difference is never written off silently: it is named, and booked to the account that somebody
chose for it, or it stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from ledger.documents import Purpose
from ledger.money import total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.money import Money


class Difference(StrEnum):
    """Why less money clears a document than was open on it (or, for rounding, a little more).

    WRITE_OFF is a person's word: beside an invoice, or in the rules for what is within tolerance.
    """

    EARLY_DISCOUNT = "early_discount"
    WITHHOLDING_TAX = "withholding_tax"
    BANK_FEE = "bank_fee"
    ROUNDING = "rounding"
    FX = "fx"
    WRITE_OFF = "write_off"


# What the account must be chosen for; a difference that is missing here always stays open.
PURPOSES: Mapping[Difference, Purpose] = MappingProxyType(
    {
        Difference.BANK_FEE: Purpose.FEES,
        Difference.EARLY_DISCOUNT: Purpose.DISCOUNTS,
        Difference.WITHHOLDING_TAX: Purpose.WITHHOLDING,
        Difference.ROUNDING: Purpose.ROUNDING,
        Difference.WRITE_OFF: Purpose.WRITE_OFFS,
    }
)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The part of what clears an invoice that no money came for, in the invoice's currency."""

    invoice_id: str
    kind: Difference
    amount: Money


def adjusted(adjustments: Iterable[Adjustment], currency: str) -> Money:
    """Sum what no money came for."""
    return total((one.amount for one in adjustments), currency)
