"""Dunning: gather the facts, ask the rules, plan what they want; show the same as a preview."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows import bodies, facts, incoming, notes
from flows.keeping import keep_position
from ledger.days import at_local, local_day
from ledger.documents import Customer, Kind, Ref
from rules import dunning
from rules.actions import Escalate, SendReminder
from store import actions, exceptions, mirror, steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from flows.tools import Closed
    from ledger.documents import Organisation, Receipt
    from rules.actions import Suppressed
    from rules.facts import DunningFacts
    from rules.ruleset import RuleSet
    from store.organisations import OrganisationRow


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent now, and what is due and held back."""

    reminders: tuple[SendReminder, ...]
    escalations: tuple[Escalate, ...]
    suppressed: tuple[Suppressed, ...]


# Why what waits goes nowhere after a person pressed Stop.
SWITCHED_OFF = "dunning was switched to preview"


def preview(
    s: Session, organisation: OrganisationRow, rules: RuleSet, now: datetime, closed: Closed
) -> Preview:
    """Say what the next send window would bring and what it would hold back, from the mirror."""
    if organisation.ledger is None:
        return Preview((), (), ())
    today = local_day(now, organisation.ledger.zone)
    receipts = facts.unplaced(s, organisation.id, today)
    owing = mirror.customers_with_open(s, organisation.id)
    positions = mirror.positions(s, organisation.id, owing, now)
    decisions = [
        dunning.outlook(one, rules, now, closed)
        for one in facts.gather(s, organisation, positions, today, receipts)
    ]
    actions_due = [action for decision in decisions for action in decision.actions]
    return Preview(
        tuple(action for action in actions_due if isinstance(action, SendReminder)),
        tuple(action for action in actions_due if isinstance(action, Escalate)),
        tuple(one for decision in decisions for one in decision.suppressed),
    )


def plan(desk: Desk) -> datetime:
    """Decide for every customer with something open and plan what the rules want.

    Gives the moment of the next look.
    """
    now = desk.now
    ledger = desk.organisation.ledger
    if desk.rules.dunning.mode == "preview":
        _stop(desk)
    if desk.rules.dunning.mode == "preview" or ledger is None:
        return now + desk.tools.pace.sync_every
    is_open, opens = _windows(desk, ledger, now)
    if not is_open:
        return opens
    max_age = timedelta(minutes=desk.rules.dunning.max_data_age_minutes)
    with desk.tools.sessions.begin() as s:
        read_at = incoming.read_at(s, desk.organisation.id, now, max_age)
        customer_ids = mirror.customers_with_open(s, desk.organisation.id)
        today = local_day(now, ledger.zone)
        receipts = facts.unplaced(s, desk.organisation.id, today)
    if read_at is None:
        return now + desk.tools.pace.look_again
    for customer_id in customer_ids:
        with desk.tools.sessions.begin() as s:
            _plan_customer(s, desk, customer_id, min(read_at, now), receipts)
    return opens


def _stop(desk: Desk) -> None:
    """Drop every reminder that waits or is planned; what is under way is found out as always."""
    ours = desk.organisation.id
    with desk.tools.sessions.begin() as s:
        for row in (*actions.waiting(s, ours), *actions.in_state(s, ours, actions.PLANNED)):
            if row.kind == "remind":
                actions.cancel(
                    s,
                    ours,
                    row.id,
                    who="dunnock",
                    now=desk.now,
                    reason=SWITCHED_OFF,
                    states=(actions.PLANNED, actions.WAITING),
                )


def _plan_customer(
    s: Session, desk: Desk, customer_id: str, read_at: datetime, receipts: Sequence[Receipt]
) -> None:
    position = mirror.position(s, desk.organisation.id, customer_id, read_at)
    ledger = desk.organisation.ledger
    if position is None or ledger is None:
        return
    today = local_day(desk.now, ledger.zone)
    [known] = facts.gather(s, desk.organisation, [position], today, receipts)
    decision = dunning.decide(known, desk.rules, desk.now, desk.tools.closed)
    for action in decision.actions:
        if isinstance(action, SendReminder):
            _plan_reminder(s, desk, action)
        else:
            _plan_escalation(s, desk, action)
    for one in decision.suppressed:
        _keep_suppressed(s, desk, one, today)


