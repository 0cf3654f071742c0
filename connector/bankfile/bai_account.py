"""One account of a BAI2 file: its balances, and a line for each transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from bai2.constants import TypeCodeLevel, TypeCodes, TypeCodeTransaction

from connector.bankfile import amounts
from connector.bankfile.reading import ProblemKind, UnreadError, quoted
from connector.remittance import addenda
from ledger.statements import BankLine, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.bankfile.reading import Findings
    from ledger.money import Money

_OPENING, _CLOSING = "010", "015"
_LOCKBOX, _LOCKBOX_ITEM = "115", "116"
_NOT_MONEY = "890"
_CENTURY = "20"
_CHANNELS = (
    dict.fromkeys((_LOCKBOX, _LOCKBOX_ITEM), "lockbox")
    | dict.fromkeys(("191", "195", "208", "491", "495", "508"), "wire")
    | dict.fromkeys(("475", "474"), "check")
)
_ACH = {"142", "143", "145", "164", "165", "166", "169", "451", "455", "466", "469"}
_RETURNS = {
    *("123", "252", "255", "257", "258", "266", "395"),
    *("423", "468", "552", "555", "557", "558", "566", "694"),
}
# What the specification leaves to the bank, by its ranges of numbers.
_OWN_CREDITS, _OWN_DEBITS = range(920, 960), range(960, 1000)
_SEC = re.compile(r"\b(CCD|CTX)\b")
# How large US banks write the originator into the text of an ACH or wire.
_NAME = re.compile(
    r"\b(?:ORIG CO NAME|ORIGINATOR|ORG|B/O CUSTOMER|B/O)[:=] ?(?P<name>.+?)"
    r"(?= +(?:ORIG ID|ORIG BANK|DESC DATE|CO ENTRY|SEC|TRACE|REF|BNF|OBI|RMT|ID)\b|[;/:=]|$)"
)


@dataclass(slots=True)
class Record:
    """A record: its code, its line in the file, and its own part with those of continuations."""

    code: str
    line: int
    parts: list[str]

    @property
    def rows(self) -> int:
        """How many lines of the file it takes."""
        return len(self.parts)

    @property
    def where(self) -> str:
        """Where it stands, for a message."""
        return f"line {self.line}, record {self.code}"

    def fields(self) -> list[str]:
        """Give its fields. A slash ends the fields of a line; without one, text goes on."""
        whole = ""
        for at, part in enumerate(self.parts):
            last = at == len(self.parts) - 1
            ended = part.endswith("/")
            whole += part.removesuffix("/") + ("" if last else "," if ended else " ")
        return whole.split(",")

    @property
    def text(self) -> str:
        """Everything in it with its line breaks: addenda are cut there, in the middle of words."""
        return "\n".join(part.removesuffix("/") for part in self.parts)

    def field(self, at: int) -> str:
        """Give one of its fields, "" beyond the last."""
        found = self.fields()
        return found[at].strip() if at < len(found) else ""


@dataclass(slots=True)
class Account:
    """An account while its records come: `currency` is the one of its group."""

    header: Record
    group: Record
    currency: str
    records: int
    details: list[Record] = field(default_factory=list)

    def summaries(self) -> Iterator[tuple[str, str]]:
        """Give type code and amount of each balance and total in the header."""
        for at, part in enumerate(self.header.parts):
            fields = [one.strip() for one in part.removesuffix("/").split(",")]
            fields = fields if at else fields[2:]
            while any(fields):
                code, amount, _, *rest = [*fields, "", "", ""]
                yield code, amount
                # Behind the amount a count of items and the availability of the funds.
                fields = _behind(rest)

    def total(self) -> int:
        """Add all amounts as the bank does for its control total, in the smallest unit."""
        stated = [amount for _, amount in self.summaries()]
        stated += [one.field(1) for one in self.details]
        return sum(int(one) for one in stated if re.fullmatch(r"[+-]?[0-9]{1,17}", one))


def _behind(fields: list[str]) -> list[str]:
    """Give what follows the type of funds and what belongs to it."""
    kind, *rest = fields
    if kind == "D":
        count = rest[0].strip() if rest else ""
        return rest[1 + 2 * int(count) :] if re.fullmatch(r"[0-9]{1,3}", count) else []
    return rest[{"S": 3, "V": 2}.get(kind, 0) :]


def statement_of(account: Account, findings: Findings) -> list[Statement]:
    """Give the account as a statement, or nothing when its head cannot be read, which is told."""
    header = account.header
    try:
        currency = amounts.currency(header.field(1) or account.currency)
        day = _day(account.group.field(3), "as-of date")
    except UnreadError as error:
        fix = "ask the bank"
        findings.tell(ProblemKind.LINE, header.where, f"{error}; account left out", fix)
        return []
    balances = _balances(account, currency, findings)
    lines = _without_twins(list(_lines(account, currency, day, findings)), findings)
    return [
        Statement(
            account=header.field(0),
            currency=currency,
            lines=tuple(lines),
            opening=balances.get(_OPENING),
            closing=balances.get(_CLOSING),
            opened=day,
            closed=day,
        )
    ]


def _balances(account: Account, currency: str, findings: Findings) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for code, amount in account.summaries():
        if code not in {_OPENING, _CLOSING} or not amount:
            continue
        try:
            found.setdefault(code, amounts.minor(amount, currency, f"balance {code}"))
        except UnreadError as error:
            findings.tell(ProblemKind.DETAIL, account.header.where, str(error), "ask the bank")
    return found


@dataclass(frozen=True, slots=True)
class _Coded:
    code: str
    where: str
    line: BankLine


def _lines(account: Account, currency: str, day: date, findings: Findings) -> Iterator[_Coded]:
    for record in account.details:
        if record.field(0) == _NOT_MONEY:
            continue
        try:
            yield _Coded(record.field(0), record.where, _line(record, currency, day))
        except UnreadError as error:
            fix = "enter it by hand, or ask the bank for the file again"
            findings.tell(ProblemKind.LINE, record.where, f"{error}; left out", fix)


def _line(record: Record, currency: str, day: date) -> BankLine:
    code, funds = record.field(0), record.field(2)
    money = amounts.minor(record.field(1), currency, "amount")
    rest = [*record.fields()[3:], ""]
    references = [*_behind([funds, *rest]), "", "", ""]
    text = amounts.tidy(",".join(references[2:]).strip(","))
    known = TypeCodes.get(code)
    return BankLine(
        booked=day,
        amount=-money if _goes_out(code) else money,
        text=" ".join(part for part in (known.description if known else "", text) if part),
        value_day=_value_day(funds, rest),
        bank_id=references[0].strip(),
        reference=references[1].strip(),
        payer_name=_payer_name(text),
        channel=_channel(code, text),
        remittance=addenda.lines(record.text, money),
        reversal=code in _RETURNS,
    )


def _goes_out(code: str) -> bool:
    """Tell the direction of a type code; raises UnreadError when it has none."""
    known = TypeCodes.get(code)
    number = int(code) if re.fullmatch(r"[0-9]{3}", code) else 0
    if known and known.level is TypeCodeLevel.detail:
        if known.transaction is TypeCodeTransaction.credit:
            return False
        if known.transaction is TypeCodeTransaction.debit:
            return True
    elif known is None and (number in _OWN_CREDITS or number in _OWN_DEBITS):
        return number in _OWN_DEBITS
    msg = f"type code {quoted(code)} does not say whether money came or went"
    raise UnreadError(msg)


def _value_day(funds: str, rest: list[str]) -> date | None:
    return _day(rest[0].strip(), "value date") if funds == "V" and rest[0].strip() else None


def _day(digits: str, what: str) -> date:
    if not re.fullmatch(r"[0-9]{6}", digits):
        msg = f"{what} {quoted(digits)} is not of the form YYMMDD"
        raise UnreadError(msg)
    return amounts.day(_CENTURY + digits, what)


def _payer_name(text: str) -> str:
    found = _NAME.search(text)
    return found["name"].strip() if found else ""


def _channel(code: str, text: str) -> str:
    kind = _SEC.search(text) if code in _ACH else None
    return f"ach_{kind[1].lower()}" if kind else _CHANNELS.get(code, "")


def _without_twins(found: list[_Coded], findings: Findings) -> list[BankLine]:
    """Give the lines without a lockbox deposit whose single items follow it: one or the other.

    The items are kept when they make the deposit, else the deposit.
    """
    kept: list[BankLine] = []
    at = 0
    while at < len(found):
        one = found[at]
        at += 1
        items: list[_Coded] = []
        while one.code == _LOCKBOX and at < len(found) and found[at].code == _LOCKBOX_ITEM:
            items.append(found[at])
            at += 1
        made = sum(item.line.amount.minor for item in items)
        if items and made == one.line.amount.minor:
            kept += (item.line for item in items)
            continue
        kept.append(one.line)
        if items:
            says = f"the {len(items)} items of the deposit of {one.line.amount} do not make it"
            fix = "ask the bank for them"
            findings.tell(ProblemKind.DETAIL, one.where, f"{says}; kept as one line", fix)
    return kept
