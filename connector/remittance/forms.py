"""Which form of a remittance advice a file is in, as far as its first bytes tell for sure."""

from __future__ import annotations

import re

from connector.remittance import addenda, x12
from connector.remittance.mail import is_mail

EDI = "edi"
MAIL = "mail"
PDF = "pdf"
XLSX = "xlsx"
_HEAD_BYTES = 64 * 1024
_PDF = b"%PDF-"
# A PDF may stand behind some bytes that a mail system put there.
_PDF_WITHIN = 1024
_ZIP = b"PK\x03\x04"
# The names of what a ZIP holds stand in it as they are.
_SHEETS = b"xl/workbook"
_SENDER = re.compile(rb"^From:.*@", re.MULTILINE | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def form_of(name: str, body: bytes) -> str:
    """Tell EDI 820, a mail, a workbook or a PDF; "" for text, and for what is no advice at all.

    A list in text may be CSV, the words of a mail or a bank statement: its first bytes do not say.
    Some banks head their statements with `From:` and a day, so a mail has to name its sender.
    """
    head = body[:_HEAD_BYTES]
    if is_pdf(body):
        return PDF
    if is_zip(body):
        return XLSX if _SHEETS in body else ""
    if name.lower().endswith(".eml") or (is_mail(name, head) and _SENDER.search(head)):
        return MAIL
    return EDI if edi_of(decoded(head)) else ""


def edi_of(text: str) -> str:
    """Give the EDI in a text, by itself or inside the addenda records of an ACH file; "" if none.

    Source of the records: Nacha Operating Rules, CTX entries.
    """
    held = addenda.of_records(text) or text
    return held if x12.is_x12(held) else ""


def is_pdf(body: bytes) -> bool:
    """Say whether a file is a PDF."""
    return _PDF in body[:_PDF_WITHIN]


def is_zip(body: bytes) -> bool:
    """Say whether a file is packed, as workbooks are."""
    return body.startswith(_ZIP)


def decoded(body: bytes) -> str:
    """Give a file's text, whatever its encoding, without characters no database takes."""
    for encoding in ("utf-8-sig", *(("utf-16",) if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else ())):
        try:
            return _CONTROL.sub(" ", body.decode(encoding))
        except ValueError:
            continue
    return _CONTROL.sub(" ", body.decode("cp1252", "replace"))
