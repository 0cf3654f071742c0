"""Advices handed in: kept once, and payments are applied by them."""

from __future__ import annotations

import pytest

from flows import cash, remittances
from ledger.documents import Source
from ledger.money import Money
from store import advices, journal, organisations
from tests.flows.scene import Scene

AUTO = {"mode": "auto"}
TEXT = b"Invoice;Paid (GBP)\nAA-1001;60.00\nAA-1002;40.00\nTotal;100.00\n"


def hand_in(scene: Scene, body: bytes, name: str = "advice.csv") -> list[bool]:
    taken = remittances.take(scene.tools, scene.organisation_id, name, body, who="ann")
    return [is_new for _, is_new in taken]


def test_a_payment_is_applied_by_the_advice_that_tells_of_it(either: Scene) -> None:
    either.connect()
    either.rules(matching=AUTO)
    invoices = [either.invoice("AA-1001"), either.invoice("AA-1002")]
    either.receipt(10_000)
    either.live(hours=8)
    assert [either.payments(one) for one in invoices] == [[], []]
    assert hand_in(either, TEXT) == [True]
    assert hand_in(either, TEXT, "again.csv") == [False]
    either.live(hours=1)
    assert [either.payments(one) for one in invoices] == [[6_000], [4_000]]
    with either.tools.sessions() as s:
        [row] = advices.latest(s, either.organisation_id, 9)
        told = journal.read(s, either.organisation_id, limit=99)
    assert (row.name, row.who, row.advice.total) == ("advice.csv", "ann", Money(10_000, "GBP"))
    # What was known changed nothing, and nothing is written of it.
    assert sum(one.entry == "imported" for one in told) == 1


INSTALMENT = b"Invoice;Paid (GBP)\nAA-1001;60.00\nTotal;60.00\n"
AGAIN = "Payment date: {:%d %B %Y}\nInvoice   Paid\nAA-1001   60.00\nTotal     60.00 GBP\n"


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_advice_explains_one_payment_and_no_later_one(scene: Scene, *, by_hand: bool) -> None:
    """However often it was sent, and whoever applied the payment that it told of."""
    scene.connect()
    scene.rules(matching={"mode": "suggest"} if by_hand else AUTO)
    listed = scene.invoice("AA-1001", 20_000)
    hand_in(scene, INSTALMENT)
    assert hand_in(scene, AGAIN.format(scene.today).encode(), "mail.txt") == [True]
    receipt = scene.receipt(6_000)
    scene.live(hours=1)
    if by_hand:
        chosen, now = [scene.portion(listed, 6_000)], scene.now
        with scene.tools.sessions.begin() as s:
            ours = organisations.get(s, scene.organisation_id)
            cash.apply_choice(s, ours, Source.LEDGER, receipt, chosen, who="ann", now=now)
        scene.rules(matching=AUTO)
    scene.live(hours=1)
    assert scene.payments(listed) == [6_000]
    scene.invoice("AA-1005", 6_000)
    later = scene.receipt(6_000)
    scene.live(hours=1)
    assert scene.payments(listed) == [6_000]
    [asked] = scene.exceptions("unmatched_receipt")
    assert (asked.subject, "AA-1005 (60.00 open)" in asked.detail) == (
        f"receipt:ledger:{later}",
        True,
    )


def test_an_advice_in_doubt_is_a_suggestion(scene: Scene) -> None:
    scene.connect()
    scene.rules(matching=AUTO)
    invoices = [scene.invoice("AA-1001"), scene.invoice("AA-1002")]
    scene.receipt(10_000)
    scene.pulse()
    hand_in(scene, b"Invoice;Paid\nAA-1001;60.00\nAA-1002;39.00\nTotal;100.00\n")
    scene.live(hours=8)
    assert [scene.payments(one) for one in invoices] == [[], []]
    assert scene.exceptions("unmatched_receipt")


def test_an_advice_is_kept_under_a_name_that_any_database_takes(scene: Scene) -> None:
    scene.connect()
    assert hand_in(scene, TEXT, "M\udce4rz\0.csv") == [True]
    with scene.tools.sessions() as s:
        [row] = advices.latest(s, scene.organisation_id, 9)
    assert row.name == "M\ufffdrz\ufffd.csv"


def test_what_cannot_be_read_is_refused_with_a_reason(scene: Scene) -> None:
    scene.connect()
    with pytest.raises(ValueError, match="ask for the list as a sheet"):
        hand_in(scene, b"\x89PNG", "advice.png")
    with scene.tools.sessions() as s:
        assert advices.latest(s, scene.organisation_id, 9) == []
