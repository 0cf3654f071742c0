"""Xero's documents as ledger values. Pure; never fails on what Xero may send.

A document with a field that cannot be read keeps its id with Status.UNKNOWN, says the field in
`unread`, and has amounts of nothing where they are not known: it is chased by nobody and matched
with nothing, and its raw text is kept. What is no receivable at all (bills, refunds) gives None.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connector.raw import stand_in_id, told
from connector.xero.fields import NO_CURRENCY, currency, day, moment, money, part, text
from ledger.documents import (
    Allocation,
    CreditNote,
    Customer,
    Document,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Doc = Mapping[str, object]

# Which of Xero's lists a receipt is in.
PAYMENT, OVERPAYMENT, PREPAYMENT = "payment", "overpayment", "prepayment"
# What the mirror keeps of a version; Xero's are a third of it.
VERSION_MAX = 80

_STATUS = {
    "DRAFT": Status.DRAFT,
    "SUBMITTED": Status.DRAFT,
    "AUTHORISED": Status.OPEN,
    "PAID": Status.PAID,
    "VOIDED": Status.VOID,
    "DELETED": Status.VOID,
}

_PAYMENT_STATUS = {"AUTHORISED": Status.PAID, "DELETED": Status.VOID}


def _docs(doc: Doc, name: str) -> list[Doc]:
    value = doc.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _issued(doc: Doc) -> date:
    # Xero gives every document a date; one without would be as old as can be.
    return day(doc, "Date") or date.min


def _amounts(doc: Doc, *names: str) -> tuple[Money, ...] | None:
    code = currency(doc)
    found = [money(doc, name, code) for name in names] if code != NO_CURRENCY else [None]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(names) else None


def _unread(doc: Doc, key: str, kind: str, amounts: tuple[str, ...]) -> str:
    """Say what keeps a document from being understood; `kind` is the type it must have to count."""
    if not text(doc, key):
        return told(doc, key)
    if text(doc, "Type") != kind:
        return told(doc, "Type")
    status = _STATUS.get(text(doc, "Status"))
    if status is None:
        return told(doc, "Status")
    # Of a document that is no more, nothing else matters.
    return "" if status is Status.VOID else _unread_claim(doc, amounts)


def _net(doc: Doc, total: Money) -> Money | None:
    """Give the total without tax; None where it is not said, or more than all."""
    found = money(doc, "SubTotal", total.currency) if total else None
    return found if found is not None and 0 <= found.minor <= total.minor else None


def _promised(doc: Doc) -> date | None:
    # Expected on the due date is no promise: that is what is left of one taken back.
    expected = day(doc, "ExpectedPaymentDate")
    return expected if expected != day(doc, "DueDate") else None


def _unread_claim(doc: Doc, amounts: tuple[str, ...]) -> str:
    code = currency(doc)
    if code == NO_CURRENCY:
        return told(doc, "CurrencyCode")
    strange = next((name for name in amounts if money(doc, name, code) is None), "")
    if strange:
        return told(doc, strange)
    if not text(part(doc, "Contact"), "ContactID"):
        return told(doc, "Contact")
    return ""


def _status(doc: Doc, unread: str) -> Status:
    return Status.UNKNOWN if unread else _STATUS[text(doc, "Status")]


def _version(doc: Doc) -> str:
    return text(doc, "UpdatedDateUTC")[:VERSION_MAX]


def customer(doc: Doc) -> Customer:
    """Translate a contact. What is not plainly active counts as archived: nobody writes to it."""
    key = text(doc, "ContactID")
    persons = _docs(doc, "ContactPersons")
    copies = [text(one, "EmailAddress") for one in persons if one.get("IncludeInEmails") is True]
    email = text(doc, "EmailAddress")
    countries = [text(one, "Country").upper() for one in _docs(doc, "Addresses")]
    return Customer(
        ref=Ref(Kind.CUSTOMER, key or stand_in_id(doc)),
        name=text(doc, "Name"),
        email=email or None,
        emails_cc=tuple(dict.fromkeys(one for one in copies if one and one != email)),
        # A free text in Xero: only a two-letter code is sure to mean a country.
        country=next((one for one in countries if len(one) == 2 and one.isalpha()), None),  # noqa: PLR2004
        archived=not key or text(doc, "ContactStatus") not in ("", "ACTIVE"),
        tags=tuple(
            name
            for one in _docs(doc, "ContactGroups")
            if (name := text(one, "Name")) and text(one, "Status") != "DELETED"
        ),
        merged_into=text(doc, "MergedToContactID") or None,
        number=text(doc, "AccountNumber"),
        updated_at=moment(doc.get("UpdatedDateUTC")),
        unread="" if key else told(doc, "ContactID"),
    )


def invoice(doc: Doc) -> Invoice | None:
    """Translate a sales invoice; a bill gives None."""
    if text(doc, "Type").startswith("ACCPAY"):
        return None
    amounts = _amounts(doc, "Total", "AmountDue")
    due, issued = day(doc, "DueDate"), day(doc, "Date")
    unread = _unread(doc, "InvoiceID", "ACCREC", ("Total", "AmountDue"))
    # Not to be told when it is due is one thing, to misread it another.
    if not due and not unread and (doc.get("DueDate") or not issued):
        unread = told(doc, "DueDate")
    nothing = Money.zero(currency(doc))
    total, balance = amounts or (nothing, nothing)
    return Invoice(
        ref=Ref(Kind.INVOICE, text(doc, "InvoiceID") or stand_in_id(doc)),
        number=text(doc, "InvoiceNumber"),
        customer_id=text(part(doc, "Contact"), "ContactID"),
        issued=_issued(doc),
        due=due or _issued(doc),
        total=total,
        balance=balance,
        status=_status(doc, unread),
        reference=text(doc, "Reference") or None,
        promised=_promised(doc),
        net=_net(doc, total),
        version=_version(doc),
        updated_at=moment(doc.get("UpdatedDateUTC")),
        unread=unread,
    )


def credit_note(doc: Doc) -> CreditNote | None:
    """Translate a credit note to a customer; one from a supplier gives None."""
    if text(doc, "Type").startswith("ACCPAY"):
        return None
    amounts = _amounts(doc, "Total", "RemainingCredit")
    unread = _unread(doc, "CreditNoteID", "ACCRECCREDIT", ("Total", "RemainingCredit"))
    nothing = Money.zero(currency(doc))
    total, balance = amounts or (nothing, nothing)
    return CreditNote(
        ref=Ref(Kind.CREDIT_NOTE, text(doc, "CreditNoteID") or stand_in_id(doc)),
        number=text(doc, "CreditNoteNumber"),
        customer_id=text(part(doc, "Contact"), "ContactID"),
        issued=_issued(doc),
        total=total,
        balance=balance,
        status=_status(doc, unread),
        allocations=allocations(doc),
        net=_net(doc, total),
        version=_version(doc),
        updated_at=moment(doc.get("UpdatedDateUTC")),
        unread=unread,
    )


def allocations(doc: Doc) -> tuple[Allocation, ...]:
    """Translate what an overpayment, prepayment or credit note is set against."""
    found = []
    for one in _docs(doc, "Allocations"):
        amount = money(one, "Amount", currency(doc))
        invoice_id = text(part(one, "Invoice"), "InvoiceID")
        if amount is not None and invoice_id and one.get("IsDeleted") is not True:
            # The answer to a deletion spells the id otherwise than all others.
            key = text(one, "AllocationID") or text(one, "AllocationId")
            found.append(Allocation(invoice_id, amount, day(one, "Date"), key))
    return tuple(found)


# Where a batch says what it is, by its country. Its payments have no words of their own.
_BATCH_TEXTS = ("Reference", "Details", "Narrative")


def payment(doc: Doc) -> Receipt | None:
    """Translate a payment of a sales invoice; refunds and payments of bills give None."""
    if text(doc, "PaymentType") not in ("", "ACCRECPAYMENT"):
        return None
    paid, batch = part(doc, "Invoice"), part(doc, "BatchPayment")
    code = currency(paid)
    amount = money(doc, "Amount", code) if code != NO_CURRENCY else None
    unread, key = _unread_payment(doc), text(doc, "PaymentID") or stand_in_id(doc)
    status = _PAYMENT_STATUS.get(text(doc, "Status"), Status.UNKNOWN)
    issued, invoice_id = _issued(doc), text(paid, "InvoiceID")
    known = amount is not None and not unread and text(doc, "PaymentType") != ""
    lines = (Allocation(invoice_id, amount, issued, key),) if amount and invoice_id else ()
    return Receipt(
        ref=Ref(Kind.RECEIPT, key, PAYMENT),
        source=Source.LEDGER,
        received=issued,
        amount=amount or Money.zero(code),
        unapplied=Money.zero(code),
        status=status if known else Status.UNKNOWN,
        customer_id=text(part(paid, "Contact"), "ContactID") or None,
        reference=text(doc, "Reference"),
        text=" ".join(said for name in _BATCH_TEXTS if (said := text(batch, name))),
        allocations=() if status is Status.VOID else lines,
        version=_version(doc),
        updated_at=moment(doc.get("UpdatedDateUTC")),
        unread=unread,
    )


def _unread_payment(doc: Doc) -> str:
    """Say what is strange about a payment as such.

    Nothing is owed on account of its amount, which the invoice has taken in already: one whose
    amount is not told is quietly UNKNOWN.
    """
    if not text(doc, "PaymentID"):
        return told(doc, "PaymentID")
    return "" if text(doc, "Status") in _PAYMENT_STATUS else told(doc, "Status")


def _money_in(doc: Doc, name: str, kind: str) -> Receipt | None:
    """Translate an overpayment or prepayment: money received and not yet set against anything."""
    if text(doc, "Type").startswith("SPEND"):
        return None
    amounts = _amounts(doc, "Total", "RemainingCredit")
    nothing = Money.zero(currency(doc))
    amount, unapplied = amounts or (nothing, nothing)
    unread = _unread(doc, f"{name}ID", f"RECEIVE-{name.upper()}", ("Total", "RemainingCredit"))
    status = _status(doc, unread)
    lines = _docs(doc, "LineItems")
    return Receipt(
        ref=Ref(Kind.RECEIPT, text(doc, f"{name}ID") or stand_in_id(doc), kind),
        source=Source.LEDGER,
        received=_issued(doc),
        amount=amount,
        unapplied=nothing if status is Status.VOID else unapplied,
        status=status,
        customer_id=text(part(doc, "Contact"), "ContactID") or None,
        reference=text(doc, "Reference"),
        text=" ".join(said for one in lines if (said := text(one, "Description"))),
        allocations=allocations(doc),
        version=_version(doc),
        updated_at=moment(doc.get("UpdatedDateUTC")),
        unread=unread,
    )


def overpayment(doc: Doc) -> Receipt | None:
    """Translate an overpayment; one made to a supplier gives None."""
    return _money_in(doc, "Overpayment", OVERPAYMENT)


def prepayment(doc: Doc) -> Receipt | None:
    """Translate a prepayment; one made to a supplier gives None."""
    return _money_in(doc, "Prepayment", PREPAYMENT)


# What is in each of Xero's lists.
TRANSLATORS: dict[str, Callable[[Doc], Document | None]] = {
    "Contacts": customer,
    "Invoices": invoice,
    "CreditNotes": credit_note,
    "Overpayments": overpayment,
    "Prepayments": prepayment,
    "Payments": payment,
}
