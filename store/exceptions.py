"""Exceptions: what a person must look at, one open row for each trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Update, bindparam, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from store import journal
from store.session import Inserter, per_database
from store.tables import exception as exceptions
from store.tables.columns import fixed
from store.tables.work import OPEN_HOUSE, OPEN_OWNED

OPEN = "open"
CLOSED = "closed"
# How the product itself signs; anybody else is a person.
OURSELVES = "dunnock"

Statement = TypeVar("Statement", Select[Any], Update)


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


def _owned_and_of_house(statement: Statement) -> tuple[Statement, Statement]:
    """Give a statement about an organisation's rows, and the same about the whole house's."""
    whose = exceptions.c.organisation_id
    return (
        statement.where(whose == bindparam("of_organisation")),
        statement.where(whose.is_(None)),
    )


_ONE = _owned_and_of_house(select(exceptions).where(exceptions.c.id == bindparam("of_id")))
_OPEN = select(exceptions).where(exceptions.c.state == fixed(OPEN)).order_by(exceptions.c.id)
_LIST_OPEN = _owned_and_of_house(_OPEN)
_LIST_OPEN_OF_KIND = _owned_and_of_house(_OPEN.where(exceptions.c.kind == bindparam("of_kind")))
# The bare names of an update are those of the columns it sets.
_CLOSE = (
    update(exceptions)
    .where(exceptions.c.state == OPEN)
    .returning(
        exceptions.c.subject, exceptions.c.title, exceptions.c.detail, exceptions.c.action_id
    )
)
_CLOSE_ONE = _owned_and_of_house(_CLOSE.where(exceptions.c.id == bindparam("of_id")))
_OF_SUBJECT = _CLOSE.where(exceptions.c.subject == bindparam("of_subject"))
_CLOSE_SUBJECT = _owned_and_of_house(_OF_SUBJECT)
_CLOSE_SUBJECT_OF_KIND = _owned_and_of_house(
    _OF_SUBJECT.where(exceptions.c.kind == bindparam("of_kind"))
)


@per_database
def _open_owned(insert: Inserter) -> ReturningInsert[int]:
    """Open an organisation's row, or count the open one again."""
    keys = ["organisation_id", "kind", "subject"]
    return _count_again(insert(exceptions), keys, OPEN_OWNED)


@per_database
def _open_of_house(insert: Inserter) -> ReturningInsert[int]:
    """Open a row of the whole house, or count the open one again."""
    return _count_again(insert(exceptions), ["kind", "subject"], OPEN_HOUSE)


def _count_again(made: sqlite.Insert, keys: list[str], where: str) -> ReturningInsert[int]:
    words = ("title", "detail", "fix", "action_id", "seen_at")
    return made.on_conflict_do_update(
        index_elements=keys,
        index_where=text(where),
        set_={
            **{name: made.excluded[name] for name in words},
            "times": exceptions.c.times + 1,
        },
    ).returning(exceptions.c.id)


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
    values = {
        "organisation_id": organisation_id,
        "kind": kind,
        "subject": subject,
        "title": title,
        "detail": detail,
        "fix": fix,
        "action_id": action_id,
        "state": OPEN,
        "opened_at": now,
        "seen_at": now,
    }
    opened = _open_of_house(s) if organisation_id is None else _open_owned(s)
    return int(s.execute(opened, values).scalar_one())


def close_exception(
    s: Session,
    organisation_id: int | None,
    exception_id: int,
    *,
    who: str,
    now: datetime,
    resolution: str,
) -> bool:
    """Close one row; False when it is not open. What a person closes is told in the journal."""
    which = {**_of(organisation_id), "of_id": exception_id}
    values = {**which, **_closing(who, now, resolution)}
    closed = s.execute(_CLOSE_ONE[organisation_id is None], values).all()
    _tell(s, organisation_id, closed, who=who, now=now, text=resolution)
    return len(closed) == 1


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
    """Close every open row about a subject (of one kind, if given); gives how many.

    What a person closes is told in the journal.
    """
    which = {**_of(organisation_id), "of_subject": subject}
    statements = _CLOSE_SUBJECT
    if kind is not None:
        which["of_kind"] = kind
        statements = _CLOSE_SUBJECT_OF_KIND
    values = {**which, **_closing(who, now, resolution)}
    closed = s.execute(statements[organisation_id is None], values).all()
    _tell(s, organisation_id, closed, who=who, now=now, text=resolution)
    return len(closed)


def _tell(
    s: Session,
    organisation_id: int | None,
    closed: Sequence[Row[Any]],
    *,
    who: str,
    now: datetime,
    text: str,
) -> None:
    """Write down what a person settled; the house has no journal, and ourselves we tell enough."""
    if organisation_id is None or who == OURSELVES:
        return
    for row in closed:
        journal.write(
            s,
            organisation_id,
            "settled",
            who=who,
            text=text,
            now=now,
            evidence={"title": row.title, "cause": row.detail},
            action_id=row.action_id,
            subject=row.subject,
        )


def get(s: Session, organisation_id: int | None, exception_id: int) -> ExceptionRow | None:
    """Give one row, if it is this organisation's."""
    which = {**_of(organisation_id), "of_id": exception_id}
    row = s.execute(_ONE[organisation_id is None], which).one_or_none()
    return None if row is None else _row(row)


def list_open(
    s: Session, organisation_id: int | None, kind: str | None = None
) -> list[ExceptionRow]:
    """List the open rows, perhaps of one kind, the oldest first.

    Organisation None lists those of the whole house alone.
    """
    which, statements = _of(organisation_id), _LIST_OPEN
    if kind is not None:
        which["of_kind"] = kind
        statements = _LIST_OPEN_OF_KIND
    rows = s.execute(statements[organisation_id is None], which)
    return [_row(row) for row in rows]


def _of(organisation_id: int | None) -> dict[str, object]:
    return {} if organisation_id is None else {"of_organisation": organisation_id}


def _closing(who: str, now: datetime, resolution: str) -> dict[str, object]:
    return {"state": CLOSED, "closed_by": who, "closed_at": now, "resolution": resolution}


def _row(row: Row[Any]) -> ExceptionRow:
    return ExceptionRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's dict
