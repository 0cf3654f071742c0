"""Actions: what was decided, each once, and how far it has come. The journal tells the story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

Body = Mapping[str, Any]


class ActionError(Exception):
    """The action is not in a state from which this can be done."""


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
    next_at: datetime
    attempts: int
    owner: str
    reason: str
    outcome: Body
    day: date | None
    planned_at: datetime
    closed_at: datetime | None
    undone_at: datetime | None


def plan(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    *,
    key: str,
    kind: str,
    subject: str,
    body: Body,
    claims: Iterable[str],
    state: str,
    next_at: datetime,
    day: date | None,
    now: datetime,
    who: str,
    why: str,
    connection_id: int | None = None,
    evidence: Body | None = None,
) -> ActionRow | None:
    """Write an action down with its claims and a journal entry `decided`, all or nothing.

    Gives None, and writes nothing, when the key or any claim is there already. Without
    `connection_id` it belongs to the organisation's system of record.
    """
    raise NotImplementedError


def due(
    s: Session, organisation_id: int, connection_id: int, now: datetime, limit: int
) -> list[ActionRow]:
    """Give what a connection has to carry out: planned, left over in doing, or to look up again."""
    raise NotImplementedError


def begin(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    action_id: int,
    *,
    attempts: int,
    owner: str,
    now: datetime,
    body: Body | None = None,
) -> bool:
    """Go to doing, with a journal entry `attempted`; False when somebody else moved it meanwhile.

    `attempts` is the count of the row as read: of two who read the same row, one begins. `body`
    takes the place of the planned one (facts read again).
    """
    raise NotImplementedError


def close(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    action_id: int,
    *,
    state: str,
    outcome: Body,
    now: datetime,
    text: str,
    who: str = "dunnock",
) -> bool:
    """End an action as done, refused or unknown (left to a person), with a journal entry.

    False when it is closed that way already; raises ActionError for one waiting, cancelled or
    closed otherwise. What is refused gives its claims back.
    """
    raise NotImplementedError


def postpone(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    action_id: int,
    *,
    state: str,
    next_at: datetime,
    reason: str,
    now: datetime,
    counts: bool = True,
) -> None:
    """Try later, as planned, doing or unknown. A failure before `begin` counts as an attempt.

    `counts=False` is for mere patience, such as a vendor's limit.
    """
    raise NotImplementedError


def approve(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> bool:
    """Let a waiting action go ahead; False when it is waiting no more."""
    raise NotImplementedError


def cancel(
    s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime, reason: str
) -> bool:
    """Drop an action that was not begun (or whose attempt left no effect); frees its claims.

    False when it is closed already.
    """
    raise NotImplementedError


def mark_undone(s: Session, organisation_id: int, action_id: int, *, now: datetime) -> None:
    """Note that a done action has been taken back, with a journal entry `undone`."""
    raise NotImplementedError


def get(s: Session, organisation_id: int, action_id: int) -> ActionRow | None:
    """Give one action, if it is this organisation's."""
    raise NotImplementedError


def of_key(s: Session, organisation_id: int, key: str) -> ActionRow | None:
    """Find an action by its key."""
    raise NotImplementedError


def of_subject(s: Session, organisation_id: int, subject: str) -> list[ActionRow]:
    """List the actions about one subject, the oldest first."""
    raise NotImplementedError


def waiting(s: Session, organisation_id: int) -> list[ActionRow]:
    """List what waits for a person's approval, the oldest first."""
    raise NotImplementedError


def in_state(s: Session, organisation_id: int, state: str) -> list[ActionRow]:
    """List an organisation's actions in one state, the oldest first."""
    raise NotImplementedError


def counts(s: Session, organisation_id: int) -> dict[str, int]:
    """Count an organisation's actions by state."""
    raise NotImplementedError
