"""Money spent from a bank account of Xero: what somebody kept of money that was on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.raw import documents
from connector.xero.fields import money, text
from connector.xero.walk import PAGE
from ledger.documents import Purpose
from ledger.errors import RefusedError, UnknownOutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from connector.xero.calls import Calls, Doc
    from connector.xero.chart import Chart
    from ledger.money import Money

SPENT = "bank_transaction"


@dataclass(frozen=True, slots=True)
class Expense:
    """Fees spent on a day from a bank account, by its id; `reference` carries the mark."""

    account_id: str
    payee: str
    lines: tuple[models.LineItem, ...]
    day: date
    reference: str


def costs(chart: Chart, said: Iterable[tuple[str, Money]]) -> tuple[models.LineItem, ...]:
    """Write fees as cost at the account's own tax rate, as (words, amount); nothing has no line.

    Raises RefusedError when no fit account is chosen for fees.
    """
    place = coded(chart, Purpose.FEES)
    return tuple(
        models.LineItem(description=words, line_amount=amount.decimal, **place)
        for words, amount in said
        if amount
    )


def coded(chart: Chart, purpose: Purpose) -> dict[str, str | None]:
    """Say on which account a line stands, and at its own tax rate.

    Raises RefusedError when no fit account is chosen.
    """
    account = chart.chosen(purpose)
    code, rate = text(account, "Code"), chart.tax_type(account)
    # Not every account has a code; its id always is one.
    place = {"account_code": code} if code else {"account_id": text(account, "AccountID")}
    return {"tax_type": rate, **place}


class Spending:
    """The money spent by us in one organisation."""

    def __init__(self, calls: Calls) -> None:
        """Make no call yet."""
        self._calls = calls

    def make(self, expense: Expense, key: str) -> str:
        """Spend, and give the id. `key` is the idempotency key, whole."""
        entry = models.BankTransaction(
            type="SPEND",
            contact=models.Contact(name=expense.payee),
            bank_account=models.Account(account_id=expense.account_id),
            # The total is what was withheld, to the last unit, whatever tax Xero finds in it.
            line_amount_types=models.LineAmountTypes.INCLUSIVE,
            line_items=list(expense.lines),
            date=expense.day,
            reference=expense.reference,
        )
        whole = models.BankTransactions(bank_transactions=[entry])
        answer = self._calls.write("create_bank_transactions", whole, key=key)
        return named(documents(answer.get("BankTransactions")), SPENT)

    def find(self, since: date, tag: str, wanted: Money) -> str | None:
        """Look up what was spent since a day under a mark, and is not deleted."""
        where = f'Type=="SPEND" AND Date>=DateTime({since:%Y,%m,%d})'
        number = 1
        while True:
            page = self._calls.listed(
                "bank_transactions", "BankTransactions", where=where, page=number, page_size=PAGE
            )
            found = marked(page, tag, SPENT, wanted, "Total")
            if found is not None or len(page) < PAGE:
                return found
            number += 1

    def remove(self, key: str, name: str) -> None:
        """Delete money spent: Xero wants to be told its account and lines again."""
        found = self._calls.listed("bank_transaction", "BankTransactions", key)
        if not found or text(found[0], "Status") == "DELETED":
            return
        account = found[0].get("BankAccount")
        lines = [
            models.LineItem(
                line_item_id=text(one, "LineItemID") or None, description=text(one, "Description")
            )
            for one in documents(found[0].get("LineItems"))
        ]
        entry = models.BankTransaction(
            type="SPEND",
            bank_account=models.Account(
                account_id=text(account, "AccountID") if isinstance(account, dict) else None
            ),
            line_items=lines,
            status="DELETED",
        )
        whole = models.BankTransactions(bank_transactions=[entry])
        self._calls.write("update_bank_transaction", key, whole, key=name)


_IDS = {SPENT: "BankTransactionID", "bank_transfer": "BankTransferID"}


def named(made: list[Doc], what: str) -> str:
    """Give the id of what was made. Raises UnknownOutcomeError when the answer has none."""
    key = text(made[0], _IDS[what]) if made else ""
    if not key:
        raise UnknownOutcomeError(f"Xero's answer does not name the {what.replace('_', ' ')}")
    return key


def marked(listed: list[Doc], tag: str, what: str, wanted: Money, amount: str) -> str | None:
    """Give the id of what carries the mark and is not deleted.

    Raises RefusedError when a person changed its amount since: booking it again would be wrong.
    """
    for one in listed:
        if tag not in text(one, "Reference") or text(one, "Status") == "DELETED":
            continue
        if money(one, amount, wanted.currency) != abs(wanted):
            msg = f"the {what.replace('_', ' ')} of {wanted} was changed in Xero since"
            raise RefusedError(f"{msg}; set it right there by hand")
        return text(one, _IDS[what])
    return None
