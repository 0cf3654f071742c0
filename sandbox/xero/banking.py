"""Batch payments, bank transfers and tax rates as Xero's JSON shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.shelf import Doc
    from sandbox.xero.books import Books


def tax_rate(rate: dict[str, Any]) -> dict[str, Any]:
    """Show a tax rate."""
    percent = float(rate["percent"])
    return {
        "Name": rate["name"],
        "TaxType": rate["type"],
        "Status": "ACTIVE",
        "CanApplyToAssets": True,
        "CanApplyToExpenses": rate["expenses"],
        "CanApplyToRevenue": not rate["expenses"] or not percent,
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
    }


def batch(books: Books, tenant: str, doc: Doc) -> dict[str, Any]:
    """Show a batch payment; a deleted one has no payments any more."""
    paid = [books.find(tenant, "Payments", key) for key in doc["payments"]]
    return {
        **batch_of_member(doc),
        "Account": {"AccountID": doc["account"], "CurrencyCode": doc["currency"]},
        "DateString": figures.day_text(doc["day"]),
        "Payments": [_member(one) for one in paid if one and not one["deleted"]],
    }


def batch_of_member(doc: Doc) -> dict[str, Any]:
    """Show a batch payment as it stands in each of its payments."""
    return {
        "Account": {"AccountID": doc["account"]},
        "BatchPaymentID": doc["id"],
        **{name: text for name, text in doc["texts"].items() if text},
        "Date": figures.ms_date(doc["day"]),
        "Type": doc["type"],
        "Status": doc["status"],
        "TotalAmount": figures.number(doc["total"], doc["currency"]),
        "UpdatedDateUTC": figures.ms_date(doc["updated"]),
        "IsReconciled": doc["reconciled"],
    }


def _member(payment: Doc) -> dict[str, Any]:
    amount = figures.number(payment["amount"], payment["currency"])
    return {
        "Invoice": {
            "InvoiceID": payment["target"],
            "CurrencyCode": payment["currency"],
            "Payments": [],
            "LineItems": [],
        },
        "PaymentID": payment["id"],
        "Amount": amount,
        "BankAmount": amount,
    }


def transfer(books: Books, tenant: str, doc: Doc) -> dict[str, Any]:
    """Show a bank transfer."""
    origin, target = (books.find(tenant, "Accounts", doc[end]) or {} for end in ("from", "to"))
    return {
        "BankTransferID": doc["id"],
        "Date": figures.ms_date(doc["day"]),
        "DateString": figures.day_text(doc["day"]),
        "Status": doc["status"],
        "FromBankAccount": {"AccountID": doc["from"], "Name": origin.get("name", "")},
        "ToBankAccount": {"AccountID": doc["to"], "Name": target.get("name", "")},
        "Amount": figures.number(doc["amount"], doc["currency"]),
        "FromBankTransactionID": doc["from_entry"],
        "ToBankTransactionID": doc["to_entry"],
        "FromIsReconciled": doc["reconciled"],
        "ToIsReconciled": doc["reconciled"],
        "Reference": doc["reference"],
        "CurrencyRate": 1.0,
        "HasAttachments": False,
    }


SHOWN: Mapping[str, Callable[[Books, str, Doc], dict[str, Any]]] = {
    "BatchPayments": batch,
    "BankTransfers": transfer,
}
