"""What every payment that is made in QuickBooks begins with, and what is looked at before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.marks import receipt_mark
from connector.places import place
from connector.quickbooks import translate
from connector.quickbooks.calls import among, quoted, statement
from connector.quickbooks.lines import (
    MARK_ROOM,
    MEMO_MAX,
    Doc,
    currency_of,
    is_marked,
    is_void,
    marked,
)
from connector.quickbooks.text import clip, read
from ledger.errors import RefusedError, StaleError
from ledger.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.quickbooks.calls import Calls
    from connector.quickbooks.company import Company
    from ledger.documents import Purpose, Receipt


class Drafting:
    """The beginnings of one company's payments."""

    def __init__(self, calls: Calls, accounts: Mapping[Purpose, str], company: Company) -> None:
        """Make no call yet; `accounts` says where money from a source is deposited."""
        self._calls = calls
        self._accounts = accounts
        self._company = company

    def read(self, *asked: tuple[str, str], automation: bool = False) -> list[list[Doc]]:
        """Ask several things in one call, and what is not yet known of the company with them."""
        unknown = self._company.unknown(automation=automation)
        answers = self._calls.pages([*(statement(*one) for one in asked), *unknown])
        self._company.learn(answers[len(asked) :])
        return answers[: len(asked)]

    def payment(
        self, wanted: Mapping[str, Money], docs: Sequence[Doc], payer: str, day: date
    ) -> Doc:
        """Begin a payment by a customer of exactly what is applied."""
        paid = summed_up(wanted)
        currency = paid.currency
        body: Doc = {
            "CustomerRef": {"value": payer},
            "TotalAmt": paid.decimal,
            "CurrencyRef": {"value": currency},
            "TxnDate": day.isoformat(),
        }
        # Left out, a foreign payment would be booked at a rate of 1.
        if "ExchangeRate" in docs[0]:
            body["ExchangeRate"] = docs[0]["ExchangeRate"]
        elif currency != self._company.home():
            raise RefusedError(f"the invoice names no exchange rate for {currency}")
        return body

    def told(self, receipt: Receipt, key: str) -> Doc:
        """Say of a payment which money it is, and where it lies."""
        told = f"{receipt.source.value} {receipt.ref.id} {receipt.reference}".strip()
        number = receipt_mark(receipt.source, receipt.ref.id)
        found: Doc = {"PaymentRefNum": number, "PrivateNote": self.memo(told, key)}
        if account := place(receipt, self._accounts):
            found["DepositToAccountRef"] = {"value": account}
        return found

    def memo(self, told: str, key: str) -> str:
        """Write a memo that carries an action's mark."""
        return marked(clip(self._company.fits(told), MEMO_MAX - MARK_ROOM), key)


def ids_of(wanted: Mapping[str, Money]) -> str:
    """Ask for these documents."""
    return among("Id", list(wanted))


def of_receipt(receipt: Receipt) -> str:
    """Ask for all payments that are booked of a receipt."""
    return f"PaymentRefNum = {quoted(receipt_mark(receipt.source, receipt.ref.id))}"


def done_of(payments: Sequence[Doc], key: str) -> Doc | None:
    """Find the payment that this action made, unless it was voided since."""
    return next((one for one in payments if is_marked(one, key) and not is_void(one)), None)


def summed_up(wanted: Mapping[str, Money]) -> Money:
    """Add up what is applied to each document."""
    amounts = list(wanted.values())
    return total(amounts, amounts[0].currency)


def require_left(receipt: Receipt, booked: Sequence[Doc], money: Money) -> None:
    """Require that what is in the books of a receipt leaves room: no money is booked twice."""
    currency = receipt.amount.currency
    known = [translate.amount(one.get("TotalAmt"), currency) for one in booked]
    there = total((one for one in known if one is not None), currency)
    if there + money > receipt.amount:
        raise StaleError(f"{there} of this receipt is booked in QuickBooks already")


def open_for(docs: Sequence[Doc], wanted: Mapping[str, Money]) -> list[Doc]:
    """Require that each invoice is open for its share, and give them in that order."""
    found = {read(doc.get("Id")): doc for doc in docs}
    for key, part in wanted.items():
        balance = translate.amount(found.get(key, {}).get("Balance"), part.currency)
        same = key in found and currency_of(found[key]) in {"", part.currency}
        if balance is None or not same or balance < part:
            raise StaleError(f"invoice {key} is not open for {part}")
    return [found[key] for key in wanted]
