"""Terms of sale: which discount an invoice carries, what that costs in calls, and net amounts."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connector.memory import Memory
from connector.quickbooks.terms import Terms, early_discount
from connector.quickbooks.translate import document
from ledger.documents import CreditNote, EarlyDiscount, Invoice, Kind
from ledger.errors import RetryLaterError
from tests.connector.quickbooks.office import Office, dollars
from tests.connector.quickbooks.test_calls import Canned, calls, fault
from tests.sandbox.quickbooks_desk import DAY

TWO_TEN = {"DueDays": 30, "DiscountPercent": 2, "DiscountDays": 10}
UNTIL = DAY + timedelta(days=10)


@pytest.fixture
def office():
    return Office()


def term(office, name="2% 10 Net 30", **fields):
    return office.desk.books.add_term(office.desk.realm, name, **(fields or TWO_TEN))


def questions(office):
    """Count the questions for terms so far."""
    return sum("FROM Term" in str(one.body) for one in office.desk.books.requests())


def discounts(office):
    """Walk the books to the end; gives the discount of every invoice, in order."""
    cursor, found, more = "", [], True
    while more:
        page = office.books.sync(cursor)
        found += [one.document for one in page.found if isinstance(one.document, Invoice)]
        cursor, more = page.cursor, page.more
    return [one.early_discount for one in found]


def test_an_invoice_has_the_discount_of_its_term(office):
    desk = office.desk
    net, two_ten = term(office, "Net 15", DueDays=15), term(office)
    for at, sold in enumerate(["", net, two_ten, two_ten]):
        desk.invoice(f"{at}", term=sold)
    two = EarlyDiscount(200, UNTIL)
    assert discounts(office) == [None, None, two, two]
    # All are asked for once, however many invoices there are.
    assert questions(office) == 1


def test_where_no_invoice_was_sold_on_a_term_none_is_asked_for(office):
    office.desk.invoice()
    term(office)
    assert discounts(office) == [None]
    assert questions(office) == 0


def test_one_read_again_and_one_of_a_position_have_it_too(office):
    desk = office.desk
    key = desk.invoice(term=term(office))
    again = office.read(Kind.INVOICE, key)
    assert isinstance(again, Invoice)
    [open_] = office.books.position(desk.customer).invoices
    assert again.early_discount == open_.early_discount == EarlyDiscount(200, UNTIL)
    assert questions(office) == 1


def test_a_term_made_since_is_asked_for(office):
    desk = office.desk
    office.read(Kind.INVOICE, desk.invoice("1", term=term(office)))
    three = term(office, "3% 5", **{**TWO_TEN, "DiscountPercent": 3})
    found = office.read(Kind.INVOICE, desk.invoice("2", term=three))
    assert isinstance(found, Invoice)
    assert found.early_discount == EarlyDiscount(300, UNTIL)
    assert questions(office) == 2


def test_a_term_made_inactive_still_counts(office):
    desk = office.desk
    sold = term(office)
    desk.invoice(term=sold)
    desk.books.edit_term(desk.realm, sold, Active=False)
    assert discounts(office) == [EarlyDiscount(200, UNTIL)]


def sold_on(key):
    return {"SalesTermRef": {"value": key}}


def test_terms_are_remembered_for_half_a_day_also_those_that_are_unknown(now):
    told = [{"Id": "3", **TWO_TEN}]
    canned = Canned(200, json.dumps({"QueryResponse": {"Term": told}}))
    memory, moment = Memory(), now
    for hours, unknown, asked in ((0, "404", 1), (11, "404", 1), (11, "405", 2), (24, "404", 3)):
        moment = now + timedelta(hours=hours)
        terms = Terms(calls(canned), lambda: moment, memory)  # noqa: B023 - used at once
        found = terms.of([sold_on("3"), sold_on(unknown), {"SalesTermRef": "3"}, {}])
        assert (found["3"]["DueDays"], found[unknown]) == (30, {})
        assert len(canned.sent) == asked


def test_books_that_tell_no_terms_have_invoices_without_discounts(now):
    terms = Terms(calls(Canned(400, fault("4001"))), lambda: now, Memory())
    assert terms.of([sold_on("3")]) == {"3": {}}
    silent = Terms(calls(Canned(503, "")), lambda: now, Memory())
    with pytest.raises(RetryLaterError):
        silent.of([sold_on("3")])


@pytest.mark.parametrize(
    ("fields", "percent"),
    [
        ({}, 200),
        ({"DiscountPercent": Decimal("2.5"), "DiscountDays": 0}, 250),
        ({"DiscountPercent": Decimal("2.125")}, None),
        ({"DiscountPercent": 0}, None),
        ({"DiscountPercent": -2}, None),
        ({"DiscountPercent": 100}, None),
        ({"DiscountPercent": Decimal("1E+99999")}, None),
        ({"DiscountPercent": "2"}, None),
        ({"DiscountPercent": True}, None),
        ({"DiscountDays": None}, None),
        ({"DiscountDays": -1}, None),
        ({"DiscountDays": 1000}, None),
        ({"DiscountDays": True}, None),
        ({"DueDays": None, "DayOfMonthDue": 15, "DiscountDayOfMonth": 5}, None),
    ],
)
def test_what_a_term_gives(fields, percent):
    found = early_discount({**TWO_TEN, **fields}, DAY)
    assert (found.percent if found else None) == percent
    if found:
        assert found.until == DAY + timedelta(days={**TWO_TEN, **fields}["DiscountDays"])


def test_a_discount_that_ends_after_all_days_is_none():
    assert early_discount(TWO_TEN, date.max) is None


@pytest.mark.parametrize(
    ("tax", "net"),
    [
        ({"TotalTax": Decimal("20.00")}, 10_000),
        ({"TotalTax": 0}, 12_000),
        ({"TotalTax": 121}, None),
        ({"TotalTax": -1}, None),
        ({"TotalTax": None}, None),
        ({}, None),
        (None, None),
        ("none", None),
    ],
)
@pytest.mark.parametrize("entity", ["Invoice", "CreditMemo"])
def test_net_is_the_total_less_tax(entity, tax, net):
    doc = {"Id": "1", "TotalAmt": 120, "Balance": 120, "TxnTaxDetail": tax}
    found = document(entity, doc, "USD")
    assert isinstance(found, Invoice | CreditNote)
    assert found.net == (None if net is None else dollars(net))
    unread = document(entity, {**doc, "TotalAmt": "much"}, "USD")
    assert isinstance(unread, Invoice | CreditNote)
    assert unread.net is None
