"""What must be so of every statement: balances that add up, one currency, no page missing."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from connector.bankfile.reading import Findings, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.statements import Statement

_PAGED = re.compile(r"(?P<number>.*\D|)0*(?P<page>[0-9]{1,5})\Z", re.DOTALL)
_FIX = "import the missing file, or ask the bank"


def check(statements: Sequence[Statement], findings: Findings) -> None:
    """Tell what does not add up, within each statement and from one to the next of an account."""
    for one in statements:
        _adds_up(one, findings)
    accounts: dict[tuple[str, str], list[Statement]] = {}
    for one in statements:
        accounts.setdefault((one.account, one.currency), []).append(one)
    for row in accounts.values():
        for before, after in pairwise(row):
            _follows(before, after, findings)


def called(one: Statement) -> str:
    """Name a statement for a person."""
    return " ".join(part for part in ("statement", one.number, "of", one.account or "?") if part)


def _adds_up(one: Statement, findings: Findings) -> None:
    if one.opening is None or one.closing is None:
        return
    if any(line.amount.currency != one.currency for line in one.lines):
        # Its reader has told of that already.
        return
    for money in (one.opening, one.closing):
        if money.currency != one.currency:
            says = f"a balance is in {money.currency}, the account in {one.currency}"
            findings.tell(ProblemKind.CURRENCY, called(one), says, "ask the bank")
            return
    made = one.opening.minor + sum(line.amount.minor for line in one.lines)
    if made != one.closing.minor:
        gap = type(one.closing)(one.closing.minor - made, one.currency)
        says = f"opening {one.opening.text} and the lines do not make closing {one.closing.text}:"
        findings.tell(ProblemKind.GAP, called(one), f"{says} gap of {gap}", "ask the bank")


def _follows(before: Statement, after: Statement, findings: Findings) -> None:
    if before.closed and after.opened and after.opened < before.closed:
        # The newer one stands first, or they overlap: neither follows from the other.
        return
    missing = _pages_between(before.number, after.number)
    if missing:
        findings.tell(ProblemKind.SEQUENCE, called(after), missing, _FIX)
    elif before.closing is not None and after.opening not in (None, before.closing):
        says = f"opens with {after.opening}, the one before it closed with {before.closing}"
        findings.tell(ProblemKind.SEQUENCE, called(after), says, _FIX)


def _pages_between(before: str, after: str) -> str:
    """Say which pages are missing between two numbers such as 12/1 and 12/3; "" for none."""
    one, other = _PAGED.match(before), _PAGED.match(after)
    if not one or not other or one["number"] != other["number"] or "/" not in one["number"]:
        return ""
    gone = int(other["page"]) - int(one["page"]) - 1
    if gone < 1:
        return ""
    return f"{gone} pages before it are missing" if gone > 1 else "the page before it is missing"
