"""An empty database with every table, migrated once per run: migrating takes longer than a test."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from store.schema import migrate
from store.session import open_engine


@cache
def _blank() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blank.db"
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()
        return path.read_bytes()


def blank_database(path: Path) -> str:
    """Write an empty database to `path`; gives its URL."""
    path.write_bytes(_blank())
    return f"sqlite:///{path}"
