"""A real database file, brought back before every test to how the migrations left it."""

from __future__ import annotations

import json
import sqlite3

import pytest

from connector.protocol import Found
from store import connections, mirror, organisations, schema
from store.connections import Consented
from store.seal import Keys
from store.session import open_engine, open_sessions

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def template():
    """Give a database in memory with every table and no row."""
    engine = open_engine("sqlite://")
    schema.migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        yield connection.connection.driver_connection
    engine.dispose()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Give one engine for all tests: what it learnt of our statements stays with it."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store')}/dunnock.db")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(shared, template):
    """Give the engine of a file that is as it was after the migrations."""
    file = sqlite3.connect(shared.url.database)
    template.backup(file)
    file.close()
    return shared


@pytest.fixture
def url(engine):
    return str(engine.url)


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


@pytest.fixture
def save(s, ours, books, now):
    """Give what saves documents at our books, or at another connection."""

    def save(*documents, at=now, connection_id=books):
        found = [Found(one, json.dumps({"id": one.ref.id})) for one in documents]
        return mirror.save(s, ours, connection_id, found, at)

    return save


@pytest.fixture
def stripe(s, ours, now):
    """Give the id of a connection where money comes in."""
    consented = Consented("stripe", "payments", "acct_1", "Reed's Stripe")
    return connections.connect(s, ours, consented, now)
