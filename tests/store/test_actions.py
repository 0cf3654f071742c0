"""An action is planned once, begun by one, and ends in one way; the journal tells each move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from store import actions, connections, journal
from store.actions import ActionError

HOUR = timedelta(hours=1)


def _plan(s, organisation_id, now, **more):
    known = {
        "key": "remind:c-1",
        "kind": "remind",
        "subject": "customer:c-1",
        "body": {"to": "a@b.example"},
        "claims": ("step:i-1:first", "step:i-2:first"),
        "state": "planned",
        "next_at": now,
        "day": now.date(),
        "who": "dunnock",
        "why": "rule standard (version 3)",
    }
    return actions.plan(s, organisation_id, now=now, **{**known, **more})


@pytest.fixture
def row(sessions, ours, books, now):
    with sessions.begin() as s:
        planned = _plan(s, ours, now)
    assert planned is not None
    assert planned.connection_id == books
    return planned


def _entries(s, organisation_id):
    return [one.entry for one in reversed(journal.read(s, organisation_id, limit=99))]


def _begin(s, row, now, **more):
    known = {"attempts": row.attempts, "owner": "worker-1"}
    return actions.begin(s, row.organisation_id, row.id, now=now, **{**known, **more})


def _close(s, row, now, state="done"):
    return actions.close(
        s, row.organisation_id, row.id, state=state, outcome={"id": "m-1"}, now=now, text="so"
    )


def test_a_plan_is_kept_with_its_reason(s, ours, row, now, today):
    assert actions.get(s, ours, row.id) == row
    assert actions.of_key(s, ours, "remind:c-1") == row
    assert (row.state, row.body, row.day, row.next_at) == (
        "planned",
        {"to": "a@b.example"},
        today,
        now,
    )
    assert row.claims == ["step:i-1:first", "step:i-2:first"]
    [entry] = journal.read(s, ours, limit=9)
    assert (entry.entry, entry.text) == ("decided", "rule standard (version 3)")
    assert (entry.action_id, entry.subject) == (row.id, "customer:c-1")
    assert entry.evidence == {"to": "a@b.example"}


def test_the_same_key_or_any_same_claim_is_planned_once(s, ours, row, now):
    assert _plan(s, ours, now, claims=()) is None
    assert _plan(s, ours, now, key="other", claims=("step:i-9:first", "step:i-2:first")) is None
    assert _entries(s, ours) == ["decided"]
    # Nothing of the refused plan is left: its free claim can still be taken.
    assert _plan(s, ours, now, key="third", claims=("step:i-9:first",))
    assert actions.counts(s, ours) == {"planned": 2}
    assert row.id == 1


def test_another_organisation_has_its_own_keys_and_claims(s, theirs, row, now):
    other = _plan(s, theirs, now)
    assert other is not None
    assert other.id != row.id
    assert other.connection_id is None


def test_two_that_plan_at_once_plan_one(sessions, ours, now):
    def plan(number):
        with sessions.begin() as s:
            return _plan(s, ours, now, key=f"key-{number % 3}")

    with ThreadPoolExecutor(4) as pool:
        planned = [one for one in pool.map(plan, range(12)) if one is not None]
    assert len(planned) == 1
    with sessions.begin() as s:
        assert actions.counts(s, ours) == {"planned": 1}
        assert journal.verify(s, ours) == 1


def test_a_plan_that_is_rolled_back_was_never_made(sessions, ours, now):
    def fail():
        with sessions.begin() as s:
            _plan(s, ours, now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with sessions.begin() as s:
        assert _plan(s, ours, now) is not None
        assert _entries(s, ours) == ["decided"]


def test_what_is_due_is_given_oldest_first(s, ours, books, row, now):
    later = _plan(s, ours, now, key="later", claims=(), next_at=now + HOUR)
    _plan(s, ours, now, key="waits", claims=(), state="waiting")
    assert later is not None
    assert [one.id for one in actions.due(s, ours, books, now, 9)] == [row.id]
    assert [one.id for one in actions.due(s, ours, books, now + HOUR, 9)] == [row.id, later.id]
    assert [one.id for one in actions.due(s, ours, books, now + HOUR, 1)] == [row.id]


def test_of_two_that_read_the_same_row_one_begins(sessions, row, now):
    def begin(number):
        with sessions.begin() as s:
            return _begin(s, row, now, owner=f"worker-{number}")

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(12))) == 1


def test_beginning_keeps_the_facts_read_again(s, ours, row, now):
    assert _begin(s, row, now, body={"to": "new@b.example"})
    doing = actions.get(s, ours, row.id)
    assert doing is not None
    assert (doing.state, doing.attempts, doing.owner) == ("doing", 1, "worker-1")
    assert doing.body == {"to": "new@b.example"}
    newest = journal.read(s, ours, limit=1)[0]
    assert (newest.entry, newest.evidence) == ("attempted", {"body": {"to": "new@b.example"}})


def test_what_a_crash_left_in_doing_is_due_again(s, ours, books, row, now):
    _begin(s, row, now)
    [left] = actions.due(s, ours, books, now, 9)
    assert (left.state, left.attempts) == ("doing", 1)
    assert not _begin(s, row, now)
    assert _begin(s, left, now)


def test_done_is_told_once(s, ours, books, row, now):
    _begin(s, row, now)
    assert _close(s, row, now)
    assert not _close(s, row, now)
    done = actions.get(s, ours, row.id)
    assert done is not None
    assert (done.state, done.outcome, done.closed_at) == ("done", {"id": "m-1"}, now)
    assert actions.due(s, ours, books, now + HOUR, 9) == []
    assert _entries(s, ours) == ["decided", "attempted", "done"]


def test_nothing_is_done_that_was_not_begun(s, row, now):
    with pytest.raises(ActionError, match="is planned, not to be done"):
        _close(s, row, now)


def test_what_is_done_stays_done(s, ours, row, now):
    _begin(s, row, now)
    _close(s, row, now)
    with pytest.raises(ActionError, match="is done, not to be refused"):
        _close(s, row, now, "refused")
    with pytest.raises(ActionError, match="cannot be put off"):
        actions.postpone(s, ours, row.id, state="planned", next_at=now, reason="", now=now)
    assert not actions.cancel(s, ours, row.id, who="anna", now=now, reason="no")
    assert not _begin(s, row, now, attempts=1)
    assert _plan(s, ours, now) is None


def test_an_unknown_end_is_refused(s, row, now):
    with pytest.raises(ActionError, match="cannot be closed as 'finished'"):
        _close(s, row, now, "finished")


def test_doubt_left_to_a_person_is_due_no_more_until_they_say(s, ours, books, row, now):
    _begin(s, row, now)
    assert _close(s, row, now, "unknown")
    assert not _close(s, row, now, "unknown")
    assert actions.due(s, ours, books, now + HOUR, 9) == []
    assert _plan(s, ours, now, key="again") is None
    assert _close(s, row, now, "done")
    assert _entries(s, ours) == ["decided", "attempted", "unknown", "done"]


def test_doubt_can_be_put_back_to_work(s, ours, books, row, now):
    _begin(s, row, now)
    _close(s, row, now, "unknown")
    actions.postpone(s, ours, row.id, state="planned", next_at=now, reason="not sent", now=now)
    [again] = actions.due(s, ours, books, now, 9)
    assert (again.state, again.reason, again.closed_at) == ("planned", "not sent", None)
    assert _begin(s, again, now)


def test_putting_off_counts_failures_but_not_patience(s, ours, books, row, now):
    def put_off(**more):
        later = now + HOUR
        actions.postpone(s, ours, row.id, next_at=later, reason="503", now=now, **more)
        kept = actions.get(s, ours, row.id)
        assert kept is not None
        return kept

    assert put_off(state="planned").attempts == 1
    patient = put_off(state="planned", counts=False)
    assert patient.attempts == 1
    assert actions.due(s, ours, books, now, 9) == []
    # An attempt counted when it began does not count again when it fails.
    _begin(s, patient, now)
    assert put_off(state="planned").attempts == 2


def test_an_approved_action_goes_ahead(s, ours, books, now):
    waits = _plan(s, ours, now, state="waiting")
    assert waits is not None
    assert [one.id for one in actions.waiting(s, ours)] == [waits.id]
    assert not _begin(s, waits, now)
    assert actions.approve(s, ours, waits.id, who="anna", now=now + HOUR)
    assert not actions.approve(s, ours, waits.id, who="anna", now=now + HOUR)
    assert actions.due(s, ours, books, now, 9) == []
    assert [one.id for one in actions.due(s, ours, books, now + HOUR, 9)] == [waits.id]
    assert journal.read(s, ours, limit=1)[0].who == "anna"


def test_a_cancelled_action_frees_its_claims(s, ours, row, now):
    assert actions.cancel(s, ours, row.id, who="anna", now=now, reason="paid by phone")
    assert not actions.cancel(s, ours, row.id, who="anna", now=now, reason="again")
    assert _plan(s, ours, now, key="other") is not None
    [_, cancelled, _] = reversed(journal.read(s, ours, limit=9))
    assert (cancelled.entry, cancelled.who, cancelled.text) == (
        "cancelled",
        "anna",
        "paid by phone",
    )


def test_what_was_begun_meanwhile_is_not_dropped(s, ours, row, now):
    """Whoever read it as planned comes too late: its claims stay with what is being done."""
    _begin(s, row, now)
    planned = (actions.PLANNED, actions.WAITING)
    said = {"who": "anna", "now": now, "reason": "not wanted"}
    assert not actions.cancel(s, ours, row.id, states=planned, **said)
    kept = actions.get(s, ours, row.id)
    assert kept is not None
    assert kept.state == "doing"
    assert _plan(s, ours, now, key="other") is None
    assert actions.cancel(s, ours, row.id, states=(actions.DOING,), **said)


def test_a_refused_action_can_be_tried_again(s, ours, books, row, now):
    _begin(s, row, now)
    _close(s, row, now, "refused")
    assert actions.due(s, ours, books, now, 9) == []
    assert actions.retry(s, ours, row.id, who="anna", now=now)
    assert not actions.retry(s, ours, row.id, who="anna", now=now)
    [again] = actions.due(s, ours, books, now, 9)
    assert (again.state, again.attempts) == ("planned", 0)


def test_an_action_that_does_less_gives_the_rest_back(s, ours, row, now):
    actions.narrow_claims(s, ours, row.id, ["step:i-1:first"])
    assert _plan(s, ours, now, key="a", claims=("step:i-1:first",)) is None
    assert _plan(s, ours, now, key="b", claims=("step:i-2:first",)) is not None
    actions.cancel(s, ours, row.id, who="anna", now=now, reason="no")
    with pytest.raises(ActionError, match="claims stay"):
        actions.narrow_claims(s, ours, row.id, [])


def test_what_was_done_can_be_undone_once(s, ours, row, now):
    assert not actions.mark_undone(s, ours, row.id, now=now)
    _begin(s, row, now)
    _close(s, row, now)
    assert actions.mark_undone(s, ours, row.id, now=now)
    assert not actions.mark_undone(s, ours, row.id, now=now)
    undone = actions.get(s, ours, row.id)
    assert undone is not None
    assert (undone.state, undone.undone_at) == ("done", now)
    assert _entries(s, ours)[-1] == "undone"
    # The same thing may be done again, by another action.
    assert _plan(s, ours, now, key="remind:c-1:again") is not None


def test_actions_are_found_by_subject_day_and_state(s, ours, row, now, today):
    other = _plan(s, ours, now, key="o", claims=(), subject="receipt:1", day=None, state="waiting")
    assert other is not None
    assert actions.of_subject(s, ours, "customer:c-1") == [row]
    assert actions.of_day(s, ours, today) == [row]
    assert actions.in_state(s, ours, "planned") == [row]
    assert actions.counts(s, ours) == {"planned": 1, "waiting": 1}


def test_an_action_belongs_to_the_connection_it_names(s, ours, row, now):
    consented = connections.Consented("stripe", "payments", "acct", "Stripe")
    stripe = connections.connect(s, ours, consented, now)
    note = _plan(s, ours, now, key="note", claims=(), connection_id=stripe)
    assert note is not None
    assert actions.due(s, ours, stripe, now, 9) == [note]
    assert row.connection_id != stripe
