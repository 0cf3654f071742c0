"""Amounts typed beside invoices, and the reasons chosen for what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.differences import Adjustment, Difference
from ledger.documents import Source
from ledger.money import Money
from rules.actions import Portion, Why
from tests.web.furniture import invoice, receipt
from web import amounts
from web.matches import Answer

WIRE = receipt("line-1", "95.00", source=Source.BANK)
ONE = invoice("1", "k1", -7, "100.00")
TWO = invoice("2", "k1", -7, "60.00")


def gbp(text: str) -> Money:
    return Money.parse(text, "GBP")


def test_an_amount_pays_and_a_reason_clears_the_rest():
    form = {"pay:1": " 95.00 ", "rest:1": "bank_fee", "pay:2": "", "rest:2": "bank_fee"}
    assert amounts.read(WIRE, form, [ONE, TWO]) == (
        [Portion("1", ONE.number, gbp("100.00"))],
        [Adjustment("1", Difference.BANK_FEE, gbp("5.00"))],
    )


def test_without_a_reason_the_rest_stays_open():
    form = {"pay:1": "95.00", "rest:1": "", "pay:2": "0"}
    assert amounts.read(WIRE, form, [ONE, TWO]) == ([Portion("1", ONE.number, gbp("95.00"))], [])


def test_an_unknown_reason_is_refused_by_the_number_of_its_invoice():
    with pytest.raises(ValueError, match=f"invoice {ONE.number}: choose one of the reasons"):
        amounts.read(WIRE, {"pay:1": "95.00", "rest:1": "mood"}, [ONE])


def test_in_another_currency_no_rest_is_worked_out():
    euros = replace(ONE, balance=Money.parse("100.00", "EUR"))
    form = {"pay:1": "95.00", "rest:1": "bank_fee"}
    assert amounts.read(WIRE, form, [euros]) == ([Portion("1", ONE.number, gbp("95.00"))], [])


def test_an_answer_survives_its_form():
    answer = Answer(
        (Portion("1", ONE.number, gbp("100.00")), Portion("2", TWO.number, gbp("60.00"))),
        Why("person", 0),
        (Adjustment("1", Difference.BANK_FEE, gbp("5.00")),),
    )
    form = amounts.fields(answer)
    assert form == {"pay:1": "95.00", "rest:1": "bank_fee", "pay:2": "60.00"}
    assert amounts.read(WIRE, form, [ONE, TWO]) == (
        list(answer.portions),
        list(answer.adjustments),
    )
