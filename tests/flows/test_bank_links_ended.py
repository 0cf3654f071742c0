"""Links that end with their twin: the bank line is money to be placed again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.protocol import Found
from flows.keeping import keep
from ledger.documents import Allocation, Document, Gone, Source, Status
from ledger.money import Money
from ledger.payouts import Stage
from store import bank_accounts, connections, journal, mirror
from tests.flows.bank_home import (
    CUSTOMER,
    DAY,
    INVOICE,
    banked,
    booked_into,
    claimed,
    gbp,
    left,
    line,
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
    """Give an organisation whose one bank account told of two lines."""
    with banked(tmp_path) as scene:
        yield scene


def told(scene: Scene, *documents: Document | Gone) -> None:
    """Have the ledger tell of what changed, as a webhook makes it."""
    with scene.tools.sessions.begin() as s:
        books = connections.books_of(s, scene.organisation_id)
        assert books is not None
        keep(s, books, [Found(one, "{}") for one in documents], scene.now)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replace(recorded(), status=Status.VOID), "the payment was taken out of the ledger"),
        (Gone(recorded().ref), "the payment was taken out of the ledger"),
        (replace(recorded(), amount=gbp(4_000)), "the payment in the ledger is of 40.00 GBP now"),
        (payout(stage=Stage.FAILED), "the payout did not arrive"),
        (Gone(payout().ref), "the payout did not arrive"),
    ],
)
def test_a_link_ends_with_its_twin(home: Scene, change: Document | Gone, said: str) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert left(home) == []
    minor = 12_000 if said.startswith("the payout") else 5_000
    row = link_of(home, minor)
    told(home, change)
    assert left(home) == [minor]
    assert home.told(row.id) == ["decided", "undone"]
    with home.tools.sessions() as s:
        entries = journal.read(s, home.organisation_id, limit=100)
    [entry] = [one for one in entries if (one.action_id, one.entry) == (row.id, "undone")]
    assert entry.text == f"{said}: the bank line is open again"
    # Told again it changes nothing, and the next payment that is recorded may be the line.
    told(home, change)
    assert left(home) == [minor]
    save(home, recorded("p-2"), payout("po_2"))
    assert look(home) == {}
    assert left(home) == []


def test_a_link_stays_while_its_twin_is_there(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    look(home)
    for change in (
        replace(recorded(), reference="by hand"),
        replace(recorded(), allocations=(), status=Status.OPEN, unapplied=gbp(5_000)),
        replace(recorded(), status=Status.UNKNOWN, amount=gbp(0)),
        payout(stage=Stage.UNDER_WAY),
    ):
        told(home, change)
        assert line(home, 5_000).left == line(home, 12_000).left == gbp(0)


def test_a_payment_in_another_currency_keeps_its_line(home: Scene) -> None:
    """The bank tells what arrived, and the ledger what was sent."""
    sent = Money(6_000, "EUR")
    key = line(home, 5_000).receipt_id
    with home.tools.sessions.begin() as s:
        one = mirror.receipt(s, home.organisation_id, Source.BANK, key)
        [account] = bank_accounts.everyone(s, home.organisation_id)
        assert one is not None
        changed = Found(replace(one, original=sent), "{}")
        mirror.save(s, home.organisation_id, account.connection_id, [changed], home.now)
    there = replace(
        recorded(), amount=sent, unapplied=Money(0, "EUR"), allocations=(Allocation("i-1", sent),)
    )
    save(home, CUSTOMER, INVOICE, there, payout())
    assert look(home) == {}
    assert link_of(home, 5_000).body["id"] == "p-1"
    told(home, replace(there, reference="by hand"))
    assert left(home) == []
    told(home, replace(there, amount=Money(6_001, "EUR")))
    assert left(home) == [5_000]
    save(home, recorded("p-2"))
    look(home)
    told(home, replace(recorded("p-2"), amount=sent))
    assert left(home) == [5_000]


def pay_by_hand(scene: Scene, invoice: str) -> str:
    """Record a payment as a bookkeeper does, and give its id."""
    tenant = scene.keeper.tenant
    if scene.company.provider == "xero":
        return scene.town.xero.record_payment(tenant, invoice, 10_000, DAY)
    return scene.town.quickbooks.record_payment(tenant, invoice, 10_000, DAY, "")


def test_a_payment_taken_out_of_the_ledger_frees_the_bank_line(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001")
    bank = claimed(either)
    by_hand = pay_by_hand(either, invoice)
    either.rules(matching={"mode": "auto"})
    either.live(hours=1)
    hand_in(either, statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001")]))
    either.live(hours=1)
    assert either.action("link").body["id"] == by_hand
    assert left(either) == []
    if either.company.provider == "xero":
        either.town.xero.remove_payment(either.keeper.tenant, by_hand)
    else:
        either.town.quickbooks.delete(either.keeper.tenant, "Payment", by_hand)
    either.live(hours=1)
    assert either.told(either.action("link").id) == ["decided", "undone"]
    # The invoice is owed again. Whoever took the payment out may know better than the line.
    [waiting] = either.actions("apply", "waiting")
    assert "its payment was taken out of the ledger" in str(waiting.body["why"])
    assert either.payments(invoice) == []
    either.approve()
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    assert booked_into(either) == bank
    assert either.exceptions("bank_line_seen") == []
