"""What a document must look like after a write: defaults, references, totals, or a fault."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.quickbooks.amounts import to_minor, to_wire
from sandbox.quickbooks.change import currency_of, today
from sandbox.quickbooks.deposits import deposit, money_account
from sandbox.quickbooks.faults import business, invalid, missing, not_found
from sandbox.quickbooks.journals import credit, journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.quickbooks.change import Change
    from sandbox.shelf import Doc

# When a sale falls due about which nobody said when.
DUE_DAYS = 30
# Nobody here knows how many digits QuickBooks keeps of a rate; a company can be told fewer.
RATE_PLACES = 12
_LINKABLE = frozenset({"Invoice", "CreditMemo", "JournalEntry"})


def shape(change: Change, entity: str, doc: Doc) -> None:
    """Complete a document in place and check it; raises Fault before anything is written."""
    _SHAPES[entity](change, doc)


def _day(doc: Doc, field: str) -> date:
    try:
        return date.fromisoformat(doc[field])
    except (TypeError, ValueError):
        raise invalid("2010", "Invalid date", f"{field} must be YYYY-MM-DD", field) from None


def _transaction(change: Change, doc: Doc) -> Doc:
    """Check date, customer and currency, common to every sale; gives the customer."""
    if not doc.get("TxnDate"):
        doc["TxnDate"] = today(change.company, change.now).isoformat()
    _day(doc, "TxnDate")
    ref = doc.get("CustomerRef")
    if not isinstance(ref, dict) or not ref.get("value"):
        raise missing("CustomerRef")
    customer = change.peek("Customer", str(ref["value"]))
    if customer is None or not customer["Active"]:
        raise not_found("Customer", str(ref["value"]))
    doc["CustomerRef"] = {"value": customer["Id"], "name": customer["DisplayName"]}
    _currency(change, doc, currency_of(customer))
    return customer


def _currency(change: Change, doc: Doc, expected: str) -> None:
    ref = doc.get("CurrencyRef")
    if ref is None and change.company["multicurrency"]:
        raise missing("CurrencyRef")
    currency = expected if ref is None else ref.get("value")
    if currency != expected:
        detail = f"The transaction's currency {currency} is not the customer's, {expected}"
        raise business(detail, "CurrencyRef")
    doc["CurrencyRef"] = {"value": currency, "name": currency}
    if change.company["multicurrency"]:
        rate = doc.setdefault("ExchangeRate", 1)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0:
            raise invalid("2010", "Invalid rate", f"ExchangeRate {rate} is none", "ExchangeRate")
        doc["ExchangeRate"] = round(rate, change.company.get("rate_places", RATE_PLACES))


def _term(change: Change, doc: Doc) -> Doc | None:
    """Give the term of a sale or customer, named as QuickBooks names it; None without one."""
    ref = doc.get("SalesTermRef")
    if not isinstance(ref, dict):
        return None
    term = change.peek("Term", str(ref.get("value")))
    if term is None:
        raise invalid("2500", "Invalid Reference Id", f"{ref.get('value')}", "SalesTermRef")
    doc["SalesTermRef"] = {"value": term["Id"], "name": term["Name"]}
    return term


def _tax(doc: Doc) -> int:
    """Give the tax that a client worked out for the whole sale."""
    detail = doc.get("TxnTaxDetail")
    if not isinstance(detail, dict) or "TotalTax" not in detail:
        return 0
    return to_minor(detail["TotalTax"], currency_of(doc), "TxnTaxDetail.TotalTax")


def _sale_lines(doc: Doc) -> int:
    """Sum a sale's lines, with the tax on them, and give them ids."""
    lines = doc.get("Line")
    if not isinstance(lines, list) or not lines:
        raise missing("Line")
    currency, total = currency_of(doc), 0
    for number, line in enumerate(lines, 1):
        if "Amount" not in line:
            raise missing("Line.Amount")
        if line.get("DetailType") == "SubTotalLineDetail":
            continue
        line.setdefault("Id", str(number))
        line.setdefault("LineNum", number)
        total += to_minor(line["Amount"], currency, "Line.Amount")
    total += _tax(doc)
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", "TotalAmt")
    doc["TotalAmt"] = to_wire(total, currency)
    return total


def _invoice(change: Change, doc: Doc) -> None:
    customer = _transaction(change, doc)
    _sale_lines(doc)
    term = _term(change, doc) or {}
    if not doc.get("DueDate"):
        days = term.get("DueDays", DUE_DAYS)
        doc["DueDate"] = (_day(doc, "TxnDate") + timedelta(days=days)).isoformat()
    _day(doc, "DueDate")
    _number(change, doc)
    if "BillEmail" not in doc and "PrimaryEmailAddr" in customer:
        doc["BillEmail"] = dict(customer["PrimaryEmailAddr"])
    doc.setdefault("EmailStatus", "NotSet")
    if doc["EmailStatus"] not in {"NotSet", "NeedToSend", "EmailSent"}:
        raise invalid("2170", "Invalid Enumeration", str(doc["EmailStatus"]), "EmailStatus")
    doc.setdefault("PrintStatus", "NeedToPrint")
    doc.setdefault("LinkedTxn", [])


