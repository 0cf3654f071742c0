"""Money left on account: a person's word that a receipt pays nothing, until it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.keeping import look_again
from ledger.documents import Status
from rules.actions import money_claim
from store import actions, exceptions, mirror

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Receipt, Source
    from store.actions import ActionRow

KIND = "leave"
# What disposes of money; refused by the ledger, it holds the money until it is decided otherwise.
_PLACING = frozenset({"apply", "keep"})


def claim(receipt: Receipt) -> str:
    """Name the money of a receipt in its present state, as an application of it would."""
    return money_claim(receipt.source, receipt.ref.id, receipt.unapplied.minor)


def left(s: Session, organisation_id: int, receipts: Iterable[Receipt]) -> dict[str, ActionRow]:
    """Give, by claim, which of these receipts were left on account as they are now."""
    return actions.holding(s, organisation_id, KIND, [claim(one) for one in receipts])


def leave(  # noqa: PLR0913 - who left what, when
    s: Session,
    organisation_id: int,
    source: Source,
    receipt_id: str,
    *,
    who: str,
    now: datetime,
    said: str = "left on account",
) -> ActionRow:
    """Leave a receipt on account: no rule touches or asks about it until what is left changes.

    `said` tells the journal what became of the money.

    The decision holds the claim that an application would need, so neither can pass the other.
    Raises ValueError when the receipt is not open, is left already or is being applied.
    """
    receipt = mirror.receipt(s, organisation_id, source, receipt_id)
    if receipt is None or receipt.status is not Status.OPEN or receipt.unapplied.minor <= 0:
        msg = "this receipt is not open any more; reload the page"
        raise ValueError(msg)
    subject = f"receipt:{source}:{receipt_id}"
    _drop_proposals(s, organisation_id, subject, who, now, "left on account")
    row = actions.plan(
        s,
        organisation_id,
        # Left, taken back and left again are two decisions.
        key=f"{KIND}:{claim(receipt)}:at:{now.isoformat()}",
        kind=KIND,
        subject=subject,
        body={"amount": [receipt.unapplied.minor, receipt.unapplied.currency]},
        claims=(claim(receipt),),
        state="done",
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=f"{receipt.unapplied} {said}",
    )
    if row is None:
        msg = "this money is being applied or was left on account already; reload the page"
        raise ValueError(msg)
    exceptions.close_subject(
        s, organisation_id, subject, who=who, now=now, resolution="left on account"
    )
    # What a dropped proposal had spoken for is free for other receipts.
    look_again(s, organisation_id, now)
    return row


def take_back(
    s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime
) -> ActionRow:
    """Have the rules look at the money again. Raises ValueError when it is not left any more."""
    row = actions.get(s, organisation_id, action_id)
    if row is None or row.kind != KIND or not _end(s, row, who, now):
        msg = "this money is not left on account any more; reload the page"
        raise ValueError(msg)
    look_again(s, organisation_id, now)
    return row


def clear_the_way(
    s: Session, organisation_id: int, subject: str, who: str, now: datetime, reason: str
) -> None:
    """Free a receipt for what a person chose: drop what was proposed, refused or left before."""
    _drop_proposals(s, organisation_id, subject, who, now, reason)
    for row in actions.of_subject(s, organisation_id, subject):
        if row.kind == KIND:
            _end(s, row, who, now)


def _end(s: Session, row: ActionRow, who: str, now: datetime) -> bool:
    text = "no longer left on account"
    return actions.mark_undone(s, row.organisation_id, row.id, who=who, now=now, text=text)


def _drop_proposals(
    s: Session, organisation_id: int, subject: str, who: str, now: datetime, reason: str
) -> None:
    for row in actions.of_subject(s, organisation_id, subject):
        if row.kind not in _PLACING:
            continue
        states = (actions.WAITING, actions.REFUSED)
        if not actions.cancel(
            s, organisation_id, row.id, who=who, now=now, reason=reason, states=states
        ):
            continue
        # A refused one had its own row: nothing is left to retry.
        exceptions.close_subject(
            s, organisation_id, f"action:{row.id}", who=who, now=now, resolution=reason
        )
