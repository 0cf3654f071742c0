"""What a vendor's discovery document said when it was last read well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.session import insert_into
from store.tables import discovery


@dataclass(frozen=True, slots=True)
class Kept:
    """The last good copy (empty before the first) and when it was last asked for."""

    document: Mapping[str, Any]
    read_at: datetime | None
    tried_at: datetime


def get(s: Session, provider: str) -> Kept | None:
    """Give what is kept of a vendor's document; None before the first try."""
    row = s.execute(select(discovery).where(discovery.c.provider == provider)).one_or_none()
    return None if row is None else Kept(row.document, row.read_at, row.tried_at)


def keep(s: Session, provider: str, document: Mapping[str, Any], now: datetime) -> None:
    """Keep a document just read in the place of the one before."""
    values = {"document": dict(document), "read_at": now, "tried_at": now}
    made = insert_into(s, discovery).values(provider=provider, **values)
    s.execute(made.on_conflict_do_update(index_elements=["provider"], set_=values))


def tried(s: Session, provider: str, now: datetime) -> None:
    """Note that the document could not be read; the last good copy stays."""
    made = insert_into(s, discovery).values(provider=provider, document={}, tried_at=now)
    s.execute(made.on_conflict_do_update(index_elements=["provider"], set_={"tried_at": now}))
