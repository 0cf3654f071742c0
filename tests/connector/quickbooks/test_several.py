"""One deposit for several customers in QuickBooks: a payment each, all of them or none."""

from __future__ import annotations

import pytest

from connector.marks import receipt_mark
from connector.protocol import Share
from ledger.differences import Adjustment, Difference
from ledger.documents import Purpose, Source
from ledger.errors import RefusedError, RetryLaterError, StaleError, UnknownOutcomeError
from tests.connector.quickbooks.office import Office, dollars, from_stripe, pays
from tests.sandbox.quickbooks_desk import DAY, DUE


@pytest.fixture
def office():
    return Office()


def strangers(office, *minors):
    """Have an invoice of each of so many customers who have nothing to do with one another."""
    desk = office.desk
    names = [desk.books.add_customer(desk.realm, f"Stranger {at}") for at in range(len(minors))]
    return [
        desk.books.raise_invoice(desk.realm, name, f"S-{name}", DAY, DUE, minor)
        for name, minor in zip(names, minors, strict=True)
    ]


def balances(office, invoices):
    return [office.desk.doc("Invoice", one)["Balance"] for one in invoices]


def standing(office):
    """Give what is paid by whom, of the payments that were not voided."""
    found = office.desk.books.payments(office.desk.realm)
    return [(one["CustomerRef"]["value"], one["TotalAmt"]) for one in found if one["TotalAmt"]]


def owner(office, invoice):
    return office.desk.doc("Invoice", invoice)["CustomerRef"]["value"]


def test_each_customer_gets_a_payment_of_exactly_its_shares(office):
    first, second = strangers(office, 10_000, 5_000)
    own = office.desk.invoice("1", 3_000)
    shares = [pays(first, 10_000), pays(own, 1_000), pays(second, 5_000)]
    applied = office.books.apply(from_stripe(20_000), shares, "k1", DAY)
    assert balances(office, [first, own, second]) == [0, 20, 0]
    assert sorted(standing(office)) == sorted(
        [(owner(office, first), 100), (owner(office, own), 10), (owner(office, second), 50)]
    )
    made = office.desk.books.payments(office.desk.realm)
    assert {one["PaymentRefNum"] for one in made} == {
        receipt_mark(Source.STRIPE, "pi_3QxYzAbCdEfGhIjKlMnOpQrS")
    }
    assert {one.invoice_id: one.amount for one in applied.parts} == {
        one.invoice_id: one.amount for one in shares
    }
    assert len({one.id for one in applied.parts}) == 3
    assert (applied.missing, applied.held) == ((), None)


def test_one_key_pays_each_customer_once(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 2_500) for one in invoices]
    receipt = from_stripe(10_000)
    assert office.books.find_applied(receipt, shares, "k1") is None
    first = office.books.apply(receipt, shares, "k1", DAY)
    assert office.books.find_applied(receipt, shares, "k1") == first
    # Another process, long after the vendor forgot the request ids.
    office.desk.shelf._db.execute("delete from answer")
    assert office.open().apply(receipt, shares, "k1", DAY) == first
    assert balances(office, invoices) == [75, 25]
    assert len(standing(office)) == 2


@pytest.mark.parametrize("word", ["unanswered", "lost", "429", "503"])
def test_what_was_begun_is_ended_and_nothing_twice(office, word):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(invoices[0], 10_000), pays(invoices[1], 5_000)]
    receipt = from_stripe(15_000)
    # The reading, who is billed with whom, and the first payment go well.
    office.storm = [None, None, None, word]
    with pytest.raises(UnknownOutcomeError):
        office.books.apply(receipt, shares, "k1", DAY)
    begun = office.books.find_applied(receipt, shares, "k1")
    assert begun is not None
    lost = word != "unanswered"
    assert [one.amount for one in begun.missing] == ([dollars(5_000)] if lost else [])
    ended = office.books.complete(receipt, begun, "k1", DAY)
    assert ended == office.books.find_applied(receipt, shares, "k1")
    assert ended.missing == ()
    assert balances(office, invoices) == [0, 0]
    assert sorted(amount for _, amount in standing(office)) == [50, 100]


def test_a_wait_before_the_first_payment_is_only_a_wait(office):
    invoices = strangers(office, 10_000, 5_000)
    office.storm = [None, None, "429"]
    with pytest.raises(RetryLaterError):
        office.books.apply(from_stripe(200), [pays(one, 100) for one in invoices], "k1", DAY)
    assert standing(office) == []


def meddled(office, deed):
    """Have somebody change the books just before the second payment."""
    office.storm = [None, None, None, deed]


