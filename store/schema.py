"""Brings a database to the tables of this version, and says whether it is there."""

from __future__ import annotations

from sqlalchemy import Engine


def migrate(engine: Engine) -> None:
    """Run every migration the database lacks."""
    raise NotImplementedError


def at_head(engine: Engine) -> bool:
    """Say whether no migration is missing."""
    raise NotImplementedError
