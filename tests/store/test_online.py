"""Addresses of invoices are kept for good, each with its connection."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import connections, online
from store.connections import Consented

HERE = "https://in.example/1"


@pytest.fixture
def books(s, ours, now):
    return connections.connect(s, ours, Consented("xero", "books", "t-1", "Ash"), now)


def test_the_first_address_told_stays(s, ours, books, now):
    online.keep(s, ours, books, "i-1", HERE, now)
    online.keep(s, ours, books, "i-1", "https://in.example/2", now)
    assert online.known(s, ours, books, ["i-1", "i-2"]) == {"i-1": HERE}
    assert online.known(s, ours, books, []) == {}


def test_an_invoice_without_address_may_get_one_later(s, ours, books, now):
    online.keep(s, ours, books, "i-1", "", now)
    assert online.known(s, ours, books, ["i-1"]) == {}
    assert online.without(s, ours, books, ["i-1", "i-2"], now) == {"i-1"}
    later = now + timedelta(days=1)
    assert online.without(s, ours, books, ["i-1"], later) == frozenset()
    online.keep(s, ours, books, "i-1", HERE, later)
    assert online.known(s, ours, books, ["i-1"]) == {"i-1": HERE}
    assert online.without(s, ours, books, ["i-1"], now) == frozenset()
    online.keep(s, ours, books, "i-1", "", later)
    assert online.known(s, ours, books, ["i-1"]) == {"i-1": HERE}


def test_an_equal_id_of_another_ledger_has_no_address(s, ours, books, now):
    online.keep(s, ours, books, "17", HERE, now)
    assert online.known(s, ours, books + 1, ["17"]) == {}
    assert online.known(s, ours + 1, books, ["17"]) == {}
