"""Rule sets: every saved version stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class StoredRules:
    """One version. Version 0 is what an organisation has that never saved: the defaults."""

    version: int
    mapping: Mapping[str, Any]
    saved_by: str
    saved_at: datetime | None


def current(s: Session, organisation_id: int) -> StoredRules:
    """Give the version in force; version 0 with an empty mapping before the first save."""
    raise NotImplementedError


def save(
    s: Session, organisation_id: int, mapping: Mapping[str, Any], who: str, now: datetime
) -> int:
    """Keep a new version, with a journal entry, and give its number."""
    raise NotImplementedError


def versions(s: Session, organisation_id: int) -> list[StoredRules]:
    """List every saved version, the newest first."""
    raise NotImplementedError


def version(s: Session, organisation_id: int, number: int) -> StoredRules | None:
    """Give one version."""
    raise NotImplementedError
