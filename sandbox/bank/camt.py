"""Prints a statement as CAMT.053, version 8 of the message: ISO 20022's account statement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sandbox.bank.sheet import units

if TYPE_CHECKING:
    from datetime import date

    from sandbox.bank.sheet import Line, Sheet

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
# Domain, family and sub-family of ISO's codes for what an entry is.
_CODES = {
    "sepa": ("PMNT", "RCDT", "ESCT"),
    "fps": ("PMNT", "RRCT", "DMCT"),
    "wire": ("PMNT", "RCDT", "XBCT"),
    "own": ("PMNT", "ICDT", "BOOK"),
    "interest": ("ACMT", "MCOP", "INTR"),
}


def printed(sheet: Sheet) -> str:
    """Print a statement."""
    document = Element("Document", xmlns=NAMESPACE)
    message = SubElement(document, "BkToCstmrStmt")
    made = f"{sheet.closed.isoformat()}T23:59:00+00:00"
    head = SubElement(message, "GrpHdr")
    _put(head, "MsgId", f"{sheet.account}-{sheet.number}")
    _put(head, "CreDtTm", made)
    statement = SubElement(message, "Stmt")
    _put(statement, "Id", f"{sheet.account}-{sheet.number}")
    _put(statement, "ElctrncSeqNb", str(sheet.number))
    _put(statement, "CreDtTm", made)
    span = SubElement(statement, "FrToDt")
    _put(span, "FrDtTm", f"{sheet.opened.isoformat()}T00:00:00+00:00")
    _put(span, "ToDtTm", made)
    account = SubElement(statement, "Acct")
    _put(account, "Id/IBAN", sheet.account)
    _put(account, "Ccy", sheet.currency)
    _put(account, "Ownr/Nm", sheet.owner)
    _balance(statement, "OPBD", sheet.opening_minor, sheet.opened, sheet.currency)
    _balance(statement, "CLBD", sheet.closing_minor, sheet.closed, sheet.currency)
    for place, line in enumerate(sheet.lines, start=1):
        _entry(statement, sheet, line, f"{sheet.number:04}{place:06}")
    indent(document)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(document, encoding="unicode")}\n'


def _put(parent: Element, path: str, text: str) -> Element:
    """Put elements below one another, with a text in the last; one that is there is used again."""
    node = parent
    for name in path.split("/"):
        found = node.find(name)
        node = SubElement(node, name) if found is None else found
    node.text = text
    return node


def _money(parent: Element, name: str, minor: int, currency: str) -> None:
    SubElement(parent, name, Ccy=currency).text = units(minor, ".")


def _mark(minor: int) -> str:
    return "CRDT" if minor >= 0 else "DBIT"


def _balance(parent: Element, code: str, minor: int, day: date, currency: str) -> None:
    node = SubElement(parent, "Bal")
    _put(node, "Tp/CdOrPrtry/Cd", code)
    _money(node, "Amt", minor, currency)
    _put(node, "CdtDbtInd", _mark(minor))
    _put(node, "Dt/Dt", day.isoformat())


def _entry(parent: Element, sheet: Sheet, line: Line, number: str) -> None:
    node = SubElement(parent, "Ntry")
    _put(node, "NtryRef", number)
    _money(node, "Amt", line.minor, sheet.currency)
    _put(node, "CdtDbtInd", _mark(line.minor))
    if line.returned:
        _put(node, "RvslInd", "true")
    _put(node, "Sts/Cd", "BOOK")
    _put(node, "BookgDt/Dt", line.day.isoformat())
    _put(node, "ValDt/Dt", line.day.isoformat())
    _put(node, "AcctSvcrRef", number)
    _code(node, line)
    if line.fee_minor:
        kept = SubElement(SubElement(node, "Chrgs"), "Rcrd")
        _money(kept, "Amt", line.fee_minor, sheet.currency)
        _put(kept, "CdtDbtInd", "DBIT")
    details = SubElement(SubElement(node, "NtryDtls"), "TxDtls")
    _put(details, "Refs/EndToEndId", "NOTPROVIDED")
    if line.payer:
        # Money that is taken back names its sides as when it came.
        side = "Dbtr" if line.minor >= 0 or line.returned else "Cdtr"
        _put(details, f"RltdPties/{side}/Pty/Nm", line.payer)
        if line.account:
            _put(details, f"RltdPties/{side}Acct/Id/IBAN", line.account)
    if line.text:
        _put(details, "RmtInf/Ustrd", line.text)
    if line.returned:
        _put(details, "RtrInf/Rsn/Cd", line.returned)


def _code(node: Element, line: Line) -> None:
    codes = _CODES.get(line.how)
    if codes is None:
        _put(node, "BkTxCd/Prtry/Cd", "NTRF")
        return
    domain, family, sub = codes
    _put(node, "BkTxCd/Domn/Cd", domain)
    _put(node, "BkTxCd/Domn/Fmly/Cd", family)
    _put(node, "BkTxCd/Domn/Fmly/SubFmlyCd", sub)
