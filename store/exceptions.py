"""Exceptions: what a person must look at, one open row for each trouble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, text, update
from sqlalchemy.orm import Session

from store.session import changed, insert_into
from store.tables import exception as exceptions
from store.tables.work import OPEN_HOUSE, OPEN_OWNED

OPEN = "open"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One trouble: what it is about, what happened, and what to do. `times` counts sightings."""

    id: int
    organisation_id: int | None
    kind: str
    subject: str
    title: str
    detail: str
    fix: str
    action_id: int | None
    state: str
    times: int
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    closed_by: str
    resolution: str


def open_exception(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int | None,
    *,
    kind: str,
    subject: str,
    title: str,
    detail: str,
    fix: str,
    now: datetime,
    action_id: int | None = None,
) -> int:
    """Open a row, or count the open one of the same kind and subject again, with the new words.

    Organisation None is for what concerns the whole house.
    """
    made = insert_into(s, exceptions).values(
        organisation_id=organisation_id,
        kind=kind,
        subject=subject,
        title=title,
        detail=detail,
        fix=fix,
        action_id=action_id,
        state=OPEN,
        opened_at=now,
        seen_at=now,
    )
    house = organisation_id is None
    opened = made.on_conflict_do_update(
        index_elements=[*([] if house else ["organisation_id"]), "kind", "subject"],
        index_where=text(OPEN_HOUSE if house else OPEN_OWNED),
        set_={
            "title": made.excluded.title,
            "detail": made.excluded.detail,
            "fix": made.excluded.fix,
            "action_id": made.excluded.action_id,
            "seen_at": made.excluded.seen_at,
            "times": exceptions.c.times + 1,
        },
    )
    return int(s.execute(opened.returning(exceptions.c.id)).scalar_one())


def close_exception(
    s: Session,
    organisation_id: int | None,
    exception_id: int,
    *,
    who: str,
    now: datetime,
    resolution: str,
) -> bool:
    """Close one row; False when it is not open."""
    which = (_of(organisation_id), exceptions.c.id == exception_id, exceptions.c.state == OPEN)
    statement = update(exceptions).where(*which)
    return changed(s, statement.values(**_closing(who, now, resolution))) == 1


def close_subject(  # noqa: PLR0913 - who, when and why belong to it
    s: Session,
    organisation_id: int | None,
    subject: str,
    *,
    who: str,
    now: datetime,
    resolution: str,
    kind: str | None = None,
) -> int:
    """Close every open row about a subject (of one kind, if given); gives how many."""
    statement = update(exceptions).where(
        _of(organisation_id), exceptions.c.subject == subject, exceptions.c.state == OPEN
    )
    if kind is not None:
        statement = statement.where(exceptions.c.kind == kind)
    return changed(s, statement.values(**_closing(who, now, resolution)))


def get(s: Session, organisation_id: int | None, exception_id: int) -> ExceptionRow | None:
    """Give one row, if it is this organisation's."""
    row = s.execute(
        select(exceptions).where(_of(organisation_id), exceptions.c.id == exception_id)
    ).one_or_none()
    return None if row is None else _row(row)


def list_open(s: Session, organisation_id: int | None) -> list[ExceptionRow]:
    """List the open rows, the oldest first; None lists those of the whole house alone."""
    rows = s.execute(
        select(exceptions)
        .where(_of(organisation_id), exceptions.c.state == OPEN)
        .order_by(exceptions.c.id)
    )
    return [_row(row) for row in rows]


def _of(organisation_id: int | None) -> ColumnElement[bool]:
    if organisation_id is None:
        return exceptions.c.organisation_id.is_(None)
    return exceptions.c.organisation_id == organisation_id


def _closing(who: str, now: datetime, resolution: str) -> dict[str, object]:
    return {"state": CLOSED, "closed_by": who, "closed_at": now, "resolution": resolution}


def _row(row: Row[Any]) -> ExceptionRow:
    return ExceptionRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's dict
