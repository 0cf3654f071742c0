"""What was found in a list before its currency and decimal mark are known; the advice after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.remittance.advice import (
    LINES_MAX,
    UnreadableError,
    finished,
    line_of,
    problems_of,
    sum_of,
)
from connector.remittance.days import day_in
from connector.remittance.figures import figure, understood
from connector.remittance.rows import named
from connector.remittance.words import (
    begins_as_total,
    code_in,
    is_payment_day,
    speaks_of_currency,
    total_rank,
)
from ledger.remittances import Remittance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from connector.remittance.advice import Given
    from connector.remittance.figures import Figure, Reading
    from connector.remittance.rows import Row
    from ledger.money import Money
    from ledger.remittances import RemittanceLine


@dataclass(frozen=True, slots=True)
class Draft:
    """One line as it stands there; `credit` when it speaks of a credit note.

    `problem` says what leaves it open which document or amount it means.
    """

    at: int
    reference: str
    paid: Figure | None = None
    gross: Figure | None = None
    discount: Figure | None = None
    credit: bool = False
    problem: str = ""

    @property
    def figures(self) -> list[Figure]:
        """Every amount on it."""
        return [one for one in (self.paid, self.gross, self.discount) if one]


@dataclass(slots=True)
class Stated:
    """What a list says beside its lines. A total's rank is how surely it is what was paid."""

    totals: list[tuple[int, Figure]] = field(default_factory=list)
    paid_on: date | None = None
    codes: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def note(self, row: Row) -> None:
        """Note the day and the currency that a row tells."""
        text = row.text
        if self.paid_on is None and is_payment_day(text):
            self.paid_on = day_in(text)
        if speaks_of_currency(text) and (code := code_in(text)):
            self.codes.add(code)

    def add_total(self, row: Row, paid: Figure | None = None) -> None:
        """Note a total; `paid` is the amount in the column of what is paid, where that is known."""
        found = paid or next(filter(None, map(figure, reversed(row.cells))), None)
        if found:
            self.totals.append((2 if paid else max(1, total_rank(row.text)), found))

    def aside(self, row: Row) -> None:
        """Note what a row says that is none of the list's own."""
        if total_rank(row.text) and (begins_as_total(row.text) or not named(row.cells)):
            self.add_total(row)
        self.note(row)

    @property
    def best_totals(self) -> list[Figure]:
        """The totals that are most surely what was paid."""
        best = max((rank for rank, _ in self.totals), default=0)
        return [one for rank, one in self.totals if rank == best]


@dataclass(frozen=True, slots=True)
class Currency:
    """The currency of a list, and how its numbers are read."""

    code: str
    own: str
    reading: Reading
    problems: tuple[str, ...] = ()

    def money(self, one: Figure | None) -> Money | None:
        """Give an amount; None for one in another currency or that reads in two ways."""
        if one is None or one.currency(self.own) not in {"", self.code}:
            return None
        return self.reading.money(one)


def currency_of(figures: Sequence[Figure], codes: set[str], given: Given) -> Currency:
    """Find the one currency that a list is in: the one it names, else the organisation's own."""
    own = given.currency
    named = ({one.currency(own) for one in figures} | codes) - {""}
    problems = []
    if len(named) > 1:
        problems.append(f"it is in several currencies: {', '.join(sorted(named))}")
    code = next(iter(named)) if len(named) == 1 else own
    reading = understood([one for one in figures if one.currency(own) in {"", code}], code)
    if reading.problem:
        problems.append(reading.problem)
    return Currency(code, own, reading, tuple(problems))


def advice_of(
    drafts: Sequence[Draft], stated: Stated, given: Given, payer_name: str = ""
) -> Remittance:
    """Make the advice of a list's lines; raises UnreadableError when there are none."""
    if not drafts:
        msg = "no line names a document and an amount"
        raise UnreadableError(msg)
    if len(drafts) > LINES_MAX:
        msg = f"it has more than {LINES_MAX} lines"
        raise UnreadableError(msg)
    totals = stated.best_totals
    figures = [*(one for draft in drafts for one in draft.figures), *totals]
    currency = currency_of(figures, stated.codes, given)
    lines = tuple(_line(draft, currency) for draft in drafts)
    total, problems = _total(stated, currency)
    problems = [*currency.problems, *stated.problems, *problems]
    problems += [draft.problem for draft in drafts if draft.problem]
    problems += _odd(drafts, currency)
    problems += problems_of(lines, total, currency.code)
    if total is None and not problems:
        # Under headings that leave nothing open, what the lines come to is what was paid.
        total = sum_of(lines, currency.code)
    return finished(
        Remittance(
            id="",
            received=given.received,
            lines=lines,
            total=total,
            paid_on=stated.paid_on,
            sender=given.sender,
            payer_name=payer_name,
            problem="; ".join(dict.fromkeys(problems)),
        )
    )


def _line(draft: Draft, currency: Currency) -> RemittanceLine:
    paid, gross, discount = map(currency.money, (draft.paid, draft.gross, draft.discount))
    if draft.credit:
        paid, gross = (-abs(one) if one else one for one in (paid, gross))
    # An amount that stands there and cannot be read is not made up from the others.
    return line_of(draft.reference, paid, None if draft.paid and paid is None else gross, discount)


def _total(stated: Stated, currency: Currency) -> tuple[Money | None, list[str]]:
    found = [currency.money(one) for one in stated.best_totals]
    amounts = list(dict.fromkeys(one for one in found if one is not None))
    problems = ["a total cannot be read"] if None in found else []
    sure = any(rank > 1 for rank, _ in stated.totals)
    if len(amounts) > 1 and sure:
        problems.append(f"it states two totals: {amounts[0]} and {amounts[1]}")
    # Of sums that do not say what they are of, the last one is of all.
    return (amounts[-1] if amounts else None), problems


def _odd(drafts: Sequence[Draft], currency: Currency) -> list[str]:
    """Name the lines whose own three amounts do not agree."""
    found = []
    for draft in drafts:
        paid, gross, discount = (
            abs(one) if one else one
            for one in map(currency.money, (draft.paid, draft.gross, draft.discount))
        )
        if paid and gross and discount and gross - discount != paid:
            found.append(f"line {draft.at}: {gross} less {discount} is not {paid}")
    return found
