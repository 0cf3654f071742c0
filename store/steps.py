"""Which dunning steps were taken or skipped, and which were held back and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from rules.actions import Suppressed, Why
from rules.facts import Contacted
from store import journal
from store.session import insert_into
from store.tables import step as steps
from store.tables import suppressed as suppressions

SENT = "sent"
SKIPPED = "skipped"


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
    made = insert_into(s, steps).values(
        organisation_id=organisation_id,
        customer_id=customer_id,
        invoice_id=invoice_id,
        step=step,
        level=level,
        day=day,
        action_id=action_id,
        state=state,
    )
    new = made.excluded
    s.execute(
        made.on_conflict_do_update(
            index_elements=["organisation_id", "invoice_id", "step"],
            set_={name: new[name] for name in ("level", "day", "action_id", "state")},
            where=and_(steps.c.state == SKIPPED, new.state == SENT),
        )
    )


def forget(s: Session, organisation_id: int, action_id: int) -> None:
    """Take back the steps of an action of which it is certain that nothing was sent."""
    s.execute(
        delete(steps).where(
            steps.c.organisation_id == organisation_id, steps.c.action_id == action_id
        )
    )


def contacted(s: Session, organisation_id: int, customer_id: str) -> tuple[Contacted, ...]:
    """List what went out to a customer, the oldest first."""
    rows = s.execute(
        select(steps)
        .where(
            steps.c.organisation_id == organisation_id,
            steps.c.customer_id == customer_id,
            steps.c.state == SENT,
        )
        .order_by(steps.c.day, steps.c.invoice_id, steps.c.level)
    )
    return tuple(
        Contacted(row.customer_id, row.invoice_id, row.step, row.level, row.day) for row in rows
    )


def skipped(s: Session, organisation_id: int, customer_id: str) -> frozenset[tuple[str, str]]:
    """Give the (invoice id, step) pairs of a customer that catch-up closed for good."""
    rows = s.execute(
        select(steps.c.invoice_id, steps.c.step).where(
            steps.c.organisation_id == organisation_id,
            steps.c.customer_id == customer_id,
            steps.c.state == SKIPPED,
        )
    )
    return frozenset((row.invoice_id, row.step) for row in rows)


def note_suppressed(
    s: Session, organisation_id: int, suppressed: Suppressed, day: date, now: datetime
) -> bool:
    """Note that a due step was held back; the journal hears of each reason once.

    Gives True the first time.
    """
    made = insert_into(s, suppressions).values(
        organisation_id=organisation_id,
        invoice_id=suppressed.invoice_id,
        step=suppressed.step,
        reason=suppressed.reason,
        customer_id=suppressed.customer_id,
        number=suppressed.number,
        final=suppressed.final,
        why=suppressed.why,
        first_day=day,
        last_day=day,
        days=1,
    )
    new = made.excluded
    # Asked again on the same day nothing is written, and nothing comes back.
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
    days = s.scalar(noted.returning(suppressions.c.days))
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
