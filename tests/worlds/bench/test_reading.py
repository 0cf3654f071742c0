"""What the bench takes for decidable: one answer of the best kind, and no more than one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from worlds.bench import reading
from worlds.bench.books import Books, file
from worlds.bench.business import BUSINESSES
from worlds.bench.numbering import Numbering
from worlds.bench.records import Customer, Document

DAY = date(2026, 9, 9)
STYLE = Numbering("INV-{n}", 5, ("inv",))
MARLOW = Customer("C1", "20001", "Marlow Dental Care Ltd", "GB", "GBP", "marlow.example")
FENWICK = Customer("C2", "20002", "Fenwick Roofing Ltd", "GB", "GBP", "fenwick.example")


def document(number: int, amount: int, owner: Customer = MARLOW, age_days: int = 0) -> Document:
    issued = DAY - timedelta(days=10 + age_days)
    due = issued + timedelta(days=30)
    name = f"INV-{number:05d}"
    return Document(name, name, owner, issued, due, "GBP", amount, amount, amount)


def sole(pool: list[Document], paid: int, *owners: Customer) -> set[str] | None:
    found = reading.sole(pool, paid, DAY, owners)
    return None if found is None else set(found)


def test_the_one_document_of_the_amount_is_meant() -> None:
    pool = [document(1, 10_000), document(2, 6_000), document(3, 4_000)]
    # That two others add up to it as well is weaker.
    assert sole(pool, 10_000) == {"INV-00001"}


def test_two_documents_of_one_amount_cannot_be_told_apart() -> None:
    assert sole([document(1, 10_000), document(2, 10_000)], 10_000) is None


def test_a_natural_run_is_believed_before_any_sum() -> None:
    pool = [document(n, 1_000 + n, age_days=90 - n * 20) for n in range(1, 5)]
    assert sole(pool, 1_001 + 1_002) == {"INV-00001", "INV-00002"}
    assert sole(pool, sum(one.open for one in pool)) == {one.id for one in pool}


def test_a_sum_has_to_be_the_only_one() -> None:
    pool = [document(n, 1_000 * n, age_days=200 - n * 35) for n in (1, 2, 3, 4)]
    assert sole(pool, 1_000 + 4_000) is None
    pool = [document(n, 1_000 * 3**n, age_days=200 - n * 35) for n in (1, 2, 3, 4)]
    assert sole(pool, 3_000 + 27_000) == {"INV-00001", "INV-00003"}


def test_too_many_open_documents_make_every_sum_a_coincidence() -> None:
    pool = [document(n, 3**n, age_days=n % 7) for n in range(1, 30)]
    assert sole(pool, 3**3 + 3**20) is None


def test_discounts_taxes_and_cents_are_understood() -> None:
    one, other = document(1, 10_000), document(2, 7_777)
    one.percent, one.until = 200, DAY
    assert sole([one, other], 9_800) == {"INV-00001"}
    assert sole([one, other], 17_577) == {"INV-00001", "INV-00002"}
    assert sole([one, other], 7_780) == {"INV-00002"}
    taxed = Customer("C3", "20003", "Tarrant Farms Ltd", "GB", "GBP", "t.example")
    taxed.withholding = [1_000]
    assert sole([other], 7_777 - 778, taxed) == {"INV-00002"}
    assert sole([other], 7_777 - 778) is None


@pytest.fixture
def books() -> Books:
    found = Books(BUSINESSES["uk_services"].trade, STYLE, DAY)
    found.customers = [MARLOW, FENWICK]
    for one in (document(12345, 10_000), document(12346, 5_000, FENWICK), document(12395, 800)):
        file(found, one)
    return found


def test_a_damaged_number_needs_the_payer_or_the_amount(books: Books) -> None:
    # 12305 is one slip from two documents of Marlow, and from none of Fenwick.
    assert reading.repaired(books, "INV-12305", 10_000, [MARLOW]) == "INV-12345"
    assert reading.repaired(books, "INV-12305", 9_000, [MARLOW]) is None
    assert reading.repaired(books, "INV-12305", 10_000, []) == "INV-12345"
    assert reading.repaired(books, "INV-12305", 9_000, []) is None


def test_a_damaged_number_that_is_anothers_is_not_trusted(books: Books) -> None:
    assert reading.repaired(books, "INV-12346", 10_000, [MARLOW]) == "INV-12345"
    assert reading.repaired(books, "INV-12346", 5_000, []) == "INV-12346"
    assert reading.repaired(books, "INV-12346", 9_000, [MARLOW]) == "INV-12345"
    assert reading.repaired(books, "INV-12347", 9_000, [MARLOW, FENWICK]) is None
