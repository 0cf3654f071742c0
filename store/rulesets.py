"""Rule sets: every saved version stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from store import journal
from store.session import insert_into
from store.tables import organisation
from store.tables import ruleset as rulesets


@dataclass(frozen=True, slots=True)
class StoredRules:
    """One version. Version 0 is what an organisation has that never saved: the defaults."""

    version: int
    mapping: Mapping[str, Any]
    saved_by: str
    saved_at: datetime | None


_VERSIONS = (
    select(rulesets)
    .where(rulesets.c.organisation_id == bindparam("organisation_id"))
    .order_by(rulesets.c.version.desc())
)
_CURRENT = _VERSIONS.limit(1)
_VERSION = _VERSIONS.where(rulesets.c.version == bindparam("number"))


def current(s: Session, organisation_id: int) -> StoredRules:
    """Give the version in force; version 0 with an empty mapping before the first save."""
    row = s.execute(_CURRENT, {"organisation_id": organisation_id}).one_or_none()
    return StoredRules(0, {}, "", None) if row is None else _stored(row)


def save(
    s: Session, organisation_id: int, mapping: Mapping[str, Any], who: str, now: datetime
) -> int:
    """Keep a new version, with a journal entry, and give its number."""
    # On PostgreSQL the next to save waits here; on SQLite every writer waits anyway.
    s.execute(
        select(organisation.c.id).where(organisation.c.id == organisation_id).with_for_update()
    )
    number = current(s, organisation_id).version + 1
    s.execute(
        insert_into(s, rulesets).values(
            organisation_id=organisation_id,
            version=number,
            rules=dict(mapping),
            saved_by=who,
            saved_at=now,
        )
    )
    journal.write(
        s,
        organisation_id,
        "rules saved",
        who=who,
        text=f"version {number} of the rules",
        now=now,
        evidence={"version": number, "rules": dict(mapping)},
        subject="rules",
    )
    return number


def versions(s: Session, organisation_id: int) -> list[StoredRules]:
    """List every saved version, the newest first."""
    return [_stored(row) for row in s.execute(_VERSIONS, {"organisation_id": organisation_id})]


def version(s: Session, organisation_id: int, number: int) -> StoredRules | None:
    """Give one version."""
    which = {"organisation_id": organisation_id, "number": number}
    row = s.execute(_VERSION, which).one_or_none()
    return None if row is None else _stored(row)


def _stored(row: Row[Any]) -> StoredRules:
    return StoredRules(row.version, row.rules, row.saved_by, row.saved_at)
