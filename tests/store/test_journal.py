"""The journal only grows, and any change to it shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from ledger.money import Money
from store import journal
from store.journal import JournalError


def _write(s, organisation_id, now, number=0, **more):
    return journal.write(
        s, organisation_id, "decided", who="dunnock", text=f"entry {number}", now=now, **more
    )


def test_an_entry_comes_back_whole(s, ours, now):
    evidence = {"paid": Money(100, "GBP"), "rate": 1, "day": now.date()}
    seq = _write(s, ours, now, evidence=evidence, action_id=7, subject="invoice:i-1")
    [entry] = journal.read(s, ours, limit=10)
    assert (entry.seq, entry.at, entry.entry, entry.who) == (seq, now, "decided", "dunnock")
    assert (entry.text, entry.action_id, entry.subject) == ("entry 0", 7, "invoice:i-1")
    assert entry.evidence == {
        "paid": {"minor": 100, "currency": "GBP"},
        "rate": 1,
        "day": now.date().isoformat(),
    }


def test_the_newest_is_read_first_and_pages_go_back(s, ours, now):
    for number in range(5):
        _write(s, ours, now, number, subject="even" if number % 2 == 0 else "odd")
    assert [one.seq for one in journal.read(s, ours, limit=2)] == [5, 4]
    assert [one.seq for one in journal.read(s, ours, limit=9, before=3)] == [2, 1]
    assert [one.seq for one in journal.read(s, ours, limit=9, subject="odd")] == [4, 2]


def test_entries_of_one_action_are_found(s, ours, now):
    _write(s, ours, now, 1, action_id=7)
    _write(s, ours, now, 2, action_id=8)
    assert [one.text for one in journal.read(s, ours, limit=9, action_id=8)] == ["entry 2"]


def test_each_organisation_has_its_own_chain(s, ours, theirs, now):
    for number in range(3):
        _write(s, ours, now, number)
    _write(s, theirs, now)
    assert journal.verify(s, ours) == 3
    assert journal.verify(s, theirs) == 1
    first = [journal.read(s, one, limit=1, before=2)[0].hash for one in (ours, theirs)]
    assert first[0] != first[1]


def test_an_empty_journal_is_whole(s, ours):
    assert journal.verify(s, ours) == 0


def test_long_chains_are_checked_to_the_end(s, ours, now, monkeypatch):
    monkeypatch.setattr(journal, "VERIFIED_AT_ONCE", 3)
    for number in range(7):
        _write(s, ours, now, number)
    assert journal.verify(s, ours) == 7


def test_writers_at_once_make_one_chain(sessions, ours, now):
    def write(number):
        with sessions.begin() as s:
            return _write(s, ours, now, number)

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(write, range(24)))
    assert sorted(numbers) == list(range(1, 25))
    with sessions.begin() as s:
        assert journal.verify(s, ours) == 24


def test_decimals_in_evidence_do_not_break_the_chain(s, ours, now):
    _write(s, ours, now, evidence={"rate": Decimal("1.10"), "text": "naïve \u2028 line"})
    assert journal.verify(s, ours) == 1


@pytest.fixture
def written(sessions, ours, now):
    """Give the organisation, with three entries in its journal."""
    with sessions.begin() as s:
        for number in range(3):
            _write(s, ours, now, number)
    return ours


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        ("UPDATE journal SET text = 'paid' WHERE seq = 2", "entry 2 .* changed"),
        ("UPDATE journal SET who = 'eve' WHERE seq = 3", "entry 3 .* changed"),
        ("""UPDATE journal SET evidence = '{"a":1}' WHERE seq = 1""", "entry 1 .* changed"),
        (
            "UPDATE journal SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2",
            "entry 2 .* changed",
        ),
        ("DELETE FROM journal WHERE seq = 2", "entry 2 .* changed or removed"),
        ("DELETE FROM journal WHERE seq = 3", "ends early, after entry 2"),
        ("DELETE FROM journal", "ends early, after entry 0"),
        ("UPDATE journal SET hash = (SELECT hash FROM journal WHERE seq = 1)", "entry 2"),
    ],
)
def test_whatever_is_tampered_with_shows(engine, sessions, written, tamper, told):
    with engine.begin() as connection:
        # Whoever holds the file can drop the triggers too.
        connection.exec_driver_sql("DROP TRIGGER journal_no_update")
        connection.exec_driver_sql("DROP TRIGGER journal_no_delete")
        connection.exec_driver_sql(tamper)
    with sessions.begin() as s, pytest.raises(JournalError, match=told):
        journal.verify(s, written)
