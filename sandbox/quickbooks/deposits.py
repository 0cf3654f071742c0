"""Deposits: money that waited in Undeposited Funds or elsewhere, put into a bank account."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sandbox.quickbooks.amounts import to_minor, to_wire
from sandbox.quickbooks.change import currency_of, kind, today
from sandbox.quickbooks.faults import business, invalid, missing, not_found

if TYPE_CHECKING:
    from sandbox.quickbooks.change import Change
    from sandbox.shelf import Doc

_MONEY = frozenset({"Bank", "Other Current Asset"})


def account(change: Change, ref: object, element: str) -> Doc:
    """Give the account a reference names; a missing or inactive one is fault 610."""
    if not isinstance(ref, dict) or not ref.get("value"):
        raise missing(element)
    found = change.shelf.get(kind(change.realm, "Account"), str(ref["value"]))
    if found is None or not found["Active"]:
        raise not_found("Account", str(ref["value"]))
    return found


def money_account(change: Change, ref: object, element: str) -> Doc:
    """Give the account money is put into: a bank account, or another current asset."""
    found = account(change, ref, element)
    if found["AccountType"] not in _MONEY:
        raise business(f"{found['Name']} is no bank account and no current asset.", element)
    return found


def deposit(change: Change, doc: Doc) -> None:
    """Complete a deposit in place and check each of its lines; raises Fault."""
    doc.setdefault("TxnDate", today(change.company, change.now).isoformat())
    try:
        date.fromisoformat(doc["TxnDate"])
    except (TypeError, ValueError):
        raise invalid("2010", "Invalid date", "TxnDate must be YYYY-MM-DD", "TxnDate") from None
    home = change.company["currency"]
    doc.setdefault("CurrencyRef", {"value": home, "name": home})
    bank = money_account(change, doc.get("DepositToAccountRef"), "DepositToAccountRef")
    if bank["AccountSubType"] == "UndepositedFunds":
        raise business("A deposit cannot go to Undeposited Funds.", "DepositToAccountRef")
    lines = doc.get("Line")
    if not isinstance(lines, list) or not lines:
        raise missing("Line")
    seen: set[str] = set()
    total = sum(_line(change, doc, line, seen) for line in lines)
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", "TotalAmt")
    doc["TotalAmt"] = to_wire(total, currency_of(doc))


def _line(change: Change, doc: Doc, line: Doc, seen: set[str]) -> int:
    """Check one line; gives its minor units."""
    if "Amount" not in line:
        raise missing("Line.Amount")
    minor = to_minor(line["Amount"], currency_of(doc), "Line.Amount")
    links = line.get("LinkedTxn")
    if links:
        _payment(change, doc, links, minor, seen)
    elif line.get("DetailType") == "DepositLineDetail":
        detail = line.get("DepositLineDetail") or {}
        account(change, detail.get("AccountRef"), "DepositLineDetail.AccountRef")
    else:
        raise missing("Line.DetailType")
    return minor


def _payment(change: Change, doc: Doc, links: list[Doc], minor: int, seen: set[str]) -> None:
    key = str(links[0].get("TxnId"))
    payment = change.peek("Payment", key) if links[0].get("TxnType") == "Payment" else None
    if payment is None or len(links) != 1 or key in seen or not _waits(change, payment, doc):
        detail = f"Transaction {key} cannot be linked to this deposit"
        element = "Line.LinkedTxn"
        raise invalid("620", "Transaction Not Found or Cannot Be Linked", detail, element)
    seen.add(key)
    if currency_of(payment) != currency_of(doc):
        raise business("All transactions of a deposit must be in its currency.", "CurrencyRef")
    if to_minor(payment["TotalAmt"], currency_of(payment)) != minor:
        raise business("A payment is deposited whole.", "Line.Amount")


def _waits(change: Change, payment: Doc, doc: Doc) -> bool:
    """Say whether a payment lies in Undeposited Funds, or in this deposit already."""
    funds = change.company["accounts"]["Undeposited Funds"]
    if payment["DepositToAccountRef"]["value"] != funds:
        return False
    held = {one["TxnId"] for one in payment["LinkedTxn"] if one["TxnType"] == "Deposit"}
    return not held - {doc.get("Id")}
