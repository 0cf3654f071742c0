"""Notes into the ledger, so that the books tell the story when Dunnock is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.marks import mark
from flows import bodies
from flows.perform import Desk, Dropped, Hand, nothing
from ledger.differences import Difference
from ledger.documents import Kind, Ref, Source
from store import actions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Receipt
    from rules.actions import Apply, Escalate, Keep, Portion, ReminderLine, SendReminder
    from store.actions import ActionRow

Body = dict[str, Any]
# So much of what a bank says of a line tells it from the others of its day.
WORDS_MAX = 60

# What a difference is called in a note and on a page.
DIFFERENCES = {
    Difference.EARLY_DISCOUNT: "early payment discount",
    Difference.WITHHOLDING_TAX: "withholding tax",
    Difference.BANK_FEE: "bank fee",
    Difference.ROUNDING: "rounding",
    Difference.FX: "exchange difference",
    Difference.WRITE_OFF: "write-off",
}


def reminded(reminder: SendReminder, line: ReminderLine) -> str:
    """Say on an invoice that a reminder went out."""
    overdue = f", {line.days_overdue} days overdue" if line.days_overdue > 0 else ""
    return (
        f"Dunnock: reminder {reminder.template!r} (dunning level {line.level}) sent to"
        f" {reminder.to} on {reminder.day.isoformat()}: {line.balance} open{overdue};"
        f" {reminder.why.rule}, rules version {reminder.why.version}."
    )


def escalated(action: Escalate, line: ReminderLine) -> str:
    """Say on an invoice that it was handed to a person."""
    return (
        f"Dunnock: handed to {action.assign_to} on {action.day.isoformat()}: {line.balance} open,"
        f" {line.days_overdue} days overdue; {action.why.rule}, rules version {action.why.version}."
    )


def applied(action: Apply, portion: Portion, receipt: Receipt | None = None) -> str:
    """Say on an invoice which money paid it, what no money came for, and why that was clear."""
    return (
        f"Dunnock: {_portion(action, portion)} applied from {action.source} receipt"
        f" {action.receipt_id}{_line(receipt)}; {action.why.sentence}."
    )


def _line(receipt: Receipt | None) -> str:
    """Give the words by which a line is found on a bank statement; other money has an id for it."""
    if receipt is None or receipt.source is not Source.BANK:
        return ""
    said = " ".join(f"{receipt.payer_name} {receipt.reference or receipt.text}".split())
    return f" ({receipt.received.isoformat()} {said[:WORDS_MAX]}".rstrip() + ")"


def unapplied(action: Apply, portion: Portion, *, came_back: bool = False) -> str:
    """Say on an invoice that an application was taken apart, perhaps as its money went back."""
    why = ", for the bank took the money back" if came_back else ""
    return (
        f"Dunnock: {_portion(action, portion)} from {action.source} receipt {action.receipt_id} was"
        f" taken back by a person{why}."
    )


def kept(action: Keep) -> str:
    """Say on a customer that money was put on its account, and where it came from."""
    return (
        f"Dunnock: {action.amount} from {action.source} receipt {action.receipt_id} kept on"
        f" account; {action.why.sentence}."
    )


def released(action: Keep) -> str:
    """Say on a customer that money was taken off its account again."""
    return (
        f"Dunnock: {action.amount} from {action.source} receipt {action.receipt_id} was taken off"
        " the account again by a person."
    )


def _portion(action: Apply, portion: Portion) -> str:
    named = [
        f"{one.amount} as {DIFFERENCES[one.kind]}"
        for one in action.adjustments
        if one.invoice_id == portion.invoice_id
    ]
    if action.credits:
        numbers = ", ".join(one.number for one in action.credits)
        named.append(f"together with credit note {numbers}")
    return f"{portion.amount} ({', '.join(named)})" if named else str(portion.amount)


def plan(s: Session, cause: ActionRow, ref: Ref, text: str, now: datetime) -> None:
    """Plan one note about an action on one document of the same books."""
    _plan(s, cause.connection_id, ref, text, cause, now)


def plan_on_receipt(
    s: Session, connection_id: int | None, action: Apply, cause: ActionRow, now: datetime
) -> None:
    """Plan the note on a receipt that lives at another connection, such as a Stripe payment."""
    if connection_id is None:
        return
    numbers = " ".join(one.number for one in action.invoices)
    paid = action.paid.minor
    text = f"applied={paid} invoices={numbers} rule={action.why.rule} mark={mark(cause.key)}"
    _plan(s, connection_id, Ref(Kind.RECEIPT, action.receipt_id), text, cause, now)


def _plan(
    s: Session, connection_id: int | None, ref: Ref, text: str, cause: ActionRow, now: datetime
) -> None:
    actions.plan(
        s,
        cause.organisation_id,
        connection_id=connection_id,
        key=f"note:{ref.kind}:{ref.id}:{cause.key}",
        kind="note",
        subject=f"{ref.kind}:{ref.id}",
        body=bodies.note(ref, text),
        claims=(),
        state="planned",
        next_at=now,
        day=None,
        now=now,
        who="dunnock",
        why=f"tells what action {cause.id} did",
    )


def _look(desk: Desk, row: ActionRow) -> Body | None:
    ref, _text = bodies.read_note(row.body)
    found = desk.books.find_note(ref, row.key)
    return None if found is None else {"note_id": found}


def _prepare(_desk: Desk, row: ActionRow) -> Body | Dropped:
    return dict(row.body)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    ref, text = bodies.read_note(body)
    return {"note_id": desk.books.note(ref, text, row.key)}


NOTE = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=nothing, after=nothing)
