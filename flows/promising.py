"""Promises to pay: a hold here, and in the ledger the expected date or else a note."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flows import notes
from flows.keeping import keep
from flows.perform import Desk, Dropped, Hand, NotNowError, nothing
from ledger.days import local_day
from ledger.documents import Invoice, Kind, Ref
from store import actions, holds, mirror

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from rules.facts import Hold
    from store.actions import ActionRow
    from store.holds import HoldRow

Body = dict[str, Any]

KIND = "promise"
# A lift waits so long for the promise it takes back to come to an end.
WAIT_SECONDS = 60.0
REASON_CHARS = 160


def record(s: Session, organisation_id: int, hold: Hold, who: str, now: datetime) -> int:
    """Place a hold; a promise with its day is also to be written on the invoices it is about.

    About a whole customer, these are the open ones due by the promised day. Gives the hold's id.
    """
    hold_id = holds.place(s, organisation_id, hold, who, now)
    if hold.kind == holds.PROMISE and hold.until is not None:
        for invoice in _about(s, organisation_id, hold):
            body = {
                "hold_id": hold_id,
                "invoice_id": invoice.ref.id,
                "number": invoice.number,
                "day": hold.until.isoformat(),
                "reason": hold.reason,
                "lifts": None,
            }
            _plan(s, organisation_id, "promise", body, who, now)
    return hold_id


def release(s: Session, organisation_id: int, row: HoldRow, who: str, now: datetime) -> bool:
    """End a hold; a promise is also to be taken back in the ledger. False when it is over."""
    if not holds.release(s, organisation_id, row.id, who, now):
        return False
    for invoice in _about(s, organisation_id, row.hold):
        first = actions.of_key(s, organisation_id, f"promise:{row.id}:{invoice.ref.id}")
        if first is None:
            continue
        if not _dropped(s, first, who, now):
            body = {**first.body, "lifts": first.id}
            _plan(s, organisation_id, "lift", body, who, now)
    return True


def _dropped(s: Session, promise: ActionRow, who: str, now: datetime) -> bool:
    """Drop the writing of a promise; False when it was begun already."""
    return actions.cancel(
        s,
        promise.organisation_id,
        promise.id,
        who=who,
        now=now,
        reason="the promise was taken back before it was written",
        states=(actions.PLANNED,),
    )


def _about(s: Session, organisation_id: int, hold: Hold) -> list[Invoice]:
    if hold.invoice_id is not None:
        found = mirror.invoice(s, organisation_id, hold.invoice_id)
        return [found] if found is not None and found.is_open else []
    mine = mirror.invoices_of(s, organisation_id, hold.customer_id)
    return [one for one in mine if one.is_open and hold.until and one.due <= hold.until]


def _plan(s: Session, organisation_id: int, word: str, body: Body, who: str, now: datetime) -> None:
    lifts = body["lifts"] is not None
    actions.plan(
        s,
        organisation_id,
        key=f"{word}:{body['hold_id']}:{body['invoice_id']}",
        kind=KIND,
        subject=f"{Kind.INVOICE}:{body['invoice_id']}",
        body=body,
        claims=(),
        state=actions.PLANNED,
        next_at=now,
        day=None,
        now=now,
        who=who,
        why="a person took the promise back" if lifts else "a person recorded the promise",
    )


def _read(desk: Desk, invoice_id: str) -> Invoice | None:
    """Read an invoice again; None when it is gone or nothing is owed on it any more."""
    found = desk.books.read([Ref(Kind.INVOICE, invoice_id)])
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, found, desk.now)
    documents = [one.document for one in found]
    return next((one for one in documents if isinstance(one, Invoice) and one.is_open), None)


def _look(desk: Desk, row: ActionRow) -> Body | None:
    """Find the day in the ledger; without it nothing was written, and again does no harm."""
    invoice = _read(desk, row.body["invoice_id"])
    if invoice is None:
        return None
    kept = invoice.promised == _day(row.body["write"])
    return {"kept": True, "was": row.body["was"]} if kept else None


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    prepare = _lifting if row.body["lifts"] is not None else _promising
    return prepare(desk, row)


def _promising(desk: Desk, row: ActionRow) -> Body | Dropped:
    with desk.tools.sessions.begin() as s:
        in_force = holds.get(s, desk.organisation.id, row.body["hold_id"])
    if in_force is None:
        return Dropped("the promise was taken back")
    invoice = _read(desk, row.body["invoice_id"])
    if invoice is None:
        return Dropped("nothing is owed on the invoice any more")
    was = invoice.promised.isoformat() if invoice.promised else None
    return {**row.body, "write": row.body["day"], "was": was}


def _lifting(desk: Desk, row: ActionRow) -> Body | Dropped:
    """Find out what to leave: another promise, what stood there before, or nothing."""
    with desk.tools.sessions.begin() as s:
        first = actions.get(s, desk.organisation.id, row.body["lifts"])
    if first is None or first.state in {actions.REFUSED, actions.CANCELLED}:
        return Dropped("the promise was never written")
    if first.state != actions.DONE:
        raise NotNowError(WAIT_SECONDS, "the promise itself is still being written")
    if not first.outcome["kept"]:
        return {**row.body, "write": None, "was": None, "noted": True}
    invoice = _read(desk, row.body["invoice_id"])
    if invoice is None:
        return Dropped("nothing is owed on the invoice any more")
    if invoice.promised != _day(row.body["day"]):
        return Dropped("the ledger names another day by now")
    left = _left(desk, invoice, first)
    return {**row.body, "write": left.isoformat() if left else None, "was": row.body["day"]}


def _left(desk: Desk, invoice: Invoice, first: ActionRow) -> date | None:
    """Give the day that stays on the invoice once a promise is taken back."""
    ours = desk.organisation.id
    with desk.tools.sessions.begin() as s:
        open_ = [one.hold for one in holds.all_open(s, ours, _today(desk))]
        written = {
            one.outcome.get("kept") and one.body["day"]
            for one in actions.of_subject(s, ours, f"{Kind.INVOICE}:{invoice.ref.id}")
            if one.kind == KIND and one.id != first.id
        }
    others = [
        one.until
        for one in open_
        if one.kind == holds.PROMISE
        and one.until is not None
        and (one.invoice_id or invoice.ref.id) == invoice.ref.id
        and (one.invoice_id is not None or one.customer_id == invoice.customer_id)
    ]
    was = first.outcome["was"]
    # What stood there before may be an older promise of ours that is over.
    before = None if was in written else _day(was)
    return max(others) if others else before


def _today(desk: Desk) -> date:
    ledger = desk.organisation.ledger
    return local_day(desk.now, ledger.zone if ledger else "UTC")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    if body.get("noted"):
        return {"kept": False, "was": None}
    invoice = Ref(Kind.INVOICE, body["invoice_id"])
    kept = desk.books.promise(invoice, _day(body["write"]), row.key)
    return {"kept": kept, "was": body["was"]}


def _after(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], outcome: Mapping[str, Any]
) -> None:
    """Tell the ledger in a note as well: where it takes no day, the note is all it has."""
    ref = Ref(Kind.INVOICE, body["invoice_id"])
    notes.plan(s, row, ref, _note(body, kept=outcome["kept"]), desk.now)


def _note(body: Mapping[str, Any], *, kept: bool) -> str:
    if body["lifts"] is not None:
        return f"Dunnock: the promise to pay by {body['day']} was taken back by a person."
    reason = body["reason"]
    short = reason if len(reason) <= REASON_CHARS else f"{reason[:REASON_CHARS]}..."
    note = f"Dunnock: a person recorded that payment is promised for {body['day']}: {short}"
    return note if kept else f"{note} (kept in this note alone)"


PROMISE = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=nothing, after=_after)
