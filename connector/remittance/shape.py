"""A list without headings, told by its shape: a number of ours and amounts on each line.

Which of several amounts is the one paid, the stated total decides. Without headings and without a
total nothing does, and what was read is a suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from connector.remittance.drafts import Draft, currency_of
from connector.remittance.rows import Named, chosen, figures, named, words_of
from connector.remittance.words import begins_as_total, is_credit, is_subtotal, total_rank
from ledger.money import total as summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.remittance.advice import Given
    from connector.remittance.drafts import Currency, Stated
    from connector.remittance.figures import Figure
    from connector.remittance.rows import Row
    from ledger.money import Money

_SURE = 2
_REPEATED_MIN = 2
# What stood there, the discount, and what is paid.
_THREE = 3


class _Line(NamedTuple):
    row: Row
    names: list[Named]
    amounts: list[Figure]


@dataclass(frozen=True, slots=True)
class _Place:
    """Which of a line's amounts is paid; -1 for one there is not."""

    paid: int
    gross: int = -1
    discount: int = -1


def lines_of(rows: Sequence[Row], stated: Stated, given: Given) -> list[Draft]:
    """Find the lines that name documents; what is stated beside them goes to `stated`."""
    lines: list[_Line] = []
    loose: list[_Line] = []
    for row in rows:
        stated.note(row)
        line = _Line(row, named(row.cells), figures(row))
        if is_subtotal(row.text):
            continue
        if _is_total(line):
            stated.add_total(row)
        else:
            (lines if line.names else loose).append(line)
    lines = _without_repeated(lines)
    paying = [line for line in lines if line.amounts]
    if _is_sentence(paying):
        stated.totals.append((1, paying[0].amounts[0]))
        paying = []
    return _priced(paying, loose, stated, given) if paying else _silent(lines, stated)


def _is_total(line: _Line) -> bool:
    if not line.amounts or not total_rank(line.row.text):
        return False
    return not line.names or begins_as_total(line.row.text)


def _without_repeated(lines: list[_Line]) -> list[_Line]:
    """Drop words that stand on every line: an account's number names no document."""
    texts = [{one.text for one in line.names} for line in lines]
    everywhere = set.intersection(*texts) if len(texts) > _REPEATED_MIN else set()
    kept = (
        line._replace(names=[one for one in line.names if one.text not in everywhere])
        for line in lines
    )
    return [line for line in kept if line.names]


def _is_sentence(paying: Sequence[_Line]) -> bool:
    """Say whether one line names several documents alike and one amount: the sum of them."""
    if len(paying) != 1 or len(paying[0].amounts) != 1:
        return False
    return len({one.text for one in paying[0].names if _alike(one, paying[0].names[0])}) > 1


def _alike(one: Named, other: Named) -> bool:
    return _form(one.text) == _form(other.text)


def _form(text: str) -> str:
    return "".join("9" if one.isdigit() else one for one in text)


def _silent(lines: Sequence[_Line], stated: Stated) -> list[Draft]:
    """Give the documents of a text that names them and says only the sum."""
    found: dict[str, Draft] = {}
    for line in lines if stated.totals else ():
        first = next((one for one in line.names if one.sure >= _SURE), None)
        for one in line.names:
            if first and _alike(one, first):
                found.setdefault(one.text, Draft(line.row.at, one.text))
    return list(found.values())


def _priced(
    lines: Sequence[_Line], loose: Sequence[_Line], stated: Stated, given: Given
) -> list[Draft]:
    amounts = [one for line in lines for one in line.amounts]
    currency = currency_of([*amounts, *stated.best_totals], stated.codes, given)
    sums = {one for one in map(currency.money, stated.best_totals) if one}
    if not sums:
        stated.problems.append("no total is stated to check the lines by")
    width = max(len(line.amounts) for line in lines)
    place = _place([line for line in lines if len(line.amounts) == width], currency, sums)
    if place is None:
        stated.problems.append("neither a heading nor a total tells which amount is paid")
    drafts = [_draft(line, place, width) for line in lines]
    first = lines[0].row.at
    after = [one for one in loose if len(one.amounts) == width == 1 and one.row.at > first]
    unnamed = [Draft(one.row.at, words_of(one.row), one.amounts[0]) for one in after]
    return drafts + (unnamed if _completes(drafts, unnamed, currency, sums) else [])


def _completes(
    drafts: Sequence[Draft], unnamed: Sequence[Draft], currency: Currency, sums: set[Money]
) -> bool:
    """Say whether the lines come to a total only with those that name nothing: charges, say."""
    named_only = summed(_amounts(drafts, currency), currency.code)
    return (
        named_only not in sums
        and named_only + summed(_amounts(unnamed, currency), currency.code) in sums
    )


def _amounts(drafts: Sequence[Draft], currency: Currency) -> list[Money]:
    found = [(draft.credit, currency.money(draft.paid)) for draft in drafts]
    return [-abs(one) if credit else one for credit, one in found if one]


def _place(lines: Sequence[_Line], currency: Currency, sums: set[Money]) -> _Place | None:
    """Find the amount that is paid: the one whose sum is stated, or the only one there is."""
    width = len(lines[0].amounts)
    columns = [_column(lines, at, currency) for at in range(width)]
    adds_up = width == _THREE and all(_add_up(three) for three in zip(*columns, strict=True))
    if width == 1:
        return _Place(0)
    fitting = [at for at, column in enumerate(columns) if _sum_in(column, currency, sums)]
    alike = {tuple(columns[at]) for at in fitting or range(width)}
    if adds_up and (not sums or fitting[-1:] == [_THREE - 1]):
        return _Place(2, 0, 1)
    return _Place((fitting or [0])[-1]) if len(alike) == 1 and (fitting or not sums) else None


def _add_up(three: Sequence[Money | None]) -> bool:
    amounts = [abs(one) for one in three if one is not None]
    if len(amounts) < _THREE:
        return False
    gross, discount, paid = amounts
    return bool(gross) and gross - discount == paid


def _column(lines: Sequence[_Line], at: int, currency: Currency) -> list[Money | None]:
    found = [(is_credit(line.row.text), currency.money(line.amounts[at])) for line in lines]
    return [-abs(one) if credit and one else one for credit, one in found]


def _sum_in(column: Sequence[Money | None], currency: Currency, sums: set[Money]) -> bool:
    amounts = [one for one in column if one is not None]
    return len(amounts) == len(column) and summed(amounts, currency.code) in sums


def _draft(line: _Line, place: _Place | None, width: int) -> Draft:
    reference, several = chosen(line.names)
    bare = Draft(
        line.row.at,
        reference,
        credit=is_credit(line.row.text),
        problem=f"line {line.row.at} names more than one document" if several else "",
    )
    if place is None:
        return bare
    if len(line.amounts) != width:
        return replace(bare, problem=f"line {line.row.at} has not as many amounts as others")
    paid, gross, discount = (
        line.amounts[at] if at >= 0 else None for at in (place.paid, place.gross, place.discount)
    )
    return replace(bare, paid=paid, gross=gross, discount=discount)
