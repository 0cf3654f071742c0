"""Money that a bank changed on its way, in Xero: booked as it was sent, at the bank's rate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.protocol import Share
from ledger.documents import Organisation, Purpose, Source
from ledger.errors import RefusedError, UnknownOutcomeError
from ledger.money import Money
from tests.connector.xero import office as offices
from tests.connector.xero.money import KEY, bill, card, gbp
from tests.sandbox.xero_desk import TODAY

HARBOUR = Organisation("Harbour", "GBP", "Europe/London", country="GB", currencies=("GBP", "EUR"))


def eur(minor):
    return Money(minor, "EUR")


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books(known=HARBOUR, accounts={Purpose.BANK: office.bank})


def wired(sent=100_000, came=86_637, **other):
    """Have pounds of a bank that says how many euro were sent."""
    return replace(card(came, source=Source.BANK, original=eur(sent)), **other)


def owing(office, *amounts):
    return [
        Share(bill(office, f"INV-{at}", amount, "EUR"), Money.parse(amount, "EUR"))
        for at, amount in enumerate(amounts)
    ]


def standing(office):
    return [one for one in office.standin.payments(office.tenant) if not one["deleted"]]


@pytest.mark.parametrize(("sent", "came"), [("1000.00", 86_637), ("333.33", 28_777), ("7.00", 1)])
def test_what_was_sent_is_paid_and_the_bank_account_gets_what_came(office, books, sent, came):
    shares = owing(office, sent)
    receipt = wired(shares[0].amount.minor, came)
    assert books.find_applied(receipt, shares, KEY) is None
    applied = books.apply(receipt, shares, KEY, TODAY)
    [payment] = standing(office)
    assert (payment["currency"], payment["amount"]) == ("EUR", shares[0].amount.minor)
    assert office.standin.balance(office.tenant, office.bank) == came
    assert office.standin.receivables(office.tenant) == {}
    assert books.find_applied(receipt, shares, KEY) == applied
    books.unapply(applied, "undo")
    assert office.standin.balance(office.tenant, office.bank) == 0
    assert office.standin.receivables(office.tenant) == {"EUR": shares[0].amount.minor}


def test_several_invoices_are_paid_at_one_rate(office, books):
    shares = owing(office, "600.00", "399.99", "0.01")
    applied = books.apply(wired(), shares, KEY, TODAY)
    assert len({one["rate"] for one in standing(office)}) == 1
    # Each payment is rounded by itself.
    assert abs(office.standin.balance(office.tenant, office.bank) - 86_637) < len(shares)
    assert office.standin.batches(office.tenant) == []
    assert len(applied.parts) == 3


def test_a_rate_that_does_not_make_what_came_is_taken_back(office, books):
    """What is known of the vendor's field may be wrong: its answer is looked at."""
    shares = owing(office, "1000.00")
    office.standin.set_organisation(office.tenant, rate_places=3)
    with pytest.raises(RefusedError, match=r"Xero does not make 866.37 GBP of 1000.00 EUR: enter"):
        books.apply(wired(), shares, KEY, TODAY)
    assert standing(office) == []
    assert office.standin.receivables(office.tenant) == {"EUR": 100_000}
    with pytest.raises(RefusedError, match="does not make"):
        books.find_applied(wired(), shares, KEY)


def test_what_cannot_be_taken_back_yet_is_looked_into(office, books):
    shares = owing(office, "1000.00")
    office.standin.set_organisation(office.tenant, rate_places=3)
    count = iter(["", "429"])
    office.streets.weather = lambda _host, method, _path: (
        next(count, "") or None if method in {"PUT", "POST"} else None
    )
    with pytest.raises(UnknownOutcomeError, match="at another rate than the bank's"):
        books.apply(wired(), shares, KEY, TODAY)


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        (wired(100_001), "its rate is not certain"),
        (wired(unapplied=gbp(1)), "its rate is not certain"),
        (wired(original=None), "different currencies"),
        (wired(original=Money(100_000, "USD")), "different currencies"),
    ],
)
def test_what_is_not_exactly_so_is_refused_before_anything_is_written(office, books, receipt, said):
    shares = owing(office, "1000.00")
    with pytest.raises(RefusedError, match=said):
        books.apply(receipt, shares, KEY, TODAY)
    assert standing(office) == []


def test_without_the_currency_of_the_books_nothing_is_certain(office):
    shares = owing(office, "1000.00")
    books = office.books(accounts={Purpose.BANK: office.bank})
    with pytest.raises(RefusedError, match="currency of the books"):
        books.apply(wired(), shares, KEY, TODAY)
