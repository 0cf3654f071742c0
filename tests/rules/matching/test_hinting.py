"""Money that may be a customer's: any hint of its invoices makes a reminder wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.documents import Position
from ledger.remittances import RemittanceLine
from rules.matching.hinting import hinted, hints
from tests.rules.making import ACME, NOW, TODAY, a_credit, a_receipt, an_invoice

OWED = (
    an_invoice("INV-2026-1041", 7, "100.00"),
    an_invoice("INV-2026-1042", 1, "20.50"),
    an_invoice("INV-2026-1043", -5, "300.00"),
    an_invoice("7", 3, "1.00"),
    an_invoice("31007", 0, "8.00", currency="EUR"),
)
CREDITS = (a_credit("CN-1", "50.00"), a_credit("CN-2", "9.00", currency="EUR"))


def holds(amount: str = "0.01", currency: str = "GBP", **more: object) -> bool:
    position = Position(ACME, NOW, OWED, CREDITS)
    money = a_receipt("r", amount, currency=currency, **more)
    return hinted(money, hints(position, TODAY))


@pytest.mark.parametrize(
    "text",
    [
        "INV-2026-1041",
        "payment of inv 2026 1041 thanks",
        "2026/1042",
        "invoice 1043",
        "RENT,INV20261041X",
        "REF 0031007 EUR",
    ],
)
def test_a_number_is_found_in_whatever_spelling(text: str) -> None:
    assert holds(text=text)
    assert holds(reference=text)
    assert holds(structured_reference=text)
    assert holds(end_to_end_id=text)
    assert holds(remittance=(RemittanceLine(text),))


@pytest.mark.parametrize("text", ["", "CREDIT 7", "MARCH 2026", "INV-2026", "104", "BACS 10410 31"])
def test_other_words_are_no_number_of_theirs(text: str) -> None:
    assert not holds(text=text)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("100.00", "GBP"),
        # Overdue, all of it, and all of it less the credit note.
        ("121.50", "GBP"),
        ("421.50", "GBP"),
        ("371.50", "GBP"),
        ("8.00", "EUR"),
    ],
)
def test_an_amount_that_is_owed_is_a_hint(amount: str, currency: str) -> None:
    assert holds(amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("100.00", "EUR"), ("99.99", "GBP"), ("429.50", "GBP"), ("0.00", "EUR")],
)
def test_another_amount_is_none(amount: str, currency: str) -> None:
    assert not holds(amount, currency)


def test_an_amount_that_a_bank_changed_on_its_way_is_a_hint() -> None:
    assert holds("6.81", original=OWED[-1].balance)
    assert not holds("6.81", original=CREDITS[0].balance)


def test_what_is_left_of_the_money_counts() -> None:
    known = hints(Position(ACME, NOW, OWED), TODAY)
    money = a_receipt("r", "700.00")
    assert hinted(replace(money, unapplied=OWED[0].balance), known)
    assert not hinted(money, known)
