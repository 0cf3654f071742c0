"""Money from elsewhere that pays nothing yet, booked in the ledger on account of its customer.

From then on it is a receipt of the ledger's own, and the same money cannot turn up twice. Not every
ledger lets an app take it back, so that only a person decides it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector import PROVIDERS
from connector.protocol import Ability, Held
from flows import arrived, bodies, notes, reversing, taken_back, written
from flows.able import can
from flows.bank import links as bank_links
from flows.keeping import keep, look_again
from flows.perform import Desk, Dropped, Hand, nothing
from ledger.days import local_day
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from ledger.money import Money
from rules.actions import Keep
from store import actions, bank_accounts, connections, exceptions, inbox, mirror

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from store.actions import ActionRow
    from store.connections import ConnectionRow

Body = dict[str, Any]

KIND = "keep"
RELEASE_KIND = "release"


def require(s: Session, books: ConnectionRow, source: Source, customer_id: str) -> None:
    """Raise ValueError, in words for a person, where the money cannot be kept so."""
    if source is Source.LEDGER:
        msg = "this money is on account in the ledger already"
        raise ValueError(msg)
    if not can(books, Ability.KEEP):
        msg = f"{books.title} keeps no money on account of a customer"
        raise ValueError(msg)
    customer = mirror.customer(s, books.organisation_id, customer_id)
    if customer is None or customer.archived:
        msg = "this customer is not in the ledger any more; choose another"
        raise ValueError(msg)


def plan(
    s: Session, books: ConnectionRow, action: Keep, *, who: str, now: datetime, name: str = ""
) -> ActionRow | None:
    """Plan keeping money; None when something else disposes of it. `name` tells two tries apart."""
    return actions.plan(
        s,
        books.organisation_id,
        connection_id=books.id,
        key=f"{action.key}{name}",
        kind=KIND,
        subject=f"receipt:{action.source}:{action.receipt_id}",
        body=bodies.keeping(action),
        claims=action.claims,
        state="planned",
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=action.why.sentence,
    )


def _receipt(desk: Desk, action: Keep) -> Receipt | None:
    ours = desk.organisation.id
    with desk.tools.sessions.begin() as s:
        found = mirror.receipt(s, ours, action.source, action.receipt_id)
        bank = bank_accounts.of_receipt(s, ours, action.receipt_id)
    if found is None or bank is None:
        return found
    return replace(found, ledger_account=bank.ledger_account)


def _look(desk: Desk, row: ActionRow) -> Body | None:
    action = bodies.read_keeping(row.body)
    receipt = _receipt(desk, action)
    if receipt is None:
        return None
    found = desk.books.find_kept(receipt, action.customer_id, row.key)
    return _written(found) if found else None


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    action = bodies.read_keeping(row.body)
    receipt = _receipt(desk, action)
    if receipt is None or receipt.status is not Status.OPEN:
        return Dropped("the receipt is no longer open")
    if receipt.unapplied != action.amount:
        return Dropped(f"{receipt.unapplied} of the receipt is unapplied, not {action.amount}")
    try:
        arrived.require(receipt)
        bank_links.require_own(desk, row, action.source)
    except ValueError as error:
        return Dropped(str(error))
    return dict(row.body)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    action = bodies.read_keeping(body)
    receipt = _receipt(desk, action)
    if receipt is None:
        msg = "the receipt is not in the mirror any more"
        raise RefusedError(msg)
    day = booking_day(desk, receipt)
    return _written(desk.books.keep(receipt, action.customer_id, row.key, day))


def booking_day(desk: Desk, receipt: Receipt) -> date:
    """Give the day the money came in, or today where that period is locked."""
    ledger = desk.organisation.ledger
    if ledger is not None and ledger.locked_until and receipt.received <= ledger.locked_until:
        return local_day(desk.now, ledger.zone)
    return receipt.received


def _written(held: Held) -> Body:
    return {"held": [held.ref.id, held.ref.part, [held.amount.minor, held.amount.currency]]}


def _after(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], outcome: Mapping[str, Any]
) -> None:
    action = bodies.read_keeping(body)
    key, part, amount = outcome["held"]
    ours = desk.organisation.id
    written.note(s, row, outcome)
    mirror.record_applied(s, ours, action.source, action.receipt_id, Money(*amount))
    taken_back.check(s, ours, [action.receipt_id], desk.now)
    exceptions.close_subject(
        s, ours, row.subject, who="dunnock", now=desk.now, resolution="kept on account"
    )
    notes.plan(s, row, Ref(Kind.CUSTOMER, action.customer_id), notes.kept(action), desk.now)
    inbox.read_again(s, desk.connection, [Ref(Kind.RECEIPT, key, part)], why=row.key, now=desk.now)


def _failed(s: Session, desk: Desk, _row: ActionRow) -> None:
    look_again(s, desk.organisation.id, desk.now)


KEEP = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=_failed, after=_after)


def undo(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> ActionRow:
    """Plan taking money kept on account back. Raises ValueError, in words, where it stays there."""
    row = actions.get(s, organisation_id, action_id)
    books = connections.books_of(s, organisation_id)
    if row is None or row.kind != KIND or row.state != actions.DONE or row.undone_at is not None:
        msg = "this money is not on account any more; reload the page"
        raise ValueError(msg)
    if books is None or not can(books, Ability.RELEASE):
        title = PROVIDERS[books.provider].title if books else "the ledger"
        msg = f"{title} lets no app take money kept on account back; do it there"
        raise ValueError(msg)
    held = read_held(row.outcome)
    if _is_being_applied(s, organisation_id, held):
        msg = "this money is being applied to invoices; look at it again in a minute"
        raise ValueError(msg)
    body = {"keeping": dict(row.body), "held": row.outcome["held"], "action_id": row.id}
    why = f"{who} took the money off the account"
    planned = reversing.plan(s, row, RELEASE_KIND, body, who=who, why=why, now=now)
    if planned is None:
        msg = "it is being taken back already; look at the activity page"
        raise ValueError(msg)
    return planned


def read_held(outcome: Mapping[str, Any]) -> Held:
    """Read back what the ledger holds since money was kept."""
    key, part, amount = outcome["held"]
    return Held(Ref(Kind.RECEIPT, key, part), Money(*amount))


def _is_being_applied(s: Session, organisation_id: int, held: Held) -> bool:
    about = actions.of_subject(s, organisation_id, f"receipt:{Source.LEDGER}:{held.ref.id}")
    going = {actions.PLANNED, actions.DOING, actions.UNKNOWN}
    return any(one.kind == "apply" and one.state in going for one in about)


def _prepare_release(desk: Desk, row: ActionRow) -> Body | Dropped:
    with desk.tools.sessions.begin() as s:
        if _is_being_applied(s, desk.organisation.id, read_held(row.body)):
            return Dropped("the money is being applied to invoices")
    return dict(row.body)


def _act_release(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    held = read_held(body)
    desk.books.release(held, row.key)
    # The same money would be there twice until the ledger's own is seen to be gone.
    read = desk.books.read([held.ref])
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, read, desk.now)
    return {}


def _after_release(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], _outcome: Mapping[str, Any]
) -> None:
    action, ours = bodies.read_keeping(body["keeping"]), desk.organisation.id
    text = "taken off the account in the ledger"
    actions.mark_undone(s, ours, body["action_id"], now=desk.now, text=text)
    freed = -read_held(body).amount
    mirror.record_applied(s, ours, action.source, action.receipt_id, freed)
    taken_back.check(s, ours, [action.receipt_id], desk.now)
    notes.plan(s, row, Ref(Kind.CUSTOMER, action.customer_id), notes.released(action), desk.now)
    look_again(s, ours, desk.now)


RELEASE = Hand(
    look=reversing.look,
    prepare=_prepare_release,
    act=_act_release,
    begun=nothing,
    failed=nothing,
    after=_after_release,
)
