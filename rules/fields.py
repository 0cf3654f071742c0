"""What a field of the rules is: its words for a person, its kind, and its bounds.

The metadata of every field of the rule set is made here. The parser, the settings page and
docs/rules.md read it, so that a field is described in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from ledger.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time

# Hundredths of a percent in a whole.
WHOLE = 10_000
# The only way in which the two limits of a tolerance go together.
LOWER = "lower_of"

# What a condition is compared with; the parser has made it fit the field and the operator.
Value = str | int | bool | tuple[str, ...] | tuple[int, int] | tuple[Money, ...] | None


class RuleSetError(ValueError):
    """The rules cannot be read: which field is wrong, what is wrong with it, how to mend it."""

    def __init__(self, field: str, problem: str, fix: str) -> None:
        """Keep the field's path, such as `dunning.policy[1].steps[2].offset_days`."""
        super().__init__(f"{field}: {problem}; {fix}")
        self.field = field
        self.problem = problem
        self.fix = fix


def said(
    label: str,
    text: str,
    kind: str,
    *,
    choices: tuple[str, ...] = (),
    later: tuple[str, ...] = (),
    bounds: tuple[int, int] | None = None,
) -> Mapping[str, object]:
    """Say what a field means and what it may hold; becomes the field's metadata.

    `kind` is one of choice, words, whole, flag, always (a flag that stays true), name, text,
    window, amounts, tolerance, conditions, steps, policies, rules. The bounds of words count them.
    """
    low, high = bounds or (None, None)
    return MappingProxyType(
        {
            "label": label,
            "help": text,
            "kind": kind,
            "choices": choices,
            "later": later,
            "minimum": low,
            "maximum": high,
        }
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; a list of them must all hold."""

    field: str
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a day on the wall clock: from `start` up to, not including, `end`."""

    start: time
    end: time

    @property
    def text(self) -> str:
        """The window as the rules write it, such as 09:00-11:00."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How little of an invoice may be given up: the lower of a share of its total and an amount.

    `percent` is in hundredths of a percent. In a currency without an amount nothing is given up.
    """

    percent: int
    amounts: tuple[Money, ...]

    def of(self, total: Money) -> Money:
        """Give the most that may be given up of an invoice, rounded down."""
        limit = limit_in(self.amounts, total.currency)
        share = Money(total.minor * self.percent // WHOLE, total.currency)
        return Money.zero(total.currency) if limit is None else min(limit, share)

    @property
    def table(self) -> dict[str, str]:
        """The tolerance as the rules write it."""
        limits = {one.currency: one.text for one in self.amounts}
        return {"percent": str(Decimal(self.percent) / 100), **limits, "use": LOWER}


def limit_in(amounts: tuple[Money, ...], currency: str) -> Money | None:
    """Give the amount set for a currency, or None where none is set."""
    return next((amount for amount in amounts if amount.currency == currency), None)


def money(text: str, *currencies: str) -> tuple[Money, ...]:
    """Give one amount in several currencies, as a default does."""
    return tuple(Money.parse(text, currency) for currency in currencies)
