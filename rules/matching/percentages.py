"""Whether a percentage of each document makes a difference, to the minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rules.matching.values import Item

# Percentages are whole hundredths of a percent.
WHOLE = 10_000


def percentages(
    documents: Sequence[Item], shares: Sequence[int], difference: int
) -> list[int] | None:
    """Give the part of each document where those parts make exactly the difference, else None.

    A share is hundredths of a percent times the amount they are of; it counts against credit
    notes. It may be taken of the whole document, though a part of it was paid before, or of the
    part that is left; and it may be rounded, half up, on each document or on the sum.
    """
    signed = [-each if one.credit else each for one, each in zip(documents, shares, strict=True)]
    if not any(signed):
        return None
    whole = [Fraction(each, WHOLE) for each in signed]
    left = [
        each * Fraction(one.open, one.total or 1)
        for one, each in zip(documents, whole, strict=True)
    ]
    for amounts in (whole, left):
        for parts in ([_half_up(each) for each in amounts], _running(amounts)):
            if sum(parts) == difference and _bearable(documents, parts):
                return parts
    return None


def _half_up(amount: Fraction) -> int:
    size = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return size if amount > 0 else -size


def _running(amounts: Sequence[Fraction]) -> list[int]:
    """Round so that the parts make the rounded sum."""
    parts: list[int] = []
    running, told = Fraction(0), 0
    for amount in amounts:
        running += amount
        parts.append(_half_up(running) - told)
        told += parts[-1]
    return parts


def _bearable(documents: Sequence[Item], parts: Sequence[int]) -> bool:
    """Whether no document loses more than is left of it."""
    return all(abs(part) <= one.open for one, part in zip(documents, parts, strict=True))
