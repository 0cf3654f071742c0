"""One line of the bank that stands in the ledger as several payments, recorded one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.protocol import Found
from flows.keeping import keep
from ledger.documents import Invoice, Kind, Receipt, Ref, Status
from store import connections
from tests.flows.bank_home import (
    CUSTOMER,
    DAY,
    INVOICE,
    banked,
    claimed,
    gbp,
    left,
    link_of,
    look,
    payout,
    recorded,
    save,
)
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import Scene


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Scene]:
    """Give an organisation whose bank account told of 50.00 for AA-1001."""
    with banked(tmp_path) as scene:
        save(scene, CUSTOMER, INVOICE, other("i-2", "AA-1002"), payout())
        yield scene


def other(key: str, number: str, minor: int = 0) -> Invoice:
    status = Status.OPEN if minor else Status.PAID
    ref = Ref(Kind.INVOICE, key)
    return replace(INVOICE, ref=ref, number=number, balance=gbp(minor), status=status)


def part(key: str, minor: int, invoice: str = "i-1", *, days: int = 0) -> Receipt:
    """Make a payment in the ledger of a part of the money."""
    made = recorded(key, DAY - timedelta(days=days), invoice=invoice)
    [one] = made.allocations
    return replace(made, amount=gbp(minor), allocations=(replace(one, amount=gbp(minor)),))


def test_a_deposit_recorded_payment_by_payment_is_the_line(home: Scene) -> None:
    save(home, part("p-1", 3_000), part("p-2", 2_000, "i-2"))
    assert look(home) == {}
    row = link_of(home, 5_000)
    assert row.body["id"] == "p-1+p-2"
    assert ["pays", "AA-1001, AA-1002"] in row.body["facts"]
    assert left(home) == []
    # Neither of them can be another line now.
    hand_in(home, statement((DAY, DAY), [(DAY, 3_000, "ACME AA-1001")]))
    assert look(home) == {}
    assert left(home) == [3_000]


@pytest.mark.parametrize(
    "payments",
    [
        (part("p-1", 3_000), part("p-2", 2_001, "i-2")),
        (part("p-1", 3_000), part("p-2", 2_000, "i-2", days=1)),
        (part("p-1", 3_000), replace(part("p-2", 2_000, "i-2"), customer_id="c-2")),
        (part("p-1", 3_000), part("p-2", 2_000, "i-2"), part("p-3", 100)),
        (part("p-1", 3_000), replace(part("p-2", 2_000, "i-2"), status=Status.VOID)),
        (part("p-1", 3_000, days=11), part("p-2", 2_000, "i-2", days=11)),
        (part("p-1", 3_000), replace(part("p-2", 2_000, "i-2"), reference="DNK-0123456789abcdef")),
    ],
)
def test_other_payments_are_not(home: Scene, payments: tuple[Receipt, ...]) -> None:
    save(home, *payments)
    assert look(home) == {}
    assert left(home) == [5_000]


def test_a_payment_of_just_the_amount_goes_before_a_sum(home: Scene) -> None:
    save(home, part("p-1", 3_000), part("p-2", 2_000, "i-2"), recorded("p-9", DAY, "BY HAND"))
    # The sum of the day is another one then.
    assert look(home) == {}
    assert link_of(home, 5_000).body["id"] == "p-9"


def test_the_link_ends_with_any_of_the_payments(home: Scene) -> None:
    save(home, part("p-1", 3_000), part("p-2", 2_000, "i-2"))
    look(home)
    row = link_of(home, 5_000)
    told(home, replace(part("p-2", 2_000, "i-2"), reference="by hand"))
    assert left(home) == []
    told(home, replace(part("p-2", 2_000, "i-2"), status=Status.VOID))
    assert left(home) == [5_000]
    assert home.told(row.id) == ["decided", "undone"]


def told(scene: Scene, document: Receipt) -> None:
    """Have the ledger tell of a change."""
    with scene.tools.sessions.begin() as s:
        books = connections.books_of(s, scene.organisation_id)
        assert books is not None
        keep(s, books, [Found(document, "{}")], scene.now)


def test_two_lines_that_share_a_payment_are_not_both_linked(home: Scene) -> None:
    hand_in(home, statement((DAY, DAY), [(DAY, 3_000, "ACME AA-1001")]))
    save(home, part("p-1", 3_000), part("p-2", 2_000, "i-2"))
    waiting = look(home)
    links = home.actions("link")
    assert len([one for one in links if one.body["seen"] == "ledger"]) == 1
    # The other one waits for the next look.
    assert len(waiting) == 1


def test_a_lump_sum_in_real_books_is_applied_once(either: Scene) -> None:
    either.connect()
    paid = [either.invoice("AA-1001", 9_000), either.invoice("AA-1002", 1_000)]
    # What is owed besides would fit the line to the cent.
    owed = either.invoice("AA-1003", 10_000)
    claimed(either)
    either.rules(matching={"mode": "auto"})
    for key, minor in zip(paid, (9_000, 1_000), strict=True):
        record(either, key, minor)
    either.live(hours=1)
    hand_in(either, statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001 AA-1002")]))
    either.live(hours=1)
    assert len(either.action("link").body["id"].split("+")) == 2
    assert left(either) == []
    assert either.payments(owed) == []


def record(scene: Scene, invoice: str, minor: int) -> None:
    """Record a payment as a bookkeeper does."""
    tenant = scene.keeper.tenant
    if scene.company.provider == "xero":
        scene.town.xero.record_payment(tenant, invoice, minor, DAY)
    else:
        scene.town.quickbooks.record_payment(tenant, invoice, minor, DAY, "")
