"""A list under headings: which column names the documents, which says what is paid on them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from connector.remittance.days import without_days
from connector.remittance.drafts import Draft
from connector.remittance.figures import figure
from connector.remittance.rows import chosen, figures, is_figure, named, words_of
from connector.remittance.words import (
    Role,
    begins_as_total,
    code_in,
    is_credit,
    is_net,
    is_subtotal,
    role_of,
    total_rank,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.remittance.drafts import Stated
    from connector.remittance.figures import Cell
    from connector.remittance.rows import Row

HEADING_CHARS_MAX = 60
HEADING_WORDS_MAX = 6
_AMOUNTS = frozenset(
    {Role.PAID, Role.GROSS, Role.AMOUNT, Role.DISCOUNT, Role.TAX, Role.OTHER_AMOUNT}
)
_PAYING = frozenset({Role.PAID, Role.GROSS, Role.AMOUNT})
# Spreadsheets write this to keep a number's zeros.
_NUMBERED = re.compile(r"\d{2}")
_AS_TEXT = re.compile(r'="(.*)"|\'(.*)')


@dataclass(frozen=True, slots=True)
class Header:
    """A row of headings, and the places of the columns that matter; -1 for one there is not."""

    texts: tuple[str, ...]
    roles: tuple[Role | None, ...]
    reference: int
    paid: int
    gross: int
    discount: int
    kind: int
    currency: int

    @property
    def amounts(self) -> list[int]:
        """The places of every column of amounts, in their order."""
        return [at for at, role in enumerate(self.roles) if role in _AMOUNTS]


def header_of(row: Row) -> Header | None:
    """Read a row as headings; None when it does not head a list of documents and amounts."""
    texts = tuple(cell.strip() if isinstance(cell, str) else "" for cell in row.cells)
    if not all(_may_head(text) for text in texts):
        return None
    found = [role_of(text) if text else None for text in texts]
    roles = [one and one[0] for one in found]
    names = [(one[1], -at) for at, one in enumerate(found) if one and one[0] is Role.REFERENCE]
    if not names or not _PAYING.intersection(roles):
        return None
    if Role.TAX in roles:
        # Beside a tax, net is what it is without the tax.
        roles = [
            Role.OTHER_AMOUNT if role is Role.PAID and is_net(text) else role
            for role, text in zip(roles, texts, strict=True)
        ]
    paid, gross = _paying(roles, texts)
    return Header(
        texts=texts,
        roles=tuple(roles),
        reference=-max(names)[1],
        paid=paid,
        gross=gross,
        discount=_place(roles, Role.DISCOUNT),
        kind=_place(roles, Role.KIND),
        currency=_place(roles, Role.CURRENCY),
    )


def _may_head(text: str) -> bool:
    """Say whether a cell may be a heading: short, and with no number in it."""
    if len(text) > HEADING_CHARS_MAX or len(text.split()) > HEADING_WORDS_MAX:
        return False
    return not _NUMBERED.search(text)


def _place(roles: Sequence[Role | None], role: Role) -> int:
    return roles.index(role) if role in roles else -1


def _paying(roles: Sequence[Role | None], texts: Sequence[str]) -> tuple[int, int]:
    """Give the places of what is paid and of what stood on the document."""
    paid = [at for at, role in enumerate(roles) if role is Role.PAID]
    plain = [at for at, role in enumerate(roles) if role is Role.AMOUNT]
    gross = [at for at, role in enumerate(roles) if role is Role.GROSS]
    said = [at for at in paid if not is_net(texts[at])] or paid
    chosen = (said or plain or gross)[-1]
    rest = [at for at in (*gross, *plain) if at != chosen]
    return chosen, rest[0] if rest else -1


def lines_of(header: Header, rows: Sequence[Row], stated: Stated, *, grid: bool) -> list[Draft]:
    """Read the rows below the headings. In a `grid` (CSV, a sheet) each cell has its column.

    What is stated beside the lines goes to `stated`.
    """
    stated.codes |= {code_in(header.texts[at]) for at in (header.paid, header.gross) if at >= 0}
    found: list[Draft] = []
    ended = False
    for row in rows:
        if is_subtotal(row.text):
            continue
        if header_of(row):
            # The next page, or the next list.
            ended = False
            continue
        if grid or _stands_in_columns(header, row):
            draft = _draft(header, row, stated)
        else:
            draft = None if ended else _by_order(header, row)
        if draft and draft.reference and not (ended and not draft.paid):
            found.append(draft)
        elif _is_sum(row, draft):
            stated.add_total(row, draft.paid if draft else None)
            ended = True
        elif draft and draft.paid and not ended:
            # Money under no number: bank charges, a deduction. It is part of the sum.
            found.append(replace(draft, reference=words_of(row)))
        stated.note(row)
    return found


def _is_sum(row: Row, draft: Draft | None) -> bool:
    """Say whether a row that names no document adds the others up: by its words, or without any."""
    return total_rank(row.text) > 0 or bool(draft and draft.paid and not words_of(row))


def _draft(header: Header, row: Row, stated: Stated) -> Draft | None:
    """Read one row by its columns; None when it holds neither a document nor an amount."""
    cells = (*row.cells, *[""] * len(header.texts))
    if header.currency >= 0:
        stated.codes.add(code_in(str(cells[header.currency]).upper()))
    paid, gross, discount = (
        figure(cells[at]) if at >= 0 else None
        for at in (header.paid, header.gross, header.discount)
    )
    reference = _name(cells[header.reference])
    if not (reference or paid or gross):
        return None
    kind = str(cells[header.kind]) if header.kind >= 0 else ""
    return Draft(row.at, reference, paid, gross, discount, is_credit(f"{kind} {words_of(row)}"))


def _stands_in_columns(header: Header, row: Row) -> bool:
    return len(row.cells) == len(header.texts) and bool(is_figure(row.cells[header.paid]))


def _by_order(header: Header, row: Row) -> Draft | None:
    """Read a row of text whose cells are not the headings': its amounts come in their order."""
    found = figures(row)
    if not found:
        return None
    reference, several = chosen(named(row.cells))
    problem = f"line {row.at} names more than one document" if several else ""
    places = header.amounts
    if len(found) != len(places):
        problem = f"line {row.at} has {len(found)} amounts under {len(places)} headings"
        return Draft(row.at, reference, problem=problem)
    by_place = dict(zip(places, found, strict=True))
    paid, gross, discount = (
        by_place.get(at) for at in (header.paid, header.gross, header.discount)
    )
    return Draft(row.at, reference, paid, gross, discount, is_credit(words_of(row)), problem)


def _name(cell: Cell) -> str:
    """Give the number of a document as it stands in a cell; "" for a word, a day or a sum."""
    text = f"{cell:f}" if isinstance(cell, Decimal) else cell.strip()
    kept = _AS_TEXT.fullmatch(text)
    text = (kept[1] or kept[2] or "") if kept else text
    has_digit = any(one.isdigit() for one in text)
    if not has_digit or begins_as_total(text) or not without_days(text).strip():
        return ""
    names = named([text])
    return names[0].text if len(names) == 1 else text
