"""Every event is kept once and ends done, ignored or dead, each with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.protocol import Notice
from ledger.documents import Kind, Ref
from store import connections, exceptions, inbox
from store.connections import Consented


def _notice(event_id="e-1", tenant_id="tenant-1", **more):
    known = {"kind": Kind.INVOICE, "object_id": "i-1", "verb": "UPDATE", "raw": '{"é":1}'}
    return Notice(event_id, tenant_id, **{**known, **more})


def test_a_notice_is_kept_whole(s, ours, books, now):
    earlier = now - timedelta(minutes=3)
    told = _notice(part="Payments", at=earlier, echo_of="key-1", ends_connection=True)
    assert inbox.keep(s, "xero", [told], now) == 1
    [row] = inbox.take_new(s, books, now, 10)
    assert (row.provider, row.event_id, row.tenant_id) == ("xero", "e-1", "tenant-1")
    assert (row.organisation_id, row.connection_id) == (ours, books)
    assert row.ref == Ref(Kind.INVOICE, "i-1", "Payments")
    assert (row.verb, row.live, row.ends_connection, row.echo_of) == ("UPDATE", True, True, "key-1")
    assert (row.raw, row.at, row.received_at) == ('{"é":1}', earlier, now)
    assert '{"é":1}' not in repr(row)


def test_an_event_told_a_thousand_times_is_one_row(sessions, books, now):
    def tell(_):
        with sessions.begin() as s:
            return inbox.keep(s, "xero", [_notice()] * 50, now)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tell, range(20))) == 1
    with sessions.begin() as s:
        assert len(inbox.take_new(s, books, now, 10)) == 1


@pytest.mark.usefixtures("books")
def test_the_same_id_from_two_providers_is_two_events(s, ours, now):
    connections.connect(s, ours, Consented("stripe", "payments", "acct", "Stripe"), now)
    assert inbox.keep(s, "xero", [_notice()], now) == 1
    assert inbox.keep(s, "stripe", [_notice(tenant_id="acct")], now) == 1


def test_nothing_told_keeps_nothing(s, now):
    assert inbox.keep(s, "xero", [], now) == 0


def test_an_unknown_tenants_event_is_kept_ignored_and_shown_once(s, ours, books, now):
    told = [_notice("e-1", "stranger"), _notice("e-2", "stranger"), _notice("e-3")]
    assert inbox.keep(s, "xero", told, now) == 3
    assert inbox.counts(s) == {"ignored": 2, "new": 1}
    assert [row.event_id for row in inbox.take_new(s, books, now, 10)] == ["e-3"]
    [shown] = exceptions.list_open(s, None)
    assert shown.kind == "unknown_tenant"
    assert "stranger" not in repr(shown)
    assert exceptions.list_open(s, ours) == []
    inbox.keep(s, "xero", [_notice("e-4", "stranger")], now)
    [again] = exceptions.list_open(s, None)
    assert (again.id, again.times) == (shown.id, 2)


def test_an_event_that_names_no_tenant_is_kept_and_shown(s, now):
    told = [_notice("e-1", ""), _notice("e-2", "")]
    inbox.keep(s, "stripe", told, now, named="Stripe")
    assert inbox.counts(s) == {"ignored": 2}
    [shown] = exceptions.list_open(s, None)
    assert (shown.kind, shown.subject) == ("no_tenant", "stripe")
    assert shown.title == "Stripe sent an event that names no organisation"


def test_a_disconnected_tenants_event_is_ignored_with_its_reason(s, books, now):
    connections.set_state(s, books, connections.DISCONNECTED, "a person wished it")
    inbox.keep(s, "xero", [_notice()], now)
    row = inbox.get(s, 1)
    assert (row.state, row.reason) == ("ignored", "the connection is disconnected")
    assert row.connection_id == books
    assert exceptions.list_open(s, None) == []


def test_a_connection_waiting_for_consent_keeps_its_events(s, books, now):
    connections.set_state(s, books, connections.NEEDS_RECONNECT, "")
    inbox.keep(s, "xero", [_notice()], now)
    assert inbox.get(s, 1).state == "new"


@pytest.mark.usefixtures("books")
def test_test_data_is_kept_apart_from_live_data(s, ours, now):
    inbox.keep(s, "xero", [_notice(live=False)], now)
    row = inbox.get(s, 1)
    assert (row.state, row.reason) == ("ignored", inbox.MIXED)
    assert len(exceptions.list_open(s, ours)) == 1


def test_an_event_goes_to_who_has_the_tenant_now(s, ours, theirs, books, now):
    connections.set_state(s, books, connections.DISCONNECTED, "sold")
    moved = connections.connect(s, theirs, Consented("xero", "books", "tenant-1", "Sold"), now)
    inbox.keep(s, "xero", [_notice()], now)
    row = inbox.get(s, 1)
    assert (row.organisation_id, row.connection_id) == (theirs, moved)
    assert row.organisation_id != ours


def test_rows_are_taken_oldest_first_and_few_at_a_time(s, books, now):
    inbox.keep(s, "xero", [_notice(f"e-{number}") for number in range(5)], now)
    assert [row.event_id for row in inbox.take_new(s, books, now, 2)] == ["e-0", "e-1"]
    inbox.done(s, [1, 2], now)
    assert [row.event_id for row in inbox.take_new(s, books, now, 2)] == ["e-2", "e-3"]


def test_done_and_ignored_say_why_and_stay_so(s, books, now):
    inbox.keep(s, "xero", [_notice("e-1"), _notice("e-2")], now)
    inbox.done(s, [1], now, "read")
    inbox.ignore(s, [1, 2], now, "nothing to read")
    assert (inbox.get(s, 1).state, inbox.get(s, 1).reason) == ("done", "read")
    assert (inbox.get(s, 2).state, inbox.get(s, 2).reason) == ("ignored", "nothing to read")
    assert inbox.take_new(s, books, now, 10) == []


def test_a_failed_row_waits_longer_each_time_and_never_blocks(s, books, now):
    inbox.keep(s, "xero", [_notice("bad"), _notice("good")], now)
    waits = []
    for _ in range(4):
        assert not inbox.failed(s, 1, now, "503", 9)
        waits.append((inbox.get(s, 1).next_at - now).total_seconds())
    assert waits == [30, 60, 120, 240]
    assert [row.event_id for row in inbox.take_new(s, books, now, 10)] == ["good"]
    late = now + timedelta(seconds=240)
    assert [row.event_id for row in inbox.take_new(s, books, late, 10)] == ["bad", "good"]


def test_a_row_never_waits_longer_than_six_hours(s, books, now):
    inbox.keep(s, "xero", [_notice()], now)
    for _ in range(40):
        inbox.failed(s, 1, now, "503", 99)
    assert inbox.get(s, 1).next_at - now == timedelta(hours=6)
    assert connections.get(s, books).state == "connected"


def test_after_the_last_try_it_is_dead_and_shown(s, ours, books, now):
    inbox.keep(s, "xero", [_notice()], now)
    assert not inbox.failed(s, 1, now, "first", 2)
    assert inbox.failed(s, 1, now, "second", 2)
    assert [row.id for row in inbox.list_dead(s, ours)] == [1]
    [shown] = exceptions.list_open(s, ours)
    assert shown.subject == "inbox:1"
    assert shown.title == "A change in Reed's books could not be taken in"
    assert shown.detail.endswith(", tried 2 times: second")
    assert "dunnock replay 1" in shown.fix
    assert inbox.take_new(s, books, now + timedelta(days=9), 10) == []


def test_a_dead_row_can_be_replayed(s, ours, books, now):
    inbox.keep(s, "xero", [_notice()], now)
    inbox.failed(s, 1, now, "no", 1)
    [shown] = exceptions.list_open(s, ours)
    assert "tried once: no" in shown.detail
    assert inbox.replay(s, 1, now)
    [row] = inbox.take_new(s, books, now, 10)
    assert (row.state, row.attempts, row.reason) == ("new", 0, "")
    assert exceptions.list_open(s, ours) == []


def test_an_ignored_row_can_be_replayed_once_its_tenant_is_connected(s, ours, now):
    inbox.keep(s, "xero", [_notice()], now)
    assert not inbox.replay(s, 1, now)
    consented = Consented("xero", "books", "tenant-1", "Books")
    connected = connections.connect(s, ours, consented, now)
    assert inbox.replay(s, 1, now)
    row = inbox.get(s, 1)
    assert (row.organisation_id, row.connection_id, row.state) == (ours, connected, "new")


def test_a_wish_to_read_again_is_kept_once(s, books, now):
    row = connections.get(s, books)
    refs = [Ref(Kind.INVOICE, "i-1"), Ref(Kind.RECEIPT, "p-1", "Payments")]
    assert inbox.read_again(s, row, refs, why="apply:1", now=now) == 2
    assert inbox.read_again(s, row, refs, why="apply:1", now=now) == 0
    assert inbox.read_again(s, row, refs[:1], why="apply:2", now=now) == 1
    assert inbox.take_new(s, books, now, 9) == []
    assert [one.ref for one in inbox.take_new(s, books, now + inbox.ECHO, 9)] == [*refs, refs[0]]


def test_a_wish_about_test_data_is_one_of_test_data(s, books, now):
    row = replace(connections.get(s, books), live=False)
    inbox.read_again(s, row, [Ref(Kind.INVOICE, "i-1")], why="apply:1", now=now)
    assert [one.live for one in inbox.take_new(s, books, now + inbox.ECHO, 9)] == [False]


def test_the_vendors_word_of_our_own_write_saves_a_read(s, books, now):
    inbox.read_again(s, connections.get(s, books), [Ref(Kind.INVOICE, "i-1")], why="a", now=now)
    assert inbox.take_new(s, books, now, 9) == []
    inbox.keep(s, "xero", [_notice()], now)
    assert len(inbox.take_new(s, books, now, 9)) == 2


def test_what_failed_waits_also_when_others_are_due(s, books, now):
    inbox.keep(s, "xero", [_notice("e-1")], now)
    [poison] = inbox.take_new(s, books, now, 9)
    inbox.failed(s, poison.id, now, "KeyError", 6)
    inbox.keep(s, "xero", [_notice("e-2")], now)
    assert [row.event_id for row in inbox.take_new(s, books, now, 9)] == ["e-2"]


@pytest.mark.usefixtures("books")
def test_old_closed_rows_are_forgotten_and_dead_ones_stay(s, now):
    inbox.keep(s, "xero", [_notice(f"e-{number}") for number in range(3)], now)
    inbox.done(s, [1], now)
    inbox.failed(s, 2, now, "no", 1)
    assert inbox.forget(s, now) == 0
    assert inbox.forget(s, now + timedelta(days=1)) == 1
    assert inbox.counts(s) == {"dead": 1, "new": 1}


def test_an_unknown_row_is_an_error(s):
    with pytest.raises(LookupError, match="no inbox row 404"):
        inbox.get(s, 404)
