"""What was applied of money from outside the books, beside what is still there of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.documents import HELD, Gone, Kind, Ref, Source
from store import applied, mirror
from tests.store.papers import RECEIPT, gbp

CARD = replace(RECEIPT, ref=Ref(Kind.RECEIPT, "pi_1"), source=Source.STRIPE, customer_id=None)


@pytest.mark.usefixtures("books")
def test_what_is_applied_and_what_is_there_are_told_apart(ours, theirs, s, stripe, save):
    save(CARD, connection_id=stripe)
    mirror.record_applied(s, ours, Source.STRIPE, "pi_1", gbp(5000))
    save(replace(CARD, unapplied=gbp(1000), processing=True), connection_id=stripe)
    [row] = applied.of(s, ours, ["pi_1", "pi_2"])
    assert (row.applied, row.there, row.in_doubt, row.held) == (gbp(5000), gbp(1000), True, False)
    assert row.subject == "receipt:stripe:pi_1"
    assert applied.of(s, theirs, ["pi_1"]) == []
    save(Gone(CARD.ref), connection_id=stripe)
    [row] = applied.of(s, ours, ["pi_1"])
    assert (row.there, row.in_doubt) == (gbp(0), False)


def test_money_of_the_books_themselves_is_not_meant(ours, s, save):
    save(RECEIPT)
    assert applied.of(s, ours, [RECEIPT.ref.id]) == []


@pytest.mark.usefixtures("books")
def test_what_lies_with_the_processor_is_named(ours, s, stripe, save):
    save(replace(CARD, ref=Ref(Kind.RECEIPT, "cus_1", HELD)), connection_id=stripe)
    mine = replace(CARD, ref=Ref(Kind.RECEIPT, "cus_2", HELD), source=Source.LEDGER)
    save(mine, connection_id=stripe)
    assert [one.held for one in applied.of(s, ours, ["cus_1", "cus_2"])] == [True, True]
