"""The journal: append-only, and each entry's hash covers the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session


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
    raise NotImplementedError


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
    raise NotImplementedError


def verify(s: Session, organisation_id: int) -> int:
    """Check the whole chain and give its length; raises JournalError."""
    raise NotImplementedError
