"""Taking an application apart again, as a person asked: in the ledger, and in what was learned."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from connector import PROVIDERS
from connector.protocol import Ability
from flows import (
    applying,
    bodies,
    earning,
    in_part,
    judging,
    netting,
    notes,
    reversing,
    taken_back,
)
from flows.able import can
from flows.bank import returned
from flows.perform import Desk, Dropped, Hand, nothing
from ledger.documents import Kind, Ref, Source
from store import actions, connections, exceptions, mirror, payers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from rules.actions import Apply
    from store.actions import ActionRow

Body = dict[str, Any]


def undo(
    s: Session, row: ActionRow, who: str, now: datetime, came_back: str = ""
) -> ActionRow | None:
    """Plan taking an application apart; the pair is never applied by a rule again.

    `came_back` is the subject of the bank line that took its money back: then the match was right,
    and nothing is learned from the undo.

    Gives None when it is undone already, or was never done. Raises ValueError where the ledger
    takes nothing back.
    """
    if row.kind != "apply" or row.state != "done":
        return None
    books = connections.books_of(s, row.organisation_id)
    if books is not None and not can(books, Ability.UNAPPLY):
        msg = (
            f"{PROVIDERS[books.provider].title} does not take a payment off an invoice again; "
            "refund it there, or give a credit note"
        )
        raise ValueError(msg)
    action = bodies.read_application(row.body)
    held = bodies.read_applied(row.outcome).held
    # What stays on account in the ledger is a receipt of its own, and the same money.
    receipts = [action.receipt_id, *([held.ref.id] if held else [])]
    for receipt_id, one in product(receipts, action.invoices):
        payers.remember_undone(s, row.organisation_id, receipt_id, one.invoice_id)
    body = {
        "application": dict(row.body),
        "applied": dict(row.outcome),
        "action_id": row.id,
        "returned": [came_back, who] if came_back else [],
    }
    why = f"{who} took the application apart"
    return reversing.plan(s, row, "unapply", body, who=who, why=why, now=now)


def _prepare(_desk: Desk, row: ActionRow) -> Body | Dropped:
    return dict(row.body)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    desk.books.unapply(bodies.read_applied(body["applied"]), row.key)
    netting.undo(desk, row, body["applied"])
    return {}


def _after(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], _outcome: Mapping[str, Any]
) -> None:
    action = bodies.read_application(body["application"])
    actions.mark_undone(
        s,
        row.organisation_id,
        body["action_id"],
        now=desk.now,
        text="taken apart in the ledger",
    )
    held = bodies.read_applied(body["applied"]).held
    if action.source is not Source.LEDGER and held is None:
        freed = -in_part.used(action, body["applied"])
        mirror.record_applied(s, desk.organisation.id, action.source, action.receipt_id, freed)
        taken_back.check(s, desk.organisation.id, [action.receipt_id], desk.now)
    for kind in (in_part.OWED, in_part.PART, netting.LEFT):
        exceptions.close_subject(
            s,
            row.organisation_id,
            row.subject,
            kind=kind,
            who="dunnock",
            now=desk.now,
            resolution="the application was taken apart",
        )
    if body.get("returned"):
        about, who = body["returned"]
        returned.settle(s, row.organisation_id, action.receipt_id, about, who=who, now=desk.now)
    else:
        _unlearn(s, row, action, desk.now)
    for one in applying.paid(action, body["applied"]):
        told = notes.unapplied(action, one, came_back=bool(body.get("returned")))
        notes.plan(s, row, Ref(Kind.INVOICE, one.invoice_id), told, desk.now)
    applying.read_again(s, desk, action, row, held)


def _unlearn(s: Session, row: ActionRow, action: Apply, now: datetime) -> None:
    """Take back what the application taught: a person found it wrong."""
    judging.count_undone(s, row.organisation_id, action)
    applying.learn(s, action, row, payers.unconfirm)
    earning.fall_back(s, row.organisation_id, action.why.rule, now)


UNAPPLY = Hand(
    look=reversing.look,
    prepare=_prepare,
    act=_act,
    begun=nothing,
    failed=nothing,
    after=_after,
)
