"""Setting a receipt against invoices in the ledger, and taking that apart again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.protocol import Ability, Share
from flows import arrived, bodies, in_part, judging, kept_money, netting, notes, taken_back, written
from flows.able import can
from flows.bank import links as bank_links
from flows.judging import is_confirmed
from flows.keeping import keep, look_again
from flows.kept_money import booking_day as _booking_day
from flows.perform import Desk, Dropped, Hand, nothing
from ledger.documents import CreditNote, Invoice, Kind, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from ledger.money import MoneyError
from rules.actions import Keep
from rules.matching.learning import lessons
from store import actions, bank_accounts, exceptions, inbox, mirror, payers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.protocol import Held
    from ledger.money import Money
    from rules.actions import Apply, Portion
    from store.actions import ActionRow

Body = dict[str, Any]

OTHER_RULES = "the rules were changed since this was decided"


def _shares(action: Apply, body: Mapping[str, Any]) -> list[Share]:
    """Give what money clears: credit notes used with it are told to the ledger after it."""
    shares = [Share(one.invoice_id, one.amount) for one in action.invoices]
    return netting.in_money(shares, netting.read(body))


def _read(
    desk: Desk, action: Apply, refs: Sequence[Ref] = ()
) -> tuple[Receipt | None, dict[str, Invoice | CreditNote]]:
    """Read documents again, and with them the receipt where it lives in these books.

    A receipt from elsewhere comes from the mirror. What was read is kept at once: when this is
    dropped, the next decision rests on it.
    """
    with desk.tools.sessions.begin() as s:
        kept = mirror.receipt(s, desk.organisation.id, action.source, action.receipt_id)
    if kept is not None and action.source is Source.LEDGER:
        refs = [*refs, kept.ref]
    if kept is None or not refs:
        return kept, {}
    read = desk.books.read(refs)
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, read, desk.now)
    fresh = [one.document for one in read]
    receipt: Receipt | None = kept
    if action.source is Source.LEDGER:
        receipt = next((one for one in fresh if isinstance(one, Receipt)), None)
    return receipt, {one.ref.id: one for one in fresh if isinstance(one, Invoice | CreditNote)}


def _payees(s: Session, organisation_id: int, action: Apply) -> set[str]:
    """Name the customers whose invoices are paid."""
    paid = mirror.invoices(s, organisation_id, [one.invoice_id for one in action.invoices])
    return {one.customer_id for one in paid.values()}


def _owned(desk: Desk, action: Apply, receipt: Receipt) -> Receipt:
    """Say whose money it is, where all invoices it pays are that customer's, and where it lies.

    A ledger that knows can take what is left of the money on account, unless that is for another.
    """
    if action.source is Source.LEDGER:
        return receipt
    ours = desk.organisation.id
    with desk.tools.sessions.begin() as s:
        whose = _payees(s, ours, action)
        bank = bank_accounts.of_receipt(s, ours, action.receipt_id)
    alone = whose == {action.customer_id} == {action.keep_for or action.customer_id}
    return replace(
        receipt,
        customer_id=action.customer_id if alone else None,
        ledger_account=bank.ledger_account if bank else "",
    )


def _look(desk: Desk, row: ActionRow) -> Body | None:
    action = bodies.read_application(row.body)
    receipt, _ = _read(desk, action)
    if receipt is None:
        return None
    owned, day = _owned(desk, action, receipt), _booking_day(desk, receipt)
    shares = _shares(action, row.body)
    found = desk.books.find_applied(owned, shares, row.key, action.adjustments)
    if found and (found.missing or found.owed):
        found = desk.books.complete(owned, found, row.key, day)
    if found is None:
        return None
    return bodies.applied(found) | netting.use(desk, row, row.body, day, again=True)


def drop_unbegun(s: Session, organisation_id: int, *, who: str, now: datetime, reason: str) -> None:
    """Have what rules decided, and nobody has begun yet, decided again by what is known now."""
    for row in actions.in_state(s, organisation_id, actions.PLANNED):
        if row.kind == "apply" and not is_confirmed(bodies.read_application(row.body)):
            states = (actions.PLANNED,)
            actions.cancel(
                s, organisation_id, row.id, who=who, now=now, reason=reason, states=states
            )
    look_again(s, organisation_id, now)


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    action = bodies.read_application(row.body)
    if not is_confirmed(action) and action.why.version != desk.rules.version:
        # Somebody may have turned the mode or the rule back while the ledger took nothing.
        return Dropped(OTHER_RULES)
    receipt, fresh = _read(desk, action, _refs(action))
    try:
        _require_open(action, receipt, fresh)
        bank_links.require_own(desk, row, action.source)
        netting.require(desk.connection, action)
        netted = netting.split(action, {key: one.customer_id for key, one in fresh.items()})
    except (MoneyError, ValueError) as error:
        return Dropped(str(error))
    return {**row.body, "netted": netting.written(netted)}


def _require_open(
    action: Apply, receipt: Receipt | None, fresh: Mapping[str, Invoice | CreditNote]
) -> None:
    """Raise ValueError for what is not there any more as it was decided of."""
    if receipt is None or receipt.status is not Status.OPEN:
        msg = "the receipt is no longer open"
        raise ValueError(msg)
    arrived.require(receipt)
    if receipt.unapplied < action.paid:
        msg = f"only {receipt.unapplied} of the receipt is still unapplied"
        raise ValueError(msg)
    for one in action.portions:
        if not _is_open(fresh.get(one.invoice_id), one.amount):
            noun = "invoice" if one.amount.minor > 0 else "credit note"
            msg = f"{noun} {one.number} is no longer open for {abs(one.amount)}"
            raise ValueError(msg)


def _refs(action: Apply) -> list[Ref]:
    return [
        *(Ref(Kind.INVOICE, one.invoice_id) for one in action.invoices),
        *(Ref(Kind.CREDIT_NOTE, one.invoice_id) for one in action.credits),
    ]


def _is_open(document: Invoice | CreditNote | None, amount: Money) -> bool:
    """Say whether a document is open for its portion, which is negative for a credit note."""
    wanted = Invoice if amount.minor > 0 else CreditNote
    if not isinstance(document, wanted) or document.status is not Status.OPEN:
        return False
    return document.balance >= abs(amount)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    action = bodies.read_application(body)
    with desk.tools.sessions.begin() as s:
        receipt = mirror.receipt(s, desk.organisation.id, action.source, action.receipt_id)
    if receipt is None:
        msg = "the receipt is not in the mirror any more"
        raise RefusedError(msg)
    day = _booking_day(desk, receipt)
    owned = _owned(desk, action, receipt)
    shares = _shares(action, body)
    done = desk.books.apply(owned, shares, row.key, day, action.adjustments)
    return bodies.applied(done) | netting.use(desk, row, body, day, again=False)


def paid(action: Apply, outcome: Mapping[str, Any]) -> list[Portion]:
    """Give the portions that the ledger took: it may have left some of the money on account."""
    taken = {one.invoice_id for one in bodies.read_applied(outcome).parts}
    taken |= netting.paid(outcome)
    return [one for one in action.invoices if one.invoice_id in taken]


def _after(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], outcome: Mapping[str, Any]
) -> None:
    action = bodies.read_application(body)
    held = bodies.read_applied(outcome).held
    organisation_id = desk.organisation.id
    subject = f"receipt:{action.source}:{action.receipt_id}"
    exceptions.close_subject(
        s, organisation_id, subject, who="dunnock", now=desk.now, resolution="applied"
    )
    receipt = mirror.receipt(s, organisation_id, action.source, action.receipt_id)
    for one in paid(action, outcome):
        told = notes.applied(action, one, receipt)
        notes.plan(s, row, Ref(Kind.INVOICE, one.invoice_id), told, desk.now)
    in_part.tell(s, row, outcome, desk.now)
    netting.tell(s, desk, row, outcome)
    if action.source is not Source.LEDGER:
        written.note(s, row, outcome)
        connection = mirror.connection_of_receipt(
            s, organisation_id, action.source, action.receipt_id
        )
        if action.source is Source.STRIPE:
            # A bank statement takes no notes.
            notes.plan_on_receipt(s, connection, action, row, desk.now)
        # What the ledger holds on account is the ledger's from now on, all of it.
        taken = held.amount if held else in_part.used(action, outcome)
        mirror.record_applied(s, organisation_id, action.source, action.receipt_id, taken)
        taken_back.check(s, organisation_id, [action.receipt_id], desk.now)
        if held is None:
            _keep_the_rest(s, desk, row, action)
    judging.count(s, organisation_id, action)
    learn(s, action, row, payers.confirm)
    read_again(s, desk, action, row, held)


def _keep_the_rest(s: Session, desk: Desk, row: ActionRow, action: Apply) -> None:
    """Have what is left booked on account, where a person agreed to the customer named for it.

    No ledger takes it back as it was, so that no rule does it alone.
    """
    if (
        is_confirmed(action)
        and action.keep_for
        and action.left
        and can(desk.connection, Ability.KEEP)
    ):
        rest = Keep(action.source, action.receipt_id, action.keep_for, action.left, action.why)
        kept_money.plan(s, desk.connection, rest, who="dunnock", now=desk.now, name=f":{row.id}")


def learn(
    s: Session, action: Apply, row: ActionRow, teach: Callable[[Session, int, str, str], None]
) -> None:
    """Remember who pays in which name, from what a person confirmed; never from a guess of ours.

    Who pays for several customers at once is none of them in particular.
    """
    if not is_confirmed(action) or len(_payees(s, row.organisation_id, action)) > 1:
        return
    receipt = mirror.receipt(s, row.organisation_id, action.source, action.receipt_id)
    for form in lessons(receipt, action.why.rule) if receipt else ():
        teach(s, row.organisation_id, form, action.customer_id)


def read_again(s: Session, desk: Desk, action: Apply, row: ActionRow, held: Held | None) -> None:
    """Have what the application changed read again: a row in the inbox, like any notice."""
    refs = _refs(action)
    refs += [held.ref] if held else []
    if action.source is Source.LEDGER:
        kept = mirror.receipt(s, desk.organisation.id, action.source, action.receipt_id)
        refs += [kept.ref] if kept else []
    inbox.read_again(s, desk.connection, refs, why=row.key, now=desk.now)


def _failed(s: Session, desk: Desk, _row: ActionRow) -> None:
    """Have the rules decide anew about money that was not handed out after all."""
    look_again(s, desk.organisation.id, desk.now)


APPLY = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=_failed, after=_after)
