"""Exceptions: what a person must look at, one open row for each trouble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

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
    raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError


def get(s: Session, organisation_id: int | None, exception_id: int) -> ExceptionRow | None:
    """Give one row, if it is this organisation's."""
    raise NotImplementedError


def list_open(s: Session, organisation_id: int | None) -> list[ExceptionRow]:
    """List the open rows, the oldest first."""
    raise NotImplementedError
