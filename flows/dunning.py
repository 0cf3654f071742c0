"""Dunning: gather the facts, ask the rules, plan what they want; show the same as a preview."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows import bodies, notes
from flows.perform import Desk
from ledger.days import at_local, days_between, local_day
from ledger.documents import Kind, Position, Ref
from rules import dunning
from rules.actions import Escalate, SendReminder, Suppressed
from rules.facts import DunningFacts
from store import actions, connections, exceptions, holds, mirror, steps

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from flows.tools import Closed
    from ledger.documents import Receipt
    from rules.ruleset import RuleSet
    from store.organisations import OrganisationRow


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent now, and what is due and held back."""

    reminders: tuple[SendReminder, ...]
    escalations: tuple[Escalate, ...]
    suppressed: tuple[Suppressed, ...]


# A receipt nobody could apply keeps its payer's reminders back for so long, counted from the day
# it came in (rules.md: `possible_payment_seen`).
POSSIBLE_PAYMENT_DAYS = 10


def gather(
    s: Session, organisation: OrganisationRow, position: Position, today: date
) -> DunningFacts:
    """Gather everything known about one customer around its open documents."""
    if organisation.ledger is None:
        msg = "the organisation's ledger was not read yet"
        raise ValueError(msg)
    customer_id = position.customer.ref.id
    recent = tuple(
        receipt
        for receipt in mirror.receipts_to_match(s, organisation.id)
        if days_between(receipt.received, today) <= POSSIBLE_PAYMENT_DAYS
        and _may_pay(receipt, position)
    )
    return DunningFacts(
        organisation=organisation.ledger,
        position=position,
        holds=holds.of_customer(s, organisation.id, customer_id, today),
        contacted=steps.contacted(s, organisation.id, customer_id),
        possible_payments=recent,
        first_seen=mirror.first_seen(
            s, organisation.id, [invoice.ref.id for invoice in position.invoices]
        ),
        skipped=steps.skipped(s, organisation.id, customer_id),
        live_since=organisation.live_since,
    )


def _may_pay(receipt: Receipt, position: Position) -> bool:
    """Whether an unapplied receipt may be this customer's: when in doubt, it may."""
    customer = position.customer
    if receipt.customer_id is not None:
        return receipt.customer_id == customer.ref.id
    ids = {invoice.ref.id for invoice in position.invoices}
    numbers = {invoice.number for invoice in position.invoices}
    if receipt.links:
        return any(
            link.invoice_id in ids or link.invoice_number in numbers for link in receipt.links
        )
    if receipt.payer_email and receipt.payer_email.lower() == (customer.email or "").lower():
        return True
    if receipt.payer_name and receipt.payer_name.casefold() == customer.name.casefold():
        return True
    return any(
        invoice.balance == receipt.unapplied
        or (len(invoice.number) > 3 and invoice.number in f"{receipt.reference} {receipt.text}")
        for invoice in position.invoices
    )


def preview(
    s: Session, organisation: OrganisationRow, rules: RuleSet, now: datetime, closed: Closed
) -> Preview:
    """Say what the rules would send today, and what they hold back, from the mirror.

    The page shows today whatever the hour, so the send window is taken as open.
    """
    if organisation.ledger is None:
        return Preview((), (), ())
    moment = _window_opening(organisation, rules, now)
    found = Preview((), (), ())
    for customer_id in mirror.customers_with_open(s, organisation.id):
        position = mirror.position(s, organisation.id, customer_id, moment)
        if position is None:
            continue
        facts = gather(s, organisation, position, local_day(now, organisation.ledger.zone))
        decision = dunning.decide(facts, rules, moment, closed)
        found = Preview(
            (*found.reminders, *(a for a in decision.actions if isinstance(a, SendReminder))),
            (*found.escalations, *(a for a in decision.actions if isinstance(a, Escalate))),
            (*found.suppressed, *decision.suppressed),
        )
    return found


def _window_opening(organisation: OrganisationRow, rules: RuleSet, now: datetime) -> datetime:
    zone = organisation.ledger.zone if organisation.ledger else "UTC"
    return at_local(local_day(now, zone), rules.dunning.window_opens, zone)


def newest_common_reading(s: Session, organisation_id: int) -> datetime | None:
    """Say since when all places where money comes in are known; None: one cannot be seen at all.

    A payments connection that lost its consent hides payments, so nothing may rest on it.
    """
    oldest: datetime | None = None
    for one in connections.of_organisation(s, organisation_id):
        if one.state == "disconnected":
            continue
        if one.state != "connected" or one.synced_at is None:
            return None
        oldest = one.synced_at if oldest is None else min(oldest, one.synced_at)
    return oldest


