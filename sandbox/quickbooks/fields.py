"""Which fields QuickBooks takes from a client, ignores, refuses, and lets a query filter by."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.quickbooks.faults import invalid

if TYPE_CHECKING:
    from sandbox.shelf import Doc


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Read-only everywhere: silently ignored when a client sends them back.
_IGNORED = _words(
    "MetaData domain time status LinkedTxn Balance HomeBalance HomeTotalAmt UnappliedAmt"
    " RemainingCredit InvoiceLink BalanceWithJobs FullyQualifiedName DeliveryInfo"
    " TempDownloadUri RecurDataRef EInvoiceStatus invoiceStatus TotalAmt ProcessPayment"
    " TaxExemptionRef ScheduledPaymentId InvoiceLinkSecurityCode InvoiceLinkExpiryDate"
)
_SALES = (
    "DocNumber TxnDate CustomerRef CurrencyRef ExchangeRate Line BillEmail EmailStatus PrintStatus"
    " CustomerMemo PrivateNote CustomField BillAddr ShipAddr TxnTaxDetail ClassRef DepartmentRef"
    " GlobalTaxCalculation ApplyTaxAfterDiscount"
)
_TAKEN: dict[str, frozenset[str]] = {
    "Invoice": _words(
        f"{_SALES} DueDate SalesTermRef BillEmailCc BillEmailBcc Deposit ShipDate TrackingNum"
        " AllowIPNPayment AllowOnlinePayment AllowOnlineACHPayment AllowOnlineCreditCardPayment"
        " AllowOnlinePayPalPayment AllowOnlineAffirmPayment PaymentDetailsMessage"
    ),
    "CreditMemo": _words(_SALES),
    "Payment": _words(
        "CustomerRef TotalAmt Line TxnDate PaymentRefNum PaymentMethodRef DepositToAccountRef"
        " ARAccountRef PrivateNote CurrencyRef ExchangeRate"
    ),
    "Deposit": _words("DepositToAccountRef Line TxnDate PrivateNote CurrencyRef ExchangeRate"),
    "JournalEntry": _words(
        "DocNumber Line TxnDate PrivateNote CurrencyRef ExchangeRate Adjustment"
    ),
    "Customer": _words(
        "DisplayName CompanyName GivenName FamilyName Title Suffix PrintOnCheckName"
        " PrimaryEmailAddr PrimaryPhone Mobile AlternatePhone Fax WebAddr Notes Active"
        " Job BillWithParent ParentRef SalesTermRef PreferredDeliveryMethod CurrencyRef"
        " BillAddr ShipAddr Taxable ResaleNum"
        " CustomerTypeRef PaymentMethodRef"
    ),
    "Attachable": _words("Note FileName ContentType AttachableRef Category Tag"),
}
ENTITIES = frozenset(_TAKEN)
READ_ONLY_ENTITIES = frozenset({"Account", "Term", "CompanyCurrency"})

_LONGEST = {"DocNumber": 21, "PaymentRefNum": 21, "PrivateNote": 4000, "Note": 2000, "Notes": 1024}

_ALWAYS = "Id MetaData.LastUpdatedTime MetaData.CreateTime"
_TXN = f"{_ALWAYS} TxnDate CustomerRef TotalAmt"
FILTERABLE: dict[str, frozenset[str]] = {
    "Invoice": _words(f"{_TXN} DueDate Balance DocNumber SalesTermRef"),
    "CreditMemo": _words(f"{_TXN} Balance DocNumber"),
    "Payment": _words(f"{_TXN} PaymentRefNum PaymentMethodRef CurrencyRef"),
    "Deposit": _words(f"{_ALWAYS} TxnDate DepositToAccountRef"),
    "JournalEntry": _words(f"{_ALWAYS} TxnDate DocNumber"),
    "Customer": _words(
        f"{_ALWAYS} DisplayName CompanyName Active GivenName FamilyName PrimaryEmailAddr Balance"
    ),
    "Attachable": _words(
        f"{_ALWAYS} FileName AttachableRef.EntityRef.Type AttachableRef.EntityRef.value"
    ),
    "Account": _words(f"{_ALWAYS} Name AccountType AccountSubType Active"),
    "Term": _words(f"{_ALWAYS} Name Active"),
    "CompanyCurrency": _words(f"{_ALWAYS} Code Active"),
    "CompanyInfo": frozenset({"Id"}),
    "Preferences": frozenset({"Id"}),
}


def taken(entity: str, body: Doc) -> Doc:
    """Give the part of a client's body that QuickBooks acts on.

    Read-only fields go silently; a name it does not know is fault 2010; text too long is 2050.
    """
    kept: Doc = {}
    for name, value in body.items():
        if name in _TAKEN[entity]:
            _check_length(name, value)
            kept[name] = _plain(value)
        elif name not in _IGNORED and name not in {"Id", "SyncToken", "sparse"}:
            detail = f"Property Name:{name} specified is unsupported or invalid"
            raise invalid("2010", "Request has invalid or unsupported property", detail, name)
    return kept


def check_charset(value: object, country: str) -> None:
    """Refuse what a US company cannot hold (ISO-8859-1 only), anywhere in a body: code 500."""
    if country != "US":
        return
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            check_charset(one, country)
    elif isinstance(value, str) and any(ord(sign) > 0xFF for sign in value):  # noqa: PLR2004
        raise invalid("500", "Unsupported Operation", "Unsupported character in the request body")


def _check_length(name: str, value: object) -> None:
    longest = _LONGEST.get(name)
    if longest is not None and isinstance(value, str) and len(value) > longest:
        detail = f"String length specified does not match the supported length. Max:{longest}"
        raise invalid("2050", "String length too long", detail, name)


def _plain(value: object) -> object:
    """Turn parsed decimals back into JSON numbers."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value
