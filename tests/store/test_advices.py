"""Remittance advices are kept once, by what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ledger.money import Money
from ledger.remittances import Remittance, RemittanceLine
from store import advices
from store.advices import AdviceRow
from tests.conftest import NOW

DAY = date(2026, 9, 14)
FULL = Remittance(
    id="advice-1",
    received=DAY,
    lines=(
        RemittanceLine("INV-1", Money(98, "GBP"), Money(100, "GBP"), Money(2, "GBP")),
        RemittanceLine("INV-2"),
    ),
    total=Money(98, "GBP"),
    paid_on=DAY - timedelta(days=1),
    sender="ap@payer.example",
    payer_name="Payer Ltd",
    problem="INV-2 stands without an amount",
)
ROW = AdviceRow(FULL, "advice.pdf", "ann", NOW)
BARE = replace(ROW, advice=Remittance("advice-2", DAY + timedelta(days=1), ()), at=NOW)


def test_an_advice_comes_back_as_it_was_and_counts_once(s, ours):
    assert advices.keep(s, ours, ROW)
    assert advices.keep(s, ours, replace(BARE, at=NOW + timedelta(minutes=1)))
    assert not advices.keep(s, ours, replace(ROW, name="again.pdf"))
    assert advices.since(s, ours, DAY) == [FULL, BARE.advice]
    assert advices.since(s, ours, DAY + timedelta(days=1)) == [BARE.advice]
    assert advices.latest(s, ours, 1)[0].advice == BARE.advice
    assert advices.latest(s, ours, 9)[1] == ROW


def test_nobody_else_sees_it(s, ours, theirs):
    advices.keep(s, ours, ROW)
    assert advices.since(s, theirs, DAY) == []
    assert advices.latest(s, theirs, 9) == []
