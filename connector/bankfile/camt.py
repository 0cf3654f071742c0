"""CAMT.052, 053 and 054 (ISO 20022 bank-to-customer messages), all versions alike.

Elements go by their names, whatever the version: what a later version wraps once more (`Sts/Cd`,
`Dbtr/Pty`) is looked for in both places. Definitions: ISO 20022, "Bank-to-Customer Cash
Management", versions 001 to 013.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from connector.bankfile import amounts, xml
from connector.bankfile.camt_entry import Account, Entry, lines_of
from connector.bankfile.reading import ProblemKind, Reading, RefusedFileError, UnreadError
from connector.bankfile.xml import words
from ledger.statements import BankLine, Statement

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from connector.bankfile.reading import Findings
    from ledger.money import Money

_MESSAGES = {
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_VERSION = re.compile(r"V[0-9]+\Z")
_OPENING = ("OPBD", "PRCD")
_BOOKED = "BOOK"


def read(body: bytes, findings: Findings) -> Reading:
    """Read every statement of a message; raises RefusedFileError for XML that is none."""
    kind = ""
    found: list[Statement] = []
    for message in xml.tree(body).iter():
        name = _VERSION.sub("", message.tag)
        if name not in _MESSAGES:
            continue
        kind, each = _MESSAGES[name]
        for node in message.iterfind(each):
            found += _statement(node, f"statement {len(found) + 1}", findings)
    if not kind:
        msg = "The XML is no bank statement: download CAMT.052, CAMT.053 or CAMT.054 instead."
        raise RefusedFileError(msg)
    if not found:
        first = findings.problems[0].says if findings.problems else "none in it"
        msg = f"The {kind} file holds no whole statement ({first}): download it again."
        raise RefusedFileError(msg)
    return Reading(kind, tuple(found))


def _statement(node: Element, where: str, findings: Findings) -> list[Statement]:
    name = words(node, "Id")
    where = f"{where} ({name})" if name else where
    account = words(
        node,
        *("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN"),
        "Acct/Id/UPIC",
    )
    try:
        currency = amounts.currency(_currency(node))
    except UnreadError as error:
        fix = "ask the bank for the account's currency"
        findings.tell(ProblemKind.LINE, where, f"Account: {error}; statement left out", fix)
        return []
    balances = _Balances(node, currency, where, findings)
    opened, opening = balances.opening()
    closed, closing = balances.closing()
    if opened is None and closed is None:
        opened = _day_or_none(words(node, "FrToDt/FrDtTm", "FrToDt/FrDt"))
        closed = _day_or_none(words(node, "FrToDt/ToDtTm", "FrToDt/ToDt"))
    lines = _lines(node, Account(account, currency, _created(node)), where, findings)
    number = words(node, "ElctrncSeqNb", "LglSeqNb", "Id")
    page = words(node, "StmtPgntn/PgNb", "RptPgntn/PgNb", "NtfctnPgntn/PgNb")
    return [
        Statement(
            account=account,
            currency=currency,
            lines=tuple(lines),
            number=f"{number}/{page}" if page else number,
            opening=opening,
            closing=closing,
            opened=opened,
            closed=closed,
        )
    ]


def _currency(node: Element) -> str:
    # Where the account does not say, its first balance does, or its first entry.
    stated = words(node, "Acct/Ccy")
    for amount in () if stated else (*node.iterfind("Bal/Amt"), *node.iterfind("Ntry/Amt")):
        return amount.get("Ccy", "")
    return stated or "none"


def _created(node: Element) -> date | None:
    return _day_or_none(words(node, "CreDtTm"))


def _day_or_none(text: str) -> date | None:
    try:
        return amounts.day(text, "day")
    except UnreadError:
        return None


class _Balances:
    """The booked balances of a statement; those of what is available are another matter."""

    def __init__(self, node: Element, currency: str, where: str, findings: Findings) -> None:
        self._currency = currency
        self._where = where
        self._findings = findings
        self._found: dict[str, list[tuple[date | None, Money]]] = {}
        for one in node.iterfind("Bal"):
            self._read(one)

    def _read(self, node: Element) -> None:
        code = words(node, "Tp/CdOrPrtry/Cd", "Tp/Cd")
        if code not in (*_OPENING, "CLBD", "ITBD"):
            return
        amount = node.find("Amt")
        try:
            money = amounts.money(
                words(node, "Amt"), "" if amount is None else amount.get("Ccy", ""), code
            )
        except UnreadError as error:
            self._findings.tell(ProblemKind.DETAIL, self._where, f"Balance {error}")
            return
        if money.currency != self._currency:
            says = f"the balance {code} is in {money.currency}, the account in {self._currency}"
            self._findings.tell(ProblemKind.CURRENCY, self._where, says, "ask the bank")
            return
        signed = -money if words(node, "CdtDbtInd") == "DBIT" else money
        day = _day_or_none(words(node, "Dt/Dt", "Dt/DtTm"))
        self._found.setdefault(code, []).append((day, signed))

    def opening(self) -> tuple[date | None, Money | None]:
        """Give the opening balance: of the statement, or between pages of the page."""
        for code in _OPENING:
            if code in self._found:
                return self._found[code][0]
        between = self._found.get("ITBD", [])
        # One alone with no closing balance is where a report within the day ends.
        if len(between) > 1 or (between and "CLBD" in self._found):
            return between[0]
        return None, None

    def closing(self) -> tuple[date | None, Money | None]:
        """Give the closing balance, as far as it goes."""
        between = self._found.get("ITBD", [])
        ends = self._found.get("CLBD") or between
        return ends[-1] if ends else (None, None)


def _lines(node: Element, account: Account, where: str, findings: Findings) -> list[BankLine]:
    found: list[BankLine] = []
    pending = 0
    for at, one in enumerate(node.iterfind("Ntry"), start=1):
        status = words(one, "Sts/Cd", "Sts")
        if status and status != _BOOKED:
            pending += 1
            continue
        entry = Entry(one, account, f"{where}, entry {at}", findings)
        try:
            found += lines_of(entry)
        except UnreadError as error:
            fix = "enter it by hand, or ask the bank for the file again"
            findings.tell(ProblemKind.LINE, entry.where, f"{error}; left out", fix)
    if pending:
        says = f"{pending} not booked yet and left out"
        findings.tell(ProblemKind.PENDING, where, says, "they come with a later statement")
    return found
