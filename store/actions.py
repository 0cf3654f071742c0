"""Actions: what was decided, each once, and how far it has come. The journal tells the story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from store import claims as claims_of
from store import journal
from store.action_rows import (
    CANCELLED,
    DOING,
    DONE,
    PLANNED,
    REFUSED,
    SHOWN,
    UNKNOWN,
    WAITING,
    ActionRow,
    Body,
    counts,
    digest,
    due,
    get,
    holding,
    in_state,
    latest,
    of_day,
    of_key,
    of_subject,
    of_subjects,
    several,
    under_way,
    waiting,
)
from store.session import Inserter, per_database
from store.tables import action as actions
from store.tables import connection as connections
from store.tables.columns import fixed

__all__ = [
    "CANCELLED",
    "DOING",
    "DONE",
    "PLANNED",
    "REFUSED",
    "UNKNOWN",
    "WAITING",
    "ActionError",
    "ActionRow",
    "Body",
    "approve",
    "begin",
    "cancel",
    "close",
    "counts",
    "due",
    "get",
    "holding",
    "in_state",
    "latest",
    "mark_undone",
    "narrow_claims",
    "of_day",
    "of_key",
    "of_subject",
    "of_subjects",
    "plan",
    "postpone",
    "retry",
    "several",
    "under_way",
    "waiting",
]

# From which states an action may be ended as what.
CLOSES = {
    DONE: (DOING, UNKNOWN),
    UNKNOWN: (PLANNED, DOING, UNKNOWN),
    REFUSED: (PLANNED, DOING, UNKNOWN),
}
# What may still be dropped, by whoever knows that it had no effect.
NOT_DONE = (PLANNED, WAITING, DOING, UNKNOWN, REFUSED)
# What books money: done twice, it would be there twice.
_MONEY = frozenset(("apply", "keep", "payout"))


class ActionError(Exception):
    """The action is not in a state from which this can be done."""


_BOOKS = select(connections.c.id).where(
    connections.c.organisation_id == bindparam("organisation_id"),
    connections.c.role == fixed("books"),
    connections.c.state != fixed("disconnected"),
)

# Sets whatever columns it is given; in an update the bare names are those of what is set.
_MOVE = (
    update(actions)
    .where(
        actions.c.organisation_id == bindparam("of_organisation"),
        actions.c.id == bindparam("of_id"),
        actions.c.state.in_(bindparam("from_states", expanding=True)),
    )
    .returning(*SHOWN)
)
_IF_NOT_CLOSED = _MOVE.where(actions.c.closed_at.is_(None))
_IF_NOT_BEGUN = _IF_NOT_CLOSED.where(actions.c.attempts == bindparam("seen_attempts"))
_IF_NOT_UNDONE = _MOVE.where(actions.c.undone_at.is_(None))
_COUNT_FAILURE = _MOVE.values(
    # What has begun was counted when it began.
    attempts=case(
        (actions.c.state != bindparam("to_state"), actions.c.attempts),
        else_=actions.c.attempts + bindparam("counted", type_=actions.c.attempts.type),
    )
)


@per_database
def _add_new(insert: Inserter) -> ReturningInsert[Any]:
    """Insert an action unless its key is there, and give it back."""
    made = insert(actions).on_conflict_do_nothing(index_elements=["organisation_id", "key_digest"])
    return made.returning(*SHOWN)


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
) -> ActionRow | None:
    """Write an action down with its claims and a journal entry `decided`, all or nothing.

    Gives None, and writes nothing, when the key or any claim is there already. Without
    `connection_id` it belongs to the organisation's system of record.
    """
    values = {
        "organisation_id": organisation_id,
        "connection_id": connection_id or s.scalar(_BOOKS, {"organisation_id": organisation_id}),
        "key": key,
        "key_digest": digest(key),
        "claims": sorted(set(claims)),
        "kind": kind,
        "subject": subject,
        "state": state,
        "body": body,
        "next_at": next_at,
        "outcome": {},
        "day": day,
        "planned_at": now,
        "closed_at": now if state == DONE else None,
    }
    row = _add(s, values)
    if row is not None:
        _tell(s, row, "decided", who=who, text=why, now=now, evidence=body)
    return row


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
    values: dict[str, object] = {
        "state": DOING,
        "attempts": attempts + 1,
        "owner": owner,
        "reason": "",
    }
    if body is not None:
        values["body"] = body
    row = _move(
        s,
        organisation_id,
        action_id,
        (PLANNED, DOING, UNKNOWN),
        {**values, "seen_attempts": attempts},
        _IF_NOT_BEGUN,
    )
    if row is None:
        return False
    told = {} if body is None else {"body": body}
    text = f"attempt {row.attempts}"
    _tell(s, row, "attempted", who=owner, text=text, now=now, evidence=told)
    return True


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
    closed otherwise. What is refused keeps its claims, so that no rule asks for the same again and
    again: a person retries or cancels it.
    """
    if state not in CLOSES:
        msg = f"an action cannot be closed as {state!r}; done, refused or unknown"
        raise ActionError(msg)
    row = _move(
        s,
        organisation_id,
        action_id,
        CLOSES[state],
        {"state": state, "outcome": outcome, "closed_at": now},
        # Left to a person already: saying so again changes nothing.
        _IF_NOT_CLOSED if state == UNKNOWN else _MOVE,
    )
    if row is None:
        kept = get(s, organisation_id, action_id)
        if kept is not None and kept.state == state:
            return False
        msg = f"action {action_id} is {kept.state if kept else 'not there'}, not to be {state}"
        raise ActionError(msg)
    _tell(s, row, state, who=who, text=text, now=now, evidence=outcome)
    return True


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
    """Try later, as planned, doing or unknown; also what was left to a person goes on by this.

    A failure before `begin` counts as an attempt; `counts=False` is for mere patience, such as a
    vendor's limit.
    """
    del now
    values = {
        "state": state,
        "next_at": next_at,
        "reason": reason,
        "closed_at": None,
        "to_state": state,
        "counted": int(counts),
    }
    moved = (PLANNED, DOING, UNKNOWN)
    if _move(s, organisation_id, action_id, moved, values, _COUNT_FAILURE) is None:
        msg = f"action {action_id} is closed or waits for a person; it cannot be put off"
        raise ActionError(msg)


