"""Creating, changing, voiding and deleting, with QuickBooks' own conditions for each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sandbox.quickbooks.change import kind
from sandbox.quickbooks.faults import invalid, not_found, stale
from sandbox.quickbooks.fields import check_charset, taken
from sandbox.quickbooks.settle import (
    auto_apply,
    credit_lines,
    settle_payment,
    settle_sale,
    unlink,
)
from sandbox.quickbooks.shape import shape

if TYPE_CHECKING:
    from sandbox.quickbooks.change import Change
    from sandbox.shelf import Doc

_DATED = frozenset({"Invoice", "CreditMemo", "Payment", "Deposit", "JournalEntry"})


def save(change: Change, entity: str, body: Doc, *, duplicates: bool = False) -> Doc:
    """Create a document, or change the one `Id` and `SyncToken` name; gives it as it is now.

    A sparse body changes the fields it names, whole: a `Line` array replaces all lines. Any other
    body replaces the document, clearing what it leaves out.
    """
    _may_write(change, body)
    fields = taken(entity, body)
    if "Id" not in body:
        return _create(change, entity, fields, duplicates=duplicates)
    before = _current(change, entity, body)
    kept = before if body.get("sparse") else _system(before, fields)
    draft = {**kept, **fields}
    _may_touch(change, entity, before)
    shape(change, entity, draft)
    _open_period(change, entity, draft)
    change.replace(entity, draft)
    _settle(change, entity, before, draft)
    return draft


def void(change: Change, entity: str, body: Doc) -> Doc:
    """Void an invoice or payment: its amounts become 0, what it was linked to is set free."""
    _may_write(change, body)
    if entity not in {"Invoice", "Payment"}:
        raise invalid("500", "Unsupported Operation", f"{entity} cannot be voided")
    before = _current(change, entity, body)
    _may_touch(change, entity, before)
    doc = {**before, "Line": [{**line, "Amount": 0} for line in before["Line"]]}
    note = before.get("PrivateNote")
    doc |= {"TotalAmt": 0, "PrivateNote": f"Voided - {note}" if note else "Voided"}
    if entity == "Payment":
        doc["Line"] = []
    else:
        unlink(change, entity, before)
        doc["LinkedTxn"] = [one for one in doc["LinkedTxn"] if one["TxnType"] != "Payment"]
    change.replace(entity, doc, "Void")
    _settle(change, entity, before, doc)
    return doc


def delete(change: Change, entity: str, body: Doc) -> Doc:
    """Delete a document for good; a name (customer) can only be made inactive."""
    _may_write(change, body)
    if entity == "Customer":
        raise invalid("500", "Unsupported Operation", "Operation delete is not supported.")
    before = _current(change, entity, body)
    _may_touch(change, entity, before)
    if entity in {"Invoice", "CreditMemo", "JournalEntry"}:
        unlink(change, entity, before)
    change.remove(entity, before["Id"])
    if entity == "Payment":
        settle_payment(change, before, None)
    if entity == "Deposit":
        _bank(change, before, None)
    return {"status": "Deleted", "domain": "QBO", "Id": before["Id"]}


def _create(change: Change, entity: str, fields: Doc, *, duplicates: bool) -> Doc:
    number = fields.get("DocNumber")
    if number and not duplicates:
        drawer = change.shelf.all(kind(change.realm, entity))
        if any(one.get("DocNumber") == number for one in drawer):
            detail = f"Duplicate Document Number Error : DocNumber={number} is assigned already"
            raise invalid("6140", "Duplicate Document Number Error", detail, "DocNumber")
    shape(change, entity, fields)
    _open_period(change, entity, fields)
    doc = change.add(entity, fields)
    _settle(change, entity, None, doc)
    if entity == "Payment" and change.company["auto_apply"] and doc["UnappliedAmt"]:
        auto_apply(change, doc)
    if entity == "CreditMemo" and change.company["auto_apply"]:
        _auto_credit(change, doc)
    return doc


def _auto_credit(change: Change, memo: Doc) -> None:
    """Apply a new credit memo to the customer's oldest open invoices, by a payment of nothing."""
    lines = credit_lines(change, memo)
    if lines:
        head = {"CustomerRef": memo["CustomerRef"], "CurrencyRef": memo["CurrencyRef"]}
        _create(change, "Payment", {**head, "TotalAmt": 0, "Line": lines}, duplicates=True)


def _settle(change: Change, entity: str, before: Doc | None, after: Doc) -> None:
    if entity == "Payment":
        settle_payment(change, before, after)
    elif entity in {"Invoice", "CreditMemo"}:
        settle_sale(change, entity, after)
    elif entity == "Deposit":
        _bank(change, before, after)


def _system(before: Doc, fields: Doc) -> Doc:
    """Give what a full update keeps although the client left it out."""
    ours = {"Id", "SyncToken", "domain", "sparse", "MetaData", "LinkedTxn", "CurrencyRef"}
    ours |= {"Balance", "BalanceWithJobs", "UnappliedAmt", "RemainingCredit", "TxnDate"}
    ours |= {"ScheduledPaymentId"}
    return {name: value for name, value in before.items() if name in ours and name not in fields}


def _current(change: Change, entity: str, body: Doc) -> Doc:
    key = str(body.get("Id", ""))
    found = change.peek(entity, key)
    if found is None:
        raise not_found(entity, key)
    if str(body.get("SyncToken", "")) != found["SyncToken"]:
        raise stale(entity, key)
    return found


def _may_write(change: Change, body: Doc) -> None:
    check_charset(body, change.company["country"])
    if change.company["read_only"]:
        detail = "Subscription period has ended or canceled or there was a billing problem"
        raise invalid("6190", "Invalid Company Status", detail)


def _may_touch(change: Change, entity: str, before: Doc) -> None:
    _open_period(change, entity, before)
    if entity == "Payment" and any(one["TxnType"] == "Deposit" for one in before["LinkedTxn"]):
        detail = "Remove the payment from the deposit before changing it."
        raise invalid("6540", "Deposited Transaction cannot be changed", detail)


def _open_period(change: Change, entity: str, doc: Doc) -> None:
    closed = change.company.get("book_close_date")
    if entity not in _DATED or not closed:
        return
    if date.fromisoformat(doc["TxnDate"]) <= date.fromisoformat(closed):
        detail = (
            "The account period has closed and the account books cannot be updated through"
            f" the date: {closed}."
        )
        raise invalid("6210", "Account Period Closed", detail)


def _bank(change: Change, before: Doc | None, after: Doc | None) -> None:
    """Mark the payments of a deposit as deposited, or set them free."""
    for doc, put in ((before, False), (after, True)):
        for line in (doc or {}).get("Line", []):
            for link in line.get("LinkedTxn", []):
                payment = change.find("Payment", str(link["TxnId"]))
                if payment is None:
                    raise not_found("Payment", str(link["TxnId"]))
                mine = {"TxnId": (doc or {})["Id"], "TxnType": "Deposit"}
                rest = [one for one in payment["LinkedTxn"] if one["TxnType"] != "Deposit"]
                payment["LinkedTxn"] = [*rest, mine] if put else rest
