"""What money that nobody placed may be for: coarse on purpose, so that a reminder rather waits."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ledger.money import Money, total
from rules.matching.scan import Scan
from rules.matching.spellings import DIGITS_MIN, NUMBER_MIN, anatomy, key, keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ledger.documents import Invoice, Position, Receipt

# The same few texts are held against everybody who owes.
TEXTS_KEPT = 4096


class Hints(NamedTuple):
    """What points at a customer's invoices: their numbers in any spelling, and amounts."""

    numbers: frozenset[str]
    joined: frozenset[str]
    keys: frozenset[str]
    amounts: frozenset[Money]


def hints(position: Position, today: date) -> Hints:
    """Give what money for a customer's open invoices may say, or come to."""
    numbers = {one.number for one in position.invoices if len(one.number) >= NUMBER_MIN}
    joined = {anatomy(one).joined for one in numbers}
    return Hints(
        frozenset(numbers),
        frozenset(one for one in joined if not one.isdecimal()),
        frozenset(one for number in numbers for one in keys(number) if len(one) >= DIGITS_MIN),
        frozenset(_amounts(position, today)),
    )


def hinted(receipt: Receipt, known: Hints) -> bool:
    """Whether money has, or was sent as, an amount that a customer owes, or names its invoices."""
    if receipt.unapplied in known.amounts or receipt.original in known.amounts:
        return True
    words = (receipt.reference, receipt.text, receipt.structured_reference, receipt.end_to_end_id)
    return any(
        _names(text, known)
        for text in (*words, *(one.reference for one in receipt.remittance))
        if text
    )


def _names(text: str, known: Hints) -> bool:
    joined, runs = _read(text)
    return (
        bool(runs & known.keys)
        or any(one in text for one in known.numbers)
        or any(one in joined for one in known.joined)
    )


@lru_cache(maxsize=TEXTS_KEPT)
def _read(text: str) -> tuple[str, frozenset[str]]:
    scan = Scan(text)
    long = (run.digits for run in scan.runs if len(run.digits) >= DIGITS_MIN)
    return scan.joined, frozenset(map(key, long))


def _amounts(position: Position, today: date) -> set[Money]:
    """Give each balance, and all of them, all overdue ones, and all less the credit to be had."""
    found = {one.balance for one in position.invoices}
    for currency in {one.currency for one in found}:
        open_ = [one for one in position.invoices if one.balance.currency == currency]
        credit = [one.balance for one in position.credit_notes if one.balance.currency == currency]
        every = _sum(open_, currency)
        overdue = _sum([one for one in open_ if one.due < today], currency)
        found |= {every, overdue, every - total(credit, currency)}
    return {one for one in found if one.minor > 0}


def _sum(invoices: Sequence[Invoice], currency: str) -> Money:
    return total((one.balance for one in invoices), currency)
