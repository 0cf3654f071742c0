"""What Xero is told of money that never came.

A fee that a bank kept: the invoices are paid in full, as if all had arrived, and the fee is spent
from the same bank account on the same day; together they are what stands on the bank statement.
Everything else is credited to the customer, to the account chosen for it. The money comes first;
what belongs to it is found by marks made from the same action, and booked neither before nor twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector.marks import mark
from connector.places import place
from connector.protocol import Applied, AppliedPart
from connector.xero.chart import Chart
from connector.xero.crediting import ADJUSTED, Credit, Crediting, is_allocated
from connector.xero.fields import text
from connector.xero.paying import LOOK_BACK, said
from connector.xero.spending import SPENT, Expense, Spending, costs
from ledger.differences import PURPOSES, Adjustment, Difference, adjusted
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

    from connector.xero.allocating import Allocations
    from connector.xero.calls import Calls
    from ledger.money import Money

# What the parts of an application are that this module made.
PARTS = frozenset({SPENT, ADJUSTED})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be booked beside the money, checked as far as it can be before."""

    fees: tuple[Adjustment, ...]
    expense: Expense | None
    credits: tuple[Credit, ...]


class Adjusting:
    """The differences booked in one organisation."""

    def __init__(
        self, calls: Calls, accounts: Mapping[Purpose, str], allocations: Allocations
    ) -> None:
        """Make no call yet."""
        self._calls = calls
        self._accounts = accounts
        self._spending = Spending(calls)
        self._crediting = Crediting(calls, allocations)

    def plan(
        self, receipt: Receipt, adjustments: Sequence[Adjustment], key: str, day: date
    ) -> Plan:
        """Say what is to be booked. Raises RefusedError, before anything is, where that fails.

        Costs up to three calls: the chart of accounts, its tax rates, and whose the invoices are.
        """
        _require_known(receipt, adjustments)
        chosen = dict(self._accounts)
        if receipt.source is Source.BANK:
            chosen[Purpose.BANK] = place(receipt, self._accounts)
        chart = Chart(self._calls, chosen)
        fees, others = fees_of(adjustments), others_of(adjustments)
        return Plan(
            fees=fees,
            expense=_expense(receipt, fees, key, day, chart) if fees else None,
            credits=tuple(self._crediting.plan(receipt, others, key, day, chart) if others else ()),
        )

    def book(self, applied: Applied, plan: Plan, key: str) -> Applied:
        """Book what belongs to money that is applied by now; what Xero refuses comes back as owed.

        Raises UnknownOutcomeError for whatever may be tried again: the money is booked by now.
        """
        done = replace(applied, owed=())
        try:
            if plan.expense is not None:
                done = self._spend(done, plan.fees, plan.expense, key)
            for credit in plan.credits:
                done = self._credit(done, credit, key)
        except (RetryLaterError, DisconnectedError) as error:
            msg = "the money is booked in Xero, and what is missing of it not yet"
            raise UnknownOutcomeError(f"{msg}: {error}") from error
        return done

    def _spend(
        self, done: Applied, fees: tuple[Adjustment, ...], expense: Expense, key: str
    ) -> Applied:
        try:
            made = self._spending.make(expense, f"{mark(key)}-fee")
        except (RefusedError, StaleError) as error:
            return replace(done, owed=(*done.owed, *fees), refusal=str(error))
        part = AppliedPart(made, "", _sum(fees), SPENT)
        return replace(done, parts=(*done.parts, part))

    def _credit(self, done: Applied, credit: Credit, key: str) -> Applied:
        try:
            part = self._crediting.make(credit, key)
        except (RefusedError, StaleError) as error:
            return replace(done, owed=(*done.owed, credit.adjustment), refusal=str(error))
        return replace(done, parts=(*done.parts, part))

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """Book what is owed after all; what cannot be any more comes back as owed, with why."""
        others = others_of(begun.owed)
        raised = self._crediting.find(receipt, others, key) if others else {}
        try:
            plan = self.plan(receipt, begun.owed, key, day)
        except (RefusedError, StaleError) as error:
            return replace(begun, refusal=str(error))
        known = {one: text(doc, "CreditNoteID") for one, doc in raised.items()}
        again = (replace(one, existing=known.get(one.adjustment, "")) for one in plan.credits)
        return self.book(begun, replace(plan, credits=tuple(again)), key)

    def find(
        self, applied: Applied, receipt: Receipt, adjustments: Sequence[Adjustment], key: str
    ) -> Applied:
        """Look up what is booked beside the money; what is not comes back as owed.

        Raises RefusedError where something is there with another amount.
        """
        fees, others = fees_of(adjustments), others_of(adjustments)
        done = applied
        if fees:
            tag, fee = mark(key), _sum(fees)
            made = self._spending.find(receipt.received - LOOK_BACK, tag, fee)
            spent = () if made is None else (AppliedPart(made, "", fee, SPENT),)
            done = replace(done, parts=(*done.parts, *spent), owed=() if spent else fees)
        raised = self._crediting.find(receipt, others, key) if others else {}
        for one in others:
            doc = raised.get(one)
            if doc is None or not is_allocated(doc, one):
                done = replace(done, owed=(*done.owed, one))
                continue
            part = AppliedPart(text(doc, "CreditNoteID"), one.invoice_id, one.amount, ADJUSTED)
            done = replace(done, parts=(*done.parts, part))
        return done

    def undo(self, part: AppliedPart, key: str) -> None:
        """Take one part of `PARTS` back; what is gone already stays so. `key` is used whole."""
        if part.part == SPENT:
            self._spending.remove(part.id, key)
        else:
            self._crediting.undo(part, key)


def gross(receipt: Receipt, adjustments: Sequence[Adjustment]) -> Receipt:
    """Give the receipt as if the bank had kept nothing of it: what it pays in full."""
    fee = adjusted(fees_of(adjustments), receipt.amount.currency)
    return replace(receipt, amount=receipt.amount + fee, unapplied=receipt.unapplied + fee)


def fees_of(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
    """Give the fees of a bank, which are spent."""
    return tuple(one for one in adjustments if one.kind is Difference.BANK_FEE)


def others_of(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
    """Give what is credited."""
    return tuple(one for one in adjustments if one.kind is not Difference.BANK_FEE)


def _sum(fees: Sequence[Adjustment]) -> Money:
    return adjusted(fees, fees[0].amount.currency)


def _expense(
    receipt: Receipt, fees: Sequence[Adjustment], key: str, day: date, chart: Chart
) -> Expense:
    bank = chart.bank(Purpose.BANK, receipt.amount.currency)
    return Expense(
        account_id=text(bank, "AccountID"),
        # Xero wants a payee, and it is the bank.
        payee=text(bank, "Name"),
        lines=costs(chart, [(f"Fee the bank kept of {said(receipt)}", _sum(fees))]),
        day=day,
        reference=f"{said(receipt)} {mark(key)}",
    )


def _require_known(receipt: Receipt, adjustments: Sequence[Adjustment]) -> None:
    """Raise RefusedError for what is no difference that Xero can be told."""
    for one in adjustments:
        if one.kind not in PURPOSES:
            kind = one.kind.replace("_", " ")
            raise RefusedError(f"{kind} cannot be booked in Xero; leave it open")
        if one.amount.minor <= 0 or one.amount.currency != receipt.amount.currency:
            raise RefusedError(f"{one.amount} cannot be missing of {receipt.amount}")
    if fees_of(adjustments) and receipt.source is not Source.BANK:
        raise RefusedError("only of a transfer seen on a bank statement can a bank have kept a fee")
