"""OFX 1 (SGML) and 2 (XML) as banks write them: ends of tags missing, amounts with commas.

Elements as in the Open Financial Exchange specification, 11.4 (statements) and 3.2 (dates and
amounts). Only what stands between known tags is looked at; definitions and entities of the file's
own are never followed.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.decoding import decode
from connector.bankfile.ofx_line import line_of, sum_of
from connector.bankfile.reading import ProblemKind, Reading, RefusedFileError, UnreadError
from ledger.statements import BankLine, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from connector.bankfile.reading import Findings
    from ledger.money import Money

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z0-9_.]{1,40})\s*(?P<empty>/?)>(?P<value>[^<]*)")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_CHARSET = re.compile(r"^CHARSET:\s*(?P<page>[0-9]{3,5})\s*$", re.MULTILINE)
_DECLARED = re.compile(r"""encoding=["'](?P<name>[A-Za-z0-9_.-]{1,40})["']""")
_STATEMENTS = {"STMTRS", "CCSTMTRS"}
# What holds other elements; every other tag is followed by its value, even an empty one.
_HOLDERS = _STATEMENTS | {
    *("BANKACCTFROM", "CCACCTFROM", "BANKTRANLIST", "STMTTRN", "LEDGERBAL", "AVAILBAL"),
    *("PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "BALLIST", "BAL", "STATUS"),
}
_HEAD = 2000
_LETTERS_MAX = 500


@dataclass(slots=True)
class Element:
    """An element that holds others: values by their names, and holders in order."""

    name: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    parts: list[Element] = field(default_factory=list)

    def part(self, *names: str) -> Element | None:
        """Give the first part of one of these names."""
        return next((one for one in self.parts if one.name in names), None)

    def all(self, *names: str) -> Iterator[Element]:
        """Give every element of these names within this one, at any depth."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            if one.name in names:
                yield one
            waiting += reversed(one.parts)


def read(body: bytes, findings: Findings) -> Reading:
    """Read every statement of bank accounts and cards; raises RefusedFileError without any."""
    text = _decoded(body)
    root = _tree(text)
    found = [
        one
        for at, node in enumerate(root.all(*_STATEMENTS), start=1)
        for one in _statement(node, f"statement {at}", findings)
    ]
    if not found:
        raise RefusedFileError(_nothing(root, findings))
    if "</OFX>" not in text.upper():
        says = "the file breaks off: its end (</OFX>) is missing"
        findings.tell(ProblemKind.TOTAL, "the end", says, "download it again")
    return Reading("ofx", tuple(found))


def _decoded(body: bytes) -> str:
    head = body[:_HEAD].decode("latin-1")
    page, named = _CHARSET.search(head), _DECLARED.search(head)
    declared = [named["name"]] if named else [f"cp{page['page']}"] if page else []
    # Banks that say 1252 often write UTF-8 all the same, which hardly anything else resembles.
    return decode(body, ["utf-8", *declared])


def _nothing(root: Element, findings: Findings) -> str:
    for status in root.all("STATUS"):
        said = amounts.tidy(status.values.get("MESSAGE", ""))[:_LETTERS_MAX]
        if said and status.values.get("CODE", "0") != "0":
            return f"The OFX file holds no statement; the bank says {said!r}: download it again."
    first = findings.problems[0].says if findings.problems else "no bank account in it"
    return f"The OFX file holds no whole statement ({first}): download it again."


def _tree(text: str) -> Element:
    root = Element("", 1)
    open_ones = [root]
    plain = _CDATA.sub(lambda found: html.escape(found[1]), text)
    line, seen = 1, 0
    for tag in _TAG.finditer(plain):
        line += plain.count("\n", seen, tag.start())
        seen = tag.start()
        name = tag["name"].upper()
        if tag["end"]:
            if any(one.name == name for one in open_ones[1:]):
                while open_ones.pop().name != name:
                    pass
        elif name in _HOLDERS and not tag["empty"]:
            # A statement's parts do not hold themselves: the end of the one before is missing.
            if open_ones[-1].name == name:
                open_ones.pop()
            element = Element(name, line)
            open_ones[-1].parts.append(element)
            open_ones.append(element)
        else:
            value = amounts.tidy(html.unescape(tag["value"]))
            open_ones[-1].values.setdefault(name, value)
    return root


def _statement(node: Element, where: str, findings: Findings) -> list[Statement]:
    place = f"{where}, line {node.line}"
    owner = node.part("BANKACCTFROM", "CCACCTFROM")
    account = owner.values.get("ACCTID", "") if owner else ""
    try:
        currency = amounts.currency(node.values.get("CURDEF", ""))
    except UnreadError as error:
        fix = "download it again"
        findings.tell(ProblemKind.LINE, place, f"CURDEF: {error}; statement left out", fix)
        return []
    closed, closing = _closing(node, currency, findings)
    listed = node.part("BANKTRANLIST")
    return [
        Statement(
            account=account,
            currency=currency,
            lines=tuple(_lines(listed, currency, findings)) if listed else (),
            closing=closing,
            opened=_day_or_none(listed, "DTSTART"),
            closed=closed or _day_or_none(listed, "DTEND"),
        )
    ]


def _closing(node: Element, currency: str, findings: Findings) -> tuple[date | None, Money | None]:
    # Where the end of the list is missing, the balance seems to stand within it.
    balance = next(node.all("LEDGERBAL"), None)
    if balance is None:
        return None, None
    try:
        money = sum_of(balance.values.get("BALAMT", ""), currency, "BALAMT")
    except UnreadError as error:
        where = f"line {balance.line}, LEDGERBAL"
        findings.tell(ProblemKind.DETAIL, where, str(error), "ask the bank")
        return None, None
    return _day_or_none(balance, "DTASOF"), money


def _day_or_none(node: Element | None, name: str) -> date | None:
    try:
        return amounts.day(node.values.get(name, "") if node else "", name)
    except UnreadError:
        return None


def _lines(listed: Element, currency: str, findings: Findings) -> Iterator[BankLine]:
    for node in listed.all("STMTTRN"):
        where = f"line {node.line}, STMTTRN"
        parts = {
            f"{one.name}/{key}": text for one in node.parts for key, text in one.values.items()
        }
        try:
            line = line_of(node.values | parts, currency)
        except UnreadError as error:
            fix = "enter it by hand, or ask the bank for the file again"
            findings.tell(ProblemKind.LINE, where, f"{error}; left out", fix)
            continue
        if line.amount.currency != currency:
            says = f"the line is in {line.amount.currency}, the account in {currency}"
            findings.tell(ProblemKind.CURRENCY, where, says, "ask the bank")
        yield line
