"""The database is opened the safe way, and values come back as they went in."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import sessionmaker

from ledger.documents import Kind, Ref
from ledger.money import Money
from store import organisations
from store.session import CHUNK, chunks, keys_of, open_engine, reading
from store.tables import organisation, tick
from store.tables.columns import canonical


def _pragma(engine, name):
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_sqlite_is_opened_with_wal_and_foreign_keys(engine):
    assert _pragma(engine, "journal_mode") == "wal"
    assert _pragma(engine, "foreign_keys") == 1
    assert _pragma(engine, "synchronous") == 1
    assert _pragma(engine, "busy_timeout") == 30_000


def test_the_door_commits_to_the_disk_itself(url):
    engine = open_engine(url, durable=True)
    assert _pragma(engine, "synchronous") == 2
    engine.dispose()


def test_two_that_read_and_then_write_take_turns(sessions, ours):
    def count():
        for _ in range(20):
            with sessions.begin() as s:
                name = s.scalar(select(organisation.c.name).where(organisation.c.id == ours))
                number = int(name.rpartition(" ")[2]) if name[-1].isdigit() else 0
                s.execute(
                    organisation.update()
                    .where(organisation.c.id == ours)
                    .values(name=f"turn {number + 1}")
                )

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions.begin() as s:
        assert s.scalar(select(organisation.c.name)) == "turn 80"


def test_a_session_without_keys_says_how_to_make_one(engine):
    with sessionmaker(engine)() as s, pytest.raises(TypeError, match="open_sessions"):
        keys_of(s)


def test_a_moment_comes_back_in_utc_and_a_naive_one_is_refused(s, ours, now):
    paris = now.astimezone(timezone(timedelta(hours=1)))
    s.execute(organisation.update().where(organisation.c.id == ours).values(created_at=paris))
    kept = s.scalar(select(organisation.c.created_at))
    assert kept == now
    assert kept.tzinfo is UTC
    naive = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001 - a naive moment is what is refused
    with pytest.raises(StatementError, match="has no zone"):
        s.execute(organisation.update().values(created_at=naive))


def test_json_has_one_form():
    value = {
        "money": Money(1250, "GBP"),
        "ref": Ref(Kind.INVOICE, "i-1"),
        "day": date(2026, 3, 10),
        "pairs": frozenset({"b", "a"}),
        "rate": Decimal("1.10"),
        "tuple": ("é", None),
    }
    assert canonical(value) == (
        '{"day":"2026-03-10","money":{"currency":"GBP","minor":1250},"pairs":["a","b"],'
        '"rate":"1.10","ref":{"id":"i-1","kind":"invoice","part":""},"tuple":["é",null]}'
    )


def test_json_refuses_what_it_cannot_say():
    with pytest.raises(TypeError, match="object has no place in a JSON body"):
        canonical({"thing": object()})


def test_a_transaction_that_fails_leaves_nothing(sessions):
    def fail():
        with sessions.begin() as s:
            s.execute(tick.insert().values(name="nightly", slot="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with sessions.begin() as s:
        assert s.execute(select(tick)).all() == []


def test_long_lists_are_cut_without_losing_any():
    items = list(range(CHUNK * 2 + 1))
    parts = list(chunks(items))
    assert [len(part) for part in parts] == [CHUNK, CHUNK, 1]
    assert [one for part in parts for one in part] == items


def test_who_only_reads_waits_for_no_writer_and_sees_one_moment(sessions, ours):
    with sessions.begin() as writer:
        organisations.rename(writer, ours, "Half written")
        with reading(sessions) as first, reading(sessions) as second:
            assert organisations.get(first, ours).name != "Half written"
            assert organisations.get(second, ours).name != "Half written"
    with reading(sessions) as after:
        assert organisations.get(after, ours).name == "Half written"
