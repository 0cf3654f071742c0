"""A payment's lines: always the complete list, because a line left out is dropped by QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.marks import mark
from connector.protocol import Applied, AppliedPart
from connector.quickbooks import translate
from connector.quickbooks.text import read
from ledger.errors import RefusedError, StaleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.protocol import Held, Share
    from ledger.money import Money

Doc = dict[str, Any]

INVOICE = "Invoice"
CREDIT = "CreditMemo"
ENTRY = "JournalEntry"
MEMO_MAX = 4000
# A mark in brackets and the space before it.
MARK_ROOM = 23


def currency_of(doc: Mapping[str, Any]) -> str:
    """Give the currency a document names, or ""."""
    ref = doc.get("CurrencyRef")
    return read(ref.get("value")) if isinstance(ref, dict) else ""


def customer_of(doc: Mapping[str, Any]) -> str:
    """Give the id of the customer of a document, or ""."""
    ref = doc.get("CustomerRef")
    return read(ref.get("value")) if isinstance(ref, dict) else ""


def summed(shares: Sequence[Share]) -> dict[str, Money]:
    """Sum shares by invoice; raises RefusedError for none, for nothing, for mixed currencies."""
    if not shares or any(share.amount.minor <= 0 for share in shares):
        raise RefusedError("an application needs shares greater than nothing")
    if len({share.amount.currency for share in shares}) > 1:
        raise RefusedError("one payment cannot pay in several currencies")
    found: dict[str, Money] = {}
    for share in shares:
        known = found.get(share.invoice_id)
        found[share.invoice_id] = known + share.amount if known else share.amount
    return found


def line(kind: str, key: str, amount: Money) -> Doc:
    """Write one line: so much of the payment pays, or is paid by, a document."""
    return {"Amount": amount.decimal, "LinkedTxn": [{"TxnId": key, "TxnType": kind}]}


def changed(payment: Mapping[str, Any], changes: Mapping[str, Money]) -> list[Doc]:
    """Give a payment's complete lines with amounts added to (or taken off) some invoices.

    Every other line stays as it is but for the read-only `LineEx`. Raises StaleError when more
    would be taken off a line than is on it.
    """
    left = dict(changes)
    found: list[Doc] = []
    for one in read_lines(payment):
        same = {name: value for name, value in one.items() if name != "LineEx"}
        change = left.pop(_linked(one, INVOICE), None)
        if change is not None:
            now = translate.amount(one.get("Amount"), change.currency)
            if now is None or (now + change).minor < 0:
                raise StaleError("the payment's lines were changed in QuickBooks since")
            if not now + change:
                continue
            same["Amount"] = (now + change).decimal
        found.append(same)
    return found + [line(INVOICE, key, paid) for key, paid in left.items() if paid.minor > 0]


def without(lines: Sequence[Doc], kind: str) -> list[Doc]:
    """Leave the lines of one kind out."""
    return [one for one in lines if not _linked(one, kind)]


def pays(payment: Mapping[str, Any], invoices: Mapping[str, Money]) -> bool:
    """Say whether a payment pays any of these invoices."""
    return any(_linked(one, INVOICE) in invoices for one in read_lines(payment))


def read_lines(payment: Mapping[str, Any]) -> list[Doc]:
    """Give a payment's lines; raises RefusedError for a list we could not send back whole."""
    lines = payment.get("Line") or []
    if not isinstance(lines, list) or not all(isinstance(one, dict) for one in lines):
        raise RefusedError(f"the lines of payment {read(payment.get('Id'))} cannot be read")
    return lines


def _linked(one: Mapping[str, Any], kind: str) -> str:
    """Name the document of a kind that a line is about; "" when it is about something else."""
    match one.get("LinkedTxn"):
        case [{"TxnType": named, "TxnId": key}] if named == kind:
            return read(key)
        case _:
            return ""


def is_marked(doc: Mapping[str, Any], key: str) -> bool:
    """Say whether an action left its mark in a document's memo."""
    return f"[{mark(key)}]" in read(doc.get("PrivateNote"))


def marked(memo: str, key: str) -> str:
    """Add an action's mark to a memo; raises RefusedError when that would lose some of its text."""
    text = f"{memo} [{mark(key)}]".lstrip()
    if len(text) > MEMO_MAX:
        raise RefusedError("the payment's memo has no room left for a mark; shorten it")
    return text


def is_void(payment: Mapping[str, Any]) -> bool:
    """Say whether nothing is left of a payment: it pays nothing and is worth nothing."""
    return not payment.get("TotalAmt") and not read_lines(payment)


def sparse(doc: Mapping[str, Any]) -> Doc:
    """Begin the body of an update: it touches nothing that it does not name."""
    return {"Id": doc["Id"], "SyncToken": doc.get("SyncToken"), "sparse": True}


def carried(payment: Mapping[str, Any], lines: list[Doc]) -> Doc:
    """Give the complete list of lines, with what QuickBooks wants beside it, unchanged."""
    body: Doc = {"CustomerRef": {"value": customer_of(payment)}, "TotalAmt": payment["TotalAmt"]}
    # A rate left out might be taken for 1.
    if "ExchangeRate" in payment:
        body |= {"ExchangeRate": payment["ExchangeRate"]}
        body |= {"CurrencyRef": {"value": currency_of(payment)}}
    return body | {"Line": lines}


def attempt(key: str, doc: Mapping[str, Any]) -> str:
    """Name one try to change a document: decided anew on a newer version, it is another one."""
    return mark(f"{key}:{read(doc.get('SyncToken'))}")


def applied(holder: str, shares: Sequence[Share], part: str, held: Held | None = None) -> Applied:
    """Say what an application left in QuickBooks."""
    parts = (AppliedPart(holder, share.invoice_id, share.amount, part) for share in shares)
    return Applied(tuple(parts), holder, held)
