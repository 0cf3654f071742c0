"""Whether the statements of a bank account follow on from one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Balances:
    """What a statement says of its account; `moved` is all its lines together."""

    id: int
    opened: date
    closed: date
    opening: Money
    closing: Money
    moved: Money


@dataclass(frozen=True, slots=True)
class Gap:
    """Money that no line tells of: between a statement and the one before, or in one alone.

    `before` is the id of the statement before, or None.
    """

    id: int
    amount: Money
    day: date
    before: int | None = None


def gaps(statements: Sequence[Balances]) -> list[Gap]:
    """List what is missing, by statement; before the first known one nothing can be.

    A statement follows on from any that closed on the last day before it. A day may have several,
    which follow on from one another in any order.
    """
    found: list[Gap] = []
    copies: set[tuple[date, date, Money, Money]] = set()
    for one in sorted(statements, key=lambda each: (each.opened, each.closed, each.id)):
        inside = one.closing - one.opening - one.moved
        if inside:
            found.append(Gap(one.id, inside, one.closed))
        told = (one.opened, one.closed, one.opening, one.closing)
        between = None if told in copies else _between(one, statements)
        copies.add(told)
        if between is not None:
            found.append(between)
    return found


def _between(one: Balances, statements: Sequence[Balances]) -> Gap | None:
    earlier = [
        each for each in statements if each.opened < one.opened and each.closed <= one.opened
    ]
    if not earlier:
        return None
    last = max((each.closed for each in earlier if each.closed < one.opened), default=one.opened)
    # Where statements share a day, either may be what it follows on from.
    ends = [each for each in earlier if each.closed in (last, one.opened)]
    same_day = [
        each
        for each in statements
        if each.opened == each.closed == one.opened and each.opening != one.opening
    ]
    if any(each.closing == one.opening for each in (*ends, *same_day)):
        return None
    before = min(ends, key=lambda each: (each.closed, -each.id))
    return Gap(one.id, one.opening - before.closing, one.opened, before.id)
