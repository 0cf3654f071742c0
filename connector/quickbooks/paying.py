"""Money from elsewhere as payments of QuickBooks: one for all that it pays, or one each.

A payment has one customer, and pays for others only where they are billed with it. Where nobody
may pay for all, or QuickBooks refuses it, each customer gets a payment of exactly its shares. The
mark in the memo tells for whom an action made a payment; of several, all are made or none stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from connector.exchanged import Exchange, as_sent, exchange
from connector.marks import mark
from connector.protocol import Applied, Held, Share
from connector.quickbooks import translate
from connector.quickbooks.drafting import (
    done_of,
    ids_of,
    of_receipt,
    open_for,
    require_left,
    summed_up,
)
from connector.quickbooks.lines import (
    INVOICE,
    Doc,
    applied,
    attempt,
    customer_of,
    is_marked,
    is_void,
    line,
    sparse,
    summed,
)
from connector.quickbooks.text import read
from ledger.documents import Kind, Ref
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from ledger.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from connector.quickbooks.calls import Calls
    from connector.quickbooks.company import Company
    from connector.quickbooks.drafting import Drafting
    from connector.quickbooks.payers import Payers
    from ledger.documents import Receipt

# What we did with a payment, and so how it is undone: made by us for exactly this, or for more.
MADE = "made"
ON_ACCOUNT = "on account"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one application asks for, by customer, and what was read for it."""

    receipt: Receipt
    each: Mapping[str, list[Share]]
    booked: Sequence[Doc]
    invoices: Sequence[Doc]
    key: str
    day: date
    changed: Exchange | None = None

    @property
    def made(self) -> dict[str, Doc]:
        """What is in the books of it already, one customer's payment each."""
        found = {one: done_of(self.booked, part_key(self.key, one)) for one in self.each}
        return {one: doc for one, doc in found.items() if doc is not None}


