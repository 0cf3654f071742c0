"""Which format a bank file is in, told from what stands in it and never from its name."""

from __future__ import annotations

import re

from connector.bankfile.decoding import HEAD_MAX, unmarked
from connector.bankfile.reading import RefusedFileError

_STARTS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"\x1f\x8b": "a compressed file",
    b"BZh": "a compressed file",
    b"\xfd7zXZ": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet or document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_SWIFT = re.compile(r"^:(20|21|25|28C?|34F|60[FM]|61|62[FM]|86|NS):", re.MULTILINE)
_BAI = re.compile(r"\A\s*01,[^,\n]*,[^,\n]*,[0-9]{6},")
_OFX = re.compile(r"OFXHEADER\s*[:=]|<OFX>", re.IGNORECASE)
_CAMT = re.compile(r"<(\w+:)?(Document|BkToCstmr\w+|BizMsgEnvlp)\b")
_HTML = re.compile(r"\A\s*<(!doctype\s+html|html)\b", re.IGNORECASE)


def detect(body: bytes) -> str:
    """Tell the family: camt, mt940, bai2, ofx or csv.

    Raises RefusedFileError for what is certainly none of them, saying what it is instead.
    """
    for start, name in _STARTS.items():
        if body.startswith(start):
            msg = f"The file is {name}, not a bank statement that can be read: unpack it, or"
            raise RefusedFileError(msg + " download CAMT, MT940, BAI2, OFX or CSV from the bank.")
    rest, encoding = unmarked(body)
    head = rest[: HEAD_MAX * 4].decode(encoding or "latin-1", "replace")
    if not head.strip("\0 \t\r\n"):
        msg = "The file is empty: download the statement from the bank again."
        raise RefusedFileError(msg)
    if _HTML.search(head):
        msg = "The file is a web page, perhaps the bank's sign-in: download the statement again."
        raise RefusedFileError(msg)
    return _family(head)


def _family(head: str) -> str:
    if _OFX.search(head):
        return "ofx"
    if _CAMT.search(head) or head.lstrip().startswith("<"):
        return "camt"
    if _BAI.search(head):
        return "bai2"
    return "mt940" if _SWIFT.search(head) else "csv"
