"""The migrations lead from nothing to exactly the tables of the code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from store import journal, rulesets, schema
from store.session import open_engine
from store.tables import metadata


@pytest.fixture
def empty(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    yield engine
    engine.dispose()


def test_migrating_an_empty_file_gives_the_tables_of_the_code(empty):
    assert not schema.at_head(empty)
    schema.migrate(empty)
    assert schema.at_head(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_indexes_with_a_condition_are_the_same_too(empty, tmp_path):
    schema.migrate(empty)
    made = open_engine(f"sqlite:///{tmp_path}/made.db")
    metadata.create_all(made)

    def indexes(engine):
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            ).all()
        return {name: " ".join(sql.split()) for name, sql in rows}

    assert indexes(empty) == indexes(made)
    made.dispose()


def test_migrating_again_changes_nothing(empty):
    schema.migrate(empty)
    before = inspect(empty).get_table_names()
    schema.migrate(empty)
    assert inspect(empty).get_table_names() == before


def test_two_processes_starting_at_once_both_end_at_the_head(empty):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: schema.migrate(empty), range(2)))
    assert schema.at_head(empty)


def test_a_crash_in_the_middle_leaves_the_database_as_it_was(empty, monkeypatch):
    class CrashError(BaseException):
        pass

    def crash(*_, **__):
        raise CrashError

    with monkeypatch.context() as patch:
        patch.setattr("alembic.operations.Operations.create_index", crash)
        with pytest.raises(CrashError):
            schema.migrate(empty)
    assert inspect(empty).get_table_names() == []
    schema.migrate(empty)
    assert schema.at_head(empty)


@pytest.mark.parametrize("table", ["journal", "ruleset"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET organisation_id = 7", "DELETE FROM {}"])
def test_what_is_append_only_refuses_to_change(engine, sessions, ours, now, table, statement):
    with sessions.begin() as s:
        journal.write(s, ours, "noted", who="anna", text="a word", now=now)
        rulesets.save(s, ours, {}, "anna", now)
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table))


def test_every_tenant_table_names_its_organisation():
    house = {"organisation", "member", "tick", "identity", "discovery", "event_number"}
    without = {table.name for table in metadata.tables.values() if "organisation_id" not in table.c}
    assert without == house