def _credit_memo(change: Change, doc: Doc) -> None:
    _transaction(change, doc)
    _sale_lines(doc)
    _number(change, doc)
    doc.setdefault("LinkedTxn", [])


def _number(change: Change, doc: Doc) -> None:
    if not doc.get("DocNumber"):
        doc["DocNumber"] = str(1000 + change.shelf.count(f"number/{change.realm}"))


def _payment(change: Change, doc: Doc) -> None:
    if "TotalAmt" not in doc:
        raise missing("TotalAmt")
    _transaction(change, doc)
    currency = currency_of(doc)
    total = to_minor(doc["TotalAmt"], currency, "TotalAmt")
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", "TotalAmt")
    doc["TotalAmt"] = to_wire(total, currency)
    lines = doc.setdefault("Line", [])
    if not isinstance(lines, list):
        raise invalid("2010", "Invalid Line", "Line must be an array", "Line")
    doc["Line"] = [_payment_line(change, doc, line) for line in lines]
    account = change.company["accounts"]["Undeposited Funds"]
    doc.setdefault("DepositToAccountRef", {"value": account})
    money_account(change, doc["DepositToAccountRef"], "DepositToAccountRef")
    doc.setdefault("LinkedTxn", [])
    doc["ProcessPayment"] = False


def _payment_line(change: Change, doc: Doc, line: Doc) -> Doc:
    links = line.get("LinkedTxn") or []
    if "LineEx" in line:
        detail = "Property Name:LineEx specified is unsupported or invalid"
        raise invalid("2010", "Request has invalid or unsupported property", detail, "LineEx")
    if len(links) != 1 or "Amount" not in line:
        raise missing("Line.Amount or Line.LinkedTxn")
    kind, key = str(links[0].get("TxnType")), str(links[0].get("TxnId"))
    currency = currency_of(doc)
    minor = to_minor(line["Amount"], currency, "Line.Amount")
    if minor <= 0:
        raise business("A payment line's amount must be greater than 0.", "Line.Amount")
    target = change.peek(kind, key) if kind in _LINKABLE else None
    if target is None:
        raise _unlinkable(kind, key)
    payer, owner = doc["CustomerRef"]["value"], _owner(change, kind, target)
    if currency_of(target) != currency or not _may_pay(change, payer, owner):
        raise _unlinkable(kind, key)
    return {"Amount": to_wire(minor, currency), "LinkedTxn": [{"TxnId": key, "TxnType": kind}]}


def _owner(change: Change, kind: str, target: Doc) -> str:
    """Say whose a linked document is; an entry that credits nobody is nobody's."""
    if kind == "JournalEntry":
        return credit(change, target)[0]
    return str(target["CustomerRef"]["value"])


def _unlinkable(kind: str, key: str) -> Exception:
    detail = f"Transaction {kind} {key} cannot be linked to this payment"
    return invalid("620", "Transaction Not Found or Cannot Be Linked", detail, "Line.LinkedTxn")


def _may_pay(change: Change, payer: str, owner: str) -> bool:
    """Say whether a payer may pay an invoice: its own, or a sub-customer's billed with it."""
    while owner != payer:
        customer = change.peek("Customer", owner)
        if customer is None or not customer.get("BillWithParent") or "ParentRef" not in customer:
            return False
        owner = customer["ParentRef"]["value"]
    return True


def _customer(change: Change, doc: Doc) -> None:
    name = doc.get("DisplayName")
    if not name:
        raise missing("DisplayName")
    drawer = f"{change.realm}/Customer"
    taken = (one for one in change.shelf.all(drawer) if one["DisplayName"] == name)
    if any(one["Id"] != doc.get("Id") for one in taken):
        raise invalid("6240", "Duplicate Name Exists Error", f"{name} is in use", "DisplayName")
    home = change.company["currency"]
    doc.setdefault("CurrencyRef", {"value": home, "name": home})
    doc.setdefault("Active", True)
    doc.setdefault("Job", "ParentRef" in doc)
    doc.setdefault("BillWithParent", False)
    doc.setdefault("Balance", 0)
    doc.setdefault("BalanceWithJobs", 0)
    doc["FullyQualifiedName"] = name
    _term(change, doc)


def _attachable(change: Change, doc: Doc) -> None:
    if not doc.get("Note") and not doc.get("FileName"):
        raise business("An attachable needs a note or a file.", "Note")
    for ref in doc.get("AttachableRef") or []:
        target = ref.get("EntityRef") or {}
        known = ("Invoice", "Payment", "CreditMemo", "Customer", "Deposit")
        names = {name.lower(): name for name in known}
        entity = names.get(str(target.get("type", "")).lower(), "")
        if change.peek(entity, str(target.get("value"))) is None:
            raise invalid("2500", "Invalid Reference Id", str(target), "AttachableRef.EntityRef")


_SHAPES: dict[str, Callable[[Change, Doc], None]] = {
    "Invoice": _invoice,
    "CreditMemo": _credit_memo,
    "Payment": _payment,
    "Customer": _customer,
    "Attachable": _attachable,
    "Deposit": deposit,
    "JournalEntry": journal,
}
