"""One entry of a CAMT message: one line, or one for each transaction of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.camt_details import Details
from connector.bankfile.reading import Findings, ProblemKind, UnreadError
from connector.bankfile.xml import words
from ledger.money import Money
from ledger.statements import BankLine

if TYPE_CHECKING:
    from datetime import date
    from xml.etree.ElementTree import Element


@dataclass(frozen=True, slots=True)
class Account:
    """Whose statement it is. `created` stands in for a day that an entry does not give."""

    number: str
    currency: str
    created: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An `Ntry` element with what its reading needs."""

    node: Element
    account: Account
    where: str
    findings: Findings

    def tell(self, kind: ProblemKind, says: str, fix: str = "") -> None:
        """Keep a problem of this entry."""
        self.findings.tell(kind, self.where, says, fix)


def lines_of(entry: Entry) -> list[BankLine]:
    """Give the lines of an entry; raises UnreadError when its amount or its days do not read.

    A batch becomes one line for each transaction when their amounts make the entry's, in its
    currency; else it stays one line, and that is told.
    """
    amount = _signed(entry.node, entry.node, entry.account.currency)
    if amount.currency != entry.account.currency:
        says = f"the entry is in {amount.currency}, the account in {entry.account.currency}"
        entry.tell(ProblemKind.CURRENCY, says, "ask the bank")
    # The first version has the transactions right below the entry.
    each = [*entry.node.iterfind("NtryDtls/TxDtls"), *entry.node.iterfind("TxDtls")]
    if len(each) <= 1:
        line = _line(entry, amount, each)
        _compare(entry, line, each)
        return [line]
    parts = _parts(entry, amount, each)
    if parts is None:
        says = f"its {len(each)} transactions do not give amounts that make {amount}"
        entry.tell(ProblemKind.DETAIL, f"{says}; kept as one line", "ask the bank for single lines")
        return [_line(entry, amount, each)]
    return [_line(entry, part, [one], at) for at, (part, one) in enumerate(parts, start=1)]


def _compare(entry: Entry, line: BankLine, each: list[Element]) -> None:
    """Tell a transaction whose amount is not its entry's, unless charges explain it."""
    for one in each:
        part = _part(one, line.amount, words(entry.node, "CdtDbtInd"))
        kept = line.charges.minor if line.charges else 0
        if part and abs(part.minor - line.amount.minor) not in {0, kept}:
            says = f"the transaction within is of {part}, the entry of {line.amount}"
            entry.tell(ProblemKind.DETAIL, f"{says}; the entry counts", "ask the bank")


def _parts(entry: Entry, amount: Money, each: list[Element]) -> list[tuple[Money, Element]] | None:
    parts: list[tuple[Money, Element]] = []
    for one in each:
        part = _part(one, amount, words(entry.node, "CdtDbtInd"))
        if part is None:
            return None
        parts.append((part, one))
    made = sum(part.minor for part, _ in parts)
    return parts if made == amount.minor else None


def _part(node: Element, amount: Money, direction: str) -> Money | None:
    # From the third version on the transaction has an amount of its own, before that in details.
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = node.find(path)
        if found is not None and found.get("Ccy") == amount.currency:
            try:
                part = amounts.money(found.text or "", amount.currency, "Amt")
            except UnreadError:
                return None
            return -part if (words(node, "CdtDbtInd") or direction) == "DBIT" else part
    return None


def _signed(node: Element, direction: Element, currency: str) -> Money:
    found = node.find("Amt")
    if found is None:
        msg = "the entry has no amount (Amt)"
        raise UnreadError(msg)
    money = amounts.money(found.text or "", found.get("Ccy", currency), "Amt")
    sign = words(direction, "CdtDbtInd")
    if sign not in {"CRDT", "DBIT"}:
        msg = "the entry does not say whether money came or went (CdtDbtInd)"
        raise UnreadError(msg)
    return -money if sign == "DBIT" else money


def _line(entry: Entry, amount: Money, each: list[Element], part: int = 0) -> BankLine:
    node = entry.node
    valued = words(node, "ValDt/Dt", "ValDt/DtTm")
    value_day = amounts.day(valued, "ValDt") if valued else None
    details = Details(node, each, entry.account.number)
    bank_id = words(node, "AcctSvcrRef")
    if part:
        own = words(each[0], "Refs/AcctSvcrRef", "Refs/TxId")
        bank_id = own or (f"{bank_id}/{part}" if bank_id else "")
    return BankLine(
        booked=_booked(entry, value_day),
        amount=amount,
        text=details.text(),
        value_day=value_day,
        bank_id=bank_id or details.word("Refs/AcctSvcrRef"),
        reference=details.word("Refs/ChqNb"),
        end_to_end_id=details.end_to_end_id(),
        structured_reference=details.structured_reference(),
        payer_name=details.payer_name(),
        payer_account=details.payer_account(),
        channel=details.channel(),
        original=details.original(amount),
        charges=details.charges(),
        remittance=details.remittance(),
        reversal=details.is_reversal,
    )


def _booked(entry: Entry, value_day: date | None) -> date:
    stated = words(entry.node, "BookgDt/Dt", "BookgDt/DtTm")
    if stated:
        return amounts.day(stated, "BookgDt")
    instead = value_day or entry.account.created
    if instead is None:
        msg = "the entry has no day (BookgDt)"
        raise UnreadError(msg)
    entry.tell(ProblemKind.DETAIL, f"no day of booking; {instead} is taken for it")
    return instead
