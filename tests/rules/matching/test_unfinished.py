"""Lists of numbers that a bank cut off, wherever it did."""

from __future__ import annotations

import pytest

from rules.matching.values import Party
from tests.rules.matching.items import ACME, an_item
from tests.rules.matching.ledgers import a_payment
from tests.rules.matching.test_refusals import trusting

BOLT = Party("C1", "Acme Ltd")
ITEMS = [an_item("10310", 120_00), an_item("10428", 80_00)]
OVERPAID = "10310 12000, C1 on account 3000"


@pytest.mark.parametrize(
    "text",
    [
        "INV-10310,",
        "INV-10310 + ",
        "INV-10310,INV-1",
        "INV-10310; IN",
        "INV-10310 INV-104",
        "CHECK 790171 MEMO INV-10310; INV-1 ACME LTD",
        "10310/104",
        "INV-10310 IN",
        "INV-10310, 999",
        "17/INV-10310",
        "/REMI/INV-10310/INV/EREF/NOTPROVIDED",
        "INV-10310, INV-1 FP 12/09/26 0932",
        "RMR*IV*INV-10310**120.00\\RM",
        "RMR*IV*INV-10310**120.00\\RMR*IV*INV-1",
    ],
)
def test_more_than_is_named_may_be_for_what_was_cut_off(text):
    assert trusting(a_payment(150_00, text=text), ITEMS) == "more_than_named"


@pytest.mark.parametrize(
    "text",
    [
        "INV-10310",
        "INV-10310 thanks",
        "INV-10310, Acme Ltd",
        "INV-10310 of 150.00",
        "your invoice INV-10310 of 15/08/2026",
    ],
)
def test_a_text_that_ends_says_what_the_money_is_for(text):
    assert trusting(a_payment(150_00, text=text), ITEMS) == OVERPAID


def test_a_text_without_a_number_goes_on_with_nothing():
    payment = a_payment(150_00, reference="thanks,", text="INV-10310")
    assert trusting(payment, ITEMS) == OVERPAID


@pytest.mark.parametrize(("owed", "expected"), [(60_00, "more_than_named"), (61_00, OVERPAID)])
def test_a_reference_full_of_one_number_may_have_had_more(owed, expected):
    payment = a_payment(150_00, reference="INV NO   INV-10310")
    assert len(payment.reference) == 18
    items = [ITEMS[0], an_item("10428", owed)]
    assert trusting(payment, items, parties=[BOLT]) == expected


@pytest.mark.parametrize(
    ("party", "amount", "expected"),
    [
        (ACME, 119_00, "less_than_named"),
        (ACME, 121_00, "more_than_named"),
        (BOLT, 119_00, "10310 11900"),
        (BOLT, 121_00, "10310 12000, C1 on account 100"),
    ],
)
def test_who_withholds_tax_may_have_named_more(party, amount, expected):
    payment = a_payment(amount, payer_name=party.name, reference="INV NO   INV-10310")
    assert trusting(payment, ITEMS, parties=[party]) == expected


LISTED = "10310 12000, 10428 8000, C1 on account 5500"


@pytest.mark.parametrize(("owed", "expected"), [(54_00, "more_than_named"), (56_00, LISTED)])
def test_a_list_of_several_may_have_had_one_more(owed, expected):
    payment = a_payment(255_00, text="your invoices INV-10310 + INV-10428 with thanks")
    items = [*ITEMS, an_item("10517", owed)]
    assert trusting(payment, items, parties=[BOLT]) == expected
