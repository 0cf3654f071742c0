"""Which dunning steps were taken or skipped, and which were held back and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, delete, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from rules.actions import Suppressed, Why
from rules.facts import Contacted
from store import journal
from store.session import Inserter, chunks, per_database
from store.tables import step as steps
from store.tables import suppressed as suppressions

SENT = "sent"
SKIPPED = "skipped"


_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_CUSTOMERS: BindParameter[list[str]] = bindparam("customer_ids", expanding=True)
_CONTACTED = (
    select(steps)
    .where(
        steps.c.organisation_id == _ORGANISATION,
        steps.c.customer_id.in_(_CUSTOMERS),
        steps.c.state == SENT,
    )
    .order_by(steps.c.day, steps.c.invoice_id, steps.c.level)
)
_SKIPPED = select(steps.c.customer_id, steps.c.invoice_id, steps.c.step).where(
    steps.c.organisation_id == _ORGANISATION,
    steps.c.customer_id.in_(_CUSTOMERS),
    steps.c.state == SKIPPED,
)


@per_database
def _record(insert: Inserter) -> sqlite.Insert:
    """Insert a step; one that was skipped may become sent, and nothing else changes."""
    made = insert(steps)
    new = made.excluded
    return made.on_conflict_do_update(
        index_elements=["organisation_id", "invoice_id", "step"],
        set_={name: new[name] for name in ("level", "day", "action_id", "state")},
        where=and_(steps.c.state == SKIPPED, new.state == SENT),
    )


@per_database
def _note(insert: Inserter) -> ReturningInsert[int]:
    """Count the days on which a step was held back for a reason; gives how many they are now.

    Asked again on the same day nothing is written, and nothing comes back.
    """
    made = insert(suppressions)
    new = made.excluded
    noted = made.on_conflict_do_update(
        index_elements=["organisation_id", "invoice_id", "step", "reason"],
        set_={
            "last_day": new.last_day,
            "days": suppressions.c.days + 1,
            "final": new.final,
            "why": new.why,
        },
        where=suppressions.c.last_day < new.last_day,
    )
    return noted.returning(suppressions.c.days)


def record(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    *,
    customer_id: str,
    invoice_id: str,
    step: str,
    level: int,
    day: date,
    action_id: int | None,
    state: str,
) -> None:
    """Note that a step was sent (or may have been), or skipped; sent is never overwritten."""
    values = {
        "organisation_id": organisation_id,
        "customer_id": customer_id,
        "invoice_id": invoice_id,
        "step": step,
        "level": level,
        "day": day,
        "action_id": action_id,
        "state": state,
    }
    s.execute(_record(s), values)


def forget(s: Session, organisation_id: int, action_id: int) -> None:
    """Take back the steps of an action of which it is certain that nothing was sent."""
    s.execute(
        delete(steps).where(
            steps.c.organisation_id == organisation_id, steps.c.action_id == action_id
        )
    )


def follow(s: Session, organisation_id: int, customer_id: str, into: str) -> None:
    """Count what was sent to this customer for the one that it was merged into."""
    s.execute(
        update(steps)
        .where(steps.c.organisation_id == organisation_id, steps.c.customer_id == customer_id)
        .values(customer_id=into)
    )


def follow_invoices(
    s: Session, organisation_id: int, invoice_ids: Sequence[str], into: str
) -> None:
    """Count what was sent about invoices for the customer to whom they belong now."""
    for part in chunks(invoice_ids):
        s.execute(
            update(steps)
            .where(steps.c.organisation_id == organisation_id, steps.c.invoice_id.in_(part))
            .values(customer_id=into)
        )


def contacted(s: Session, organisation_id: int, customer_id: str) -> tuple[Contacted, ...]:
    """List what went out to a customer, the oldest first."""
    return contacts(s, organisation_id, [customer_id]).get(customer_id, ())


def contacts(
    s: Session, organisation_id: int, customer_ids: Sequence[str]
) -> dict[str, tuple[Contacted, ...]]:
    """Give, by customer, what went out to several customers, the oldest first."""
    found: dict[str, list[Contacted]] = defaultdict(list)
    for part in chunks(customer_ids):
        which = {"organisation_id": organisation_id, "customer_ids": part}
        for row in s.execute(_CONTACTED, which):
            found[row.customer_id].append(
                Contacted(row.customer_id, row.invoice_id, row.step, row.level, row.day)
            )
    return {customer_id: tuple(sent) for customer_id, sent in found.items()}


def skipped(s: Session, organisation_id: int, customer_id: str) -> frozenset[tuple[str, str]]:
    """Give the (invoice id, step) pairs of a customer that catch-up closed for good."""
    return skips(s, organisation_id, [customer_id]).get(customer_id, frozenset())


def skips(
    s: Session, organisation_id: int, customer_ids: Sequence[str]
) -> dict[str, frozenset[tuple[str, str]]]:
    """Give, by customer, the (invoice id, step) pairs that catch-up closed for good."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for part in chunks(customer_ids):
        which = {"organisation_id": organisation_id, "customer_ids": part}
        for row in s.execute(_SKIPPED, which):
            found[row.customer_id].add((row.invoice_id, row.step))
    return {customer_id: frozenset(pairs) for customer_id, pairs in found.items()}


def note_suppressed(
    s: Session, organisation_id: int, suppressed: Suppressed, day: date, now: datetime
) -> bool:
    """Note that a due step was held back; the journal hears of each reason once.

    Gives True the first time.
    """
    values = {
        "organisation_id": organisation_id,
        "invoice_id": suppressed.invoice_id,
        "step": suppressed.step,
        "reason": suppressed.reason,
        "customer_id": suppressed.customer_id,
        "number": suppressed.number,
        "final": suppressed.final,
        "why": suppressed.why,
        "first_day": day,
        "last_day": day,
        "days": 1,
    }
    days = s.scalar(_note(s), values)
    if days != 1:
        return False
    journal.write(
        s,
        organisation_id,
        "suppressed",
        who="dunnock",
        text=f"{suppressed.number}: {suppressed.step} held back, {suppressed.reason}",
        now=now,
        evidence={"step": suppressed.step, "reason": suppressed.reason, "why": suppressed.why},
        subject=f"invoice:{suppressed.invoice_id}",
    )
    return True


def suppressed_on(s: Session, organisation_id: int, day: date) -> list[Suppressed]:
    """List what was held back on a day, if nothing later is known of it."""
    rows = s.execute(
        select(suppressions)
        .where(suppressions.c.organisation_id == organisation_id, suppressions.c.last_day == day)
        .order_by(suppressions.c.customer_id, suppressions.c.number, suppressions.c.step)
    )
    return [
        Suppressed(
            customer_id=row.customer_id,
            invoice_id=row.invoice_id,
            number=row.number,
            step=row.step,
            reason=row.reason,
            final=row.final,
            why=_why(row.why),
        )
        for row in rows
    ]


def _why(kept: Mapping[str, Any]) -> Why:
    return Why(
        rule=kept["rule"],
        version=kept["version"],
        facts=tuple((name, value) for name, value in kept["facts"]),
        rejected=tuple((name, value) for name, value in kept["rejected"]),
    )
