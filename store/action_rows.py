"""Actions as kept, and how they are found; nothing here changes one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from store.session import chunks
from store.tables import action as actions
from store.tables import claim as claimed
from store.tables.columns import fixed

Body = Mapping[str, Any]

PLANNED = "planned"
WAITING = "waiting"
DOING = "doing"
DONE = "done"
UNKNOWN = "unknown"
REFUSED = "refused"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action. `state`: planned, waiting, doing, done, unknown, refused or cancelled."""

    id: int
    organisation_id: int
    connection_id: int | None
    key: str
    kind: str
    subject: str
    state: str
    body: Body
    claims: Sequence[str]
    next_at: datetime
    attempts: int
    owner: str
    reason: str
    outcome: Body
    day: date | None
    planned_at: datetime
    closed_at: datetime | None
    undone_at: datetime | None


# The columns of an action, in the order of the fields of its row.
SHOWN = tuple(actions.c[field.name] for field in fields(ActionRow))


def digest(key: str) -> str:
    """Shorten a key to what an index takes."""
    return hashlib.sha256(key.encode()).hexdigest()


_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_ALL = select(*SHOWN).where(actions.c.organisation_id == _ORGANISATION).order_by(actions.c.id)
_DUE = _ALL.where(
    actions.c.connection_id == bindparam("connection_id"),
    actions.c.state.in_([fixed(one) for one in (PLANNED, DOING, UNKNOWN)]),
    actions.c.closed_at.is_(None),
    actions.c.next_at <= bindparam("now"),
).limit(bindparam("at_most"))
_ONE = _ALL.where(actions.c.id == bindparam("id"))
_OF_KEY = _ALL.where(actions.c.key_digest == bindparam("key_digest"))
_OF_SUBJECT = _ALL.where(actions.c.subject == bindparam("subject"))
_OF_SUBJECTS = _ALL.where(
    actions.c.subject.in_(bindparam("subjects", expanding=True)),
    actions.c.kind == bindparam("kind"),
    actions.c.state != fixed(CANCELLED),
)
_IN_STATE = _ALL.where(actions.c.state == bindparam("state"))
_UNDER_WAY = _ALL.where(
    actions.c.kind == bindparam("kind"),
    actions.c.state.in_([fixed(one) for one in (PLANNED, DOING, UNKNOWN)]),
)
_HOLDING = (
    select(claimed.c.claim, *SHOWN)
    .join(actions, actions.c.id == claimed.c.action_id)
    .where(
        claimed.c.organisation_id == _ORGANISATION,
        claimed.c.claim.in_(bindparam("claims", expanding=True)),
        actions.c.organisation_id == _ORGANISATION,
        actions.c.kind == bindparam("kind"),
    )
)
_OF_DAY = _ALL.where(actions.c.day == bindparam("day"))


def due(
    s: Session, organisation_id: int, connection_id: int, now: datetime, limit: int
) -> list[ActionRow]:
    """Give what a connection has to carry out: planned, left over in doing, or to look up again."""
    which = {"connection_id": connection_id, "now": now, "at_most": limit}
    return _rows(s, _DUE, organisation_id, **which)


def get(s: Session, organisation_id: int, action_id: int) -> ActionRow | None:
    """Give one action, if it is this organisation's."""
    return next(iter(_rows(s, _ONE, organisation_id, id=action_id)), None)


def of_key(s: Session, organisation_id: int, key: str) -> ActionRow | None:
    """Find an action by its key."""
    return next(iter(_rows(s, _OF_KEY, organisation_id, key_digest=digest(key))), None)


def of_subject(s: Session, organisation_id: int, subject: str) -> list[ActionRow]:
    """List the actions about one subject, the oldest first."""
    return _rows(s, _OF_SUBJECT, organisation_id, subject=subject)


def of_subjects(
    s: Session, organisation_id: int, kind: str, subjects: Sequence[str]
) -> dict[str, ActionRow]:
    """Give the newest action of a kind about each of several subjects, the cancelled left out."""
    return {
        row.subject: row
        for part in chunks(subjects)
        for row in _rows(s, _OF_SUBJECTS, organisation_id, subjects=part, kind=kind)
    }


def waiting(s: Session, organisation_id: int) -> list[ActionRow]:
    """List what waits for a person's approval, the oldest first."""
    return in_state(s, organisation_id, WAITING)


def in_state(s: Session, organisation_id: int, state: str) -> list[ActionRow]:
    """List an organisation's actions in one state, the oldest first."""
    return _rows(s, _IN_STATE, organisation_id, state=state)


def under_way(s: Session, organisation_id: int, kind: str) -> list[ActionRow]:
    """List the actions of one kind that may still do something: planned, doing or unknown."""
    return _rows(s, _UNDER_WAY, organisation_id, kind=kind)


def counts(s: Session, organisation_id: int) -> dict[str, int]:
    """Count an organisation's actions by state."""
    rows = s.execute(
        select(actions.c.state, func.count())
        .where(actions.c.organisation_id == organisation_id)
        .group_by(actions.c.state)
    )
    return {state: int(number) for state, number in rows}


def of_day(s: Session, organisation_id: int, day: date) -> list[ActionRow]:
    """List the actions that were decided for a day, the oldest first."""
    return _rows(s, _OF_DAY, organisation_id, day=day)


def holding(
    s: Session, organisation_id: int, kind: str, claims: Sequence[str]
) -> dict[str, ActionRow]:
    """Give, for each of these claims that an action of one kind holds, that action."""
    return {
        claim: ActionRow(*row)
        for part in chunks(claims)
        for claim, *row in s.execute(
            _HOLDING, {"organisation_id": organisation_id, "kind": kind, "claims": part}
        )
    }


def several(s: Session, organisation_id: int, action_ids: Sequence[int]) -> dict[int, ActionRow]:
    """Give several actions by id; another organisation's are left out."""
    return {
        row.id: ActionRow(*row)
        for part in chunks(action_ids)
        for row in s.execute(
            select(*SHOWN).where(
                actions.c.organisation_id == organisation_id, actions.c.id.in_(part)
            )
        )
    }


def latest(s: Session, organisation_id: int, kind: str, state: str, limit: int) -> list[ActionRow]:
    """List the newest actions of one kind in one state, the newest first."""
    statement = (
        select(*SHOWN)
        .where(actions.c.organisation_id == organisation_id)
        .where(actions.c.kind == kind, actions.c.state == state)
        .order_by(actions.c.id.desc())
        .limit(limit)
    )
    return [ActionRow(*row) for row in s.execute(statement)]


def _rows(
    s: Session, statement: Select[Any], organisation_id: int, **which: object
) -> list[ActionRow]:
    values = {"organisation_id": organisation_id, **which}
    return [ActionRow(*row) for row in s.execute(statement, values)]
