"""The journal: append-only, and each entry's hash covers the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from store.session import insert_into
from store.tables import journal, journal_head
from store.tables.columns import canonical

# What the first entry of a chain stands on.
NOTHING = "0" * 64
# Entries read at a time while a chain is checked.
VERIFIED_AT_ONCE = 1000


class JournalError(Exception):
    """The chain is broken; the text names the first entry that does not fit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `entry` is decided, attempted, done, refused, unknown, undone or a person's."""

    seq: int
    at: datetime
    entry: str
    who: str
    action_id: int | None
    subject: str
    text: str
    evidence: Mapping[str, Any]
    hash: str


_ADD = insert(journal)
_HEAD = (
    select(journal_head.c.seq, journal_head.c.hash)
    .where(journal_head.c.organisation_id == bindparam("organisation_id"))
    .with_for_update()
)
_MOVE_HEAD = update(journal_head).where(
    journal_head.c.organisation_id == bindparam("of_organisation")
)


def write(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    entry: str,
    *,
    who: str,
    text: str,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
    action_id: int | None = None,
    subject: str = "",
) -> int:
    """Add an entry to the organisation's journal and give its number."""
    seq, previous = _head(s, organisation_id)
    values: dict[str, Any] = {
        "organisation_id": organisation_id,
        "seq": seq + 1,
        "at": now,
        "entry": entry,
        "who": who,
        "action_id": action_id,
        "subject": subject,
        "text": text,
        "evidence": dict(evidence or {}),
    }
    link = _link(previous, values)
    s.execute(_ADD, {**values, "hash": link})
    s.execute(_MOVE_HEAD, {"of_organisation": organisation_id, "seq": seq + 1, "hash": link})
    return seq + 1


def read(
    s: Session,
    organisation_id: int,
    *,
    before: int | None = None,
    limit: int,
    subject: str | None = None,
    action_id: int | None = None,
) -> list[Entry]:
    """Read the newest entries first, from before a number, perhaps about one subject or action."""
    statement = select(journal).where(journal.c.organisation_id == organisation_id)
    if before is not None:
        statement = statement.where(journal.c.seq < before)
    if subject is not None:
        statement = statement.where(journal.c.subject == subject)
    if action_id is not None:
        statement = statement.where(journal.c.action_id == action_id)
    rows = s.execute(statement.order_by(journal.c.seq.desc()).limit(limit))
    return [_entry(row) for row in rows]


def verify(s: Session, organisation_id: int) -> int:
    """Check the whole chain and give its length; raises JournalError."""
    seq, last = 0, NOTHING
    while rows := s.execute(
        select(journal)
        .where(journal.c.organisation_id == organisation_id, journal.c.seq > seq)
        .order_by(journal.c.seq)
        .limit(VERIFIED_AT_ONCE)
    ).all():
        for row in rows:
            seq += 1
            last = _link(last, dict(row._mapping))  # noqa: SLF001 - its documented name
            if row.seq != seq or row.hash != last:
                msg = (
                    f"journal entry {seq} of organisation {organisation_id} was changed or removed"
                )
                raise JournalError(msg)
    end = s.execute(
        select(journal_head.c.seq, journal_head.c.hash).where(
            journal_head.c.organisation_id == organisation_id
        )
    ).one_or_none()
    told = (0, NOTHING) if end is None else (end.seq, end.hash)
    if told != (seq, last):
        msg = f"the journal of organisation {organisation_id} ends early, after entry {seq}"
        raise JournalError(msg)
    return seq


def _head(s: Session, organisation_id: int) -> tuple[int, str]:
    """Give the end of the chain and hold it: on PostgreSQL the next writer waits here."""
    which = {"organisation_id": organisation_id}
    row = s.execute(_HEAD, which).one_or_none()
    if row is None:
        s.execute(
            insert_into(s, journal_head)
            .values(organisation_id=organisation_id, seq=0, hash=NOTHING)
            .on_conflict_do_nothing()
        )
        row = s.execute(_HEAD, which).one()
    return row.seq, row.hash


def _link(previous: str, values: Mapping[str, Any]) -> str:
    """Hash an entry together with the hash before it."""
    told = {
        name: values[name]
        for name in ("organisation_id", "seq", "entry", "who", "action_id", "subject", "text")
    }
    told["at"] = values["at"].astimezone(UTC).isoformat(timespec="microseconds")
    told["evidence"] = values["evidence"]
    return hashlib.sha256((previous + canonical(told)).encode()).hexdigest()


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        entry=row.entry,
        who=row.who,
        action_id=row.action_id,
        subject=row.subject,
        text=row.text,
        evidence=row.evidence,
        hash=row.hash,
    )
