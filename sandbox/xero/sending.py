"""What may still be changed on an invoice, and how it reaches its customer: e-mail and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import figures, posting, render
from sandbox.xero.reads import entries, not_found
from sandbox.xero.refusals import Reply, validation

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

# Mails an organisation may send in a day, by whoever pressed the button; the demo company none.
MAILS_A_DAY = 1000
# Sent along by Xero's own packages, and ignored.
_NOISE = {"InvoiceID", "HasAttachments", "HasErrors"}
# With money on it, an invoice keeps all but these; the rest of its fields is not modelled here.
_LATE_FIELDS = {"Reference": "reference", "DueDate": "due"}
_FIELDS = {**_LATE_FIELDS, "ExpectedPaymentDate": "expected", "SentToContact": "sent"}
_DAYS = ("DueDate", "ExpectedPaymentDate")
_SENDABLE = ("SUBMITTED", "AUTHORISED", "PAID")
_UNSENT = "Only AUTHORISED invoices may have SentToContact updated"


def update(books: Books, tenant: str, invoice: Doc, given: dict[str, Any]) -> Reply:
    """Change the named fields of an invoice; what is null or not named stays as it was."""
    named = {
        name: value for name, value in given.items() if name not in _NOISE and value is not None
    }
    wrong = _not_editable(books, tenant, invoice, set(named))
    values = {name: _value(name, value) for name, value in named.items()}
    wrong += [f"{name} is not valid" for name, value in values.items() if value is None]
    if wrong:
        errors = [{"Message": message} for message in wrong]
        return validation([given | {"ValidationErrors": errors}])
    warnings = []
    if values.get("SentToContact") and invoice["status"] != "AUTHORISED":
        del values["SentToContact"]
        warnings = [{"Message": _UNSENT}]
    # What a client cannot know is taken without a word and left as it was.
    left_alone = books.organisation(tenant).get("ignores", ())
    heard = {name: value for name, value in values.items() if name not in left_alone}
    invoice.update({_FIELDS[name]: value for name, value in heard.items()})
    # A due date moved on a part-paid invoice leaves the time of change as it was.
    books.keep(tenant, "Invoices", invoice, quiet=set(values) == {"DueDate"} and _touched(invoice))
    shown = render.invoice(books, tenant, invoice, summary=False)
    return entries(books, "Invoices", [shown | ({"Warnings": warnings} if warnings else {})])


def _touched(invoice: Doc) -> bool:
    return bool(invoice["paid"] or invoice["credited"])


def _value(name: str, value: object) -> object:
    if name in _DAYS:
        return figures.read_day(value)
    return value if isinstance(value, str | bool) else None


def _not_editable(books: Books, tenant: str, invoice: Doc, names: set[str]) -> list[str]:
    unknown = [f"{name} cannot be changed" for name in sorted(names - set(_FIELDS))]
    if invoice["status"] in ("VOIDED", "DELETED"):
        return ["Invoice not of valid status for modification"]
    if _touched(invoice) and not names <= set(_LATE_FIELDS):
        return [posting.HAS_PAYMENTS]
    return unknown or posting.check_lock(books, tenant, invoice["day"])


def email(books: Books, tenant: str, invoice: Doc) -> Reply:
    """Send an invoice to its contact with the organisation's own template; says nothing back."""
    contact = books.find(tenant, "Contacts", invoice["contact"]) or {}
    persons = contact.get("persons", [])
    to = [contact.get("email") or ""]
    to += [one["EmailAddress"] for one in persons if one["IncludeInEmails"]]
    wrong = _not_sendable(books, tenant, invoice, to)
    if wrong:
        refused = {"InvoiceID": invoice["id"], "ValidationErrors": [{"Message": wrong}]}
        return validation([refused])
    mail = {
        "id": books.new_id("Mails"),
        "invoice": invoice["id"],
        "to": [address for address in to if address],
        "at": books.now(),
    }
    books.keep(tenant, "Mails", mail)
    note = {
        "id": books.new_id("Notes"),
        "kind": "Invoices",
        "target": invoice["id"],
        "changes": "Invoice sent",
        "details": f"This invoice has been sent to {', '.join(mail['to'])}.",
        "at": books.now(),
    }
    books.keep(tenant, "Notes", note)
    invoice["sent"] = True
    books.keep(tenant, "Invoices", invoice)
    return Reply(204, b"")


def _not_sendable(books: Books, tenant: str, invoice: Doc, to: list[str]) -> str:
    organisation = books.organisation(tenant)
    today = books.now()[:10]
    sent = sum(mail["at"][:10] == today for mail in books.all(tenant, "Mails"))
    cap = 0 if organisation.get("demo") else organisation.get("mails_a_day", MAILS_A_DAY)
    checks = (
        (organisation.get("edition") != "PARTNER", "Partner edition cannot send invoices"),
        (invoice["type"] == "ACCREC", "Only sales invoices can be emailed"),
        (invoice["status"] in _SENDABLE, "The invoice status does not allow it to be emailed"),
        (bool(to[0]), "The contact has no email address"),
        (not organisation.get("spam"), "The email was not sent because it looks like spam"),
        (sent < cap, "You have reached the daily email limit"),
    )
    return next((message for right, message in checks if not right), "")


def pdf(books: Books, tenant: str, key: str) -> Reply:
    """Print an invoice: the smallest PDF that says its number."""
    invoice = books.find(tenant, "Invoices", key.lower())
    if invoice is None:
        return not_found()
    words = f"BT /F1 12 Tf 72 720 Td (Invoice {invoice['number']}) Tj ET".encode(
        "latin-1", "replace"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page + b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(words), words),
        font,
    )
    body = b"%PDF-1.4\n"
    starts = []
    for number, part in enumerate(parts, 1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + table + end
    return Reply(200, body, {"Content-Type": "application/pdf"})
