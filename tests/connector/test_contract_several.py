"""What every ledger must do alike with one deposit that pays for several customers."""

from __future__ import annotations

from contextlib import suppress

import pytest

from connector.protocol import Share
from ledger.documents import Receipt, Source
from ledger.errors import OutsideError
from tests.connector.bench import Bench, gbp, ledgers
from tests.connector.test_contract_money import WEATHER, known_books, storm


def group(bench: Bench) -> tuple[Receipt, list[Share]]:
    """Have 170 from elsewhere for invoices of three customers."""
    owing = {"AA-1": ("Acme North", 6_000), "AA-2": ("Acme South", 4_000), "AA-3": ("Birch", 7_000)}
    shares = [
        Share(bench.scene.invoice(number, minor, customer=name, email=""), gbp(minor))
        for number, (name, minor) in owing.items()
    ]
    return bench.receipt(17_000, source=Source.STRIPE), shares


def balances(bench: Bench, shares: list[Share]) -> list[int]:
    return [bench.scene.balance(one.invoice_id) for one in shares]


@ledgers
def test_a_deposit_for_several_customers_is_booked_once_found_and_taken_back(bench: Bench) -> None:
    receipt, shares = group(bench)
    books = known_books(bench)
    before = bench.state()[0]
    assert books.find_applied(receipt, shares, "apply:1") is None
    applied = books.apply(receipt, shares, "apply:1", bench.scene.today)
    assert balances(bench, shares) == [0, 0, 0]
    assert {one.invoice_id: one.amount for one in applied.parts} == {
        one.invoice_id: one.amount for one in shares
    }
    assert known_books(bench).find_applied(receipt, shares, "apply:1") == applied
    for _ in range(2):
        books.unapply(applied, "undo")
    assert balances(bench, shares) == [6_000, 4_000, 7_000]
    assert bench.state()[0] == before


@ledgers
@pytest.mark.parametrize("word", WEATHER)
@pytest.mark.parametrize("nth", [1, 2])
def test_several_customers_in_any_weather_are_paid_for_once(
    bench: Bench, word: str, nth: int
) -> None:
    receipt, shares = group(bench)
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
    assert (found.missing, len(found.parts)) == ((), 3)
    assert [bench.scene.payments(one.invoice_id) for one in shares] == [[6_000], [4_000], [7_000]]
