"""A vendor's discovery document: the last good copy stays, whatever comes after it."""

from __future__ import annotations

from datetime import timedelta

from store import discovery
from tests.conftest import NOW


def test_nothing_is_kept_before_the_first_try(sessions):
    with sessions.begin() as s:
        assert discovery.get(s, "xero") is None


def test_a_failed_try_leaves_the_last_good_copy(sessions):
    later = NOW + timedelta(days=1)
    with sessions.begin() as s:
        discovery.keep(s, "xero", {"issuer": "a"}, NOW)
        discovery.tried(s, "xero", later)
        kept = discovery.get(s, "xero")
    assert kept is not None
    assert (kept.document, kept.read_at, kept.tried_at) == ({"issuer": "a"}, NOW, later)


def test_a_first_try_that_fails_is_remembered(sessions):
    with sessions.begin() as s:
        discovery.tried(s, "xero", NOW)
        kept = discovery.get(s, "xero")
    assert kept is not None
    assert (kept.document, kept.read_at, kept.tried_at) == ({}, None, NOW)


def test_a_new_copy_takes_the_place_of_the_old(sessions):
    with sessions.begin() as s:
        discovery.keep(s, "xero", {"issuer": "a"}, NOW)
        discovery.keep(s, "xero", {"issuer": "b"}, NOW)
        discovery.keep(s, "quickbooks", {"issuer": "c"}, NOW)
        found = [discovery.get(s, name) for name in ("xero", "quickbooks")]
    assert [one.document["issuer"] for one in found if one] == ["b", "c"]
