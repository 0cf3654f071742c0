"""The chart of accounts: which ledger account may be chosen for what, and with which tax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Account
from connector.xero.fields import text
from ledger.documents import Purpose
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connector.xero.calls import Calls, Doc

_MONEY = frozenset({Purpose.STRIPE, Purpose.BANK})
_COSTS = frozenset({"EXPENSE", "OVERHEADS", "DIRECTCOSTS"})
_INCOME = frozenset({"REVENUE", "SALES", "OTHERINCOME"})
_KEPT = frozenset({"CURRENT", "CURRLIAB"})
# Which types of account may take what, apart from money.
_TAKES = {
    Purpose.FEES: _COSTS,
    Purpose.DISCOUNTS: _COSTS | _INCOME,
    # Tax that a customer kept is reclaimed, or was never ours.
    Purpose.WITHHOLDING: _COSTS | _KEPT,
    Purpose.ROUNDING: _COSTS | _INCOME,
    Purpose.WRITE_OFFS: _COSTS,
}
# To what the tax rate of an account of each type must be applicable.
_APPLIES = {
    **dict.fromkeys(_COSTS, "CanApplyToExpenses"),
    **dict.fromkeys(_INCOME, "CanApplyToRevenue"),
    "CURRENT": "CanApplyToAssets",
    "CURRLIAB": "CanApplyToLiabilities",
}
# What each choice is called where a person makes it.
NAMES = {
    Purpose.STRIPE: "money from Stripe",
    Purpose.BANK: "money from the bank",
    Purpose.PAYOUTS: "payouts",
    Purpose.FEES: "fees",
    Purpose.DISCOUNTS: "discounts",
    Purpose.WITHHOLDING: "withholding tax",
    Purpose.ROUNDING: "rounding differences",
    Purpose.WRITE_OFFS: "write-offs",
}


def is_bank(doc: Doc) -> bool:
    """Say whether money can be received, spent and moved there; a credit card is no such account.

    Only such an account takes bank transactions and transfers.
    """
    return text(doc, "Type") == "BANK" and text(doc, "BankAccountType") != "CREDITCARD"


def purposes(doc: Doc) -> frozenset[Purpose]:
    """Say what an account of the chart may be chosen for; nothing once it is archived."""
    if text(doc, "Status") != "ACTIVE":
        return frozenset()
    found: set[Purpose] = set()
    if is_bank(doc):
        found |= {*_MONEY, Purpose.PAYOUTS}
    if doc.get("EnablePaymentsToAccount") is True:
        found |= _MONEY
    # The accounts Xero keeps for itself take no lines of others.
    if not text(doc, "SystemAccount"):
        found |= {one for one, types in _TAKES.items() if text(doc, "Type") in types}
    return frozenset(found)


def choices(docs: Iterable[Doc]) -> list[Account]:
    """Give the accounts that may be chosen for something. Only a bank account has a currency."""
    return [
        Account(text(one, "AccountID"), text(one, "Name"), text(one, "CurrencyCode") or None, for_)
        for one in docs
        if (for_ := purposes(one))
    ]


def warnings(docs: Iterable[Doc], chosen: Mapping[Purpose, str]) -> tuple[str, ...]:
    """Name the choices that do not hold any more: the account is gone, archived or changed."""
    known = {text(one, "AccountID"): one for one in docs}
    return tuple(
        f"The account chosen for {NAMES[purpose]} is gone, archived or unfit; choose another."
        for purpose, key in chosen.items()
        # Nothing chosen is a choice too: then a person books it.
        if key and purpose not in purposes(known.get(key, {}))
    )


class Chart:
    """The chart of accounts as it is now, with what the organisation chose in it."""

    def __init__(self, calls: Calls, chosen: Mapping[Purpose, str]) -> None:
        """Read it: one call."""
        self._calls = calls
        self._chosen = chosen
        self._docs = {text(one, "AccountID"): one for one in calls.listed("accounts", "Accounts")}
        self._rates: list[Doc] | None = None

    def chosen(self, purpose: Purpose) -> Doc:
        """Give the account chosen for a purpose.

        Raises RefusedError, saying what to do, when none is or it is not fit for that any more.
        """
        key, name = self._chosen.get(purpose, ""), NAMES[purpose]
        if not key:
            raise RefusedError(
                f"no ledger account is chosen for {name}; choose one in the settings"
            )
        doc = self._docs.get(key)
        if doc is not None and purpose in purposes(doc):
            return doc
        msg = f"the account chosen for {name} is not in Xero any more"
        if doc is not None:
            msg = f"the account {text(doc, 'Name')}, chosen for {name}, is archived or unfit for it"
        raise RefusedError(f"{msg}; choose another in the settings")

    def bank(self, purpose: Purpose, currency: str) -> Doc:
        """Give the bank account chosen for a purpose. Raises RefusedError for one of another kind.

        Payments may go into an account that is no bank account, fees and transfers may not.
        """
        doc = self.chosen(purpose)
        name = f"the account {text(doc, 'Name')}, chosen for {NAMES[purpose]},"
        if not is_bank(doc):
            msg = f"{name} is no bank account in Xero, so neither fees nor payouts can be booked"
            raise RefusedError(f"{msg} from it; choose a bank account in the settings")
        held = text(doc, "CurrencyCode")
        if held and held != currency:
            raise RefusedError(f"{name} is in {held}, and this is in {currency}; book it by hand")
        return doc

    def tax_type(self, account: Doc) -> str | None:
        """Give the tax rate that the organisation keeps on an account; None lets Xero choose.

        Costs one call for all. Raises RefusedError when such an account cannot have that rate.
        """
        wanted = text(account, "TaxType")
        if not wanted:
            return None
        if self._rates is None:
            self._rates = self._calls.listed("tax_rates", "TaxRates")
        applies = _APPLIES[text(account, "Type")]
        usable = {
            text(rate, "TaxType")
            for rate in self._rates
            if text(rate, "Status") in {"", "ACTIVE"} and rate.get(applies) is not False
        }
        if wanted in usable:
            return wanted
        msg = f"the tax rate of the account {text(account, 'Name')} cannot be used for it any more"
        raise RefusedError(f"{msg}; choose another rate for it in Xero's chart of accounts")