def _plan_reminder(s: Session, desk: Desk, action: SendReminder) -> None:
    actions.plan(
        s,
        desk.organisation.id,
        connection_id=desk.connection.id,
        key=action.key,
        kind="remind",
        subject=f"{Kind.CUSTOMER}:{action.customer_id}",
        body=bodies.reminder(action),
        claims=action.claims,
        state="waiting" if action.needs_approval else "planned",
        next_at=desk.now,
        day=action.day,
        now=desk.now,
        who="dunnock",
        why=action.why.sentence,
    )


def _plan_escalation(s: Session, desk: Desk, action: Escalate) -> None:
    """Carry an escalation out by writing it down: a row for the person, notes in the books."""
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
    owing = mirror.customer(s, desk.organisation.id, action.customer_id)
    name = owing.name if owing else action.customer_id
    exceptions.open_exception(
        s,
        desk.organisation.id,
        kind="escalated",
        subject=f"action:{row.id}",
        title=f"{name}: {_overdue(action)}",
        detail="; ".join(
            f"{line.number}: {line.balance} open, {line.days_overdue} days overdue"
            for line in action.lines
        ),
        fix=f"{_words(action.assign_to)}: decide by {action.task_due} and close this with a note.",
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
            # Done with this step, but nothing went to the customer.
            state="skipped",
        )
        notes.plan(
            s, row, Ref(Kind.INVOICE, line.invoice_id), notes.escalated(action, line), desk.now
        )


def _overdue(action: Escalate) -> str:
    if len(action.lines) == 1:
        return f"invoice {action.lines[0].number} needs a person"
    return f"{len(action.lines)} overdue invoices need a person"


def _words(code: str) -> str:
    return code.replace("_", " ").capitalize()


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


def _windows(desk: Desk, ledger: Organisation, now: datetime) -> tuple[bool, datetime]:
    """Say whether any customer's send window is open, and when one opens next after that.

    Steps fall due by the day, so one look for each opening is enough.
    """
    with desk.tools.sessions.begin() as s:
        places = mirror.zones_and_countries(s, desk.organisation.id)
    rules, closed = desk.rules, desk.tools.closed
    is_open, openings = False, []
    for zone, country in {*places, (None, None)}:
        anybody = Customer(Ref(Kind.CUSTOMER, ""), "", zone=zone, country=country)
        place = (
            dunning.zone_for(rules, anybody, ledger),
            dunning.country_for(rules, anybody, ledger),
        )
        behind = now
        if dunning.in_window(rules, *place, now, closed):
            is_open = True
            end = rules.dunning.send_window.end
            behind = at_local(local_day(now, place[0]), end, place[0])
        openings.append(dunning.next_window(rules, *place, behind, closed))
    return is_open, min(openings)


def fresh_facts(desk: Desk, customer_id: str) -> DunningFacts | None:
    """Read the customer again at the provider; None when payments cannot be seen just now.

    What is about to be sent is not among what went out.
    """
    max_age = timedelta(minutes=desk.rules.dunning.max_data_age_minutes)
    with desk.tools.sessions.begin() as s:
        read_at = incoming.read_at(s, desk.organisation.id, desk.now, max_age)
    if read_at is None:
        return None
    position = desk.books.position(customer_id)
    ledger = desk.organisation.ledger
    today = local_day(desk.now, ledger.zone if ledger else "UTC")
    with desk.tools.sessions.begin() as s:
        keep_position(s, desk.connection, position, desk.now)
        position = replace(position, read_at=min(position.read_at, read_at))
        receipts = facts.unplaced(s, desk.organisation.id, today)
        [known] = facts.gather(s, desk.organisation, [position], today, receipts)
        return known
