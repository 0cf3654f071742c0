"""Documents and payments for the tests of cash application, in minor units."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from rules.matching.policy import Policy
from rules.matching.values import Item, Party

DAY = date(2026, 9, 14)
POLICY = Policy(DAY, "GBP")
ACME = Party("C1", "Acme Ltd", withholding_percents=(1000, 1500))


def an_item(name, total, *, left=None, currency="GBP", overdue=0, **more):
    """Make an invoice of customer C1 on terms of 30 days that fell due so many days ago."""
    due = DAY - timedelta(days=overdue)
    made = Item(
        id=name,
        number=f"INV-{name}",
        customer_id="C1",
        currency=currency,
        total=total,
        net=total,
        open=total if left is None else left,
        issued=due - timedelta(days=30),
        due=due,
    )
    return made._replace(**more)


def paid(minor, currency="GBP", **more):
    amount = Money(minor, currency)
    made = Receipt(Ref(Kind.RECEIPT, "P1"), Source.BANK, DAY, amount, amount, Status.OPEN)
    return replace(made, **more)
