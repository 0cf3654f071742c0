"""Kept documents as Xero's JSON shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.xero import banking, figures

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

_CREDIT_ID = {
    "Overpayments": "OverpaymentID",
    "Prepayments": "PrepaymentID",
    "CreditNotes": "CreditNoteID",
}

_EXPENSES = ("EXPENSE", "OVERHEADS", "DIRECTCOSTS")


def _updated(doc: Doc) -> dict[str, Any]:
    return {
        "UpdatedDateUTC": figures.ms_date(doc["updated"]),
        "UpdatedDateUTCString": doc["updated"][:19],
    }


def _day(name: str, day: str | None) -> dict[str, Any]:
    if day is None:
        return {}
    return {name: figures.ms_date(day), f"{name}String": figures.day_text(day)}


def contact_name(books: Books, tenant: str, key: str) -> dict[str, Any]:
    """Show a contact inside another document."""
    contact = books.find(tenant, "Contacts", key)
    return {"ContactID": key, "Name": contact["name"] if contact else ""}


def contact(books: Books, tenant: str, doc: Doc, *, summary: bool) -> dict[str, Any]:
    """Show a contact; the summary has neither balances nor persons."""
    shown: dict[str, Any] = {
        "ContactID": doc["id"],
        "ContactStatus": doc["status"],
        "Name": doc["name"],
        "EmailAddress": doc["email"] or "",
        "AccountNumber": doc["account_number"],
        "BankAccountDetails": "",
        "IsSupplier": False,
        "IsCustomer": True,
        "DefaultCurrency": doc["currency"],
        "HasAttachments": False,
        "HasValidationErrors": False,
        **_updated(doc),
    }
    if doc["merged_into"]:
        shown["MergedToContactID"] = doc["merged_into"]
    if summary:
        return shown
    return shown | {
        "ContactPersons": doc["persons"],
        "ContactGroups": doc["groups"],
        "Addresses": [{"AddressType": "POBOX", "Country": doc["country"] or ""}],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": doc["phone"] or ""}],
        "Balances": {"AccountsReceivable": _balances(books, tenant, doc["id"])},
    }


def _balances(books: Books, tenant: str, key: str) -> dict[str, float]:
    base = books.organisation(tenant)["base_currency"]
    owed, late = books.owed(tenant, key)
    return {"Outstanding": figures.number(owed, base), "Overdue": figures.number(late, base)}


def invoice(books: Books, tenant: str, doc: Doc, *, summary: bool) -> dict[str, Any]:
    """Show an invoice; the summary has neither lines nor payments."""

    def amount(units: int) -> float:
        return figures.number(units, doc["currency"])

    shown: dict[str, Any] = {
        "Type": doc["type"],
        "InvoiceID": doc["id"],
        "InvoiceNumber": doc["number"],
        "Reference": doc["reference"],
        "Contact": contact_name(books, tenant, doc["contact"]),
        **_day("Date", doc["day"]),
        **_day("DueDate", doc["due"]),
        **_day("ExpectedPaymentDate", doc["expected"]),
        "Status": doc["status"],
        "LineAmountTypes": "Exclusive",
        "SubTotal": amount(doc["total"] - doc["tax"]),
        "TotalTax": amount(doc["tax"]),
        "Total": amount(doc["total"]),
        "AmountDue": amount(books.due(doc)),
        "AmountPaid": amount(doc["paid"]),
        "AmountCredited": amount(doc["credited"]),
        "CurrencyCode": doc["currency"],
        "CurrencyRate": 1.0,
        "SentToContact": doc["sent"],
        "IsDiscounted": False,
        "HasErrors": False,
        **_updated(doc),
    }
    if doc["paid_on"]:
        shown["FullyPaidOnDate"] = figures.ms_date(doc["paid_on"])
    if summary:
        return shown
    return shown | _invoice_parts(books, tenant, doc)


def _invoice_parts(books: Books, tenant: str, doc: Doc) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "LineItems": [_line(doc)],
        "HasAttachments": False,
        "Payments": [
            {
                "PaymentID": line["id"],
                "Date": figures.ms_date(line["day"]),
                "Amount": figures.number(line["amount"], line["currency"]),
                "Reference": line["reference"],
                "CurrencyRate": 1.0,
                "HasAccount": False,
                "HasValidationErrors": False,
            }
            for line in books.lines(tenant, "Payments", doc)
        ],
        "Prepayments": [],
        "Overpayments": [],
        "CreditNotes": [],
    }
    for line in books.lines(tenant, "Allocations", doc):
        kind = line["source_kind"]
        applied = {
            _CREDIT_ID[kind]: line["source"],
            "ID": line["source"],
            "AppliedAmount": figures.number(line["amount"], line["currency"]),
            "Date": figures.ms_date(line["day"]),
            "CurrencyRate": 1.0,
            "LineItems": [],
        }
        parts[kind].append(applied)
    return parts


def _line(doc: Doc) -> dict[str, Any]:
    net = figures.number(doc["total"] - doc.get("tax", 0), doc["currency"])
    return {
        "Description": doc.get("description") or "As agreed",
        "Quantity": 1.0,
        "UnitAmount": net,
        "LineAmount": net,
        "TaxAmount": figures.number(doc.get("tax", 0), doc["currency"]),
        "AccountCode": "200",
        "Tracking": [],
    }


def credit(books: Books, tenant: str, kind: str, doc: Doc, *, summary: bool) -> dict[str, Any]:
    """Show an overpayment or credit note with its allocations."""
    amount = figures.number(doc["total"], doc["currency"])
    shown: dict[str, Any] = {
        _CREDIT_ID[kind]: doc["id"],
        "ID": doc["id"],
        "Type": doc["type"],
        "Reference": doc["reference"],
        "Contact": contact_name(books, tenant, doc["contact"]),
        **_day("Date", doc["day"]),
        "Status": doc["status"],
        "LineAmountTypes": "NoTax",
        "SubTotal": amount,
        "TotalTax": 0.0,
        "Total": amount,
        "RemainingCredit": figures.number(doc["remaining"], doc["currency"]),
        "CurrencyCode": doc["currency"],
        "CurrencyRate": 1.0,
        "HasAttachments": False,
        **_updated(doc),
    }
    if kind == "CreditNotes":
        shown |= {"CreditNoteNumber": doc["number"], "SentToContact": False}
    if summary:
        return shown
    living = books.lines(tenant, "Allocations", doc)
    refunds = [{"PaymentID": line["id"]} for line in books.lines(tenant, "Payments", doc)]
    return shown | {
        "LineItems": [_line(doc)],
        "Payments": refunds,
        "Allocations": [allocation(books, tenant, line) for line in living],
    }


def allocation(books: Books, tenant: str, line: Doc) -> dict[str, Any]:
    """Show one allocation."""
    target = books.find(tenant, "Invoices", line["invoice"])
    return {
        "AllocationID": line["id"],
        "Amount": figures.number(line["amount"], line["currency"]),
        "Date": figures.ms_date(line["day"]),
        "Invoice": {
            "InvoiceID": line["invoice"],
            "InvoiceNumber": target["number"] if target else "",
        },
        "IsDeleted": line["deleted"],
    }


def payment(books: Books, tenant: str, doc: Doc, *, fresh: bool = False) -> dict[str, Any]:
    """Show a payment; `fresh` is the answer to entering it, which tells the invoice's new state."""
    amount = figures.number(doc["amount"], doc["currency"])
    account = books.find(tenant, "Accounts", doc["account"])
    held_in = account["currency"] if account else doc["currency"]
    shown: dict[str, Any] = {
        "PaymentID": doc["id"],
        "Date": figures.ms_date(doc["day"]),
        "BankAmount": figures.number(doc["banked"], held_in),
        "Amount": amount,
        "Reference": doc["reference"],
        "CurrencyRate": float(doc["rate"]),
        "PaymentType": doc["type"],
        "Status": "DELETED" if doc["deleted"] else "AUTHORISED",
        **_updated(doc),
        "HasAccount": True,
        "IsReconciled": doc["reconciled"],
        "Account": {"AccountID": doc["account"], "Code": account["code"] if account else ""},
        "HasValidationErrors": False,
    }
    if doc.get("batch"):
        whole = books.find(tenant, "BatchPayments", doc["batch"])
        shown["BatchPaymentID"] = doc["batch"]
        shown["BatchPayment"] = banking.batch_of_member(whole) if whole else {}
    kind = doc["target_kind"]
    target = books.find(tenant, kind, doc["target"])
    if target is None:
        return shown
    if kind != "Invoices":
        return shown | {kind[:-1]: {_CREDIT_ID[kind]: target["id"], "ID": target["id"]}}
    named: dict[str, Any] = {
        "Type": target["type"],
        "InvoiceID": target["id"],
        "InvoiceNumber": target["number"],
        "Contact": contact_name(books, tenant, target["contact"]),
        "CurrencyCode": target["currency"],
        "HasErrors": False,
        "IsDiscounted": False,
        "LineItems": [],
    }
    if fresh:
        named["Status"] = target["status"]
        named["AmountDue"] = figures.number(books.due(target), target["currency"])
    return shown | {"Invoice": named}


