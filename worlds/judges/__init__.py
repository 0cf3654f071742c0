"""The judges of a world: each compares the product with what really happened at the stand-ins.

They read the stand-ins' own books, mail and request logs; our tables only to learn what the product
believes. Each gives a list of violations in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worlds.judges import bank, doors, house, mail, mirror, money, payouts
from worlds.judges.evidence import Evidence

if TYPE_CHECKING:
    from worlds.world import World

__all__ = ["Violation", "judge"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must never be. `invariant` is its name in docs/simulation.md."""

    invariant: str
    text: str


JUDGES = {
    "I1 sent twice": mail.sent_twice,
    "I2 sent in spite of what was known": mail.sent_wrongly,
    "I3 applied too much": money.applied_too_much,
    "I3 bank money spent wrongly": bank.spent_wrongly,
    "I3 payout not booked once": payouts.not_booked_once,
    "I4 mirror differs": mirror.differs,
    "I5 webhook lost": doors.lost,
    "I11 money not conserved": money.not_conserved,
    "I12 trouble nobody sees": house.unseen,
    "I13 journal broken": house.broken_journal,
    "I15 not at rest": house.restless,
    "fault of our own": house.faults,
    "misuse of a vendor": house.misuses,
}


def judge(world: World) -> list[Violation]:
    """Ask every judge about a world that has come to rest."""
    seen = Evidence(world)
    return [Violation(name, text) for name, ask in JUDGES.items() for text in ask(seen)]
