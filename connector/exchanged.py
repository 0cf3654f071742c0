"""Money that a bank changed on its way: what was sent pays documents, what came is in the bank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from connector.protocol import Share
from ledger.errors import RefusedError
from ledger.money import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.documents import Receipt
    from ledger.money import Money

# Digits of a rate, wherever its point is: enough for the last cent of any payment a bank changes.
RATES = Context(prec=13)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent, and what came of it in the currency of the books."""

    sent: Money
    came: Money

    @property
    def own_for_one(self) -> Decimal:
        """Units of the books' own currency for one of the other."""
        return _rate(self.came, self.sent)

    @property
    def for_one_own(self) -> Decimal:
        """Units of the other currency for one of the books' own."""
        return _rate(self.sent, self.came)


def exchange(receipt: Receipt, shares: Sequence[Share], home: str) -> Exchange | None:
    """Say what was changed of a receipt that pays in another currency; None in one currency.

    `home` is the currency of the books. Raises RefusedError unless the bank says what was sent in
    the shares' currency, the shares are exactly that, and it came in the books' own currency.
    """
    currencies = {share.amount.currency for share in shares}
    if currencies <= {receipt.amount.currency}:
        return None
    sent = receipt.original
    if sent is None or currencies != {sent.currency}:
        msg = f"the receipt is in {receipt.amount.currency}, the invoice is not"
        raise RefusedError(f"different currencies: {msg}")
    paid = total((share.amount for share in shares), sent.currency)
    if paid != sent or receipt.unapplied != receipt.amount:
        raise RefusedError(f"of {sent} that was sent {paid} is applied: its rate is not certain")
    if receipt.amount.currency != home:
        raise RefusedError("neither the money nor the invoice is in the currency of the books")
    return Exchange(sent, receipt.amount)


def as_sent(receipt: Receipt, found: Exchange | None) -> Receipt:
    """Give a receipt as if it had come as it was sent, which leaves nothing for anybody."""
    if found is None:
        return receipt
    return replace(receipt, amount=found.sent, unapplied=found.sent, customer_id=None)


def _rate(worth: Money, of: Money) -> Decimal:
    return RATES.divide(worth.decimal, of.decimal).normalize(RATES)
