"""What every ledger must do alike with credit, deposits of several invoices, rests and payouts."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from connector.protocol import Books, Share
from ledger.documents import CreditNote, Kind, Purpose, Receipt, Ref, Source
from ledger.errors import OutsideError
from ledger.payouts import Movement, Payout, PayoutEntry
from tests.connector.bench import Bench, gbp, ledgers

# Carried out without an answer, never arrived, and told to wait.
WEATHER = ["unanswered", "lost", "429"]
WRITE = {"xero": "PUT", "quickbooks": "POST"}


def known_books(bench: Bench, **other: Any) -> Books:
    """Open the books with what they said of the business, as the flows do."""
    return bench.books(known=bench.books().organisation(), **other)


def credit(bench: Bench, minor: int = 6_000) -> CreditNote:
    scene = bench.scene
    tenant, customer = scene.keeper.tenant, scene.customer()
    if bench.name == "xero":
        made = scene.town.xero.raise_credit_note(tenant, customer, minor, "GBP", scene.today)
    else:
        made = scene.town.quickbooks.raise_credit_memo(tenant, customer, minor, scene.today)
    [found] = bench.books().read([Ref(Kind.CREDIT_NOTE, made)])
    assert isinstance(found.document, CreditNote)
    return found.document


@ledgers
def test_credit_is_applied_once_found_and_freed(bench: Bench) -> None:
    shares = [Share(bench.scene.invoice("AA-1001"), gbp(6_000))]
    note, books = credit(bench), known_books(bench)
    before = bench.state()
    assert books.find_credit(note, shares, "credit:1") is None
    applied = books.apply_credit(note, shares, "credit:1", bench.scene.today)
    assert bench.scene.balance(shares[0].invoice_id) == 4_000
    assert books.find_credit(note, shares, "credit:1") == applied
    for _ in range(2):
        books.unapply(applied, "undo")
    assert bench.scene.balance(shares[0].invoice_id) == 10_000
    assert bench.state()[:2] == before[:2]


@ledgers
@pytest.mark.parametrize("word", WEATHER)
def test_credit_in_any_weather_is_applied_once(bench: Bench, word: str) -> None:
    shares = [Share(bench.scene.invoice("AA-1001"), gbp(6_000))]
    note, books = credit(bench), known_books(bench)
    bench.scene.sky.next(word, bench.name, WRITE[bench.name], ALLOCATES[bench.name])
    with pytest.raises(OutsideError):
        books.apply_credit(note, shares, "credit:1", bench.scene.today)
    # The vendor has forgotten the key, and its patience is over.
    bench.scene.town.clock.wait(1_200)
    books = known_books(bench)
    if books.find_credit(note, shares, "credit:1") is None:
        books.apply_credit(note, shares, "credit:1", bench.scene.today)
    assert bench.scene.balance(shares[0].invoice_id) == 4_000


ALLOCATES = {"xero": "Allocations", "quickbooks": "/payment"}


@ledgers
def test_a_deposit_of_several_invoices_is_one_write_and_goes_back_whole(bench: Bench) -> None:
    invoices = [bench.scene.invoice(number) for number in ("AA-1001", "AA-1002", "AA-1003")]
    shares = [Share(one, gbp(10_000)) for one in invoices]
    receipt, books = bench.receipt(30_000, source=Source.STRIPE), known_books(bench)
    before = bench.state()
    applied = books.apply(receipt, shares, "apply:1", bench.scene.today)
    assert len({applied.holder_id or one.id for one in applied.parts}) == 1
    assert [bench.scene.balance(one) for one in invoices] == [0, 0, 0]
    found = books.find_applied(receipt, shares, "apply:1")
    assert found is not None
    assert {one.invoice_id for one in found.parts} == set(invoices)
    for _ in range(2):
        books.unapply(applied, "undo")
    assert [bench.scene.balance(one) for one in invoices] == [10_000] * 3
    assert bench.state()[:2] == before[:2]


def storm(bench: Bench, word: str = "", nth: int = 0) -> None:
    """Let the n-th write from now on meet this weather, and nothing else."""
    count = itertools.count(1)

    def sky(host: str, method: str, _path: str) -> str | None:
        writes = bench.name in host and method == WRITE[bench.name]
        return word if writes and next(count) == nth else None

    assert bench.scene.town.streets is not None
    bench.scene.town.streets.weather = sky


@ledgers
@pytest.mark.parametrize("word", WEATHER)
@pytest.mark.parametrize("nth", [1, 2])
def test_money_with_a_rest_in_any_weather_is_booked_once(bench: Bench, word: str, nth: int) -> None:
    """What the ledger holds is the whole receipt, with its customer, and nothing twice."""
    invoice = bench.scene.invoice("AA-1001")
    shares = [Share(invoice, gbp(10_000))]
    receipt = replace(
        bench.receipt(12_000, source=Source.STRIPE), customer_id=bench.scene.customer()
    )
    books = known_books(bench)
    storm(bench, word, nth)
    with suppress(OutsideError):
        books.apply(receipt, shares, "apply:1", bench.scene.today)
    storm(bench)
    bench.scene.town.clock.wait(1_200)
    books = known_books(bench)
    # As the flows do: look, then end what was begun or begin anew.
    begun = books.find_applied(receipt, shares, "apply:1")
    if begun is None:
        books.apply(receipt, shares, "apply:1", bench.scene.today)
    elif begun.missing:
        books.complete(receipt, begun, "apply:1", bench.scene.today)
    found = books.find_applied(receipt, shares, "apply:1")
    assert found is not None
    assert (found.missing, [one.amount for one in found.parts]) == ((), [gbp(10_000)])
    assert bench.scene.payments(invoice) == [10_000]
    assert found.held is not None
    assert found.held.amount == gbp(12_000)
    [held] = books.read([found.held.ref])
    assert isinstance(held.document, Receipt)
    assert held.document.unapplied == gbp(2_000)


def payout(bench: Bench, *receipts: str) -> Payout:
    entries = tuple(
        PayoutEntry(f"txn_{one}", Movement.PAYMENT, gbp(10_000), gbp(290), gbp(0), one)
        for one in receipts
    )
    net = gbp(9_710 * len(receipts))
    return Payout(Ref(Kind.PAYOUT, "po_1"), bench.scene.today, net, entries)


def till(bench: Bench) -> dict[str, Any]:
    """Choose accounts for payouts out of those the ledger offers, one for each purpose."""
    if bench.name == "xero":
        tenant = bench.scene.keeper.tenant
        bench.scene.town.xero.add_account(tenant, "Card fees", "404", type_="EXPENSE")
    offered = [one for one in bench.books().accounts() if one.currency in {None, "GBP"}]
    chosen: dict[Purpose, str] = {}
    for purpose in (Purpose.PAYOUTS, Purpose.FEES, Purpose.STRIPE):
        serving = [one.id for one in offered if purpose in one.purposes]
        chosen[purpose] = next(one for one in serving if one not in chosen.values())
    return {"accounts": chosen}


@ledgers
def test_a_payout_is_booked_once_found_and_taken_back(bench: Bench) -> None:
    accounts = till(bench)
    books = known_books(bench, **accounts)
    receipt = bench.receipt(10_000, source=Source.STRIPE)
    share = [Share(bench.scene.invoice("AA-1001"), gbp(10_000))]
    books.apply(receipt, share, "apply:1", bench.scene.today)
    made = payout(bench, receipt.ref.id)
    assert books.find_payout(made, "payout:1") is None
    parts = books.book_payout(made, "payout:1", bench.scene.today)
    assert parts
    assert books.book_payout(made, "payout:1", bench.scene.today) == parts
    assert known_books(bench, **accounts).find_payout(made, "payout:1") == parts
    for _ in range(2):
        books.unbook_payout(parts, "undo")
    assert books.find_payout(made, "payout:1") is None
