"""What one kind of evidence says about a payment: an answer to take, or something to ask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.matching.values import Answer


class Agreement(StrEnum):
    """Whether who paid is the customer of the documents that an answer clears.

    MAYBE: the payer is one of a few customers, and theirs among them, or bears a name like it.
    UNKNOWN: the payment does not say who paid, or it is one who pays for others. STRANGE: it says
    so, but that is no customer we know.
    """

    YES = "payer"
    MAYBE = "maybe"
    UNKNOWN = "anybody"
    STRANGE = "stranger"
    NO = "other"


@dataclass(frozen=True, slots=True)
class Found:
    """The answers that evidence gives, the best first.

    Without a `reason` there is one answer and nothing speaks against it; with a reason, a code of
    `rules.reasons`, a person has to choose. `final` says that weaker evidence must not be heard
    any more. `independent_facts` counts what agrees without resting on one another: a number as we
    issued it, an amount to the cent, a payer known for certain.
    """

    answers: tuple[Answer, ...]
    reason: str = ""
    final: bool = True
    independent_facts: int = 1
    rejected: tuple[tuple[str, str], ...] = ()
