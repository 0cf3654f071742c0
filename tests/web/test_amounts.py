"""Amounts typed beside invoices, and the reasons chosen for what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import bodies
from ledger.differences import Adjustment, Difference
from ledger.documents import Purpose, Source
from ledger.money import Money
from rules.actions import Portion, Why
from store import actions, mirror, organisations
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, invoice, kept, receipt
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


def test_a_person_names_the_rest_on_the_page(fresh):
    browser = fresh.client(ADA)
    line = receipt("line-1", "500.00", source=Source.BANK)
    with fresh.sessions.begin() as s:
        mirror.save(s, fresh.ids[HOME], fresh.ids["quickbooks"], kept((line,)), NOW)
    at = f"/o/{HOME}/matches/bank/line-1"
    assert "What the rest of" not in browser.get(at).text
    with fresh.sessions.begin() as s:
        organisations.set_accounts(s, fresh.ids[HOME], {Purpose.FEES: "404"})
    page = browser.get(at).text
    assert "still owed" in page
    assert "bank fee" in page
    assert "rounding" not in page
    form = {"pay:1007": "500.00", "rest:1007": "bank_fee"}
    refused = fresh.post(browser, at, {**form, "pay:1007": "490.00"})
    assert refused.status_code == 422
    assert 'value="bank_fee" selected' in refused.text
    assert "of the money is left, so no bank kept a fee of it" in refused.text
    assert fresh.post(browser, at, form).status_code == 302
    page = browser.get(f"/o/{HOME}/activity").text
    assert "12.40" in page
    assert "of it as bank fee" in page
    with fresh.sessions() as s:
        [row] = actions.of_subject(s, fresh.ids[HOME], "receipt:bank:line-1")
    apply = bodies.read_application(row.body)
    assert [one.amount.text for one in apply.portions] == ["512.40"]
    assert [one.amount.text for one in apply.adjustments] == ["12.40"]
    assert apply.left.minor == 0
