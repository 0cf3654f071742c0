"""What Xero is told of money that never came: the fee a bank kept of a transfer.

The invoices are paid in full, as if all had arrived, and the fee is spent from the same bank
account on the same day: together they are what stands on the bank statement. The payments come
first; the fee is found by the mark they share, and never booked before them or twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.marks import mark
from connector.places import place
from connector.protocol import Applied, AppliedPart
from connector.xero.chart import Chart
from connector.xero.fields import text
from connector.xero.paying import LOOK_BACK, said
from connector.xero.spending import SPENT, Expense, Spending, costs
from ledger.differences import Adjustment, Difference, adjusted
from ledger.documents import Purpose, Receipt, Source
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.xero.calls import Calls
    from ledger.money import Money


class Adjusting:
    """The differences booked in one organisation."""

    def __init__(self, calls: Calls, accounts: Mapping[Purpose, str]) -> None:
        """Make no call yet."""
        self._calls = calls
        self._accounts = accounts
        self._spending = Spending(calls)

    def plan(
        self, receipt: Receipt, adjustments: Sequence[Adjustment], key: str, day: date
    ) -> Expense:
        """Say what is to be spent. Raises RefusedError, before anything is booked, where it fails.

        Costs two calls, to read the chart of accounts and its tax rates.
        """
        fee = _fee(receipt, adjustments)
        into = {Purpose.BANK: place(receipt, self._accounts)}
        chart = Chart(self._calls, {**self._accounts, **into})
        bank = chart.bank(Purpose.BANK, fee.currency)
        return Expense(
            account_id=text(bank, "AccountID"),
            # Xero wants a payee, and it is the bank.
            payee=text(bank, "Name"),
            lines=costs(chart, [(f"Fee the bank kept of {said(receipt)}", fee)]),
            day=day,
            reference=f"{said(receipt)} {mark(key)}",
        )

    def book(
        self, applied: Applied, adjustments: Sequence[Adjustment], expense: Expense, key: str
    ) -> Applied:
        """Spend the fee of what is applied by now; one that Xero refuses comes back as owed.

        Raises UnknownOutcomeError for whatever may be tried again: the money is booked by now.
        """
        fee = adjusted(adjustments, adjustments[0].amount.currency)
        try:
            made = self._spending.make(expense, f"{mark(key)}-fee")
        except (RefusedError, StaleError) as error:
            return replace(applied, owed=tuple(adjustments), refusal=str(error))
        except (RetryLaterError, DisconnectedError) as error:
            msg = f"the money is booked in Xero, and the fee of {fee} not yet"
            raise UnknownOutcomeError(f"{msg}: {error}") from error
        part = AppliedPart(made, "", fee, SPENT)
        return replace(applied, parts=(*applied.parts, part), owed=())

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """Book what is owed after all; what cannot be any more comes back as owed, with why."""
        try:
            expense = self.plan(receipt, begun.owed, key, day)
        except RefusedError as error:
            return replace(begun, refusal=str(error))
        return self.book(begun, begun.owed, expense, key)

    def find(
        self, applied: Applied, receipt: Receipt, adjustments: Sequence[Adjustment], key: str
    ) -> Applied:
        """Look up whether the fee of what is applied was spent; if not, it comes back as owed.

        Raises RefusedError when it is there with another amount.
        """
        fee = adjusted(adjustments, adjustments[0].amount.currency)
        made = self._spending.find(receipt.received - LOOK_BACK, mark(key), fee)
        if made is None:
            return replace(applied, owed=tuple(adjustments))
        part = AppliedPart(made, "", fee, SPENT)
        return replace(applied, parts=(*applied.parts, part))

    def undo(self, part: AppliedPart, key: str) -> None:
        """Delete the fee; one that is deleted already stays so. `key` is the idempotency key."""
        self._spending.remove(part.id, key)


def gross(receipt: Receipt, adjustments: Sequence[Adjustment]) -> Receipt:
    """Give the receipt as if the bank had kept nothing of it: what it pays in full."""
    fee = adjusted(adjustments, receipt.amount.currency)
    return replace(receipt, amount=receipt.amount + fee, unapplied=receipt.unapplied + fee)


def _fee(receipt: Receipt, adjustments: Sequence[Adjustment]) -> Money:
    """Give the fee, all of it. Raises RefusedError for what is no fee of a bank."""
    currency = receipt.amount.currency
    for one in adjustments:
        if one.kind is not Difference.BANK_FEE:
            kind = one.kind.replace("_", " ")
            raise RefusedError(f"{kind} cannot be booked in Xero yet; leave it open")
        if one.amount.minor <= 0 or one.amount.currency != currency:
            raise RefusedError(f"a fee of {one.amount} cannot be kept of {receipt.amount}")
    if receipt.source is not Source.BANK:
        raise RefusedError("only of a transfer seen on a bank statement can a bank have kept a fee")
    return adjusted(adjustments, currency)
