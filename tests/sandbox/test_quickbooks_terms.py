"""The stand-in's terms of sale, and tax as part of what a sale comes to."""

from __future__ import annotations

import pytest

from tests.sandbox.quickbooks_desk import DAY, DUE, Desk, fault


@pytest.fixture
def desk():
    return Desk()


def two_ten(desk):
    return desk.books.add_term(
        desk.realm, "2% 10 Net 30", DueDays=30, DiscountPercent=2, DiscountDays=10
    )


def test_terms_are_asked_for_by_query_and_one_by_one(desk):
    key = two_ten(desk)
    monthly = desk.books.add_term(
        desk.realm, "By the 15th", DayOfMonthDue=15, DueNextMonthDays=5, DiscountDayOfMonth=5
    )
    found = {one["Id"]: one for one in desk.query("SELECT * FROM Term")["Term"]}
    assert found[key] == desk.doc("Term", key)
    told = ("Name", "Type", "DueDays", "DiscountPercent", "DiscountDays", "Active")
    assert [found[key][name] for name in told] == ["2% 10 Net 30", "STANDARD", 30, 2, 10, True]
    assert found[monthly]["Type"] == "DATE_DRIVEN"
    assert next(iter(found.values()))["Name"] == "Net 30"


def test_an_inactive_term_is_found_by_who_asks_for_it(desk):
    key = two_ten(desk)
    desk.books.edit_term(desk.realm, key, Active=False)
    assert key not in {one["Id"] for one in desk.query("SELECT * FROM Term")["Term"]}
    every = desk.query("SELECT * FROM Term WHERE Active IN (true, false)")["Term"]
    assert key in {one["Id"] for one in every}
    with pytest.raises(LookupError):
        desk.books.edit_term(desk.realm, "404", Active=True)


def test_an_invoice_is_sold_on_a_term_or_on_its_customers(desk):
    key = two_ten(desk)
    assert "SalesTermRef" not in desk.doc("Invoice", desk.invoice("1"))
    named = {"value": key, "name": "2% 10 Net 30"}
    assert desk.doc("Invoice", desk.invoice("2", term=key))["SalesTermRef"] == named
    desk.books.edit_customer(desk.realm, desk.customer, SalesTermRef={"value": key})
    assert desk.doc("Customer", desk.customer)["SalesTermRef"] == named
    assert desk.doc("Invoice", desk.invoice("3"))["SalesTermRef"] == named


def test_a_client_may_name_a_term_that_exists_and_it_says_when_money_is_due(desk):
    week = desk.books.add_term(desk.realm, "Net 7", DueDays=7)
    line = {
        "Amount": 100,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    body = {"CustomerRef": {"value": desk.customer}, "TxnDate": DAY.isoformat(), "Line": [line]}
    sold = desk.post("invoice", {**body, "SalesTermRef": {"value": week}}).get_json()["Invoice"]
    assert sold["DueDate"] == DUE.isoformat()
    assert desk.post("invoice", body).get_json()["Invoice"]["DueDate"] == "2026-04-01"
    wrong = desk.post("invoice", {**body, "SalesTermRef": {"value": "404"}})
    assert fault(wrong) == (400, "2500")


def test_tax_is_part_of_what_a_sale_comes_to(desk):
    doc = desk.doc("Invoice", desk.invoice("1", 12_000, tax=2_000))
    assert (doc["TotalAmt"], doc["Balance"]) == (120, 120)
    assert (doc["Line"][0]["Amount"], doc["TxnTaxDetail"]) == (100, {"TotalTax": 20})
    assert desk.books.receivables(desk.realm) == {"USD": 12_000}
