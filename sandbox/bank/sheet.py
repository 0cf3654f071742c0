"""What a statement says, before it is printed in one format or another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.shelf import Doc


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: `minor` above 0 came in, below 0 went out.

    `how` is sepa, fps, ach, wire (from abroad), interest, own (a transfer between own accounts) or
    card; `fee_minor` is what banks kept on the way; `returned` says why money that came is taken
    back.
    """

    day: date
    minor: int
    payer: str = ""
    account: str = ""
    text: str = ""
    how: str = ""
    fee_minor: int = 0
    returned: str = ""

    def as_doc(self) -> Doc:
        """Give it as the shelf keeps it."""
        return {**asdict(self), "day": self.day.isoformat()}

    @classmethod
    def of(cls, doc: Doc) -> Line:
        """Take it from the shelf."""
        kept = {name: doc[name] for name in cls.__slots__ if name != "day"}
        return cls(day=date.fromisoformat(doc["day"]), **kept)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One statement of one account, both days included."""

    account: str
    currency: str
    owner: str
    number: int
    opened: date
    closed: date
    opening_minor: int
    lines: tuple[Line, ...]

    @property
    def closing_minor(self) -> int:
        """What is on the account after the last line."""
        return self.opening_minor + sum(line.minor for line in self.lines)


def units(minor: int, point: str) -> str:
    """Write an amount of a currency with two places, without its sign."""
    return f"{abs(minor) // 100}{point}{abs(minor) % 100:02}"


def iban(country: str, inner: str) -> str:
    """Put the check digits of ISO 13616 before a country's own account number."""
    run = "".join(str(int(sign, 36)) for sign in f"{inner}{country}00")
    return f"{country}{98 - int(run) % 97:02}{inner}"
