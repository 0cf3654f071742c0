"""Applications of which the ledger took only a part: what is used, and what a person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows import bodies
from flows.notes import DIFFERENCES
from ledger.money import total
from store import exceptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.protocol import Applied
    from ledger.money import Money
    from rules.actions import Apply
    from store.actions import ActionRow

# Money is applied, and a difference beside it is not booked.
OWED = "difference_not_booked"
# An invoice took nothing of its share, or less.
PART = "applied_in_part"


def used(action: Apply, outcome: Mapping[str, Any]) -> Money:
    """Give what of the money is used: less than was decided where an invoice took less."""
    done = bodies.read_applied(outcome)
    if not _is_short(done):
        return action.paid
    return total((one.amount for one in done.parts), action.paid.currency)


def _is_short(done: Applied) -> bool:
    return bool(done.refusal) and not (done.owed or done.held)


def tell(s: Session, row: ActionRow, outcome: Mapping[str, Any], now: datetime) -> None:
    """Say what the ledger did not take, though it took the money or a part of it."""
    done = bodies.read_applied(outcome)
    if done.owed:
        named = ", ".join(f"{DIFFERENCES[one.kind]} of {one.amount}" for one in done.owed)
        exceptions.open_exception(
            s,
            row.organisation_id,
            kind=OWED,
            subject=row.subject,
            title=f"The money is applied, and the {named} is not booked",
            detail=f"The ledger refused it: {done.refusal}",
            fix=(
                "Book the difference in the ledger to the account you chose for it, then close"
                " this; or undo the application on the matches page."
            ),
            now=now,
        )
    elif _is_short(done):
        exceptions.open_exception(
            s,
            row.organisation_id,
            kind=PART,
            subject=row.subject,
            title="Only a part of the money is applied",
            detail=done.refusal,
            fix="Look at these invoices in the ledger, then say what the rest of the money is for.",
            now=now,
        )
