"""A list of documents and amounts, wherever it came from: found by its headings or by its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.remittance import shape, table
from connector.remittance.drafts import Stated, advice_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.remittance.advice import Given
    from connector.remittance.rows import Row
    from ledger.remittances import Remittance


def read(
    rows: Iterable[Row], given: Given, *, grid: bool = False, payer_name: str = ""
) -> Remittance:
    """Read one advice from rows; raises UnreadableError when they hold none.

    In a `grid` each cell stands in its own column, even where others are empty.
    """
    rows = list(rows)
    stated = Stated()
    for at, row in enumerate(rows):
        header = table.header_of(row)
        if header:
            for above in rows[:at]:
                stated.aside(above)
            drafts = table.lines_of(header, rows[at + 1 :], stated, grid=grid)
            break
    else:
        drafts = shape.lines_of(rows, stated, given)
    return advice_of(drafts, stated, given, payer_name)
