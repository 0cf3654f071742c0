"""What every reader of remittances starts from and ends with."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ledger.money import Money
from ledger.money import total as summed
from ledger.remittances import Remittance, RemittanceLine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

# More lines than any payer sends; bounds what a hostile file can make us keep.
LINES_MAX = 20_000
REFERENCE_CHARS_MAX = 80
_ID_CHARS = 32


class UnreadableError(ValueError):
    """This cannot be read as a remittance advice."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a file from elsewhere.

    `currency` is the organisation's own, taken where the file names none.
    """

    received: date
    currency: str
    sender: str = ""


def finished(advice: Remittance, *, trace: str = "") -> Remittance:
    """Give an advice its id, made from what it says: sent twice, it is the same one.

    `trace` is the sender's own number of the payment, where there is one.
    """
    said = [advice.payer_name, str(advice.total), str(advice.paid_on), trace]
    for line in advice.lines:
        said += [line.reference, str(line.amount), str(line.gross), str(line.discount)]
    digest = hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()
    return replace(advice, id=f"advice-{digest[:_ID_CHARS]}")


def line_of(
    reference: str, paid: Money | None, gross: Money | None = None, discount: Money | None = None
) -> RemittanceLine:
    """Make a line whose `amount` is `gross` less `discount`, whatever signs the payer gave them.

    Without an amount paid, it is what stood there less the discount.
    """
    leading = gross if gross is not None else paid
    if discount is not None and leading is not None:
        discount = -abs(discount) if leading.minor < 0 else abs(discount)
    if paid is None and gross is not None:
        paid = gross - discount if discount else gross
    return RemittanceLine(reference[:REFERENCE_CHARS_MAX], paid, gross, discount or None)


def sum_of(lines: Iterable[RemittanceLine], currency: str) -> Money:
    """Add what the lines say was paid; a line that says nothing adds nothing."""
    return summed((line.amount for line in lines if line.amount is not None), currency)


def problems_of(lines: Iterable[RemittanceLine], total: Money | None, currency: str) -> list[str]:
    """Say why lines cannot be what the payer meant: silent, beyond their total, or twice there."""
    lines = tuple(lines)
    silent = [line.reference for line in lines if line.amount is None]
    found = [f"{reference} stands without an amount" for reference in silent]
    if len(found) == len(lines) > 1:
        found = ["it does not say what is paid on each document"]
    paid = sum_of(lines, currency)
    if total is not None and not found and paid != total:
        found.append(f"the lines come to {paid}, the total says {total}")
    if total is None:
        # Nothing else tells a line that was copied from one that was meant.
        counted = Counter((line.reference, line.amount) for line in lines)
        found += [f"{one} stands there twice" for (one, _), times in counted.items() if times > 1]
    return found