def bank_transaction(books: Books, tenant: str, doc: Doc) -> dict[str, Any]:
    """Show a bank transaction."""
    shown: dict[str, Any] = {
        "BankTransactionID": doc["id"],
        "Type": doc["type"],
        "Contact": contact_name(books, tenant, doc["contact"]),
        "BankAccount": {"AccountID": doc["account"]},
        "IsReconciled": doc["reconciled"],
        **_day("Date", doc["day"]),
        "Reference": doc["reference"],
        "CurrencyCode": doc["currency"],
        "CurrencyRate": 1.0,
        "Status": doc["status"],
        "LineAmountTypes": doc.get("way", "NoTax"),
        "LineItems": [_spent(line, doc["currency"]) for line in doc["lines"]] or [_line(doc)],
        "SubTotal": figures.number(doc["total"] - doc["tax"], doc["currency"]),
        "TotalTax": figures.number(doc["tax"], doc["currency"]),
        "Total": figures.number(doc["total"], doc["currency"]),
        "HasAttachments": False,
        **_updated(doc),
    }
    if doc["overpayment"]:
        shown["OverpaymentID"] = doc["overpayment"]
    if doc.get("prepayment"):
        shown["PrepaymentID"] = doc["prepayment"]
    return shown


def _spent(line: dict[str, Any], currency: str) -> dict[str, Any]:
    amount = figures.number(line["amount"], currency)
    return {
        "Description": line["description"],
        "Quantity": 1.0,
        "UnitAmount": amount,
        "LineAmount": amount,
        "TaxType": line["tax_type"],
        "TaxAmount": figures.number(line["tax"], currency),
        "Tracking": [],
        **({"AccountID": line["account"]} if line["account"] else {}),
    }