def approve(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> bool:
    """Let a waiting action go ahead; False when it is waiting no more."""
    values = {"state": PLANNED, "next_at": now}
    row = _move(s, organisation_id, action_id, (WAITING,), values)
    if row is not None:
        _tell(s, row, "approved", who=who, text=f"{who} approved it", now=now, evidence={})
    return row is not None


def cancel(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    action_id: int,
    *,
    who: str,
    now: datetime,
    reason: str,
    states: Sequence[str] = NOT_DONE,
) -> bool:
    """Drop an action that was not begun (or whose attempt left no effect).

    Its claims and its key are free again: the same may be decided anew. False, and nothing
    changes, when it is in none of `states` any more: somebody may have begun it meanwhile.
    """
    freed = digest(f"cancelled {action_id}")
    values = {"state": CANCELLED, "reason": reason, "closed_at": now, "key_digest": freed}
    row = _move(s, organisation_id, action_id, states, values)
    if row is not None:
        claims_of.free(s, organisation_id, action_id)
        _tell(s, row, "cancelled", who=who, text=reason, now=now, evidence={})
    return row is not None


def retry(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> bool:
    """Have a refused action tried again; False when it is not refused any more.

    Money is looked for in the ledger first, for it may have been refused at such a look.
    """
    before = get(s, organisation_id, action_id)
    state = UNKNOWN if before is not None and before.kind in _MONEY else PLANNED
    values = {"state": state, "next_at": now, "attempts": 0, "closed_at": None}
    row = _move(s, organisation_id, action_id, (REFUSED,), values)
    if row is not None:
        _tell(s, row, "retried", who=who, text=f"{who} had it tried again", now=now, evidence={})
    return row is not None


def narrow_claims(s: Session, organisation_id: int, action_id: int, claims: Iterable[str]) -> None:
    """Give back every claim of an action that is not among `claims`: it does less than planned."""
    kept = sorted(set(claims))
    if _move(s, organisation_id, action_id, (PLANNED, DOING), {"claims": kept}) is None:
        msg = f"action {action_id} is closed or waits for a person; its claims stay"
        raise ActionError(msg)
    claims_of.narrow(s, organisation_id, action_id, kept)


def mark_undone(
    s: Session,
    organisation_id: int,
    action_id: int,
    *,
    now: datetime,
    who: str = "dunnock",
    text: str = "",
) -> bool:
    """Note that a done action has been taken back, with a journal entry `undone`; once.

    Its claims are free again: a person may have the same money applied elsewhere.
    """
    values = {"undone_at": now}
    row = _move(s, organisation_id, action_id, (DONE,), values, _IF_NOT_UNDONE)
    if row is not None:
        claims_of.free(s, organisation_id, action_id)
        text = text or f"{row.kind} taken back"
        _tell(s, row, "undone", who=who, text=text, now=now, evidence=row.outcome)
    return row is not None


def _add(s: Session, values: Mapping[str, Any]) -> ActionRow | None:
    """Insert an action with its claims; None, and nothing is left, when any is there already."""
    found = s.execute(_add_new(s), values).one_or_none()
    if found is None:
        return None
    row = ActionRow(*found)
    if claims_of.take(s, row.organisation_id, row.id, row.claims):
        return row
    s.execute(delete(actions).where(actions.c.id == row.id))
    return None


def _move(
    s: Session,
    organisation_id: int,
    action_id: int,
    states: Sequence[str],
    values: Mapping[str, object],
    statement: ReturningUpdate[Any] = _MOVE,
) -> ActionRow | None:
    """Change an action if it is in one of `states`; None when it is not."""
    which = {"of_organisation": organisation_id, "of_id": action_id, "from_states": states}
    row = s.execute(statement, {**which, **values}).one_or_none()
    return None if row is None else ActionRow(*row)


def _tell(s: Session, row: ActionRow, entry: str, **said: Any) -> None:  # noqa: ANN401 - journal.write checks
    journal.write(s, row.organisation_id, entry, action_id=row.id, subject=row.subject, **said)
