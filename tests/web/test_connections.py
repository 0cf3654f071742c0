"""The connections page: how each connection stands, what it used, and what it needs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.pace import Limits
from store import connections, exceptions, organisations, tokens
from store.meter import SqlGate
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME

AT = f"/o/{HOME}/connections"


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def calls(fresh, provider, number, *, metered=False, connection=None):
    gate = SqlGate(
        fresh.sessions,
        connection or fresh.ids[provider],
        fresh.ids[HOME],
        provider,
        Limits(per_minute=60_000, burst=1000),
        lambda: NOW,
    )
    for _ in range(number):
        gate.enter(metered=metered)


def test_metered_reads_are_counted_apart_with_what_the_vendor_allows(fresh, browser):
    calls(fresh, "quickbooks", 3, metered=True)
    calls(fresh, "quickbooks", 2)
    text = browser.get(AT).text
    assert "5 calls this month, 3 of them metered reads" in text
    assert "500,000 metered reads a month together" in text
    # Stripe meters nothing.
    calls(fresh, "stripe", 4)
    text = browser.get(AT).text
    assert "4 calls this month</p>" in text
    assert text.count("metered reads a month together") == 1


def to_xero(fresh):
    """Let the house keep its books in Xero instead."""
    with fresh.sessions.begin() as s:
        connections.set_state(s, fresh.ids["quickbooks"], connections.DISCONNECTED, "moved")
        consented = connections.Consented("xero", "books", "tenant-9", "Wren in Xero")
        return connections.connect(s, fresh.ids[HOME], consented, NOW)


def test_the_days_calls_are_shown_where_a_day_has_a_limit(fresh, browser):
    assert "Calls today" not in browser.get(AT).text
    made = to_xero(fresh)
    assert "0 of 5,000" in browser.get(AT).text
    calls(fresh, "xero", 37, connection=made)
    assert "37 of 5,000" in browser.get(AT).text
    fresh.clock[0] += timedelta(days=1)
    assert "0 of 5,000" in browser.get(AT).text


def test_a_connection_shows_which_world_it_is_in_and_what_opens_it(fresh, browser):
    with fresh.sessions.begin() as s:
        for environment, strategy in (("sandbox", "oauth"), ("", "restricted_key")):
            consented = connections.Consented(
                "stripe",
                "payments",
                f"acct_{strategy}",
                f"Shop by {strategy}",
                strategy=strategy,
                live=False,
                environment=environment,
            )
            connections.connect(s, fresh.ids[HOME], consented, NOW)
    text = browser.get(AT).text
    assert "Sandbox" in text
    assert "Test data" in text
    assert "a restricted key" in text
    assert "acct_" not in text


def test_the_end_of_a_consent_is_shown_with_the_button_that_prolongs_it(fresh, browser):
    assert "Consent ends" not in browser.get(AT).text
    ours, ends = fresh.ids[HOME], NOW + timedelta(days=20)
    with fresh.sessions.begin() as s:
        made = tokens.create(s, ours, "quickbooks", tokens.Tokens("a", "r", NOW, ends), NOW)
        connections.set_token_set(s, fresh.ids["quickbooks"], made)
    text = browser.get(AT).text
    assert "Consent ends" in text
    assert "Reconnect" not in text
    with fresh.sessions.begin() as s:
        exceptions.open_exception(
            s,
            ours,
            kind="consent_ends",
            subject=f"connection:{fresh.ids['quickbooks']}",
            title="Wren: the consent ends",
            detail="It is old",
            fix="Press Reconnect.",
            now=NOW,
        )
    text = browser.get(AT).text
    assert "Reconnect to QuickBooks Online" in text
    assert "<strong>Wren: the consent ends.</strong> It is old. Press Reconnect." in text


def test_a_refused_app_is_told_beside_what_it_concerns(fresh, browser):
    with fresh.sessions.begin() as s:
        exceptions.open_exception(
            s,
            fresh.ids[HOME],
            kind="client_refused",
            subject="stripe",
            title="Stripe refuses our app",
            detail="wrong key.",
            fix="Check it.",
            now=NOW,
        )
    text = browser.get(AT).text
    assert "<strong>Stripe refuses our app.</strong> wrong key. Check it." in text
    assert "Reconnect" not in text


def test_several_organisations_are_listed_each_with_its_own_way_out(fresh, browser):
    page = browser.get("/organisations").text
    assert "Wren &amp; Co" in page
    assert "Finch Ltd" in page
    assert "Connect " in page
    with fresh.sessions() as s:
        mine = organisations.organisations_of(s, 1)
    for one in mine:
        assert f"/o/{one.public_id}/" in page
