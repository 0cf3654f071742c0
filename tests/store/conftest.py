"""A real database file for every test, copied from one that was migrated once."""

from __future__ import annotations

import shutil

import pytest

from store import connections, organisations, schema
from store.connections import Consented
from store.seal import Keys
from store.session import open_engine, open_sessions

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture
def url(template, tmp_path):
    path = tmp_path / "dunnock.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def engine(url):
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def keys():
    return Keys((KEY,))


@pytest.fixture
def sessions(engine, keys):
    return open_sessions(engine, keys)


@pytest.fixture
def s(sessions):
    with sessions.begin() as session:
        yield session


@pytest.fixture
def ours(sessions, now):
    """Give the id of an organisation."""
    with sessions.begin() as s:
        return organisations.create(s, "Reed & Sons", "pub-reed", now)


@pytest.fixture
def theirs(sessions, now):
    """Give the id of another organisation."""
    with sessions.begin() as s:
        return organisations.create(s, "Weir Ltd", "pub-weir", now)


@pytest.fixture
def books(sessions, ours, now):
    """Give the id of our system of record's connection."""
    with sessions.begin() as s:
        consented = Consented("xero", "books", "tenant-1", "Reed's books")
        return connections.connect(s, ours, consented, now)
