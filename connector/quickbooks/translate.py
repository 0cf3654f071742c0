"""QuickBooks' documents in our words. Pure; whatever is missing or strange never raises.

A document with a field that cannot be read comes out as Status.UNKNOWN with nothing owed: no rule
acts on it, `unread` says the field, and the raw text is kept beside it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.quickbooks.text import read
from connector.raw import stand_in_id, told
from ledger.documents import (
    Allocation,
    CreditNote,
    Customer,
    Document,
    Gone,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money, MoneyError, exponent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Doc = dict[str, Any]

ENTITIES = {
    Kind.CUSTOMER: "Customer",
    Kind.INVOICE: "Invoice",
    Kind.CREDIT_NOTE: "CreditMemo",
    Kind.RECEIPT: "Payment",
}
KINDS = {name: kind for kind, name in ENTITIES.items()}

_PO_NAMES = frozenset({"po", "ponumber", "pono", "purchaseorder", "purchaseordernumber"})
_NO_DAY = date(1970, 1, 1)
# What the mirror keeps of a SyncToken, which counts from 0.
VERSION_MAX = 80


def document(entity: str, doc: Mapping[str, Any], home: str) -> Document | None:
    """Translate one document; `home` is the company's currency, for documents that name none.

    Gives Gone for a tombstone, and None for what is no receivables document.
    """
    kind = KINDS.get(entity)
    if kind is None:
        return None
    key = read(doc.get("Id"))
    ref = Ref(kind, key or stand_in_id(doc))
    if key and read(doc.get("status")).lower() == "deleted":
        return Gone(ref)
    return _MAKERS[kind](ref, doc, _name(doc.get("CurrencyRef")) or home)


def _customer(ref: Ref, doc: Mapping[str, Any], _currency: str) -> Customer:
    addresses = emails(read(_part(doc, "PrimaryEmailAddr").get("Address")))
    country = read(_part(doc, "BillAddr").get("Country"))
    name = read(doc.get("DisplayName")) or read(doc.get("CompanyName"))
    # A sub-customer that is not billed with its parent pays for itself.
    payer = _name(doc.get("ParentRef")) if doc.get("BillWithParent") is True else ""
    return Customer(
        ref=ref,
        name=name or f"Customer {ref.id}",
        email=addresses[0] if addresses else None,
        emails_cc=tuple(addresses[1:]),
        country=country.upper() if _is_code(country) else None,
        parent_id=payer or None,
        archived=doc.get("Active") is False or not read(doc.get("Id")),
        updated_at=_updated(doc),
        unread="" if read(doc.get("Id")) else told(doc, "Id"),
    )


def _unread(doc: Mapping[str, Any], currency: str, amounts: tuple[str, ...]) -> str:
    """Say which field keeps a sale from being understood; "" when none does."""
    due = doc.get("DueDate")
    reads = {
        "Id": bool(read(doc.get("Id"))),
        "CurrencyRef": is_currency(currency),
        **{name: _is_amount(doc, name, currency) for name in amounts},
        "TxnDate": _day(doc.get("TxnDate")) is not None,
        # Not to be told when it is due is one thing, to misread it another.
        "DueDate": not due or _day(due) is not None,
        "CustomerRef": bool(_name(doc.get("CustomerRef"))),
    }
    return next((told(doc, name) for name, good in reads.items() if not good), "")


def _is_amount(doc: Mapping[str, Any], name: str, currency: str) -> bool:
    found = amount(doc.get(name), currency)
    # A sale may come to less than nothing, but no less than nothing is left of one.
    return found is not None and (name == "TotalAmt" or found.minor >= 0)


def _invoice(ref: Ref, doc: Mapping[str, Any], currency: str) -> Invoice:
    total, balance = amount(doc.get("TotalAmt"), currency), amount(doc.get("Balance"), currency)
    issued = _day(doc.get("TxnDate"))
    unread = _unread(doc, currency, ("TotalAmt", "Balance"))
    words = f"{read(doc.get('EInvoiceStatus'))} {read(doc.get('invoiceStatus'))}".lower()
    nothing = Money.zero(_currency(currency))
    return Invoice(
        ref=ref,
        number=read(doc.get("DocNumber")) or ref.id,
        customer_id=_name(doc.get("CustomerRef")),
        issued=issued or _NO_DAY,
        # An invoice without terms is due when it is received.
        due=_day(doc.get("DueDate")) or issued or _NO_DAY,
        total=total if total is not None else nothing,
        balance=balance if balance is not None else nothing,
        status=_sale_status(doc, unread, total, balance),
        po_number=_po_number(doc),
        sent_at=sent_at(doc),
        disputed="disputed" in words,
        payment_scheduled=bool(read(doc.get("ScheduledPaymentId"))),
        net=_net(doc, total),
        version=_version(doc),
        updated_at=_updated(doc),
        unread=unread,
    )


def _net(doc: Mapping[str, Any], total: Money | None) -> Money | None:
    """Give the total without tax; None where the tax is not said, or more than all."""
    if total is None:
        return None
    tax = amount(_part(doc, "TxnTaxDetail").get("TotalTax"), total.currency)
    return total - tax if tax is not None and 0 <= tax.minor <= total.minor else None


def sent_at(invoice: Mapping[str, Any]) -> datetime | None:
    """Say when an invoice was last mailed, as far as QuickBooks tells."""
    return _moment(_part(invoice, "DeliveryInfo").get("DeliveryTime"))


def _sale_status(
    doc: Mapping[str, Any], unread: str, total: Money | None, left: Money | None
) -> Status:
    if unread:
        return Status.UNKNOWN
    if not total and read(doc.get("PrivateNote")).lower().startswith("voided"):
        return Status.VOID
    return Status.OPEN if left else Status.PAID


def _version(doc: Mapping[str, Any]) -> str:
    return read(doc.get("SyncToken"))[:VERSION_MAX]


def _credit_note(ref: Ref, doc: Mapping[str, Any], currency: str) -> CreditNote:
    # Older answers tell what is left in Balance alone.
    left = "RemainingCredit" if "RemainingCredit" in doc else "Balance"
    total, balance = amount(doc.get("TotalAmt"), currency), amount(doc.get(left), currency)
    unread = _unread(doc, currency, ("TotalAmt", left))
    nothing = Money.zero(_currency(currency))
    return CreditNote(
        ref=ref,
        number=read(doc.get("DocNumber")) or ref.id,
        customer_id=_name(doc.get("CustomerRef")),
        issued=_day(doc.get("TxnDate")) or _NO_DAY,
        total=total if total is not None else nothing,
        balance=balance if balance is not None else nothing,
        status=_sale_status(doc, unread, total, balance),
        net=_net(doc, total),
        version=_version(doc),
        updated_at=_updated(doc),
        unread=unread,
    )


def _receipt(ref: Ref, doc: Mapping[str, Any], currency: str) -> Receipt:
    total = amount(doc.get("TotalAmt"), currency)
    left = amount(doc.get("UnappliedAmt"), currency)
    received = _day(doc.get("TxnDate"))
    unread = _unread(doc, currency, ("TotalAmt", "UnappliedAmt"))
    nothing = Money.zero(_currency(currency))
    return Receipt(
        ref=ref,
        source=Source.LEDGER,
        received=received or _NO_DAY,
        amount=total if total is not None else nothing,
        unapplied=left if left is not None and not unread else nothing,
        status=_sale_status(doc, unread, total, left),
        customer_id=_name(doc.get("CustomerRef")) or None,
        reference=read(doc.get("PaymentRefNum")),
        text=read(doc.get("PrivateNote")),
        payer_name=read(_part(doc, "CustomerRef").get("name")),
        allocations=tuple(allocations(doc, currency, received)),
        version=_version(doc),
        updated_at=_updated(doc),
        unread=unread,
    )


_MAKERS: dict[Kind, Callable[[Ref, Mapping[str, Any], str], Document]] = {
    Kind.CUSTOMER: _customer,
    Kind.INVOICE: _invoice,
    Kind.CREDIT_NOTE: _credit_note,
    Kind.RECEIPT: _receipt,
}


def shares(doc: Mapping[str, Any], currency: str) -> dict[tuple[str, str], Money]:
    """Sum a payment's lines by what they pay: (type, id) to amount; unreadable lines are left out.

    QuickBooks writes what is paid and the credit memos that pay for it as lines of one list.
    """
    found: dict[tuple[str, str], Money] = {}
    for line in _list(doc.get("Line")):
        paid = amount(line.get("Amount"), currency)
        links = _list(line.get("LinkedTxn"))
        if paid is None or len(links) != 1:
            continue
        key = (read(links[0].get("TxnType")), read(links[0].get("TxnId")))
        found[key] = found[key] + paid if key in found else paid
    return found


def allocations(doc: Mapping[str, Any], currency: str, day: date | None) -> list[Allocation]:
    """Say what the money of a payment pays. What credit memos pay is taken off first.

    So the allocations of a receipt never sum to more than what came in.
    """
    lines = shares(doc, currency)
    credit = sum(one.minor for (kind, _), one in lines.items() if kind == "CreditMemo")
    found = []
    for (kind, key), paid in lines.items():
        if kind != "Invoice":
            continue
        by_credit = min(credit, paid.minor)
        credit -= by_credit
        if rest := paid.minor - by_credit:
            line = f"{read(doc.get('Id'))}:{key}"
            found.append(Allocation(key, Money(rest, currency), day, line))
    return found


def amount(value: object, currency: str) -> Money | None:
    """Read a JSON number (or its text) as money; None for what is no amount of this currency."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        return Money.parse(value, currency)
    except (MoneyError, ArithmeticError):
        return None


