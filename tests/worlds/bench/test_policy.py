"""The bench's reading of the settlement policy, clause by clause."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from worlds.bench.policy import Terms, settle
from worlds.bench.records import Customer, Document, Settled

DAY = date(2026, 9, 9)
OWNER = Customer("C1", "20001", "Marlow Dental Care Ltd", "GB", "GBP", "marlow.example")


def document(number: int, amount: int, *, credit: bool = False, late_days: int = 0) -> Document:
    return Document(
        id=f"D{number}",
        number=f"INV-{number:05d}",
        customer=OWNER,
        issued=DAY - timedelta(days=40 + late_days),
        due=DAY - timedelta(days=10 + late_days),
        currency="GBP",
        total=amount,
        net=amount,
        open=amount,
        credit=credit,
    )


def settled(
    documents: list[Document], paid: int, channel: str = "fps", rates: tuple[int, ...] = ()
) -> Settled:
    return settle(documents, paid, Terms(DAY, channel, rates))


@pytest.mark.parametrize("cents", [-5, 5])
def test_a_few_cents_are_rounding(cents: int) -> None:
    found = settled([document(1, 10_000)], 10_000 + cents)
    assert found == Settled({"D1": 10_000}, {}, [("D1", "rounding", -cents)])


def test_six_cents_are_no_rounding() -> None:
    assert settled([document(1, 10_000)], 9_994) == Settled({"D1": 9_994})


@pytest.mark.parametrize(("after_days", "taken"), [(3, True), (4, False)])
def test_a_discount_may_be_taken_three_days_longer(after_days: int, *, taken: bool) -> None:
    one = document(1, 10_000)
    one.percent, one.until = 200, DAY - timedelta(days=after_days)
    found = settled([one], 9_800)
    assert found.adjustments == ([("D1", "early_discount", 200)] if taken else [])
    assert found.cleared == {"D1": 10_000 if taken else 9_800}


def test_a_discount_of_one_document_is_not_taken_for_another() -> None:
    one, other = document(1, 10_000), document(2, 5_000)
    one.percent, one.until = 200, DAY
    assert settled([one, other], 14_800).adjustments == [("D1", "early_discount", 200)]
    assert settled([one, other], 14_700).adjustments == []


def test_tax_is_withheld_on_the_net_of_every_document() -> None:
    one, other = document(1, 12_000), document(2, 6_000)
    one.net, other.net = 10_000, 5_000
    found = settled([one, other], 16_500, rates=(500, 1_000))
    assert found.adjustments == [("D1", "withholding_tax", 1_000), ("D2", "withholding_tax", 500)]


@pytest.mark.parametrize(
    ("total", "channel", "fee"), [(100_000, "wire", True), (100_000, "fps", False)]
)
def test_a_fee_is_believed_of_a_wire_only(total: int, channel: str, *, fee: bool) -> None:
    found = settled([document(1, total)], total - 2_500, channel)
    assert found.adjustments == ([("D1", "bank_fee", 2_500)] if fee else [])


def test_a_fee_of_a_quarter_is_none() -> None:
    assert settled([document(1, 10_000)], 7_500, "wire") == Settled({"D1": 7_500})


def test_a_shortfall_stays_open_on_the_youngest() -> None:
    old, young = document(1, 10_000, late_days=20), document(2, 10_000)
    assert settled([young, old], 15_000) == Settled({"D1": 10_000, "D2": 5_000})


def test_a_shortfall_follows_the_payers_own_amounts_when_they_add_up() -> None:
    pair = [document(1, 10_000, late_days=20), document(2, 10_000)]
    terms = Terms(DAY, "fps")
    assert settle(pair, 15_000, terms, [5_000, 10_000]).cleared == {"D1": 5_000, "D2": 10_000}
    assert settle(pair, 15_000, terms, [4_000, 10_000]).cleared == {"D1": 10_000, "D2": 5_000}


def test_credit_notes_are_used_before_a_shortfall() -> None:
    note = document(3, 2_000, credit=True)
    assert settled([document(1, 10_000), note], 5_000) == Settled({"D3": -2_000, "D1": 7_000})


def test_what_is_over_goes_on_account() -> None:
    assert settled([document(1, 10_000)], 12_000) == Settled({"D1": 10_000}, {"C1": 2_000})
