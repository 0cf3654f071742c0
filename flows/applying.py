"""Setting a receipt against invoices in the ledger, and taking that apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.protocol import Share
from flows import bodies, notes
from flows.keeping import keep, look_again
from flows.perform import Desk, Dropped, Hand, nothing
from ledger.days import local_day
from ledger.documents import Invoice, Kind, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from ledger.money import Money, MoneyError
from rules.matching import payer_forms
from store import actions, exceptions, inbox, mirror, payers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from rules.actions import Apply
    from store.actions import ActionRow

Body = dict[str, Any]

# The rule's name in the why of what a person chose.
PERSON = "person"


def _shares(action: Apply) -> tuple[Share, ...]:
    return tuple(Share(one.invoice_id, one.amount) for one in action.portions)


def _receipt(desk: Desk, action: Apply) -> Receipt | None:
    """Give the receipt: read again where it lives in these books, else from the mirror."""
    with desk.tools.sessions.begin() as s:
        kept = mirror.receipt(s, desk.organisation.id, action.source, action.receipt_id)
    if kept is None or action.source is not Source.LEDGER:
        return kept
    found = desk.books.read([kept.ref])
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, found, desk.now)
    fresh = found[0].document if found else None
    return fresh if isinstance(fresh, Receipt) else None


def _look(desk: Desk, row: ActionRow) -> Body | None:
    action = bodies.read_application(row.body)
    receipt = _receipt(desk, action)
    if receipt is None:
        return None
    found = desk.books.find_applied(receipt, _shares(action), row.key)
    return bodies.applied(found) if found else None


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    action = bodies.read_application(row.body)
    receipt = _receipt(desk, action)
    if receipt is None or receipt.status is not Status.OPEN:
        return Dropped("the receipt is no longer open")
    refs = [Ref(Kind.INVOICE, one.invoice_id) for one in action.portions]
    read = desk.books.read(refs)
    # Kept at once: when this is dropped, the next decision rests on what was just read.
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, read, desk.now)
    fresh = {
        found.document.ref.id: found.document
        for found in read
        if isinstance(found.document, Invoice)
    }
    try:
        paid = Money(sum(one.amount.minor for one in action.portions), action.left.currency)
        if receipt.unapplied < paid:
            return Dropped(f"only {receipt.unapplied} of the receipt is still unapplied")
        for one in action.portions:
            invoice = fresh.get(one.invoice_id)
            if invoice is None or not invoice.is_open or invoice.balance < one.amount:
                return Dropped(f"invoice {one.number} is no longer open for {one.amount}")
    except MoneyError as error:
        return Dropped(str(error))
    return dict(row.body)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    action = bodies.read_application(body)
    with desk.tools.sessions.begin() as s:
        receipt = mirror.receipt(s, desk.organisation.id, action.source, action.receipt_id)
    if receipt is None:
        msg = "the receipt is not in the mirror any more"
        raise RefusedError(msg)
    # Money not yet in the ledger is booked on the day it came in, unless that period is locked.
    day = receipt.received
    ledger = desk.organisation.ledger
    if ledger is not None and ledger.locked_until and day <= ledger.locked_until:
        day = local_day(desk.now, ledger.zone)
    return bodies.applied(desk.books.apply(receipt, _shares(action), row.key, day))


def _after(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], _outcome: Mapping[str, Any]
) -> None:
    action = bodies.read_application(body)
    organisation_id = desk.organisation.id
    subject = f"receipt:{action.source}:{action.receipt_id}"
    exceptions.close_subject(
        s, organisation_id, subject, who="dunnock", now=desk.now, resolution="applied"
    )
    for one in action.portions:
        notes.plan(s, row, Ref(Kind.INVOICE, one.invoice_id), notes.applied(action, one), desk.now)
    if action.source is not Source.LEDGER:
        connection = mirror.connection_of_receipt(
            s, organisation_id, action.source, action.receipt_id
        )
        notes.plan_on_receipt(s, connection, action, row, desk.now)
        _record_applied(s, desk, action, sign=1)
    _learn(s, action, row, payers.confirm)
    _read_again(s, desk, action, row)


def _learn(
    s: Session, action: Apply, row: ActionRow, teach: Callable[[Session, int, str, str], None]
) -> None:
    """Remember who pays in which name, from what a person confirmed; never from a guess of ours."""
    if action.automatic and action.why.rule != PERSON:
        return
    receipt = mirror.receipt(s, row.organisation_id, action.source, action.receipt_id)
    for form in payer_forms(receipt) if receipt else ():
        teach(s, row.organisation_id, form, action.customer_id)


def _record_applied(s: Session, desk: Desk, action: Apply, sign: int) -> None:
    paid = sum(one.amount.minor for one in action.portions)
    amount = Money(sign * paid, action.left.currency)
    mirror.record_applied(s, desk.organisation.id, action.source, action.receipt_id, amount)


def _read_again(s: Session, desk: Desk, action: Apply, row: ActionRow) -> None:
    """Have what the application changed read again: a row in the inbox, like any notice."""
    refs = [Ref(Kind.INVOICE, one.invoice_id) for one in action.portions]
    if action.source is Source.LEDGER:
        kept = mirror.receipt(s, desk.organisation.id, action.source, action.receipt_id)
        refs += [kept.ref] if kept else []
    inbox.read_again(s, desk.connection, refs, why=row.key, now=desk.now)


def _failed(s: Session, desk: Desk, _row: ActionRow) -> None:
    """Have the rules decide anew about money that was not handed out after all."""
    look_again(s, desk.organisation.id, desk.now)


APPLY = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=_failed, after=_after)


def undo(s: Session, row: ActionRow, who: str, now: datetime) -> ActionRow | None:
    """Plan taking an application apart; the pair is never applied by a rule again.

    Gives None when it is undone already, or was never done.
    """
    if row.kind != "apply" or row.state != "done":
        return None
    action = bodies.read_application(row.body)
    for one in action.portions:
        payers.remember_undone(s, row.organisation_id, action.receipt_id, one.invoice_id)
    return actions.plan(
        s,
        row.organisation_id,
        connection_id=row.connection_id,
        key=f"unapply:{row.key}",
        kind="unapply",
        subject=row.subject,
        body={"application": dict(row.body), "applied": dict(row.outcome), "action_id": row.id},
        claims=(),
        state="planned",
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=f"{who} took the application apart",
    )


def _look_undone(_desk: Desk, _row: ActionRow) -> Body | None:
    # `unapply` leaves what is already undone as it is, so it may simply be done again.
    return None


def _prepare_undo(_desk: Desk, row: ActionRow) -> Body | Dropped:
    return dict(row.body)


def _act_undo(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    desk.books.unapply(bodies.read_applied(body["applied"]), row.key)
    return {}


def _after_undo(
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
    if action.source is not Source.LEDGER:
        _record_applied(s, desk, action, sign=-1)
    _learn(s, action, row, payers.unconfirm)
    for one in action.portions:
        notes.plan(
            s, row, Ref(Kind.INVOICE, one.invoice_id), notes.unapplied(action, one), desk.now
        )
    _read_again(s, desk, action, row)


UNAPPLY = Hand(
    look=_look_undone,
    prepare=_prepare_undo,
    act=_act_undo,
    begun=nothing,
    failed=nothing,
    after=_after_undo,
)
