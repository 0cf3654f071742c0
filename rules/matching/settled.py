"""How well an amount agrees with documents, whatever currency they are in."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rules.matching.settlement import Fit, settle, settle_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rules.matching.line import Line
    from rules.matching.settlement import Settled
    from rules.matching.values import Item


class Amount(StrEnum):
    """How far the amount speaks for documents.

    EXACT: to the cent, or as listed. NET: but for rounding, a discount or a tax, computed to the
    cent. NEAR: less a bank's fee, or at a day's rate, which many amounts would be. SHORT and OVER
    say nothing for them.
    """

    EXACT = "exact"
    NET = "net"
    NEAR = "near"
    SHORT = "short"
    OVER = "over"


# Amounts that speak for documents at all, and those that hardly any other documents would make.
AGREEING = frozenset((Amount.EXACT, Amount.NET, Amount.NEAR))
TELLING = frozenset((Amount.EXACT, Amount.NET))

_AMOUNTS = {
    Fit.EXACT: Amount.EXACT,
    Fit.ROUNDING: Amount.NET,
    Fit.EARLY_DISCOUNT: Amount.NET,
    Fit.WITHHOLDING_TAX: Amount.NET,
    Fit.BANK_FEE: Amount.NEAR,
    Fit.FX: Amount.NEAR,
    Fit.AS_LISTED: Amount.EXACT,
    Fit.PART: Amount.SHORT,
    Fit.OLDEST_FIRST: Amount.SHORT,
    Fit.OVERPAID: Amount.OVER,
}


class Fitting(NamedTuple):
    """Documents, as they are left, and how the payment settles them."""

    items: tuple[Item, ...]
    settled: Settled

    @property
    def amount(self) -> Amount:
        """How far the amount speaks for them."""
        return _AMOUNTS[self.settled.fit]


def fit(
    line: Line,
    items: Sequence[Item],
    lines: Mapping[str, int] | None = None,
    *,
    short: bool = False,
) -> Fitting | None:
    """Settle documents of one currency by a payment, or None where it does not.

    The customer of the first invoice lends its rates of withholding tax and keeps a surplus.
    """
    if not items:
        return None
    owner = next((one.customer_id for one in items if not one.credit), items[0].customer_id)
    party = line.batch.book.party(owner)
    receipt, policy = line.receipt, line.batch.policy
    if items[0].currency == line.currency:
        settled = settle(items, receipt, policy, party, lines, short=short)
    else:
        settled = settle_foreign(items, receipt, policy, party, short=short)
    return Fitting(tuple(items), settled) if settled else None
