"""What the limited process does, once it is limited: parse, and write down what was read."""

from __future__ import annotations

import codecs
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from connector.remittance.advice import Given, UnreadableError
from connector.remittance.parse import parse
from connector.remittance.wire import pack

if TYPE_CHECKING:
    from collections.abc import Mapping

# Python loads a code page when it is first used; a process that may open no file cannot.
_CODE_PAGES = (
    *("ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp437"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "iso8859-2", "iso8859-9", "iso8859-15"),
    *("quopri", "base64"),
)
# One page with one word, whose reading loads what is loaded on first use.
_PAGE = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R
/Resources <</Font <</F <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>> endobj
4 0 obj <</Length 30>> stream
BT /F 9 Tf 9 9 Td (A 1) Tj ET
endstream endobj
trailer <</Root 1 0 R>>
"""


def warm_up() -> None:
    """Load all that is loaded on first use."""
    for name in _CODE_PAGES:
        codecs.lookup(name)
    mail = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>INV-1234 1.00</p>"
    for body in (_PAGE, mail, b"PK\x03\x04"):
        with suppress(UnreadableError):
            parse("", body, Given(date.min, "EUR"))


def answer(asked: Mapping[str, Any], body: bytes) -> bytes:
    """Read a file and give its advices as JSON."""
    given = Given(date.fromisoformat(asked["received"]), asked["currency"], asked["sender"])
    try:
        return pack(parse(asked["name"], body, given))
    except UnreadableError as error:
        return pack((), str(error))
