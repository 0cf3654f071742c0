"""Once a day: which connections still exist, which consents end soon, which keys are old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.protocol import Wire
from oauth.tokens import fresh_access
from oauth.upkeep import look_after
from store import connections, due, exceptions, tokens
from store.connections import ConnectionRow
from store.seal import Keys
from store.session import open_sessions
from tests.oauth.desk import Desk
from tests.oauth.test_consent import tenant_of
from tests.oauth.test_tokens import connected, open_kinds


def looks(desk: Desk) -> int:
    return len([one for one in desk.asked("xero", "/Connections") if one.method == "GET"])


def test_a_connection_that_was_ended_at_xero_is_found_out(desk):
    made = connected(desk, "xero")
    look_after(desk.opener)
    assert desk.row(made).state == "connected"
    desk.xero.disconnect(made.tenant_id)
    look_after(desk.opener)
    assert desk.row(made).state == "needs_reconnect"
    assert open_kinds(desk, made) == ["needs_reconnect"]


def test_each_connection_costs_one_call_a_day_while_it_lives(desk):
    """A person with two organisations loses the one that was ended, and keeps the other."""
    one, two = (
        desk.connect(
            "xero",
            desk.xero.add_organisation(
                name, f"!{name}", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
            ),
        )
        for name in ("One", "Two")
    )
    before = looks(desk)
    look_after(desk.opener)
    assert looks(desk) == before + 2
    desk.xero.disconnect(one.tenant_id)
    look_after(desk.opener)
    assert (desk.row(one).state, desk.row(two).state) == ("needs_reconnect", "connected")
    assert looks(desk) == before + 4
    # What stands still is not asked about any more.
    look_after(desk.opener)
    assert looks(desk) == before + 5


def test_a_connection_that_rests_is_looked_at_tomorrow(desk):
    """The vendor asked the worker for patience a moment ago, and means us all."""
    made = connected(desk, "xero")
    with desk.sessions.begin() as s:
        connections.rest(s, made.id, desk.clock() + timedelta(minutes=1))
    before = looks(desk)
    look_after(desk.opener)
    assert looks(desk) == before
    desk.clock.forward(days=1)
    look_after(desk.opener)
    assert looks(desk) == before + 1


def test_a_new_name_at_xero_is_shown_here(desk):
    made = connected(desk, "xero")
    shelf = desk.xero.shelf
    (kept,) = shelf.all("connections")
    shelf.put("connections", kept["id"], kept | {"tenantName": "Wren & Daughters"})
    look_after(desk.opener)
    assert desk.row(made).title == "Wren & Daughters"


def test_a_vendor_that_does_not_answer_changes_nothing(desk):
    made = connected(desk, "xero")
    other = desk.connect("quickbooks", tenant_of(desk, "quickbooks"))
    nowhere = Wire(dict.fromkeys(("api", "identity", "login", "revoke"), "http://127.0.0.1:9"))
    desk.wires.update(xero=nowhere, quickbooks=nowhere)
    look_after(desk.opener)
    assert (desk.row(made).state, desk.row(other).state) == ("connected", "connected")
    assert open_kinds(desk, made) == []


def test_who_asked_in_vain_leaves_the_vendor_in_peace_for_the_worker_too(desk):
    """A refresh token whose answer was lost is not used again at once by somebody else."""
    made = connected(desk, "xero")
    desk.clock.forward(hours=1)
    desk.wires["xero"] = Wire(dict.fromkeys(("api", "identity"), "http://127.0.0.1:9"))
    with desk.opener.sessions.begin() as s:
        connections.set_next(s, made.id, sync_at=desk.clock())
        assert made.id in due.now_due(s, desk.clock())
    look_after(desk.opener)
    with desk.opener.sessions.begin() as s:
        assert made.id not in due.now_due(s, desk.clock())
        later = desk.clock() + timedelta(days=1)
        assert made.id in due.now_due(s, later)
        # A rest that is longer already stays as long.
        connections.rest(s, made.id, later)
        connections.rest(s, made.id, desk.clock())
        assert made.id not in due.now_due(s, later - timedelta(seconds=1))


def test_only_a_vendor_that_lists_its_connections_is_asked_every_day(desk):
    connected(desk, "quickbooks")
    connected(desk, "stripe")
    before = len(desk.asked("quickbooks", "/v3/")), len(desk.stripe.shelf.requests())
    look_after(desk.opener)
    assert (len(desk.asked("quickbooks", "/v3/")), len(desk.stripe.shelf.requests())) == before


def ends_in(desk: Desk, made: ConnectionRow, **by: float) -> None:
    assert made.token_set_id is not None
    with desk.sessions.begin() as s:
        held = tokens.get(s, made.organisation_id, made.token_set_id)
        at = desk.clock() + timedelta(**by)
        kept = tokens.Tokens(held.access, held.refresh, held.expires_at, at)
        tokens.replace(s, made.organisation_id, made.token_set_id, kept)


@pytest.mark.parametrize(
    ("days", "kinds", "state"),
    [
        (31, [], "connected"),
        (29, ["consent_ends"], "connected"),
        (6, ["consent_ends"], "connected"),
        (0, ["needs_reconnect"], "needs_reconnect"),
    ],
)
def test_a_consent_that_ends_is_told_of_in_time_and_then_stopped(desk, days, kinds, state):
    made = connected(desk, "quickbooks")
    ends_in(desk, made, days=days)
    look_after(desk.opener)
    assert open_kinds(desk, made) == kinds
    assert desk.row(made).state == state


def test_a_warning_is_one_row_however_often_it_is_given(desk):
    made = connected(desk, "quickbooks")
    ends_in(desk, made, days=20)
    for _ in range(3):
        look_after(desk.opener)
        desk.clock.forward(days=1)
    with desk.sessions() as s:
        (row,) = exceptions.list_open(s, made.organisation_id)
    assert row.times == 3


def test_connecting_again_ends_the_warning(desk):
    made = connected(desk, "quickbooks")
    ends_in(desk, made, days=20)
    look_after(desk.opener)
    desk.connect("quickbooks", made.tenant_id, made.organisation_id)
    look_after(desk.opener)
    assert open_kinds(desk, made) == []


def test_without_the_field_a_consent_that_renewing_does_not_prolong_is_at_its_end(desk):
    made = connected(desk, "quickbooks")
    plain = replace(desk.opener.providers["quickbooks"].consent(desk.wires["quickbooks"]))
    assert plain.rolling_expiry == "x_refresh_token_expires_in"
    with desk.sessions.begin() as s:
        held = tokens.get(s, made.organisation_id, made.token_set_id)
        kept = tokens.Tokens(held.access, held.refresh, held.expires_at)
        tokens.replace(s, made.organisation_id, made.token_set_id, kept)
    # The stand-in tells the hard end only to who asks; five years on, it caps the rolling one.
    grant = desk.quickbooks.shelf.get("grant", made.tenant_id)
    end = (desk.clock() + timedelta(days=12)).isoformat()
    desk.quickbooks.shelf.put("grant", made.tenant_id, grant | {"hard": end, "until": end})
    desk.clock.forward(hours=2)
    fresh_access(desk.opener, made)
    with desk.sessions() as s:
        hard = tokens.get(s, made.organisation_id, made.token_set_id).hard_expires_at
    assert hard is not None
    assert hard.isoformat()[:16] == end[:16]
    assert open_kinds(desk, made) == ["consent_ends"]


def test_tokens_under_an_old_key_are_sealed_under_the_newest(desk):
    made = connected(desk, "xero")
    engine = desk.sessions.kw["bind"]
    both = open_sessions(engine, Keys((b"n" * 32, b"k" * 32)))
    look_after(replace(desk.opener, sessions=both))
    alone = open_sessions(engine, Keys((b"n" * 32,)))
    with alone() as s:
        assert tokens.get(s, made.organisation_id, made.token_set_id).access
