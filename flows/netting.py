"""Credit notes used up together with money: the ledger is told of them once the money is booked.

Which credit note goes to which invoice is settled before anything is written and kept with the
action, so that whatever is interrupted goes on as it was begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.protocol import Ability, Applied, Share
from flows import bodies
from flows.able import can
from ledger.differences import adjusted
from ledger.documents import CreditNote, Kind, Ref
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from ledger.money import Money
from store import exceptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from rules.actions import Apply
    from store.actions import ActionRow
    from store.connections import ConnectionRow

Body = dict[str, Any]

LEFT = "credit_not_used"


@dataclass(frozen=True, slots=True)
class Netted:
    """So much of a credit note pays an invoice, in the currency of both."""

    credit_id: str
    number: str
    share: Share


def require(books: ConnectionRow, action: Apply) -> None:
    """Raise ValueError where the ledger takes no credit notes, or no money is left to apply."""
    if action.paid.minor <= 0:
        msg = "credit notes pay all of it, so the money is not needed; use them in the ledger"
        raise ValueError(msg)
    if action.credits and not can(books, Ability.CREDIT):
        msg = f"{books.title} takes no credit notes from here; use them there"
        raise ValueError(msg)


def split(action: Apply, owners: Mapping[str, str]) -> list[Netted]:
    """Say which credit note goes to which invoice: those of its customer, in their order.

    `owners` names the customer of each document. Raises ValueError, in words for a person, for
    credit that finds no invoice of its customer.
    """
    room = {one.invoice_id: _room(action, one.invoice_id, one.amount) for one in action.invoices}
    found = []
    for credit in action.credits:
        left = -credit.amount.minor
        for key, free in room.items():
            part = min(left, free)
            if part <= 0 or owners.get(key) != owners.get(credit.invoice_id):
                continue
            room[key] = free - part
            left -= part
            share = Share(key, Money(part, credit.amount.currency))
            found.append(Netted(credit.invoice_id, credit.number, share))
        if left:
            rest = Money(left, credit.amount.currency)
            msg = f"{rest} of credit note {credit.number} fits no invoice of its customer here"
            raise ValueError(msg)
    return found


def _room(action: Apply, invoice_id: str, amount: Money) -> int:
    """Say how much of an invoice credit may pay: money pays something where a part is adjusted."""
    of_it = [one for one in action.adjustments if one.invoice_id == invoice_id]
    less = adjusted(of_it, amount.currency).minor
    return amount.minor - less - 1 if of_it else amount.minor


def written(netted: Iterable[Netted]) -> list[Body]:
    """Write down what was settled, beside the action."""
    return [
        {
            "credit_id": one.credit_id,
            "number": one.number,
            "invoice_id": one.share.invoice_id,
            "amount": [one.share.amount.minor, one.share.amount.currency],
        }
        for one in netted
    ]


def read(body: Mapping[str, Any]) -> list[Netted]:
    """Read back what was settled; an action of before there was netting has none."""
    return [
        Netted(one["credit_id"], one["number"], Share(one["invoice_id"], Money(*one["amount"])))
        for one in body.get("netted", ())
    ]


def in_money(shares: Sequence[Share], netted: Iterable[Netted]) -> list[Share]:
    """Give the shares less what credit pays of them: what money pays, or is adjusted."""
    left = {one.invoice_id: one.amount for one in shares}
    for one in netted:
        left[one.share.invoice_id] -= one.share.amount
    return [Share(key, amount) for key, amount in left.items() if amount]


def use(desk: Desk, row: ActionRow, body: Mapping[str, Any], day: date, *, again: bool) -> Body:
    """Set the credit notes against their invoices; gives what came of it, for the outcome.

    `again`: an earlier attempt may have done some of it, which is looked up. What the ledger
    refuses is told as left. Raises UnknownOutcomeError for whatever may be tried again: the money
    is booked by now.
    """
    done, left = [], []
    for number, one in enumerate(read(body)):
        key = f"{row.key}:credit:{number}"
        try:
            applied = _use(desk, one, key, day, again=again)
        except (RefusedError, StaleError) as error:
            left.append({"number": one.number, "reason": str(error)})
        except (RetryLaterError, DisconnectedError) as error:
            msg = f"the money is booked, and credit note {one.number} not used yet"
            raise UnknownOutcomeError(f"{msg}: {error}") from error
        else:
            done.append(bodies.applied(applied))
    return {"credits": done, "credits_left": left}


def _use(desk: Desk, one: Netted, key: str, day: date, *, again: bool) -> Applied:
    [found] = desk.books.read([Ref(Kind.CREDIT_NOTE, one.credit_id)])
    note = found.document
    if not isinstance(note, CreditNote):
        msg = f"credit note {one.number} is not in the ledger any more"
        raise StaleError(msg)
    made = desk.books.find_credit(note, [one.share], key) if again else None
    return made or desk.books.apply_credit(note, [one.share], key, day)


def paid(outcome: Mapping[str, Any]) -> set[str]:
    """Name the invoices that credit paid a part of."""
    used = (bodies.read_applied(one) for one in outcome.get("credits", ()))
    return {part.invoice_id for one in used for part in one.parts}


def undo(desk: Desk, row: ActionRow, outcome: Mapping[str, Any]) -> None:
    """Free the credit notes that were used; what is free already stays so."""
    for number, one in enumerate(outcome.get("credits", ())):
        desk.books.unapply(bodies.read_applied(one), f"{row.key}:credit:{number}")


def tell(s: Session, desk: Desk, row: ActionRow, outcome: Mapping[str, Any]) -> None:
    """Say which credit notes the ledger did not let be used, though the money was booked."""
    left = outcome.get("credits_left", ())
    if not left:
        return
    exceptions.open_exception(
        s,
        row.organisation_id,
        kind=LEFT,
        subject=row.subject,
        title=f"The money is applied, and credit note {left[0]['number']} was not used with it",
        detail="; ".join(f"credit note {one['number']}: {one['reason']}" for one in left),
        fix="Set the credit note against its invoice in the ledger, or undo the application.",
        now=desk.now,
    )