def account(doc: Doc) -> dict[str, Any]:
    """Show a ledger account."""
    return {
        "AccountID": doc["id"],
        "Code": doc["code"],
        "Name": doc["name"],
        "Type": doc["type"],
        "Status": doc["status"],
        "EnablePaymentsToAccount": doc["enable_payments"],
        "Class": "EXPENSE" if doc["type"] in _EXPENSES else "ASSET",
        "TaxType": doc.get("tax_type") or "NONE",
        **({"CurrencyCode": doc["currency"]} if doc["type"] == "BANK" else {}),
        **_updated(doc),
    }


def organisation(tenant: str, doc: Doc) -> dict[str, Any]:
    """Show the organisation itself."""
    shown = {
        "OrganisationID": tenant,
        "Name": doc["name"],
        "LegalName": doc["name"],
        "BaseCurrency": doc["base_currency"],
        "CountryCode": doc["country"],
        "Timezone": doc["timezone"],
        "IsDemoCompany": bool(doc.get("demo")),
        "OrganisationStatus": "ACTIVE",
        "ShortCode": doc["short_code"],
        "Class": "PREMIUM",
        "Edition": doc.get("edition", "BUSINESS"),
        "Version": "GLOBAL",
    }
    for field, name in (("period_lock", "PeriodLockDate"), ("year_lock", "EndOfYearLockDate")):
        if doc[field]:
            shown[name] = figures.ms_date(doc[field])
    return shown


def text(books: Books, tenant: str, kind: str, doc: Doc, *, summary: bool = False) -> str:
    """Give a document of a listed kind as JSON text, made once until it changes."""
    key = (tenant, kind, doc["id"], summary)
    found = books.rendered.get(key)
    if found is None:
        found = json.dumps(show(books, tenant, kind, doc, summary=summary))
        # A contact's balances move with its invoices, so its full text is never kept.
        if kind != "Contacts" or summary:
            books.rendered[key] = found
    return found


def show(
    books: Books, tenant: str, kind: str, doc: Doc, *, summary: bool = False
) -> dict[str, Any]:
    """Show a document of any listed kind."""
    if kind in ("Invoices", "Contacts"):
        return (invoice if kind == "Invoices" else contact)(books, tenant, doc, summary=summary)
    if kind in _CREDIT_ID:
        return credit(books, tenant, kind, doc, summary=summary)
    if kind == "Accounts":
        return account(doc)
    ways = {"Payments": payment, "BankTransactions": bank_transaction, **banking.SHOWN}
    return ways[kind](books, tenant, doc)