class Payments:
    """The payments of one company that are made for money from elsewhere."""

    def __init__(self, calls: Calls, company: Company, payers: Payers, drafting: Drafting) -> None:
        """Make no call yet."""
        self._calls = calls
        self._company = company
        self._payers = payers
        self._drafting = drafting

    def pay(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        """Pay the shares, once: what this key did already is given back.

        Raises StaleError when an invoice is not open for its share, and UnknownOutcomeError where
        some of several payments are made and others may be yet.
        """
        wanted = summed(shares)
        changed = self._changed(receipt, shares)
        receipt = as_sent(receipt, changed)
        more = receipt.customer_id is not None and receipt.unapplied > summed_up(wanted)
        booked, invoices = self._drafting.read(
            ("Payment", of_receipt(receipt)), ("Invoice", ids_of(wanted)), automation=more
        )
        if (done := done_of(booked, key)) is not None:
            return _as_made(done, shares)
        each = by_customer(shares, invoices)
        asked = _Asked(receipt, each, booked, invoices, key, day, changed)
        if asked.made:
            return self._pay_each(asked)
        docs = open_for(invoices, wanted)
        payer = self._payers.shared(asked.each)
        if not payer:
            return self._pay_each(asked)
        # Left to itself, QuickBooks would set the rest against whatever is oldest.
        whole = more and self._company.leaves_money_alone
        money = receipt.unapplied if whole else summed_up(wanted)
        require_left(receipt, booked, money)
        body = self._drafting.payment(wanted, docs, payer, day) | {"TotalAmt": money.decimal}
        try:
            return _as_made(self._make(asked, body, wanted, key), shares)
        except RefusedError:
            if len(asked.each) == 1:
                raise
            # Nothing was booked, and each customer's own payment asks nothing of the others.
            return self._pay_each(asked)

    def _pay_each(self, asked: _Asked) -> Applied:
        """Make a payment for each customer that has none yet; where one fails, none stays."""
        made = asked.made
        waiting = {one: summed(each) for one, each in asked.each.items() if one not in made}
        try:
            docs = {one: open_for(asked.invoices, wanted) for one, wanted in waiting.items()}
            owed = (summed_up(wanted) for wanted in waiting.values())
            require_left(asked.receipt, asked.booked, total(owed, asked.receipt.amount.currency))
            for one, wanted in waiting.items():
                body = self._drafting.payment(wanted, docs[one], one, asked.day)
                made[one] = self._make(asked, body, wanted, part_key(asked.key, one))
        except (RefusedError, StaleError) as error:
            self._take_back(made, asked.key, error)
            raise
        except (RetryLaterError, DisconnectedError) as error:
            if not made:
                raise
            raise _halfway(error) from error
        return _together(made, asked.each)

    def _make(self, asked: _Asked, body: Doc, wanted: Mapping[str, Money], key: str) -> Doc:
        """Create a payment; one that was voided does not stand for it any more."""
        whole = body | {
            "Line": [line(INVOICE, one, paid) for one, paid in wanted.items()],
            **self._drafting.told(asked.receipt, key),
        }
        if asked.changed is not None:
            whole["ExchangeRate"] = asked.changed.own_for_one
        voided = sum(is_marked(one, key) and is_void(one) for one in asked.booked)
        name = mark(f"{key}:{voided}") if voided else mark(key)
        made = whole | self._calls.create("Payment", whole, name)
        if not _is_at_its_rate(made, asked.changed):
            refusal = RefusedError("QuickBooks books it at another rate than the bank's: enter it")
            self._take_back({"": made}, asked.key, refusal)
            raise refusal
        return made

    def _changed(self, receipt: Receipt, shares: Sequence[Share]) -> Exchange | None:
        """Say what a bank changed; the currency of the books is asked for only where it did."""
        alike = all(share.amount.currency == receipt.amount.currency for share in shares)
        return None if alike else exchange(receipt, shares, self._company.home())

    def _take_back(self, made: Mapping[str, Doc], key: str, cause: Exception) -> None:
        """Void the payments of some customers when another's cannot be made."""
        try:
            for doc in made.values():
                name = attempt(f"{key}-{read(doc.get('Id'))}", doc)
                self._calls.update("Payment", sparse(doc), name, void=True)
        except (RefusedError, StaleError) as error:
            msg = f"{cause}; payments of other customers are in QuickBooks and stay: {error}"
            raise RefusedError(msg) from cause
        except (RetryLaterError, DisconnectedError) as error:
            raise _halfway(error) from error

    def find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `pay` with this key was carried out; of several, what is missing."""
        booked = self._calls.every("Payment", of_receipt(receipt))
        changed = self._changed(receipt, shares) if booked else None
        if not all(is_void(one) or _is_at_its_rate(one, changed) for one in booked):
            raise RefusedError("QuickBooks booked it at another rate than the bank's: look at it")
        if (done := done_of(booked, key)) is not None:
            return _as_made(done, shares)
        if all(is_void(one) for one in booked):
            return None
        invoices = self._calls.every("Invoice", ids_of(summed(shares)))
        each = by_customer(shares, invoices)
        made = _Asked(receipt, each, booked, invoices, key, receipt.received).made
        return _together(made, each) if made else None


def part_key(key: str, customer_id: str) -> str:
    """Name what an action does for one customer: what its mark is made from."""
    return f"{key}:for:{customer_id}"


def by_customer(shares: Iterable[Share], invoices: Iterable[Doc]) -> dict[str, list[Share]]:
    """Put shares together by the customer of their invoice; "" where it is not there any more."""
    owners = {read(doc.get("Id")): customer_of(doc) for doc in invoices}
    found: dict[str, list[Share]] = {}
    for share in shares:
        found.setdefault(owners.get(share.invoice_id, ""), []).append(share)
    return found


def _is_at_its_rate(payment: Doc, changed: Exchange | None) -> bool:
    """Say whether a payment brings the bank what came: as many units as at the rate we gave."""
    if changed is None:
        return True
    rate = payment.get("ExchangeRate")
    if isinstance(rate, bool) or not isinstance(rate, int | float | Decimal):
        return False
    worth = changed.sent.decimal * Decimal(str(rate))
    return abs(worth - changed.came.decimal) * 2 <= Money(1, changed.came.currency).decimal


def _as_made(payment: Doc, shares: Sequence[Share]) -> Applied:
    """Say what a payment of ours really pays; what it holds beyond that is on account."""
    currency = shares[0].amount.currency
    lines = translate.shares(payment, currency)
    wanted = summed(shares)
    taken = {key for key, part in wanted.items() if _pays(lines, key, part)}
    kept = [share for share in shares if share.invoice_id in taken]
    whole = translate.amount(payment.get("TotalAmt"), currency)
    key = read(payment.get("Id"))
    if whole is None or whole <= total((share.amount for share in kept), currency):
        return applied(key, kept, MADE)
    return applied(key, kept, ON_ACCOUNT, Held(Ref(Kind.RECEIPT, key), whole))


def _together(made: Mapping[str, Doc], each: Mapping[str, list[Share]]) -> Applied:
    """Say what the payments of several customers pay, and what is still to be paid.

    Raises RefusedError where one does not pay what it was made for: its money may lie elsewhere.
    """
    done = [_as_made(made[one], shares) for one, shares in each.items() if one in made]
    if any(one.held for one in done):
        raise RefusedError("the payments of this money were changed in QuickBooks; look at them")
    missing = (share for one, shares in each.items() if one not in made for share in shares)
    return Applied(tuple(part for one in done for part in one.parts), missing=tuple(missing))


def _pays(lines: Mapping[tuple[str, str], Money], invoice_id: str, part: Money) -> bool:
    there = lines.get((INVOICE, invoice_id))
    return there is not None and there >= part


def _halfway(error: Exception) -> UnknownOutcomeError:
    msg = "some customers' payments of this money are booked in QuickBooks, others not yet"
    return UnknownOutcomeError(f"{msg}: {error}")
