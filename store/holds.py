"""Holds: dunning blocks that people set on a customer or an invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from rules.facts import Hold
from store import journal
from store.session import chunks, insert_into
from store.tables import hold as holds

# The kind of hold that a promise to pay is.
PROMISE = "promise_open"


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as kept: who set it and when."""

    id: int
    hold: Hold
    placed_by: str
    placed_at: datetime


_IN_FORCE = (
    select(holds)
    .where(
        holds.c.organisation_id == bindparam("organisation_id"),
        holds.c.released_at.is_(None),
        or_(holds.c.until.is_(None), holds.c.until >= bindparam("day")),
    )
    .order_by(holds.c.id)
)
_ONE = select(holds).where(
    holds.c.organisation_id == bindparam("organisation_id"),
    holds.c.id == bindparam("id"),
    holds.c.released_at.is_(None),
)
_ON_INVOICES = _IN_FORCE.where(holds.c.invoice_id.in_(bindparam("invoice_ids", expanding=True)))
_OF_CUSTOMERS = _IN_FORCE.where(holds.c.customer_id.in_(bindparam("customer_ids", expanding=True)))


def place(s: Session, organisation_id: int, hold: Hold, who: str, now: datetime) -> int:
    """Set a hold, with a journal entry."""
    made = insert_into(s, holds).values(
        organisation_id=organisation_id,
        customer_id=hold.customer_id,
        invoice_id=hold.invoice_id,
        kind=hold.kind,
        reason=hold.reason,
        until=hold.until,
        placed_by=who,
        placed_at=now,
    )
    hold_id = int(s.execute(made.returning(holds.c.id)).scalar_one())
    until = f" until {hold.until.isoformat()}" if hold.until else ""
    _tell(s, organisation_id, "held", hold, who=who, text=f"{hold.kind}{until}", now=now)
    return hold_id


def release(s: Session, organisation_id: int, hold_id: int, who: str, now: datetime) -> bool:
    """End a hold, with a journal entry; False when it is over already."""
    row = s.execute(
        update(holds)
        .where(
            holds.c.organisation_id == organisation_id,
            holds.c.id == hold_id,
            holds.c.released_at.is_(None),
        )
        .values(released_by=who, released_at=now)
        .returning(holds)
    ).one_or_none()
    if row is None:
        return False
    hold = _hold(row)
    _tell(s, organisation_id, "released", hold, who=who, text=f"{hold.kind} released", now=now)
    return True


def get(s: Session, organisation_id: int, hold_id: int) -> HoldRow | None:
    """Give a hold that was not released, whatever its day."""
    row = s.execute(_ONE, {"organisation_id": organisation_id, "id": hold_id}).one_or_none()
    return None if row is None else _row(row)


def follow(s: Session, organisation_id: int, customer_id: str, into: str) -> None:
    """Hold for the customer that this one was merged into what was held for this one."""
    there = {_same(row) for row in _open(s, organisation_id, into)}
    moving = [row.id for row in _open(s, organisation_id, customer_id) if _same(row) not in there]
    for part in chunks(moving):
        s.execute(update(holds).where(holds.c.id.in_(part)).values(customer_id=into))


def share(s: Session, organisation_id: int, customer_id: str, into: str, now: datetime) -> None:
    """Hold for another customer too what is held for this one as a whole.

    What it owed has gone over to the other, and nobody said yet whether it is the same customer.
    """
    there = {_same(row) for row in _open(s, organisation_id, into)}
    for row in _open(s, organisation_id, customer_id):
        if row.invoice_id is None and _same(row) not in there:
            place(s, organisation_id, replace(_hold(row), customer_id=into), row.placed_by, now)


def _open(s: Session, organisation_id: int, customer_id: str) -> Sequence[Row[Any]]:
    """Give what was not released for a customer, whatever its day."""
    return s.execute(
        select(holds).where(
            holds.c.organisation_id == organisation_id,
            holds.c.customer_id == customer_id,
            holds.c.released_at.is_(None),
        )
    ).all()


def _same(row: Row[Any]) -> tuple[object, ...]:
    return (row.kind, row.reason, row.until, row.invoice_id)


def of_customer(s: Session, organisation_id: int, customer_id: str, day: date) -> tuple[Hold, ...]:
    """Give the holds in force for a customer and its invoices on a day (`until` included)."""
    return of_customers(s, organisation_id, [customer_id], day).get(customer_id, ())


def of_customers(
    s: Session, organisation_id: int, customer_ids: Sequence[str], day: date
) -> dict[str, tuple[Hold, ...]]:
    """Give, by customer, the holds in force on a day for several customers."""
    found: dict[str, list[Hold]] = defaultdict(list)
    for part in chunks(customer_ids):
        which = {"organisation_id": organisation_id, "day": day, "customer_ids": part}
        for row in s.execute(_OF_CUSTOMERS, which):
            found[row.customer_id].append(_hold(row))
    return {customer_id: tuple(held) for customer_id, held in found.items()}


def on_invoices(
    s: Session, organisation_id: int, invoice_ids: Sequence[str], day: date
) -> dict[str, tuple[Hold, ...]]:
    """Give, by invoice, the holds in force on these alone, whoever they belonged to by then."""
    found: dict[str, list[Hold]] = defaultdict(list)
    for part in chunks(invoice_ids):
        which = {"organisation_id": organisation_id, "day": day, "invoice_ids": part}
        for row in s.execute(_ON_INVOICES, which):
            found[row.invoice_id].append(_hold(row))
    return {invoice_id: tuple(held) for invoice_id, held in found.items()}


def all_open(s: Session, organisation_id: int, day: date) -> list[HoldRow]:
    """List the holds in force on a day, the oldest first."""
    rows = s.execute(_IN_FORCE, {"organisation_id": organisation_id, "day": day})
    return [_row(row) for row in rows]


def _row(row: Row[Any]) -> HoldRow:
    return HoldRow(row.id, _hold(row), row.placed_by, row.placed_at)


def _hold(row: Row[Any]) -> Hold:
    return Hold(row.customer_id, row.kind, row.reason, row.invoice_id, row.until)


def _tell(  # noqa: PLR0913 - who, what and when belong to it
    s: Session,
    organisation_id: int,
    entry: str,
    hold: Hold,
    *,
    who: str,
    text: str,
    now: datetime,
) -> None:
    about = f"invoice:{hold.invoice_id}" if hold.invoice_id else f"customer:{hold.customer_id}"
    evidence = {"hold": hold}
    journal.write(
        s, organisation_id, entry, who=who, text=text, now=now, evidence=evidence, subject=about
    )
