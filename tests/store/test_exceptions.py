"""A trouble has one open row, however often it is met."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from store import exceptions, journal


def _open(s, organisation_id, now, **more):
    known = {
        "kind": "refused",
        "subject": "action:1",
        "title": "It was refused",
        "detail": "no",
        "fix": "mend it",
    }
    return exceptions.open_exception(s, organisation_id, now=now, **{**known, **more})


def test_a_trouble_is_kept_with_its_fix(s, ours, now):
    exception_id = _open(s, ours, now)
    row = exceptions.get(s, ours, exception_id)
    assert row is not None
    assert exceptions.list_open(s, ours) == [row]
    assert (row.kind, row.subject, row.title) == ("refused", "action:1", "It was refused")
    assert (row.detail, row.fix, row.state, row.times) == ("no", "mend it", "open", 1)
    assert (row.opened_at, row.seen_at, row.closed_at) == (now, now, None)


def test_met_again_it_is_counted_with_the_newest_words(s, ours, now):
    first = _open(s, ours, now)
    later = now + timedelta(hours=1)
    assert _open(s, ours, later, detail="still no") == first
    [row] = exceptions.list_open(s, ours)
    assert (row.times, row.detail, row.opened_at, row.seen_at) == (2, "still no", now, later)


def test_the_house_has_one_row_for_each_trouble_too(s, now):
    assert _open(s, None, now) == _open(s, None, now)
    assert len(exceptions.list_open(s, None)) == 1


def test_met_by_many_at_once_it_is_one_row(sessions, ours, now):
    def meet(_):
        with sessions.begin() as s:
            return _open(s, ours, now)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(meet, range(12)))) == 1
    with sessions.begin() as s:
        assert exceptions.list_open(s, ours)[0].times == 12


def test_closed_it_is_done_and_the_next_time_is_new(s, ours, now):
    first = _open(s, ours, now)
    said = {"who": "anna", "now": now, "resolution": "mended"}
    assert exceptions.close_exception(s, ours, first, **said)
    assert not exceptions.close_exception(s, ours, first, **said)
    row = exceptions.get(s, ours, first)
    assert row is not None
    assert (row.state, row.closed_by, row.resolution) == ("closed", "anna", "mended")
    assert exceptions.list_open(s, ours) == []
    assert _open(s, ours, now) != first


def test_a_subjects_troubles_are_closed_together_or_by_kind(s, ours, now):
    _open(s, ours, now)
    _open(s, ours, now, kind="unconfirmed_send")
    _open(s, ours, now, subject="action:2")
    said = {"who": "dunnock", "now": now, "resolution": "done after all"}
    assert exceptions.close_subject(s, ours, "action:1", kind="refused", **said) == 1
    assert exceptions.close_subject(s, ours, "action:1", **said) == 1
    assert exceptions.close_subject(s, ours, "action:1", **said) == 0
    assert [one.subject for one in exceptions.list_open(s, ours)] == ["action:2"]


def test_what_a_person_settles_is_in_the_journal(s, ours, now):
    first = _open(s, ours, now, action_id=None)
    _open(s, ours, now, subject="action:2")
    said = {"who": "anna", "now": now, "resolution": "booked by hand"}
    assert exceptions.close_exception(s, ours, first, **said)
    assert not exceptions.close_exception(s, ours, first, **said)
    exceptions.close_subject(s, ours, "action:2", **said)
    told = journal.read(s, ours, limit=9)
    assert [(one.entry, one.who, one.subject, one.text) for one in told] == [
        ("settled", "anna", "action:2", "booked by hand"),
        ("settled", "anna", "action:1", "booked by hand"),
    ]
    assert told[0].evidence == {"title": "It was refused", "cause": "no"}


def test_what_ends_by_itself_is_not_in_the_journal(s, ours, now):
    _open(s, ours, now)
    _open(s, None, now)
    exceptions.close_subject(s, ours, "action:1", who="dunnock", now=now, resolution="done")
    exceptions.close_subject(s, None, "action:1", who="anna", now=now, resolution="seen")
    assert journal.read(s, ours, limit=9) == []
