"""What every ledger must do alike with money that came short of what it pays."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from connector.protocol import Books, Share
from ledger.differences import PURPOSES, Adjustment, Difference
from ledger.documents import Purpose, Receipt, Source
from ledger.errors import OutsideError
from tests.connector.bench import Bench, gbp, ledgers
from tests.connector.test_contract_money import WEATHER, known_books, storm

KEY = "apply:1"
kinds = pytest.mark.parametrize("kind", list(PURPOSES))


def chosen(bench: Bench) -> dict[str, Any]:
    """Choose an account for everything, out of those the ledger offers for it."""
    if bench.name == "xero":
        tenant, xero = bench.scene.keeper.tenant, bench.scene.town.xero
        xero.add_account(tenant, "Bank fees", "404", type_="EXPENSE")
        xero.add_account(tenant, "Discounts", "260", type_="REVENUE")
    offered = [one for one in bench.books().accounts() if one.currency in {None, "GBP"}]
    wanted = {Purpose.BANK, *PURPOSES.values()}
    return {
        "accounts": {
            purpose: next(one.id for one in offered if purpose in one.purposes)
            for purpose in wanted
        }
    }


def short(bench: Bench, kind: Difference) -> tuple[Receipt, list[Share], list[Adjustment]]:
    """Have 95 for two invoices of 60 and 40, of which 5 are missing on the first."""
    first, second = (
        bench.scene.invoice(number, minor) for number, minor in (("AA-1", 6_000), ("AA-2", 4_000))
    )
    money = replace(bench.receipt(9_500, source=Source.STRIPE), source=Source.BANK)
    shares = [Share(first, gbp(6_000)), Share(second, gbp(4_000))]
    return money, shares, [Adjustment(first, kind, gbp(500))]


def balances(bench: Bench, shares: list[Share]) -> list[int]:
    return [bench.scene.balance(one.invoice_id) for one in shares]


def standing(bench: Bench) -> Any:
    """Give what is open and unapplied in the stand-in's view; nothing left is as good as none."""
    owed, left, *_ = bench.state()
    return owed, {key: minor for key, minor in left.items() if minor} if left else {}


@ledgers
@kinds
def test_a_difference_is_booked_once_found_and_taken_back(bench: Bench, kind: Difference) -> None:
    accounts = chosen(bench)
    books = known_books(bench, **accounts)
    money, shares, missing = short(bench, kind)
    before = standing(bench)
    assert books.find_applied(money, shares, KEY, missing) is None
    applied = books.apply(money, shares, KEY, bench.scene.today, missing)
    assert (applied.owed, balances(bench, shares)) == ((), [0, 0])
    assert books.apply(money, shares, KEY, bench.scene.today, missing) == applied
    found = known_books(bench, **accounts).find_applied(money, shares, KEY, missing)
    assert found == applied
    for _ in range(2):
        books.unapply(applied, "undo")
    assert balances(bench, shares) == [6_000, 4_000]
    assert standing(bench) == before


@ledgers
@pytest.mark.parametrize("kind", [Difference.BANK_FEE, Difference.EARLY_DISCOUNT])
@pytest.mark.parametrize("word", WEATHER)
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
def test_a_difference_in_any_weather_is_booked_once(
    bench: Bench, kind: Difference, word: str, nth: int
) -> None:
    accounts = chosen(bench)
    books = known_books(bench, **accounts)
    money, shares, missing = short(bench, kind)
    storm(bench, word, nth)
    with suppress(OutsideError):
        books.apply(money, shares, KEY, bench.scene.today, missing)
    storm(bench)
    bench.scene.town.clock.wait(1_200)
    _as_the_flows_do(known_books(bench, **accounts), bench, money, shares, missing)
    assert balances(bench, shares) == [0, 0]
    paid = sorted(sum(bench.scene.payments(one.invoice_id)) for one in shares)
    assert paid == [4_000, 6_000]


def _as_the_flows_do(
    books: Books,
    bench: Bench,
    money: Receipt,
    shares: list[Share],
    missing: list[Adjustment],
) -> None:
    """Look, then end what was begun or begin anew."""
    begun = books.find_applied(money, shares, KEY, missing)
    if begun is None:
        begun = books.apply(money, shares, KEY, bench.scene.today, missing)
    elif begun.missing or begun.owed:
        begun = books.complete(money, begun, KEY, bench.scene.today)
    assert begun.owed == ()
    found = books.find_applied(money, shares, KEY, missing)
    assert found is not None
    assert found.owed == ()
