"""Money that a bank changed on its way, in QuickBooks: booked as it was sent, at its rate."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connector.protocol import Share
from ledger.documents import Source
from ledger.errors import RefusedError, UnknownOutcomeError
from ledger.money import Money
from sandbox.quickbooks.amounts import in_home
from tests.connector.quickbooks.office import Office, from_stripe
from tests.sandbox.quickbooks_desk import DAY, DUE


def eur(minor):
    return Money(minor, "EUR")


@pytest.fixture
def office():
    """Have a British company with two customers in euro, each owing."""
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP", multicurrency=True)
    desk.tokens = desk.connect(desk.realm)
    office.books = office.open()
    return office


def owing(office, *minors):
    """Raise an invoice in euro of a customer of its own for each amount."""
    desk = office.desk
    invoices: list[str] = []
    for minor in minors:
        name = f"Otto {len(invoices)}"
        who = desk.books.add_customer(desk.realm, name, currency="EUR")
        invoices.append(desk.books.raise_invoice(desk.realm, who, name, DAY, DUE, minor))
        desk.books.edit_invoice(desk.realm, invoices[-1], ExchangeRate=0.85)
    return [Share(one, eur(minor)) for one, minor in zip(invoices, minors, strict=True)]


def wired(sent=100_000, came=86_637, currency="GBP", **other):
    """Have pounds of a bank that says how many euro were sent."""
    receipt = replace(from_stripe(came, currency), source=Source.BANK, original=eur(sent))
    return replace(receipt, **other)


def standing(office):
    found = office.desk.books.payments(office.desk.realm)
    return [one for one in found if one["TotalAmt"]]


def open_of(office, shares):
    return [office.desk.doc("Invoice", one.invoice_id)["Balance"] for one in shares]


@pytest.mark.parametrize(
    ("sent", "came"), [(100_000, 86_637), (33_333, 28_777), (700, 1), (98_765_432, 77_123_457)]
)
def test_what_was_sent_is_paid_at_the_rate_that_makes_what_came(office, sent, came):
    shares = owing(office, sent)
    receipt = wired(sent, came)
    assert office.books.find_applied(receipt, shares, "k1") is None
    applied = office.books.apply(receipt, shares, "k1", DAY)
    [payment] = standing(office)
    assert (payment["CurrencyRef"]["value"], payment["TotalAmt"]) == ("EUR", sent / 100)
    assert in_home(sent, "EUR", payment["ExchangeRate"], "GBP") == came
    assert open_of(office, shares) == [0]
    assert office.books.find_applied(receipt, shares, "k1") == applied
    assert office.open().apply(receipt, shares, "k1", DAY) == applied
    office.books.unapply(applied, "u1")
    assert open_of(office, shares) == [sent / 100]
    assert standing(office) == []


def test_what_was_sent_for_several_customers_is_paid_at_one_rate(office):
    shares = owing(office, 60_000, 40_000)
    applied = office.books.apply(wired(), shares, "k1", DAY)
    assert {one["ExchangeRate"] for one in standing(office)} == {0.86637}
    assert open_of(office, shares) == [0, 0]
    office.books.unapply(applied, "u1")
    assert open_of(office, shares) == [600, 400]


@pytest.mark.parametrize(
    ("shared", "receipt", "said"),
    [
        (99_999, wired(), "its rate is not certain"),
        (100_000, wired(100_001), "its rate is not certain"),
        (100_000, wired(unapplied=Money(1, "GBP")), "its rate is not certain"),
        (100_000, wired(original=None), "the invoice is not"),
        (100_000, wired(original=Money(100_000, "USD")), "the invoice is not"),
        (100_000, wired(currency="USD"), "neither the money nor the invoice"),
    ],
)
def test_what_is_not_exactly_so_is_refused_before_anything_is_written(
    office, shared, receipt, said
):
    [whole] = owing(office, 100_000)
    with pytest.raises(RefusedError, match=said):
        office.books.apply(receipt, [Share(whole.invoice_id, eur(shared))], "k1", DAY)
    assert standing(office) == []


def test_another_rate_that_is_found_is_for_a_person(office):
    """The rate is changed between a payment whose answer was lost and the look-up."""
    shares = owing(office, 100_000)
    receipt = wired()
    office.storm = [None, None, "unanswered"]
    with pytest.raises(UnknownOutcomeError):
        office.books.apply(receipt, shares, "k1", DAY)
    [payment] = standing(office)
    office.desk.books.edit_payment(office.desk.realm, payment["Id"], ExchangeRate=0.85)
    with pytest.raises(RefusedError, match="another rate"):
        office.books.find_applied(receipt, shares, "k1")


def test_an_answer_with_another_rate_is_taken_back(office):
    shares = owing(office, 100_000)
    office.desk.books.set_rate_places(office.desk.realm, 4)
    with pytest.raises(RefusedError, match="at another rate than the bank's"):
        office.books.apply(wired(), shares, "k1", DAY)
    assert standing(office) == []
    assert open_of(office, shares) == [1000]


def test_the_rate_is_written_as_a_number(office):
    shares = owing(office, 100_000)
    office.books.apply(wired(), shares, "k1", DAY)
    body = json.loads(office.writes("/payment")[-1].body)
    assert body["ExchangeRate"] == 0.86637