def plan(desk: Desk) -> datetime | None:
    """Decide for every customer with something open and plan what the rules want.

    Gives the moment of the next look, or None when there is nothing to look for (mode preview).
    """
    if desk.rules.dunning.mode == "preview" or desk.organisation.ledger is None:
        return None
    now = desk.now
    today = local_day(now, desk.organisation.ledger.zone)
    with desk.tools.sessions.begin() as s:
        read_at = newest_common_reading(s, desk.organisation.id)
        customer_ids = mirror.customers_with_open(s, desk.organisation.id)
    if read_at is None:
        return now + desk.tools.pace.dunning_every
    for customer_id in customer_ids:
        with desk.tools.sessions.begin() as s:
            position = mirror.position(s, desk.organisation.id, customer_id, read_at)
            if position is None:
                continue
            facts = gather(s, desk.organisation, position, today)
            decision = dunning.decide(facts, desk.rules, now, desk.tools.closed)
            for action in decision.actions:
                if isinstance(action, SendReminder):
                    _plan_reminder(s, desk, action)
                else:
                    _plan_escalation(s, desk, action)
            for one in decision.suppressed:
                _keep_suppressed(s, desk, one, today)
    return _next_look(desk, now)


def _plan_reminder(s: Session, desk: Desk, action: SendReminder) -> None:
    waits = action.needs_approval or desk.rules.dunning.mode == "approve"
    actions.plan(
        s,
        desk.organisation.id,
        connection_id=desk.connection.id,
        key=action.key,
        kind="remind",
        subject=f"{Kind.CUSTOMER}:{action.customer_id}",
        body=bodies.reminder(action),
        claims=action.claims,
        state="waiting" if waits else "planned",
        next_at=desk.now,
        day=action.day,
        now=desk.now,
        who="dunnock",
        why=action.why.sentence,
    )


def _plan_escalation(s: Session, desk: Desk, action: Escalate) -> None:
    """An escalation is carried out by writing it down: a row for the person, notes in the books."""
    row = actions.plan(
        s,
        desk.organisation.id,
        connection_id=desk.connection.id,
        key=action.key,
        kind="escalate",
        subject=f"{Kind.CUSTOMER}:{action.customer_id}",
        body=bodies.escalation(action),
        claims=action.claims,
        state="done",
        next_at=desk.now,
        day=action.day,
        now=desk.now,
        who="dunnock",
        why=action.why.sentence,
    )
    if row is None:
        return
    numbers = ", ".join(line.number for line in action.lines)
    exceptions.open_exception(
        s,
        desk.organisation.id,
        kind="escalated",
        subject=f"action:{row.id}",
        title=f"Overdue invoices need a person: {numbers}",
        detail=action.why.sentence,
        fix=f"{action.assign_to}: decide by {action.task_due.isoformat()} and close this.",
        now=desk.now,
        action_id=row.id,
    )
    for line in action.lines:
        steps.record(
            s,
            desk.organisation.id,
            customer_id=action.customer_id,
            invoice_id=line.invoice_id,
            step=line.step,
            level=line.level,
            day=action.day,
            action_id=row.id,
            state="sent",
        )
        notes.plan(s, desk, Ref(Kind.INVOICE, line.invoice_id), notes.escalated(action, line), row)


def _keep_suppressed(s: Session, desk: Desk, one: Suppressed, today: date) -> None:
    steps.note_suppressed(s, desk.organisation.id, one, today, desk.now)
    if one.final:
        steps.record(
            s,
            desk.organisation.id,
            customer_id=one.customer_id,
            invoice_id=one.invoice_id,
            step=one.step,
            level=0,
            day=today,
            action_id=None,
            state="skipped",
        )


def _next_look(desk: Desk, now: datetime) -> datetime:
    """The next opening of any customer's send window, or soon while one is open."""
    with desk.tools.sessions.begin() as s:
        places = mirror.zones_and_countries(s, desk.organisation.id)
    ledger = desk.organisation.ledger
    home = (ledger.zone, ledger.country) if ledger else ("UTC", None)
    looks = [
        dunning.next_window(desk.rules, zone or home[0], country or home[1], now, desk.tools.closed)
        for zone, country in {*places, home}
    ]
    return max(min(looks), now + desk.tools.pace.dunning_every)


def fresh_facts(desk: Desk, reminder: SendReminder) -> DunningFacts | None:
    """Read the customer again at the provider; None when payments cannot be seen just now."""
    position = desk.books.position(reminder.customer_id)
    now = desk.now
    with desk.tools.sessions.begin() as s:
        mirror.save_position(s, desk.organisation.id, desk.connection.id, position, now)
        read_at = newest_common_reading(s, desk.organisation.id)
        payments = [
            one
            for one in connections.of_organisation(s, desk.organisation.id)
            if one.role == "payments" and one.state == "connected"
        ]
        oldest = min((one.synced_at or now for one in payments), default=now)
        stale = days_between(oldest.date(), now.date()) > 0 or (
            (now - oldest).total_seconds() > desk.rules.dunning.max_data_age_minutes * 60
        )
        if read_at is None or stale:
            for one in payments:
                connections.want_sync(s, one.id, now)
            return None
        ledger = desk.organisation.ledger
        today = local_day(now, ledger.zone if ledger else "UTC")
        return gather(s, desk.organisation, replace(position, read_at=min(now, oldest)), today)