def test_where_one_customer_cannot_be_paid_for_none_is(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    desk = office.desk
    meddled(office, lambda: desk.books.deactivate_customer(desk.realm, owner(office, invoices[1])))
    with pytest.raises(StaleError, match="made inactive"):
        office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    assert standing(office) == []
    assert balances(office, invoices) == [100, 50]
    assert office.books.find_applied(from_stripe(10_000), shares, "k1") is None


def test_what_was_taken_back_is_made_anew_and_not_taken_for_made(office):
    """QuickBooks would answer a used request id with the payment that was voided."""
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    desk = office.desk
    meddled(office, lambda: desk.books.deactivate_customer(desk.realm, owner(office, invoices[1])))
    with pytest.raises(StaleError):
        office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    desk.books.edit_customer(desk.realm, owner(office, invoices[1]), Active=True)
    office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    assert balances(office, invoices) == [50, 0]
    assert [amount for _, amount in standing(office)] == [50, 50]


def test_what_cannot_be_taken_back_is_told(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    desk = office.desk

    def deed():
        [made] = desk.books.payments(desk.realm)
        desk.books.deposit(desk.realm, made["Id"])
        desk.books.deactivate_customer(desk.realm, owner(office, invoices[1]))

    meddled(office, deed)
    with pytest.raises(RefusedError, match="payments of other customers are in QuickBooks"):
        office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    assert [amount for _, amount in standing(office)] == [50]


def test_silence_while_taking_back_is_looked_into(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    desk = office.desk
    meddled(office, lambda: desk.books.deactivate_customer(desk.realm, owner(office, invoices[1])))
    office.storm.append("429")
    with pytest.raises(UnknownOutcomeError, match="some customers' payments"):
        office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    begun = office.books.find_applied(from_stripe(10_000), shares, "k1")
    assert begun is not None
    with pytest.raises(StaleError):
        office.books.complete(from_stripe(10_000), begun, "k1", DAY)
    assert standing(office) == []


def test_a_parents_payment_that_quickbooks_refuses_becomes_one_each(office):
    desk = office.desk
    child = desk.books.add_customer(desk.realm, "Ada's shop", parent=desk.customer)
    own = desk.invoice("1", 1_000)
    theirs = desk.books.raise_invoice(desk.realm, child, "2", DAY, DUE, 2_000)

    def deed():
        desk.books.edit_customer(desk.realm, child, BillWithParent=False)

    # The reading, and who is billed with whom, before somebody changes that.
    office.storm = [None, None, deed]
    shares = [pays(own, 1_000), pays(theirs, 2_000)]
    applied = office.books.apply(from_stripe(3_000), shares, "k1", DAY)
    assert sorted(standing(office)) == sorted([(desk.customer, 10), (child, 20)])
    assert office.books.find_applied(from_stripe(3_000), shares, "k1") == applied


def test_no_money_is_booked_twice_for_several(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    office.books.apply(from_stripe(10_000), [pays(invoices[0], 100)], "k0", DAY)
    with pytest.raises(StaleError, match="of this receipt is booked"):
        office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    assert [amount for _, amount in standing(office)] == [1]


def test_undoing_voids_all_or_stops_before_the_first(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    applied = office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    desk = office.desk
    theirs = next(one.id for one in applied.parts if one.invoice_id == invoices[1])
    doc = desk.doc("Payment", theirs)
    other = desk.books.raise_invoice(desk.realm, owner(office, invoices[1]), "X", DAY, DUE, 1_000)
    lines = [
        {"Amount": 40, "LinkedTxn": [{"TxnId": invoices[1], "TxnType": "Invoice"}]},
        {"Amount": 10, "LinkedTxn": [{"TxnId": other, "TxnType": "Invoice"}]},
    ]
    body = {"Id": theirs, "SyncToken": doc["SyncToken"], "sparse": True, "Line": lines}
    assert desk.post("payment", body).status_code == 200
    with pytest.raises(StaleError):
        office.books.unapply(applied, "u1")
    assert len(standing(office)) == 2
    # What no longer pays what it was made for is no answer to a look-up either.
    with pytest.raises(RefusedError, match="were changed in QuickBooks"):
        office.books.find_applied(from_stripe(10_000), shares, "k1")
    body |= {"SyncToken": desk.doc("Payment", theirs)["SyncToken"]}
    body |= {"Line": [lines[0] | {"Amount": 50}]}
    assert desk.post("payment", body).status_code == 200
    for _ in range(2):
        office.books.unapply(applied, "u2")
    assert standing(office) == []
    assert balances(office, invoices) == [100, 50]


def test_a_difference_belongs_to_its_own_customer(office):
    invoices = strangers(office, 10_000, 5_000)
    office.accounts[Purpose.DISCOUNTS] = office.account("Services")
    office.books = office.open()
    shares = [pays(invoices[0], 10_000), pays(invoices[1], 5_000)]
    missing = [Adjustment(invoices[1], Difference.EARLY_DISCOUNT, dollars(100))]
    receipt = from_stripe(14_900)
    office.storm = [None, None, None, None, "lost"]
    with pytest.raises(UnknownOutcomeError):
        office.books.apply(receipt, shares, "k1", DAY, missing)
    begun = office.books.find_applied(receipt, shares, "k1", missing)
    assert begun is not None
    assert begun.owed == tuple(missing)
    office.books.complete(receipt, begun, "k1", DAY)
    assert balances(office, invoices) == [0, 0]
    found = office.books.find_applied(receipt, shares, "k1", missing)
    assert found is not None
    assert (found.missing, found.owed) == ((), ())
    office.books.unapply(found, "u1")
    assert balances(office, invoices) == [100, 50]


def test_an_invoice_that_is_gone_leaves_the_others_unpaid(office):
    [first] = strangers(office, 10_000)
    shares = [pays(first, 100), Share("999", dollars(100))]
    with pytest.raises(StaleError, match="999 is not open"):
        office.books.apply(from_stripe(200), shares, "k1", DAY)
    assert standing(office) == []


def test_every_write_has_a_name_of_its_own(office):
    invoices = strangers(office, 10_000, 5_000)
    shares = [pays(one, 5_000) for one in invoices]
    applied = office.books.apply(from_stripe(10_000), shares, "k1", DAY)
    office.books.unapply(applied, "u1")
    writes = office.writes("/payment")
    assert len({one.key for one in writes}) == len(writes) == 4