def emails(text: str) -> list[str]:
    """Take an address field apart: QuickBooks allows a list with commas."""
    parts = (part.strip() for part in text.replace(";", ",").split(","))
    return list(dict.fromkeys(part for part in parts if "@" in part))


def _po_number(doc: Mapping[str, Any]) -> str | None:
    for field in _list(doc.get("CustomField")):
        name = "".join(sign for sign in read(field.get("Name")).lower() if sign.isalnum())
        if name in _PO_NAMES:
            return read(field.get("StringValue")) or None
    return None


def is_currency(code: str) -> bool:
    """Say whether anybody issues this currency."""
    try:
        exponent(code)
    except MoneyError:
        return False
    return True


def _currency(code: str) -> str:
    """Give a currency that exists, for the zero of a document whose own does not."""
    return code if is_currency(code) else "USD"


def _part(doc: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = doc.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Doc]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _name(ref: object) -> str:
    """Give the id a reference points at."""
    return read(ref.get("value")) if isinstance(ref, dict) else ""


def _is_code(text: str) -> bool:
    return len(text) == len("US") and text.isascii() and text.isalpha()


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(read(value)[:10])
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(read(value))
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def _updated(doc: Mapping[str, Any]) -> datetime | None:
    return _moment(_part(doc, "MetaData").get("LastUpdatedTime"))
