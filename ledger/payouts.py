"""A payout: what a payment processor paid to the bank, and the movements it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.money import Money, total

if TYPE_CHECKING:
    from datetime import date

    from ledger.refs import Ref


class Movement(StrEnum):
    """Why money moved. UNKNOWN is a category the vendor used that nobody here has seen."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    FEE = "fee"
    ADJUSTMENT = "adjustment"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """How far a payout has come. UNKNOWN is a word the vendor used that nobody here has seen.

    UNDER_WAY also when the vendor cannot tell yet what it is made of; even a PAID one may still
    FAIL, when the bank sends it back.
    """

    UNDER_WAY = "under_way"
    PAID = "paid"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PayoutEntry:
    """One movement, in the payout's currency. `gross` is signed; `fee` was kept of it, at least 0.

    `receipt_id` names the payment it belongs to, or is "". `tax` is the part of `fee` that is tax.
    """

    id: str
    movement: Movement
    gross: Money
    fee: Money
    tax: Money
    receipt_id: str = ""
    said: str = ""

    @property
    def net(self) -> Money:
        """What it put into the payout."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way to the bank. `net` arrives there on `arrives`; negative takes from it.

    `traced` is False when the vendor can never tell what it is made of, as of one made by hand.
    `reference` is what may stand on the bank statement; `unread` as with documents.
    """

    ref: Ref
    arrives: date
    net: Money
    entries: tuple[PayoutEntry, ...]
    stage: Stage = Stage.PAID
    traced: bool = True
    reference: str = ""
    unread: str = ""

    @property
    def fees(self) -> Money:
        """What was kept of all entries together."""
        return total((one.fee for one in self.entries), self.net.currency)

    @property
    def adds_up(self) -> bool:
        """Whether the entries make up the payout to the last unit."""
        return total((one.net for one in self.entries), self.net.currency) == self.net

    @property
    def unknown(self) -> tuple[PayoutEntry, ...]:
        """Entries nobody here can book: a person must look."""
        return tuple(one for one in self.entries if one.movement is Movement.UNKNOWN)


@dataclass(frozen=True, slots=True)
class BookedPart:
    """One thing the ledger wrote for a payout: its id, and what it is in the vendor's words."""

    id: str
    part: str
    amount: Money
