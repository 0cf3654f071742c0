"""Journal entries: lines that balance, of which one may credit what a customer owes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.quickbooks.amounts import to_minor, to_wire
from sandbox.quickbooks.change import currency_of, today
from sandbox.quickbooks.deposits import account
from sandbox.quickbooks.faults import business, invalid, missing, not_found

if TYPE_CHECKING:
    from sandbox.quickbooks.change import Change
    from sandbox.shelf import Doc

DETAIL = "JournalEntryLineDetail"
RECEIVABLE = "Accounts Receivable"
_SIDES = {"Debit": 1, "Credit": -1}


def journal(change: Change, doc: Doc) -> None:
    """Complete a journal entry in place and check that it balances; raises Fault."""
    doc.setdefault("TxnDate", today(change.company, change.now).isoformat())
    try:
        date.fromisoformat(doc["TxnDate"])
    except (TypeError, ValueError):
        raise invalid("2010", "Invalid date", "TxnDate must be YYYY-MM-DD", "TxnDate") from None
    home = change.company["currency"]
    if doc.setdefault("CurrencyRef", {"value": home, "name": home}).get("value") != home:
        raise business("Only entries in the home currency are modelled here.", "CurrencyRef")
    lines = doc.get("Line")
    if not isinstance(lines, list) or not lines:
        raise missing("Line")
    owed: list[Doc] = []
    sums = [_line(change, doc, line, owed) for line in lines]
    if sum(sums):
        raise invalid("6000", "A business validation error", "Debits and credits differ", "Line")
    if len(owed) > 1:
        raise business("Only one line may be on an accounts receivable account.", "Line")
    doc["TotalAmt"] = to_wire(sum(one for one in sums if one > 0), home)
    doc.setdefault("LinkedTxn", [])


def _line(change: Change, doc: Doc, line: Doc, owed: list[Doc]) -> int:
    """Check one line; gives its minor units, credits negative."""
    detail = line.get(DETAIL)
    if "Amount" not in line or line.get("DetailType") != DETAIL or not isinstance(detail, dict):
        raise missing("Line.Amount or Line.DetailType")
    side = _SIDES.get(str(detail.get("PostingType")))
    if side is None:
        raise invalid("2170", "Invalid Enumeration", str(detail.get("PostingType")), "PostingType")
    found = account(change, detail.get("AccountRef"), f"{DETAIL}.AccountRef")
    if found["AccountType"] == RECEIVABLE:
        _customer(change, detail)
        owed.append(line)
    return side * to_minor(line["Amount"], currency_of(doc), "Line.Amount")


def _customer(change: Change, detail: dict[str, Any]) -> None:
    named = detail.get("Entity") or {}
    ref = named.get("EntityRef") or {}
    if named.get("Type") != "Customer" or not ref.get("value"):
        raise business("When you use Accounts Receivable, you must choose a customer.", "Entity")
    if change.peek("Customer", str(ref["value"])) is None:
        raise not_found("Customer", str(ref["value"]))


def credit(change: Change, doc: Doc) -> tuple[str, int]:
    """Say which customer an entry credits, and how much in minor units; ("", 0) for none."""
    for line in doc["Line"]:
        detail = line[DETAIL]
        found = account(change, detail["AccountRef"], f"{DETAIL}.AccountRef")
        if found["AccountType"] == RECEIVABLE and detail["PostingType"] == "Credit":
            customer = str(detail["Entity"]["EntityRef"]["value"])
            return customer, to_minor(line["Amount"], currency_of(doc))
    return "", 0
