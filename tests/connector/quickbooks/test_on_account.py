"""What is left of money in QuickBooks: on account, never booked twice, never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.protocol import Held
from ledger.documents import Kind, Receipt, Ref
from ledger.errors import (
    RefusedError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.quickbooks.office import Office, dollars, from_stripe, pays
from tests.sandbox.quickbooks_desk import DAY
from tests.sandbox.quickbooks_desk import pays as lines


@pytest.fixture
def office():
    return Office()


def payments(office):
    return office.desk.books.payments(office.desk.realm)


def balance(office, key):
    return office.desk.doc("Invoice", key)["Balance"]


def test_a_receipt_is_never_booked_for_more_than_came_in(office):
    """The memo of the first payment was edited away: what is booked of the money still shows."""
    desk = office.desk
    first, second = desk.invoice("1", 10_000), desk.invoice("2", 10_000)
    receipt = from_stripe(15_000)
    applied = office.books.apply(receipt, [pays(first, 10_000)], "k1", DAY)
    sparse = {"Id": applied.holder_id, "SyncToken": "0", "sparse": True, "PrivateNote": "mine"}
    assert desk.post("payment", sparse).status_code == 200
    assert office.books.find_applied(receipt, [pays(first, 10_000)], "k1") is None
    with pytest.raises(StaleError, match=r"100\.00 USD of this receipt is booked"):
        office.books.apply(receipt, [pays(second, 5_001)], "k2", DAY)
    office.books.apply(receipt, [pays(second, 5_000)], "k3", DAY)
    assert [one["TotalAmt"] for one in payments(office)] == [100, 50]


def test_what_was_voided_since_counts_for_nothing(office):
    key = office.desk.invoice(minor=10_000)
    receipt, shares = from_stripe(10_000), [pays(key, 10_000)]
    applied = office.books.apply(receipt, shares, "k1", DAY)
    office.books.unapply(applied, "u1")
    assert office.books.find_applied(receipt, shares, "k1") is None
    office.books.apply(receipt, shares, "k2", DAY)
    assert balance(office, key) == 0


def test_an_overpayment_stays_on_the_payment_until_it_is_placed(office):
    """A bookkeeper recorded more than the invoice: the rest is applied later, the lines stay."""
    desk = office.desk
    first, second = desk.invoice("1", 10_000), desk.invoice("2", 10_000)
    body = {"CustomerRef": {"value": desk.customer}, "TotalAmt": 130, "Line": lines((first, 100))}
    key = desk.post("payment", body).get_json()["Payment"]["Id"]
    receipt = office.read(Kind.RECEIPT, key)
    assert isinstance(receipt, Receipt)
    assert (receipt.amount, receipt.unapplied) == (dollars(13_000), dollars(3_000))
    office.books.apply(receipt, [pays(second, 3_000)], "k1", DAY)
    assert (balance(office, first), balance(office, second)) == (0, 70)


@pytest.fixture
def owned(office):
    """Give money from a known customer."""
    return replace(from_stripe(15_000), customer_id=office.desk.customer)


def test_what_is_left_of_a_known_customers_money_is_on_account(office, owned):
    first, second = office.desk.invoice("1", 10_000), office.desk.invoice("2", 10_000)
    shares = [pays(first, 10_000), pays(second, 2_000)]
    applied = office.books.apply(owned, shares, "k1", DAY)
    [payment] = payments(office)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (150, 30)
    assert applied.held == Held(Ref(Kind.RECEIPT, payment["Id"]), dollars(15_000))
    assert office.books.find_applied(owned, shares, "k1") == applied
    assert office.open().apply(owned, shares, "k1", DAY) == applied
    # From now on it is a receipt of the ledger's own.
    rest = office.read(Kind.RECEIPT, payment["Id"])
    assert isinstance(rest, Receipt)
    assert rest.unapplied == dollars(3_000)
    office.books.apply(rest, [pays(second, 3_000)], "k2", DAY)
    assert balance(office, second) == 50
    office.books.unapply(applied, "u1")
    left = office.read(Kind.RECEIPT, payment["Id"])
    assert isinstance(left, Receipt)
    assert (left.amount, left.unapplied) == (dollars(15_000), dollars(12_000))
    assert (balance(office, first), balance(office, second)) == (100, 70)


def test_on_account_says_what_it_really_pays(office, owned):
    """Somebody took the line off before the lost answer was looked up."""
    key = office.desk.invoice(minor=10_000)
    office.storm = [None, "unanswered"]
    with pytest.raises(UnknownOutcomeError):
        office.books.apply(owned, [pays(key, 10_000)], "k1", DAY)
    [payment] = payments(office)
    office.desk.books.apply_receipt(office.desk.realm, payment["Id"], {})
    found = office.books.find_applied(owned, [pays(key, 10_000)], "k1")
    assert found is not None
    assert found.parts == ()
    assert found.held == Held(Ref(Kind.RECEIPT, payment["Id"]), dollars(15_000))


def test_nothing_is_left_on_account_where_quickbooks_would_apply_it(office, owned):
    first, oldest = office.desk.invoice("1", 10_000), office.desk.invoice("0", 10_000)
    office.desk.books.set_auto_apply(office.desk.realm, on=True)
    applied = office.books.apply(owned, [pays(first, 9_000)], "k1", DAY)
    assert applied.held is None
    [payment] = payments(office)
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (90, 0)
    assert balance(office, oldest) == 100


def test_money_that_quickbooks_applied_first_is_not_applied_again(office):
    """The receipt was read, then QuickBooks set it against the oldest invoice by itself."""
    oldest, named = office.desk.invoice("1", 10_000), office.desk.invoice("2", 10_000)
    office.desk.books.set_auto_apply(office.desk.realm, on=True)
    receipt = office.receipt(10_000)
    assert receipt.unapplied == dollars(0)
    stale = replace(receipt, unapplied=receipt.amount)
    with pytest.raises(StaleError, match=r"has 0\.00 USD left"):
        office.books.apply(stale, [pays(named, 10_000)], "k1", DAY)
    assert (balance(office, oldest), balance(office, named)) == (0, 100)


def test_a_memo_without_room_for_the_mark_is_left_whole(office):
    desk = office.desk
    key = desk.invoice()
    paid = desk.books.record_receipt(desk.realm, desk.customer, 100, DAY, "R", memo="x" * 3_990)
    receipt = office.read(Kind.RECEIPT, paid)
    with pytest.raises(RefusedError, match="no room"):
        office.books.apply(receipt, [pays(key, 100)], "k1", DAY)
    assert desk.doc("Payment", paid)["PrivateNote"] == "x" * 3_990


def test_money_is_kept_on_account_of_whom_it_is_said_to_be(office):
    desk, money = office.desk, from_stripe(15_000)
    other = desk.books.add_customer(desk.realm, "Bea Finch", "bea@example.com")
    assert office.books.find_kept(money, other, "k1") is None
    kept = office.books.keep(money, other, "k1", DAY)
    [payment] = payments(office)
    assert (payment["CustomerRef"]["value"], payment["UnappliedAmt"]) == (other, 150)
    assert kept == Held(Ref(Kind.RECEIPT, payment["Id"]), dollars(15_000))
    assert office.books.find_kept(money, other, "k1") == kept
    assert office.open().keep(money, other, "k1", DAY) == kept
    with pytest.raises(StaleError, match="booked in QuickBooks already"):
        office.books.keep(money, other, "k2", DAY)


def test_money_kept_on_account_is_taken_back_once(office):
    desk, money = office.desk, from_stripe(15_000)
    kept = office.books.keep(money, desk.customer, "k1", DAY)
    office.books.release(kept, "r1")
    voided = desk.doc("Payment", kept.ref.id)
    assert (voided["TotalAmt"], voided["UnappliedAmt"]) == (0, 0)
    asked = len(desk.books.requests())
    office.books.release(kept, "r1")
    # The second only looks.
    assert len(desk.books.requests()) == asked + 1
    # It may be kept again, of whomever it is.
    again = office.open().keep(money, desk.customer, "k2", DAY)
    assert again.ref != kept.ref
    desk.books.delete(desk.realm, "Payment", again.ref.id)
    office.open().release(again, "r2")


def test_money_that_pays_something_by_now_is_not_taken_back(office):
    desk = office.desk
    kept = office.books.keep(from_stripe(15_000), desk.customer, "k1", DAY)
    invoice = desk.invoice()
    desk.books.apply_receipt(desk.realm, kept.ref.id, {invoice: 4_000})
    with pytest.raises(RefusedError, match="pays something in QuickBooks by now"):
        office.open().release(kept, "r1")
    assert desk.doc("Payment", kept.ref.id)["TotalAmt"] == 150


def test_money_that_quickbooks_would_apply_by_itself_is_not_kept(office):
    desk = office.desk
    desk.books.set_auto_apply(desk.realm, on=True)
    with pytest.raises(RefusedError, match="applies payments by itself"):
        office.open().keep(from_stripe(15_000), desk.customer, "k1", DAY)
    desk.books.set_auto_apply(desk.realm, on=False)
    with pytest.raises(RefusedError, match="its rate is unknown"):
        office.open().keep(from_stripe(15_000, "EUR"), desk.customer, "k1", DAY)
    assert payments(office) == []
