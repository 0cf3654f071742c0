"""What a payer says a payment is for: lines of a remittance advice or of the payment's addenda."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ledger.money import Money


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """One document that a payer names, as it is spelled there.

    `amount` is what is paid on it, negative for a credit note; `gross` what stood on it before
    the payer took `discount` off. None means that the payer does not say.
    """

    reference: str
    amount: Money | None = None
    gross: Money | None = None
    discount: Money | None = None


@dataclass(frozen=True, slots=True)
class Remittance:
    """A remittance advice that came apart from its payment, by mail or as a file.

    `total` is what the payer says was paid, `paid_on` when; both help to find the payment.
    `problem` says, for a person, why the lines may not be what the payer meant (they do not add up
    to the total, for one): such an advice is a suggestion and never applied by itself.
    """

    id: str
    received: date
    lines: tuple[RemittanceLine, ...]
    total: Money | None = None
    paid_on: date | None = None
    sender: str = ""
    payer_name: str = ""
    problem: str = ""
