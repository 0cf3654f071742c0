"""Setting money against invoices in QuickBooks: a Payment's lines.

Money that is in QuickBooks already is a Payment with something unapplied: its lines are extended.
Money from elsewhere is booked as new Payments. All payments of one such receipt carry the same
`PaymentRefNum`, made from it, so that what is in the books of it already is always seen; the mark
of the action in the memo tells one from another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.adjusted import in_money
from connector.marks import mark
from connector.protocol import Applied, Held, Share
from connector.quickbooks import adjusting, translate
from connector.quickbooks.adjusting import Adjusting
from connector.quickbooks.calls import quoted
from connector.quickbooks.drafting import (
    Drafting,
    done_of,
    ids_of,
    of_receipt,
    open_for,
    require_left,
    summed_up,
)
from connector.quickbooks.lines import (
    CREDIT,
    INVOICE,
    Doc,
    applied,
    attempt,
    carried,
    changed,
    currency_of,
    customer_of,
    is_marked,
    is_void,
    line,
    marked,
    pays,
    read_lines,
    sparse,
    summed,
    without,
)
from connector.quickbooks.paying import ON_ACCOUNT, Payments
from connector.quickbooks.text import read
from ledger.documents import Kind, Ref, Source
from ledger.errors import RefusedError, StaleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.protocol import AppliedPart
    from connector.quickbooks.calls import Calls
    from connector.quickbooks.company import Company
    from connector.quickbooks.payers import Payers
    from ledger.differences import Adjustment
    from ledger.documents import CreditNote, Purpose, Receipt
    from ledger.money import Money

# What we did with a payment besides making it for invoices, and so how it is undone: made for a
# credit memo, or only linked.
MADE_FOR_CREDIT = "made for credit"
LINKED = "linked"


class Cash:
    """The cash application of one company."""

    def __init__(
        self,
        calls: Calls,
        accounts: Mapping[Purpose, str],
        company: Company,
        payers: Payers,
    ) -> None:
        """Make no call yet; `accounts` says where money from a source is deposited."""
        self._calls = calls
        self._company = company
        self._payers = payers
        self._drafting = Drafting(calls, accounts, company)
        self._payments = Payments(calls, company, payers, self._drafting)
        self._adjusting = Adjusting(calls, accounts, company)

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Apply money, once: what this key did already is given back.

        Raises StaleError when an invoice is not open for its share: QuickBooks is never asked to
        apply more than is open.
        """
        if not adjustments:
            return self._apply(receipt, shares, key, day)
        paid = in_money(shares, adjustments)
        self._adjusting.require(adjustments)
        return self._adjusting.book(self._apply(receipt, paid, key, day), adjustments, key, day)

    def _apply(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        if receipt.source is Source.LEDGER:
            return self._link(receipt, shares, key)
        return self._payments.pay(receipt, shares, key, day)

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book all that is unapplied as a payment without lines, once.

        Raises RefusedError where QuickBooks would apply it by itself, to whatever is oldest.
        """
        money = receipt.unapplied
        [booked] = self._drafting.read(("Payment", of_receipt(receipt)), automation=True)
        if (done := done_of(booked, key)) is not None:
            return _kept(done, money)
        if not self._company.leaves_money_alone:
            msg = "QuickBooks applies payments by itself; switch that off there, or book it there"
            raise RefusedError(msg)
        if money.currency != self._company.home():
            raise RefusedError(f"money in {money.currency} is booked by hand: its rate is unknown")
        require_left(receipt, booked, money)
        body = {
            "CustomerRef": {"value": customer_id},
            "TotalAmt": money.decimal,
            "CurrencyRef": {"value": money.currency},
            "TxnDate": day.isoformat(),
            **self._drafting.told(receipt, key),
        }
        return _kept(body | self._calls.create("Payment", body, mark(key)), money)

    def find_kept(self, receipt: Receipt, key: str) -> Held | None:
        """Look up whether `keep` with this key was carried out."""
        done = done_of(self._calls.every("Payment", of_receipt(receipt)), key)
        return _kept(done, receipt.unapplied) if done else None

    def release(self, held: Held, key: str) -> None:
        """Void the payment that `keep` made; one that is void or gone stays so.

        Raises RefusedError when some of it pays an invoice by now: a void would reopen that.
        """
        payment = self._held(held.ref.id)
        if payment is None or is_void(payment):
            return
        free = translate.amount(payment.get("UnappliedAmt"), held.amount.currency)
        if read_lines(payment) or free != held.amount:
            msg = "some of this money pays something in QuickBooks by now; take that apart first"
            raise RefusedError(msg)
        self._calls.update("Payment", sparse(payment), attempt(key, payment), void=True)

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """End an interrupted application: what is missing and what is owed, nothing twice."""
        ended = begun
        if begun.missing:
            beside = tuple(one for one in begun.parts if one.part in adjusting.PARTS)
            paid = (one for one in begun.parts if one.part not in adjusting.PARTS)
            shares = [*(Share(one.invoice_id, one.amount) for one in paid), *begun.missing]
            ended = self._payments.pay(receipt, shares, key, day)
            ended = replace(ended, parts=(*ended.parts, *beside))
        return self._adjusting.book(ended, begun.owed, key, day)

    def find(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` with this key was carried out, and how far."""
        if not adjustments:
            return self._find(receipt, shares, key)
        found = self._find(receipt, in_money(shares, adjustments), key)
        return found and self._adjusting.find(found, adjustments, key)

    def _find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        if receipt.source is Source.LEDGER:
            payment = self._held(receipt.ref.id)
            if payment is None or not is_marked(payment, key):
                return None
            return applied(receipt.ref.id, shares, LINKED)
        return self._payments.find(receipt, shares, key)

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Apply a credit memo by a payment of nothing that names both sides, once.

        Raises StaleError when credit memo or invoice are not open for it any more.
        """
        wanted = summed(shares)
        paid = summed_up(wanted)
        booked, invoices, memos = self._drafting.read(
            ("Payment", f"PaymentRefNum = {quoted(mark(key))}"),
            ("Invoice", ids_of(wanted)),
            ("CreditMemo", f"Id = {quoted(credit.ref.id)}"),
        )
        done = done_of(booked, key)
        if done is not None:
            return applied(read(done.get("Id")), shares, MADE_FOR_CREDIT)
        invoices = open_for(invoices, wanted)
        memo = _with_credit(memos, paid)
        docs = [*invoices, memo]
        payer = self._payers.of_all(customer_of(doc) for doc in docs)
        body = self._drafting.payment(wanted, docs, payer, day) | {
            "TotalAmt": 0,
            "PaymentRefNum": mark(key),
            "PrivateNote": self._drafting.memo(f"credit memo {credit.number}", key),
            "Line": [
                *(line(INVOICE, one, amount) for one, amount in wanted.items()),
                line(CREDIT, credit.ref.id, paid),
            ],
        }
        made = self._calls.create("Payment", body, mark(key))
        return applied(read(made["Id"]), shares, MADE_FOR_CREDIT)

    def find_credit(self, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply_credit` with this key was carried out."""
        done = done_of(self._calls.every("Payment", f"PaymentRefNum = {quoted(mark(key))}"), key)
        return applied(read(done.get("Id")), shares, MADE_FOR_CREDIT) if done else None

    def undo(self, done: Applied, key: str) -> None:
        """Take an application apart: void the payment we made, or take our lines off another.

        Raises StaleError when somebody changed the payment's lines since.
        """
        self._adjusting.undo([one for one in done.parts if one.part in adjusting.PARTS], key)
        ours: dict[str, list[AppliedPart]] = {}
        for part in done.parts:
            if part.part not in adjusting.PARTS:
                ours.setdefault(part.id, []).append(part)
        undone = [self._undone(holder, parts) for holder, parts in ours.items()]
        for payment, body in filter(None, undone):
            # Two payments may be of the same version: the try is named by both.
            name = key if len(ours) == 1 else f"{key}-{read(payment.get('Id'))}"
            void = "Line" not in body
            self._calls.update("Payment", body, attempt(name, payment), void=void)

    def _undone(self, holder: str, ours: Sequence[AppliedPart]) -> tuple[Doc, Doc] | None:
        """Give a payment and how it is written without our lines; None when they are gone."""
        payment = self._held(holder)
        shares = [Share(part.invoice_id, part.amount) for part in ours]
        taken = {one: -paid for one, paid in summed(shares).items()}
        if payment is None or not pays(payment, taken):
            return None
        left = changed(payment, taken)
        how = {part.part for part in ours}
        if how & {LINKED, ON_ACCOUNT}:
            return payment, sparse(payment) | carried(payment, left)
        if without(left, CREDIT) if MADE_FOR_CREDIT in how else left:
            raise StaleError("more was applied with this payment in QuickBooks since")
        return payment, sparse(payment)

    def _link(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied:
        wanted = summed(shares)
        payments, invoices = self._drafting.read(
            ("Payment", f"Id = {quoted(receipt.ref.id)}"), ("Invoice", ids_of(wanted))
        )
        if not payments:
            raise StaleError("the payment is no longer in QuickBooks")
        payment = payments[0]
        if is_marked(payment, key):
            return applied(receipt.ref.id, shares, LINKED)
        currency = currency_of(payment) or receipt.amount.currency
        free = translate.amount(payment.get("UnappliedAmt"), currency)
        paid = summed_up(wanted)
        if free is None or paid.currency != currency or free < paid:
            raise StaleError(f"the payment has {free} left to apply")
        owners = {customer_of(doc) for doc in open_for(invoices, wanted)}
        self._payers.require(customer_of(payment), owners)
        body = sparse(payment) | carried(payment, changed(payment, wanted))
        # The mark in the memo outlives the vendor's memory of request ids: a repeat sees it.
        body["PrivateNote"] = marked(read(payment.get("PrivateNote")), key)
        self._calls.update("Payment", body, attempt(key, payment))
        return applied(receipt.ref.id, shares, LINKED)

    def _held(self, key: str) -> Doc | None:
        docs = self._calls.every("Payment", f"Id = {quoted(key)}")
        return docs[0] if docs else None


def _kept(payment: Doc, wanted: Money) -> Held:
    """Name a payment that holds money on account; what it came to stands in it."""
    whole = translate.amount(payment.get("TotalAmt"), wanted.currency)
    return Held(Ref(Kind.RECEIPT, read(payment.get("Id"))), whole or wanted)


def _with_credit(docs: Sequence[Doc], wanted: Money) -> Doc:
    """Require that a credit memo has so much left."""
    doc = docs[0] if docs else {}
    left = translate.amount(doc.get("RemainingCredit", doc.get("Balance")), wanted.currency)
    if left is None or currency_of(doc) not in {"", wanted.currency} or left < wanted:
        raise StaleError(f"the credit memo has {left} left to apply")
    return doc
