"""Invoices on their way to the customer: printed, mailed by QuickBooks itself, linked online."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.quickbooks.change import moment
from sandbox.quickbooks.faults import business, invalid, missing, not_found
from sandbox.quickbooks.meter import mails_left

if TYPE_CHECKING:
    from sandbox.quickbooks.change import Change
    from sandbox.shelf import Doc

_PRINTABLE = frozenset({"Invoice", "CreditMemo", "Payment"})
_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_ADDRESS_MAX = 100


def printed(entity: str, doc: Doc, accept: str) -> bytes:
    """Give a document as PDF, to who asks for that."""
    if entity not in _PRINTABLE or "application/pdf" not in accept:
        raise invalid("500", "Unsupported Operation", f"{entity} cannot be given as {accept}")
    return f"%PDF-1.4\n% {entity} {doc.get('DocNumber', doc['Id'])}\n%%EOF\n".encode()


def has_link(company: Doc, doc: Doc) -> bool:
    """Say whether an invoice can be seen and paid online: all three must be there."""
    has_address = bool(doc.get("BillEmail", {}).get("Address"))
    return bool(company["takes_cards"] and doc.get("AllowOnlineCreditCardPayment") and has_address)


def send(change: Change, entity: str, key: str, to: str, content_type: str) -> Doc:
    """Mail a document; an address given becomes its own. An address that bounces still counts."""
    if entity != "Invoice" or content_type != "application/octet-stream":
        raise invalid("500", "Unsupported Operation", f"Operation send is not supported: {entity}")
    doc = change.find(entity, key)
    if doc is None:
        raise not_found(entity, key)
    address = to or doc.get("BillEmail", {}).get("Address")
    if not address:
        raise missing("BillEmail.Address")
    if not _ADDRESS.fullmatch(address) or len(address) > _ADDRESS_MAX:
        raise invalid("2030", "Invalid ID", f"{address} is no e-mail address", "BillEmail.Address")
    if mails_left(change.shelf, change.realm, change.now) <= 0:
        raise business("The limit of e-mails for today has been reached.")
    doc |= {"BillEmail": {"Address": address}, "EmailStatus": "EmailSent"}
    at = moment(change.company, change.now)
    doc["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": at}
    if address.startswith("bounce@"):
        doc["DeliveryInfo"]["DeliveryErrorType"] = "Undeliverable"
    change.replace(entity, doc, "Emailed")
    return doc
