"""Setting money against invoices in QuickBooks: a Payment's lines.

Money that is in QuickBooks already is a Payment with something unapplied: its lines are extended.
Money from elsewhere is booked as a new Payment. All payments of one such receipt carry the same
`PaymentRefNum`, made from it, so that what is in the books of it already is always seen; the mark
of the action in the memo tells one from another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.adjusted import in_money
from connector.marks import mark, receipt_mark
from connector.places import place
from connector.protocol import Applied, Held, Share
from connector.quickbooks import adjusting, translate
from connector.quickbooks.adjusting import Adjusting
from connector.quickbooks.calls import among, quoted, statement
from connector.quickbooks.lines import (
    CREDIT,
    INVOICE,
    MARK_ROOM,
    MEMO_MAX,
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
    sparse,
    summed,
    without,
)
from connector.quickbooks.text import clip, read
from ledger.documents import Kind, Ref, Source
from ledger.errors import RefusedError, StaleError
from ledger.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from connector.quickbooks.calls import Calls
    from connector.quickbooks.company import Company
    from connector.quickbooks.payers import Payers
    from ledger.differences import Adjustment
    from ledger.documents import CreditNote, Purpose, Receipt

# What we did with a payment, and so how it is undone: made by us for exactly this, for more than
# this, or for a credit memo; or only linked.
MADE = "made"
ON_ACCOUNT = "on account"
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
        self._accounts = accounts
        self._company = company
        self._payers = payers
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
        wanted = summed(shares)
        if receipt.source is Source.LEDGER:
            return self._link(receipt, shares, key)
        if _sum(wanted).currency != receipt.amount.currency:
            raise RefusedError(f"the receipt is in {receipt.amount.currency}, the invoice is not")
        number = receipt_mark(receipt.source, receipt.ref.id)
        more = receipt.customer_id is not None and receipt.unapplied > _sum(wanted)
        booked, invoices = self._read(
            ("Payment", f"PaymentRefNum = {quoted(number)}"),
            ("Invoice", _ids(wanted)),
            automation=more,
        )
        done = _done(booked, key)
        if done is not None:
            return _as_made(done, shares)
        invoices = _open(invoices, wanted)
        # Left to itself, QuickBooks would set the rest against whatever is oldest.
        whole = more and self._company.leaves_money_alone
        money = receipt.unapplied if whole else _sum(wanted)
        _require_left(receipt, booked, money)
        body = self._payment(wanted, invoices, day) | {
            "TotalAmt": money.decimal,
            "Line": [line(INVOICE, one, paid) for one, paid in wanted.items()],
            **self._told(receipt, number, key),
        }
        made = self._calls.create("Payment", body, mark(key))
        return _as_made(body | made, shares)

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book all that is unapplied as a payment without lines, once.

        Raises RefusedError where QuickBooks would apply it by itself, to whatever is oldest.
        """
        money = receipt.unapplied
        number = receipt_mark(receipt.source, receipt.ref.id)
        [booked] = self._read(("Payment", f"PaymentRefNum = {quoted(number)}"), automation=True)
        if (done := _done(booked, key)) is not None:
            return _kept(done, money)
        if not self._company.leaves_money_alone:
            msg = "QuickBooks applies payments by itself; switch that off there, or book it there"
            raise RefusedError(msg)
        if money.currency != self._company.home():
            raise RefusedError(f"money in {money.currency} is booked by hand: its rate is unknown")
        _require_left(receipt, booked, money)
        body = {
            "CustomerRef": {"value": customer_id},
            "TotalAmt": money.decimal,
            "CurrencyRef": {"value": money.currency},
            "TxnDate": day.isoformat(),
            **self._told(receipt, number, key),
        }
        return _kept(body | self._calls.create("Payment", body, mark(key)), money)

    def find_kept(self, receipt: Receipt, key: str) -> Held | None:
        """Look up whether `keep` with this key was carried out."""
        number = receipt_mark(receipt.source, receipt.ref.id)
        done = _done(self._calls.every("Payment", f"PaymentRefNum = {quoted(number)}"), key)
        return _kept(done, receipt.unapplied) if done else None

    def _told(self, receipt: Receipt, number: str, key: str) -> Doc:
        """Say of a payment which money it is, and where it lies."""
        told = f"{receipt.source.value} {receipt.ref.id} {receipt.reference}".strip()
        found: Doc = {"PaymentRefNum": number, "PrivateNote": self._memo(told, key)}
        if account := place(receipt, self._accounts):
            found["DepositToAccountRef"] = {"value": account}
        return found

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """Book what is owed of an interrupted application, nothing twice."""
        del receipt
        return self._adjusting.book(begun, begun.owed, key, day)

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
        number = receipt_mark(receipt.source, receipt.ref.id)
        done = _done(self._calls.every("Payment", f"PaymentRefNum = {quoted(number)}"), key)
        return _as_made(done, shares) if done else None

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Apply a credit memo by a payment of nothing that names both sides, once.

        Raises StaleError when credit memo or invoice are not open for it any more.
        """
        wanted = summed(shares)
        paid = _sum(wanted)
        booked, invoices, memos = self._read(
            ("Payment", f"PaymentRefNum = {quoted(mark(key))}"),
            ("Invoice", _ids(wanted)),
            ("CreditMemo", f"Id = {quoted(credit.ref.id)}"),
        )
        done = _done(booked, key)
        if done is not None:
            return applied(read(done.get("Id")), shares, MADE_FOR_CREDIT)
        invoices = _open(invoices, wanted)
        memo = _with_credit(memos, paid)
        body = self._payment(wanted, [*invoices, memo], day) | {
            "TotalAmt": 0,
            "PaymentRefNum": mark(key),
            "PrivateNote": self._memo(f"credit memo {credit.number}", key),
            "Line": [
                *(line(INVOICE, one, amount) for one, amount in wanted.items()),
                line(CREDIT, credit.ref.id, paid),
            ],
        }
        made = self._calls.create("Payment", body, mark(key))
        return applied(read(made["Id"]), shares, MADE_FOR_CREDIT)

    def find_credit(self, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply_credit` with this key was carried out."""
        done = _done(self._calls.every("Payment", f"PaymentRefNum = {quoted(mark(key))}"), key)
        return applied(read(done.get("Id")), shares, MADE_FOR_CREDIT) if done else None

    def undo(self, done: Applied, key: str) -> None:
        """Take an application apart: void the payment we made, or take our lines off another.

        Raises StaleError when somebody changed the payment's lines since.
        """
        self._adjusting.undo([one for one in done.parts if one.part in adjusting.PARTS], key)
        payment = self._held(done.holder_id)
        if payment is None:
            return
        ours = [part for part in done.parts if part.part not in adjusting.PARTS]
        parts = [Share(part.invoice_id, part.amount) for part in ours]
        taken = {one: -paid for one, paid in summed(parts).items()}
        if not pays(payment, taken):
            return
        left = changed(payment, taken)
        how = {part.part for part in ours}
        if how & {LINKED, ON_ACCOUNT}:
            body = sparse(payment) | carried(payment, left)
            self._calls.update("Payment", body, attempt(key, payment))
            return
        if without(left, CREDIT) if MADE_FOR_CREDIT in how else left:
            raise StaleError("more was applied with this payment in QuickBooks since")
        self._calls.update("Payment", sparse(payment), attempt(key, payment), void=True)

    def _link(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied:
        wanted = summed(shares)
        payments, invoices = self._read(
            ("Payment", f"Id = {quoted(receipt.ref.id)}"), ("Invoice", _ids(wanted))
        )
        if not payments:
            raise StaleError("the payment is no longer in QuickBooks")
        payment = payments[0]
        if is_marked(payment, key):
            return applied(receipt.ref.id, shares, LINKED)
        currency = currency_of(payment) or receipt.amount.currency
        free = translate.amount(payment.get("UnappliedAmt"), currency)
        paid = _sum(wanted)
        if free is None or paid.currency != currency or free < paid:
            raise StaleError(f"the payment has {free} left to apply")
        owners = {customer_of(doc) for doc in _open(invoices, wanted)}
        self._payers.require(customer_of(payment), owners)
        body = sparse(payment) | carried(payment, changed(payment, wanted))
        # The mark in the memo outlives the vendor's memory of request ids: a repeat sees it.
        body["PrivateNote"] = marked(read(payment.get("PrivateNote")), key)
        self._calls.update("Payment", body, attempt(key, payment))
        return applied(receipt.ref.id, shares, LINKED)

    def _held(self, key: str) -> Doc | None:
        docs = self._calls.every("Payment", f"Id = {quoted(key)}")
        return docs[0] if docs else None

    def _read(self, *asked: tuple[str, str], automation: bool = False) -> list[list[Doc]]:
        """Ask several things in one call, and what is not yet known of the company with them."""
        unknown = self._company.unknown(automation=automation)
        answers = self._calls.pages([*(statement(*one) for one in asked), *unknown])
        self._company.learn(answers[len(asked) :])
        return answers[: len(asked)]

    def _memo(self, told: str, key: str) -> str:
        return marked(clip(self._company.fits(told), MEMO_MAX - MARK_ROOM), key)

    def _payment(self, wanted: Mapping[str, Money], docs: Sequence[Doc], day: date) -> Doc:
        """Begin a payment of exactly what is applied, by who may pay for all of it."""
        paid = _sum(wanted)
        currency = paid.currency
        body: Doc = {
            "CustomerRef": {"value": self._payers.of_all(customer_of(doc) for doc in docs)},
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


def _ids(wanted: Mapping[str, Money]) -> str:
    return among("Id", list(wanted))


def _done(payments: Sequence[Doc], key: str) -> Doc | None:
    """Find the payment that this action made, unless it was voided since."""
    return next((one for one in payments if is_marked(one, key) and not is_void(one)), None)


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


def _kept(payment: Doc, wanted: Money) -> Held:
    """Name a payment that holds money on account; what it came to stands in it."""
    whole = translate.amount(payment.get("TotalAmt"), wanted.currency)
    return Held(Ref(Kind.RECEIPT, read(payment.get("Id"))), whole or wanted)


def _pays(lines: Mapping[tuple[str, str], Money], invoice_id: str, part: Money) -> bool:
    there = lines.get((INVOICE, invoice_id))
    return there is not None and there >= part


def _sum(wanted: Mapping[str, Money]) -> Money:
    amounts = list(wanted.values())
    return total(amounts, amounts[0].currency)


def _require_left(receipt: Receipt, booked: Sequence[Doc], money: Money) -> None:
    """Require that what is in the books of a receipt leaves room: no money is booked twice."""
    currency = receipt.amount.currency
    known = [translate.amount(one.get("TotalAmt"), currency) for one in booked]
    there = total((one for one in known if one is not None), currency)
    if there + money > receipt.amount:
        raise StaleError(f"{there} of this receipt is booked in QuickBooks already")


def _open(docs: Sequence[Doc], wanted: Mapping[str, Money]) -> list[Doc]:
    """Require that each invoice is open for its share, and give them in that order."""
    found = {read(doc.get("Id")): doc for doc in docs}
    for key, part in wanted.items():
        balance = translate.amount(found.get(key, {}).get("Balance"), part.currency)
        same = key in found and currency_of(found[key]) in {"", part.currency}
        if balance is None or not same or balance < part:
            raise StaleError(f"invoice {key} is not open for {part}")
    return [found[key] for key in wanted]


def _with_credit(docs: Sequence[Doc], wanted: Money) -> Doc:
    """Require that a credit memo has so much left."""
    doc = docs[0] if docs else {}
    left = translate.amount(doc.get("RemainingCredit", doc.get("Balance")), wanted.currency)
    if left is None or currency_of(doc) not in {"", wanted.currency} or left < wanted:
        raise StaleError(f"the credit memo has {left} left to apply")
    return doc
