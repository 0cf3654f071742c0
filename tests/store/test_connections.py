"""Connections: connecting, reviving, leasing, and knowing what is due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from ledger.documents import Kind, Ref
from store import actions, connections, due, inbox
from store.connections import Consented, TakenError
from store.tables import connection as table

XERO = Consented("xero", "books", "tenant-1", "Reed's books", grant="grant-1")
STRIPE = Consented("stripe", "payments", "acct_1", "Reed's Stripe", live=False)


def test_a_connection_shows_what_the_consent_gave(s, ours, now):
    row = connections.get(s, connections.connect(s, ours, XERO, now))
    assert (row.provider, row.role, row.tenant_id, row.title) == (
        "xero",
        "books",
        "tenant-1",
        "Reed's books",
    )
    assert (row.state, row.grant, row.live, row.cursor) == ("connected", "grant-1", True, "")
    assert row.next_sync_at == now
    assert not row.first_sync_done


def test_the_tenants_id_is_not_in_the_file(s, books):
    row = s.execute(select(table).where(table.c.id == books)).one()
    assert "tenant-1" not in repr(row)


def test_the_same_tenant_again_is_the_same_connection(s, ours, books, now):
    connections.save_cursor(s, books, cursor="c9", seen=9, total=9, done=True, now=now)
    connections.set_state(s, books, connections.DISCONNECTED, "a person wished it")
    again = connections.connect(s, ours, XERO, now + timedelta(days=1))
    row = connections.get(s, again)
    assert again == books
    assert (row.state, row.reason, row.cursor, row.first_sync_done) == ("connected", "", "c9", True)


def test_a_tenant_belongs_to_one_organisation_at_a_time(s, ours, theirs, books, now):
    with pytest.raises(TakenError, match="another organisation"):
        connections.connect(s, theirs, XERO, now)
    connections.set_state(s, books, connections.DISCONNECTED, "moved")
    moved = connections.connect(s, theirs, XERO, now)
    assert moved != books
    found = connections.by_tenant(s, "xero", "tenant-1")
    assert found is not None
    assert (found.id, found.organisation_id) == (moved, theirs)
    with pytest.raises(TakenError, match="another organisation"):
        connections.connect(s, ours, XERO, now)


def test_an_organisation_has_one_system_of_record(s, ours, books, now):
    other = Consented("quickbooks", "books", "realm-1", "Reed's company")
    with pytest.raises(TakenError, match="kept in Reed's books"):
        connections.connect(s, ours, other, now)
    connections.set_state(s, books, connections.DISCONNECTED, "changing over")
    changed = connections.connect(s, ours, other, now)
    found = connections.books_of(s, ours)
    assert found is not None
    assert found.id == changed


def test_a_disconnected_tenant_is_still_found(s, books):
    connections.set_state(s, books, connections.DISCONNECTED, "")
    found = connections.by_tenant(s, "xero", "tenant-1")
    assert found is not None
    assert found.id == books
    assert connections.by_tenant(s, "quickbooks", "tenant-1") is None
    assert connections.all_live(s) == []


def test_books_come_first(s, ours, now):
    stripe = connections.connect(s, ours, STRIPE, now)
    xero = connections.connect(s, ours, XERO, now)
    assert [one.id for one in connections.of_organisation(s, ours)] == [xero, stripe]
    assert not connections.get(s, stripe).live


def test_a_walk_is_resumed_and_ends(s, books, now):
    connections.save_cursor(s, books, cursor="p2", seen=100, total=300, done=False, now=now)
    row = connections.get(s, books)
    assert (row.cursor, row.seen, row.total, row.first_sync_done) == ("p2", 100, 300, False)
    assert row.synced_at is None
    connections.save_cursor(s, books, cursor="end", seen=300, total=300, done=True, now=now)
    row = connections.get(s, books)
    assert (row.first_sync_done, row.synced_at) == (True, now)


def test_a_sweep_is_resumed_and_ends(s, books, now):
    connections.save_sweep(s, books, cursor="s2", done=False, now=now)
    assert connections.get(s, books).swept_at is None
    connections.save_sweep(s, books, cursor="", done=True, now=now)
    assert connections.get(s, books).swept_at == now


def test_an_unknown_connection_is_an_error(s, now):
    with pytest.raises(LookupError, match="no connection 404"):
        connections.get(s, 404)
    with pytest.raises(LookupError, match="no connection 404"):
        connections.want_sync(s, 404, now)


def _quiet(s, books, now):
    connections.set_next(s, books, sync_at=now + timedelta(hours=1))


@pytest.mark.parametrize("which", ["sync_at", "sweep_at", "tick_at"])
def test_what_the_clock_wants_is_due(s, books, now, which):
    _quiet(s, books, now)
    assert due.now_due(s, now) == []
    connections.set_next(s, books, **{which: now + timedelta(minutes=5)})
    assert due.now_due(s, now) == []
    assert due.now_due(s, now + timedelta(minutes=5)) == [books]


def test_a_wish_to_sync_is_due_and_never_later(s, books, now):
    _quiet(s, books, now)
    connections.want_sync(s, books, now)
    connections.want_sync(s, books, now + timedelta(minutes=1))
    assert connections.get(s, books).next_sync_at == now


def test_news_and_work_are_due_until_done(s, ours, books, now):
    _quiet(s, books, now)
    row = connections.get(s, books)
    told = now - inbox.ECHO
    inbox.read_again(s, row, [Ref(Kind.INVOICE, "i-1")], why="test", now=told)
    assert due.now_due(s, told) == []
    assert due.now_due(s, now) == [books]
    inbox.done(s, [one.id for one in inbox.take_new(s, books, now, 9)], now)
    assert due.now_due(s, now) == []
    action = actions.plan(
        s,
        ours,
        key="k",
        kind="note",
        subject="invoice:i-1",
        body={},
        claims=(),
        state="planned",
        next_at=now,
        day=None,
        now=now,
        who="dunnock",
        why="a test",
    )
    assert action is not None
    assert due.now_due(s, now) == [books]
    actions.cancel(s, ours, action.id, who="anna", now=now, reason="no")
    assert due.now_due(s, now) == []


def test_a_resting_or_broken_connection_is_left_alone(s, books, now):
    assert due.now_due(s, now) == [books]
    connections.rest(s, books, now + timedelta(minutes=1))
    assert due.now_due(s, now) == []
    assert due.now_due(s, now + timedelta(minutes=1)) == [books]
    connections.set_state(s, books, connections.NEEDS_RECONNECT, "consent ended")
    assert due.now_due(s, now + timedelta(minutes=1)) == []


def test_the_next_moment_of_work_is_known(s, books, now):
    hour = timedelta(hours=1)
    connections.set_next(s, books, sync_at=now + 3 * hour, sweep_at=now + 5 * hour)
    assert due.next_due(s) == now + 3 * hour
    row = connections.get(s, books)
    inbox.read_again(s, row, [Ref(Kind.INVOICE, "i-1")], why="test", now=now + hour)
    assert due.next_due(s) == now + hour + inbox.ECHO
    connections.rest(s, books, now + 2 * hour)
    assert due.next_due(s) == now + 2 * hour
    connections.set_state(s, books, connections.DISCONNECTED, "")
    assert due.next_due(s) is None


def test_one_owner_gets_the_lease(sessions, books, now):
    def take(number):
        return connections.take_lease(sessions, books, f"worker-{number}", now, 60)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(12))) == 1


def test_a_lease_ends_by_itself_or_is_given_back(sessions, books, now):
    later = now + timedelta(seconds=60)
    assert connections.take_lease(sessions, books, "one", now, 60)
    assert connections.take_lease(sessions, books, "one", now, 60)
    assert not connections.take_lease(sessions, books, "two", now, 60)
    assert connections.renew(sessions, books, "one", now + timedelta(seconds=30), 30)
    assert not connections.renew(sessions, books, "one", later, 60)
    assert connections.take_lease(sessions, books, "two", later, 60)
    assert not connections.renew(sessions, books, "one", later, 60)
    connections.give_back(sessions, books, "one")
    assert not connections.take_lease(sessions, books, "three", later, 60)
    connections.give_back(sessions, books, "two")
    assert connections.take_lease(sessions, books, "three", later, 60)


def test_a_lone_worker_frees_what_a_dead_one_left(sessions, books, now):
    connections.take_lease(sessions, books, "dead", now, 3600)
    with sessions.begin() as s:
        connections.free_leases(s)
    assert connections.take_lease(sessions, books, "alive", now, 60)
