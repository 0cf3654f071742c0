"""Sending one reminder: read the customer again, decide again, send once, tell the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows import bodies, notes, online, paying
from flows.dunning import SWITCHED_OFF, fresh_facts
from flows.perform import UNCONFIRMED, Desk, Dropped, Hand, NotNowError, UnconfirmedError
from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from rules import dunning
from rules.actions import SendReminder
from store import actions, exceptions, mirror, steps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from rules.facts import DunningFacts
    from store.actions import ActionRow

Body = dict[str, Any]

# Payments could not be seen just now: they are being read, look again soon.
STALE_SECONDS = 60.0
CLOSED = "the send window is closed"


def _look(_desk: Desk, row: ActionRow) -> Body | None:
    msg = (
        f"A reminder to {row.body['to']} was being handed to the mail server when the work stopped."
    )
    raise UnconfirmedError(msg)


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    reminder = bodies.read_reminder(row.body)
    if desk.rules.dunning.mode == "preview":
        return Dropped(SWITCHED_OFF)
    facts = fresh_facts(desk, reminder.customer_id)
    if facts is None:
        raise NotNowError(STALE_SECONDS, "payments are being read")
    again = dunning.recheck(reminder, facts, desk.rules, desk.now, desk.tools.closed)
    if isinstance(again, SendReminder):
        return bodies.reminder(online.ask(desk, paying.linked(desk, again)))
    if any(one.reason == dunning.OUTSIDE_WINDOW for one in again):
        raise NotNowError(_seconds_to(desk, opening(desk, facts)), CLOSED)
    with desk.tools.sessions.begin() as s:
        for one in again:
            steps.note_suppressed(s, desk.organisation.id, one, reminder.day, desk.now)
    return Dropped(", ".join(sorted({one.reason for one in again})) or "no longer due")


def opening(desk: Desk, facts: DunningFacts) -> datetime:
    """Give the first moment from now on at which the customer's send window is open."""
    customer, organisation = facts.position.customer, facts.organisation
    return dunning.next_window(
        desk.rules,
        dunning.zone_for(desk.rules, customer, organisation),
        dunning.country_for(desk.rules, customer, organisation),
        desk.now,
        desk.tools.closed,
    )


def _seconds_to(desk: Desk, moment: datetime) -> float:
    return max((moment - desk.now).total_seconds(), 1.0)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    reminder = bodies.read_reminder(body)
    with desk.tools.sessions.begin() as s:
        customer = mirror.customer(s, desk.organisation.id, reminder.customer_id)
    if customer is None or desk.organisation.ledger is None:
        msg = "the customer left the mirror"
        raise RefusedError(msg)
    # Ids of documents repeat across organisations, and so would the key.
    key = f"{desk.organisation.public_id}:{row.key}"
    try:
        message_id = desk.tools.channel.send(reminder, customer, desk.organisation.ledger, key)
    except RetryLaterError as error:
        raise NotNowError(error.seconds, str(error)) from error
    except UnknownOutcomeError as error:
        msg = f"The mail server did not say whether it took the reminder to {reminder.to}: {error}"
        raise UnconfirmedError(msg) from error
    return {"message_id": message_id}


def _begun(s: Session, _desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> None:
    """Count the steps as taken before the send: a send in doubt counts as a contact."""
    reminder = bodies.read_reminder(body)
    # A line that was dropped may be due again another day.
    actions.narrow_claims(s, row.organisation_id, row.id, reminder.claims)
    for line in reminder.lines:
        steps.record(
            s,
            row.organisation_id,
            customer_id=reminder.customer_id,
            invoice_id=line.invoice_id,
            step=line.step,
            level=line.level,
            day=reminder.day,
            action_id=row.id,
            state="sent",
        )


def _failed(s: Session, _desk: Desk, row: ActionRow) -> None:
    steps.forget(s, row.organisation_id, row.id)


def _after(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], _outcome: Mapping[str, Any]
) -> None:
    _tell(s, row, bodies.read_reminder(body), desk.now)


def _tell(s: Session, row: ActionRow, reminder: SendReminder, now: datetime) -> None:
    for line in reminder.lines:
        text = notes.reminded(reminder, line)
        notes.plan(s, row, Ref(Kind.INVOICE, line.invoice_id), text, now)


REMIND = Hand(look=_look, prepare=_prepare, act=_act, begun=_begun, failed=_failed, after=_after)


def resolve(s: Session, row: ActionRow, who: str, now: datetime, *, was_sent: bool) -> None:
    """Take a person's word on what became of an unconfirmed send of a reminder or an invoice.

    Sent: it is closed as done, and of a reminder the ledger gets its notes. Not sent: it is planned
    again and passes every check before it goes. Raises ValueError when the action is not in doubt.
    """
    if row.kind not in UNCONFIRMED or row.state != "unknown":
        msg = "this message is not in doubt"
        raise ValueError(msg)
    if was_sent:
        actions.close(
            s,
            row.organisation_id,
            row.id,
            state="done",
            outcome={"confirmed_by": who},
            now=now,
            text=f"{who}: it was sent",
            who=who,
        )
        if row.kind == "remind":
            _tell(s, row, bodies.read_reminder(row.body), now)
    else:
        steps.forget(s, row.organisation_id, row.id)
        actions.postpone(
            s,
            row.organisation_id,
            row.id,
            state="planned",
            next_at=now,
            reason=f"{who}: it was not sent",
            now=now,
        )
    exceptions.close_subject(
        s,
        row.organisation_id,
        f"action:{row.id}",
        who=who,
        now=now,
        resolution="sent" if was_sent else "not sent; planned again",
    )
