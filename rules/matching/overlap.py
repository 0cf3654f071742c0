"""Which lines of a bank file were told before: files overlap, and money moves once.

Two equal lines in one file are two; the same two in a file that overlaps it are the same two. So
equal lines are counted, and of two files the one that has more of them is right.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ledger.days import days_between

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from datetime import date

    from ledger.statements import BankLine

# Formats of one bank may book the same line on different days.
APART_DAYS_MAX = 3
# Of more lines of one key than this, the others are taken for lines of their own.
LOOKED_AT_MAX = 200


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line that an earlier file told: `amount` in minor units, `words` as `words_of` makes them.

    `format` is that of the file.
    """

    id: int
    booked: date
    amount: int
    bank_id: str
    words: str
    payer_name: str
    payer_account: str
    format: str


@dataclass(frozen=True, slots=True)
class Retold:
    """One line of a file: told before as `same`, perhaps told before as `like`, or new."""

    line: BankLine
    same: int | None = None
    like: int | None = None


def words_of(line: BankLine) -> str:
    """Give a digest of all that a line says, whatever its spaces and cases."""
    said = (
        *(line.text, line.reference, line.end_to_end_id, line.structured_reference),
        *(line.payer_name, line.payer_account),
    )
    plain = "\n".join("".join(one.split()).casefold() for one in said)
    return hashlib.sha256(plain.encode()).hexdigest()


def sort_out(told: Sequence[ToldLine], lines: Sequence[BankLine], file_format: str) -> list[Retold]:
    """Say of each line of a file whether it was told before; each told line is met once.

    The bank's own id decides, then equal words on an equal day. What is left over on both sides
    with the same amount and nothing that tells it apart is `like`: a person has to say.
    """
    facing = _Facing(list(told), [as_told(at, one, file_format) for at, one in enumerate(lines)])
    same = facing.meet(_by_bank_id, _always)
    same |= facing.meet(_by_words, _same_ids)
    like = facing.meet(_by_amount_and_day, _may_be_same)
    facing.before = [one for one in facing.before if one.format != file_format]
    like |= facing.meet(_by_amount, _may_be_same)
    return [Retold(one, same.get(at), like.get(at)) for at, one in enumerate(lines)]


def as_told(at: int, line: BankLine, file_format: str) -> ToldLine:
    """Give a line as it will be compared with those of later files, under an id of its own."""
    return ToldLine(
        id=at,
        booked=line.booked,
        amount=line.amount.minor,
        bank_id=line.bank_id,
        words=words_of(line),
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        format=file_format,
    )


@dataclass(slots=True)
class _Facing:
    """What was told before and what is told now, as far as nothing was met yet."""

    before: list[ToldLine]
    now: list[ToldLine]

    def meet(
        self,
        key: Callable[[ToldLine], Hashable],
        fits: Callable[[ToldLine, ToldLine], bool],
    ) -> dict[int, int]:
        """Pair off lines of one key that fit, in order; gives the place in the file to the id."""
        waiting: dict[Hashable, deque[ToldLine]] = defaultdict(deque)
        for one in self.before:
            waiting[key(one)].append(one)
        met: dict[int, int] = {}
        for one in self.now:
            there = waiting[key(one)] if key(one) is not None else ()
            found = next(
                (other for other in islice(there, LOOKED_AT_MAX) if fits(other, one)), None
            )
            if found is not None:
                waiting[key(one)].remove(found)
                met[one.id] = found.id
        taken = set(met.values())
        self.before = [one for one in self.before if one.id not in taken]
        self.now = [one for one in self.now if one.id not in met]
        return met


def _by_bank_id(one: ToldLine) -> Hashable:
    return (one.bank_id, one.booked, one.amount) if one.bank_id else None


def _by_words(one: ToldLine) -> Hashable:
    return one.words, one.booked, one.amount


def _by_amount_and_day(one: ToldLine) -> Hashable:
    return one.amount, one.booked


def _by_amount(one: ToldLine) -> Hashable:
    return one.amount


def _always(_: ToldLine, __: ToldLine) -> bool:
    return True


def _same_ids(one: ToldLine, other: ToldLine) -> bool:
    return not (one.bank_id and other.bank_id)


def _may_be_same(one: ToldLine, other: ToldLine) -> bool:
    """Whether nothing tells two lines of one amount apart."""
    across = one.format != other.format
    if abs(days_between(one.booked, other.booked)) > (APART_DAYS_MAX if across else 0):
        return False
    if _differ(one.payer_account, other.payer_account):
        return False
    # Formats write names and ids in ways of their own.
    return across or not (
        _differ(one.bank_id, other.bank_id) or _differ(one.payer_name, other.payer_name)
    )


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and _plain(one) != _plain(other)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
