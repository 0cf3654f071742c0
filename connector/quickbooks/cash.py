"""Setting money against invoices in QuickBooks: a Payment's lines, always the complete list.

Money that is in QuickBooks already is a Payment with something unapplied: its lines are extended.
Money from elsewhere is booked as a new Payment, found again by `PaymentRefNum`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Applied, AppliedPart, Share, mark
from connector.quickbooks import translate
from connector.quickbooks.calls import quoted
from connector.quickbooks.text import clip, read
from ledger.documents import Purpose, Source
from ledger.errors import RefusedError, StaleError
from ledger.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from connector.quickbooks.calls import Calls, Doc
    from ledger.documents import Receipt

# What we did with a payment, and so how it is undone: made by us, or only linked.
MADE = "made"
LINKED = "linked"
MEMO_MAX = 4000
# A mark in brackets and the space before it.
MARK_ROOM = 23


class Cash:
    """The cash application of one company. `fits` makes a text fit what the company can hold."""

    def __init__(
        self, calls: Calls, accounts: Mapping[Purpose, str], fits: Callable[[str], str]
    ) -> None:
        """Make no call yet; `accounts` says where money from a source is deposited."""
        self._calls = calls
        self._accounts = accounts
        self._fits = fits

    def apply(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        """Apply money, once: what this key did already is given back.

        Raises RefusedError when an invoice is not open for its share: QuickBooks is never asked to
        apply more than is open.
        """
        if not shares or any(share.amount.minor <= 0 for share in shares):
            raise RefusedError("an application needs shares greater than nothing")
        if receipt.source is Source.LEDGER:
            return self._link(receipt, shares, key)
        done = self._made(shares, key)
        if done is not None:
            return done
        invoices = self._open_invoices(shares)
        payer = self._payer(invoices)
        body = self._new_payment(receipt, shares, invoices[0]) | {
            "CustomerRef": {"value": payer},
            "PaymentRefNum": mark(key),
            "TxnDate": day.isoformat(),
        }
        made = self._calls.create("Payment", body, mark(key))
        return _applied(read(made["Id"]), shares, MADE)

    def find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply` with this key was carried out."""
        if receipt.source is not Source.LEDGER:
            return self._made(shares, key)
        payment = self._payment(receipt.ref.id)
        if payment is None or not _is_marked(payment, key):
            return None
        return _applied(receipt.ref.id, shares, LINKED)

    def undo(self, applied: Applied, key: str) -> None:
        """Take an application apart: void the payment we made, or take our lines off another.

        Raises StaleError when somebody changed the payment's lines since.
        """
        payment = self._payment(applied.holder_id)
        if payment is None:
            return
        parts = [Share(part.invoice_id, part.amount) for part in applied.parts]
        taken = {key: -paid for key, paid in _summed(parts).items()}
        if not _pays(payment, taken):
            return
        left = _lines(payment, taken)
        made = any(part.part == MADE for part in applied.parts)
        if made and left:
            raise StaleError("more was applied with this payment in QuickBooks since")
        body = _sparse(payment)
        if made:
            self._calls.update("Payment", body, mark(key), void=True)
        else:
            self._calls.update("Payment", body | _carried(payment, left), mark(key))

    def _link(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied:
        payment = self._payment(receipt.ref.id)
        if payment is None:
            raise StaleError("the payment is no longer in QuickBooks")
        if _is_marked(payment, key):
            return _applied(receipt.ref.id, shares, LINKED)
        currency = _currency(payment) or receipt.amount.currency
        free = translate.amount(payment.get("UnappliedAmt"), currency)
        wanted = sum(share.amount.minor for share in shares)
        if free is None or free.minor < wanted or _mixed(shares, currency):
            raise StaleError(f"the payment has {free} left to apply")
        invoices = self._open_invoices(shares)
        self._check_payer(read(payment["CustomerRef"]["value"]), invoices)
        lines = _lines(payment, _summed(shares))
        body = _sparse(payment) | _carried(payment, lines)
        # The mark in the memo outlives the vendor's memory of request ids: a repeat sees it.
        memo = clip(read(payment.get("PrivateNote")), MEMO_MAX - MARK_ROOM)
        body["PrivateNote"] = f"{memo} [{mark(key)}]".lstrip()
        self._calls.update("Payment", body, mark(key))
        return _applied(receipt.ref.id, shares, LINKED)

    def _payment(self, key: str) -> Doc | None:
        text = f"SELECT * FROM Payment WHERE Id = {quoted(key)}"  # noqa: S608 - quoted
        docs, _ = self._calls.query(text)
        return docs[0] if docs else None

    def _made(self, shares: Sequence[Share], key: str) -> Applied | None:
        where = f"PaymentRefNum = {quoted(mark(key))}"
        text = f"SELECT * FROM Payment WHERE {where}"  # noqa: S608 - quoted
        docs, _ = self._calls.query(text)
        return _applied(read(docs[0].get("Id")), shares, MADE) if docs else None

    def _open_invoices(self, shares: Sequence[Share]) -> list[Doc]:
        """Read the invoices and require that each is open for its share."""
        wanted = _summed(shares)
        ids = ", ".join(quoted(key) for key in wanted)
        text = f"SELECT * FROM Invoice WHERE Id IN ({ids}) MAXRESULTS 1000"  # noqa: S608 - quoted
        docs, _ = self._calls.query(text)
        found = {read(doc.get("Id")): doc for doc in docs}
        for key, part in wanted.items():
            balance = translate.amount(found.get(key, {}).get("Balance"), part.currency)
            same = key in found and _currency(found[key]) in {"", part.currency}
            if balance is None or not same or balance < part:
                raise RefusedError(f"invoice {key} is not open for {part}")
        return [found[key] for key in wanted]

    def _payer(self, invoices: Sequence[Doc]) -> str:
        """Name the customer whose payment may pay all the invoices."""
        owners = {read(doc["CustomerRef"]["value"]) for doc in invoices}
        if len(owners) == 1:
            return owners.pop()
        payers = set(self._billed_with(owners).values())
        if len(payers) != 1:
            raise RefusedError("one payment cannot pay invoices of several customers")
        return payers.pop()

    def _check_payer(self, payer: str, invoices: Sequence[Doc]) -> None:
        others = {read(doc["CustomerRef"]["value"]) for doc in invoices} - {payer}
        if others and set(self._billed_with(others).values()) != {payer}:
            raise RefusedError("the payment belongs to another customer than the invoice")

    def _billed_with(self, customers: set[str]) -> dict[str, str]:
        """Say with whom each customer is billed: itself, or its parent."""
        ids = ", ".join(quoted(key) for key in sorted(customers))
        text = f"SELECT * FROM Customer WHERE Id IN ({ids}) AND Active IN (true, false)"  # noqa: S608 - quoted
        docs, _ = self._calls.query(text)
        found = {key: key for key in customers}
        for doc in docs:
            if doc.get("BillWithParent") is True and isinstance(doc.get("ParentRef"), dict):
                found[read(doc.get("Id"))] = read(doc["ParentRef"].get("value"))
        return found

    def _new_payment(self, receipt: Receipt, shares: Sequence[Share], invoice: Doc) -> Doc:
        """Book exactly what is applied; what is left stays with the receipt, for later."""
        currency = shares[0].amount.currency
        if _mixed(shares, currency):
            raise RefusedError("one payment cannot pay in several currencies")
        total = sum(share.amount.minor for share in shares)
        told = f"{receipt.source.value} {receipt.ref.id} {receipt.reference}".strip()
        body: Doc = {
            "TotalAmt": Money(total, currency).decimal,
            "Line": _lines({}, _summed(shares)),
            "PrivateNote": clip(self._fits(told), MEMO_MAX),
            "CurrencyRef": {"value": currency},
        }
        # Left out, a foreign payment would be booked at a rate of 1.
        if "ExchangeRate" in invoice:
            body["ExchangeRate"] = invoice["ExchangeRate"]
        if account := self._accounts.get(Purpose(receipt.source)):
            body["DepositToAccountRef"] = {"value": account}
        return body


def _currency(doc: Doc) -> str:
    ref = doc.get("CurrencyRef")
    return read(ref.get("value")) if isinstance(ref, dict) else ""


def _summed(shares: Sequence[Share]) -> dict[str, Money]:
    """Sum shares by invoice."""
    found: dict[str, Money] = {}
    for share in shares:
        known = found.get(share.invoice_id)
        found[share.invoice_id] = known + share.amount if known else share.amount
    return found


def _lines(payment: Doc, changes: Mapping[str, Money]) -> list[Doc]:
    """Give a payment's complete lines with amounts added to (or taken off) some invoices.

    Every other line stays as it is but for the read-only `LineEx`: a line left out is lost. Raises
    StaleError when more would be taken off a line than is on it.
    """
    left = dict(changes)
    found: list[Doc] = []
    for line in _read_lines(payment):
        same = {name: value for name, value in line.items() if name != "LineEx"}
        change = left.pop(_invoice_of(line), None)
        if change is not None:
            now = translate.amount(line.get("Amount"), change.currency)
            if now is None or (now + change).minor < 0:
                raise StaleError("the payment's lines were changed in QuickBooks since")
            if not now + change:
                continue
            same["Amount"] = (now + change).decimal
        found.append(same)
    added = {key: change for key, change in left.items() if change.minor > 0}
    return found + [
        {"Amount": paid.decimal, "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}
        for key, paid in added.items()
    ]


def _invoice_of(line: Doc) -> str:
    """Name the invoice that a line pays; "" when it is about something else."""
    match line.get("LinkedTxn"):
        case [{"TxnType": "Invoice", "TxnId": key}]:
            return read(key)
        case _:
            return ""


def _pays(payment: Doc, invoices: Mapping[str, Money]) -> bool:
    return any(_invoice_of(line) in invoices for line in _read_lines(payment))


def _read_lines(payment: Doc) -> list[Doc]:
    """Give a payment's lines; raises RefusedError for a list we could not send back whole."""
    lines = payment.get("Line") or []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise RefusedError(f"the lines of payment {read(payment.get('Id'))} cannot be read")
    return lines


def _mixed(shares: Sequence[Share], currency: str) -> bool:
    return any(share.amount.currency != currency for share in shares)


def _is_marked(payment: Doc, key: str) -> bool:
    return f"[{mark(key)}]" in read(payment.get("PrivateNote"))


def _sparse(payment: Doc) -> Doc:
    return {"Id": payment["Id"], "SyncToken": payment.get("SyncToken"), "sparse": True}


def _carried(payment: Doc, lines: list[Doc]) -> Doc:
    """Give the complete list of lines, with the two fields that QuickBooks wants beside them."""
    customer = {"value": payment["CustomerRef"]["value"]}
    return {"CustomerRef": customer, "TotalAmt": payment["TotalAmt"], "Line": lines}


def _applied(holder: str, shares: Sequence[Share], part: str) -> Applied:
    parts = (AppliedPart(holder, share.invoice_id, share.amount, part) for share in shares)
    return Applied(tuple(parts), holder_id=holder)
