"""Payouts in the mirror: kept whole, given back as they were, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connector.protocol import Found
from ledger.documents import Gone, Kind, Ref
from ledger.money import Money
from ledger.payouts import Movement, Payout, PayoutEntry, Stage
from store import connections, mirror, organisations, payouts

DAY = date(2026, 2, 3)


def gbp(minor):
    return Money(minor, "GBP")


ENTRY = PayoutEntry(
    "txn_1", Movement.PAYMENT, gbp(10_000), gbp(250), gbp(40), receipt_id="pi_1", said="charge"
)
PAYOUT = Payout(
    Ref(Kind.PAYOUT, "po_1"),
    DAY,
    gbp(9_750),
    (ENTRY,),
    stage=Stage.UNDER_WAY,
    traced=False,
    reference="TRACE-1",
)


@pytest.fixture
def kept(sessions, ours, books, now):
    def keep(document):
        with sessions.begin() as s:
            return mirror.save(s, ours, books, [Found(document, "{}")], now)

    return keep


def test_a_payout_comes_back_as_it_was_kept(sessions, ours, books, kept):
    assert kept(PAYOUT).refs == (PAYOUT.ref,)
    assert not kept(PAYOUT)
    paid = replace(PAYOUT, stage=Stage.PAID)
    assert kept(paid)
    with sessions() as s:
        found = payouts.get(s, ours, "po_1")
        assert found == payouts.PayoutRow(books, paid)
        assert payouts.since(s, ours, DAY) == [found]
        assert payouts.since(s, ours, date(2026, 2, 4)) == []


def test_what_is_gone_or_disconnected_or_anothers_is_not_there(sessions, ours, theirs, books, kept):
    kept(PAYOUT)
    with sessions() as s:
        assert payouts.get(s, theirs, "po_1") is None
        assert payouts.since(s, theirs, DAY) == []
    assert kept(Gone(PAYOUT.ref)).refs == (PAYOUT.ref,)
    with sessions() as s:
        assert payouts.get(s, ours, "po_1") is None
    kept(PAYOUT)
    with sessions.begin() as s:
        connections.set_state(s, books, connections.DISCONNECTED, "")
        assert payouts.get(s, ours, "po_1") is None


def test_since_when_payouts_are_booked_is_kept(sessions, ours):
    with sessions.begin() as s:
        assert organisations.get(s, ours).payouts_since is None
        organisations.set_payouts(s, ours, DAY)
        assert organisations.get(s, ours).payouts_since == DAY


def test_whether_there_is_any_is_told(sessions, ours, theirs, kept):
    with sessions() as s:
        assert not payouts.has_any(s, ours)
    kept(PAYOUT)
    with sessions() as s:
        assert payouts.has_any(s, ours)
        assert not payouts.has_any(s, theirs)
