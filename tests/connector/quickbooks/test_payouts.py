"""A Stripe payout as one deposit, to the cent: booked once, looked up, refused in words, undone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from connector.marks import mark
from ledger.documents import Kind, Purpose, Ref
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError
from ledger.money import Money
from ledger.payouts import Movement, Payout, PayoutEntry
from tests.connector.quickbooks.office import Office, dollars, from_stripe, pays
from tests.sandbox.quickbooks_desk import DAY, DUE

PAYMENT = "pi_3QxYzAbCdEfGhIjKlMnOpQrS"


@pytest.fixture
def office():
    """Give an office that chose where payouts and fees go."""
    found = Office()
    found.accounts[Purpose.PAYOUTS] = found.account("Checking")
    found.accounts[Purpose.FEES] = found.account("Merchant Fees")
    return found


def entry(movement, gross, fee=0, receipt_id=""):
    return PayoutEntry(
        id=f"txn_{movement}{gross}",
        movement=movement,
        gross=dollars(gross),
        fee=dollars(fee),
        tax=dollars(0),
        receipt_id=receipt_id,
        said="a word",
    )


def payout(*entries, net=None):
    total = sum(one.net.minor for one in entries)
    return Payout(Ref(Kind.PAYOUT, "po_1"), DUE, dollars(total if net is None else net), entries)


CARD = entry(Movement.PAYMENT, 10_000, 320, PAYMENT)


def booked(office, minor=10_000, source=Purpose.STRIPE, account=""):
    """Apply a card payment, and give the payment's id."""
    if account:
        office.accounts[source] = account
    office.books = office.open()
    key = office.desk.invoice(f"N-{minor}", minor)
    return office.books.apply(from_stripe(minor), [pays(key, minor)], f"k{minor}", DAY).holder_id


def deposits(office):
    return office.desk.shelf.all(f"{office.desk.realm}/Deposit")


def test_payments_are_deposited_less_their_fees(office):
    payment = booked(office)
    found = payout(CARD)
    assert office.books.find_payout(found, "p1") is None
    [part] = office.books.book_payout(found, "p1", DUE)
    [deposit] = deposits(office)
    assert (part.id, part.amount) == (deposit["Id"], dollars(9_680))
    assert (deposit["TotalAmt"], deposit["TxnDate"]) == (96.8, DUE.isoformat())
    assert deposit["PrivateNote"] == f"payout po_1 [{mark('p1')}]"
    assert deposit["DepositToAccountRef"] == {"value": office.account("Checking")}
    linked, fee = deposit["Line"]
    assert linked["LinkedTxn"] == [{"TxnId": payment, "TxnType": "Payment", "TxnLineId": "0"}]
    assert fee["Amount"] == -3.2
    assert fee["DepositLineDetail"]["AccountRef"]["value"] == office.account("Merchant Fees")
    assert office.books.find_payout(found, "p1") == (part,)


def test_one_key_books_one_deposit_even_when_the_answer_was_lost(office):
    booked(office)
    office.storm = [None, None, "unanswered"]
    with pytest.raises(UnknownOutcomeError):
        office.books.book_payout(payout(CARD), "p1", DUE)
    assert len(deposits(office)) == 1
    office.desk.shelf._db.execute("delete from answer")
    assert office.open().book_payout(payout(CARD), "p1", DUE)
    assert len(deposits(office)) == 1
    [write] = office.writes("/deposit")
    assert write.key == mark("p1")


def test_a_receipt_booked_in_parts_is_deposited_whole(office):
    office.books = office.open()
    first, second = office.desk.invoice("1", 4_000), office.desk.invoice("2", 6_000)
    receipt = from_stripe(10_000)
    office.books.apply(receipt, [pays(first, 4_000)], "k1", DAY)
    with pytest.raises(RefusedError, match=r"40\.00 USD of payment pi_3.* over 100\.00 USD"):
        office.books.book_payout(payout(CARD), "p1", DUE)
    office.books.apply(receipt, [pays(second, 6_000)], "k2", DAY)
    office.books.book_payout(payout(CARD), "p1", DUE)
    assert [line["Amount"] for line in deposits(office)[0]["Line"]] == [40, 60, -3.2]


def test_undoing_sets_the_payments_free(office):
    payment = booked(office)
    parts = office.books.book_payout(payout(CARD), "p1", DUE)
    for _ in range(2):
        office.books.unbook_payout(parts, "u1")
    assert deposits(office) == []
    assert office.desk.doc("Payment", payment)["LinkedTxn"] == []
    office.books.book_payout(payout(CARD), "p2", DUE)
    assert len(deposits(office)) == 1


def test_undoing_stops_when_the_deposit_is_another_now(office):
    booked(office)
    [part] = parts = office.books.book_payout(payout(CARD), "p1", DUE)
    desk = office.desk
    doc = desk.doc("Deposit", part.id)
    body = {"Id": part.id, "SyncToken": doc["SyncToken"], "sparse": True, "Line": doc["Line"][:1]}
    assert desk.post("deposit", body).status_code == 200
    with pytest.raises(StaleError):
        office.books.unbook_payout(parts, "u1")
    assert len(deposits(office)) == 1


def test_a_payment_that_is_deposited_already_is_said(office):
    payment = booked(office)
    office.desk.books.deposit(office.desk.realm, payment)
    with pytest.raises(RefusedError, match=f"payment {PAYMENT} is in a deposit already"):
        office.books.book_payout(payout(CARD), "p1", DUE + timedelta(days=30))


def test_a_deposit_that_a_bookkeeper_made_from_the_bank_feed_is_not_made_twice(office):
    desk = office.desk
    booked(office)
    other = desk.books.record_receipt(desk.realm, desk.customer, 9_680, DAY, "feed")
    desk.clock.moment = desk.clock.moment.replace(day=DUE.day)
    desk.tokens = desk.connect(desk.realm)
    office.books = office.open()
    hand = desk.books.deposit(desk.realm, other)
    with pytest.raises(RefusedError, match=r"a deposit of 96\.80 USD on 2026-03-09"):
        office.books.book_payout(payout(CARD), "p1", DUE)
    desk.books.delete(desk.realm, "Deposit", hand)
    office.books.book_payout(payout(CARD), "p1", DUE)
    # One of our own, of the same amount, is another payout's.
    assert office.books.find_payout(payout(CARD), "p2") is None


def test_a_clearing_account_takes_refunds_and_disputes_too(office):
    clearing = office.desk.books.add_account(office.desk.realm, "Stripe", "Other Current Asset")
    booked(office, account=clearing)
    found = payout(
        CARD,
        entry(Movement.REFUND, -1_000),
        entry(Movement.DISPUTE, -500, 1_500),
        entry(Movement.FEE, -200),
    )
    office.books.book_payout(found, "p1", DUE)
    [deposit] = deposits(office)
    assert deposit["TotalAmt"] == 64.8
    moved, fees = deposit["Line"]
    assert (moved["Amount"], fees["Amount"]) == (85, -20.2)
    assert moved["DepositLineDetail"]["AccountRef"] == {"value": clearing}
    assert "LinkedTxn" not in moved


def test_a_payout_without_payments_of_ours_reads_none(office):
    office.accounts[Purpose.STRIPE] = office.account("Undeposited Funds")
    office.books = office.open()
    office.books.book_payout(payout(entry(Movement.FEE, 500)), "p1", DUE)
    [deposit] = deposits(office)
    assert [line["Amount"] for line in deposit["Line"]] == [5]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (payout(CARD, entry(Movement.UNKNOWN, 7)), "of a kind not known here: a word"),
        (payout(CARD, net=9_681), "do not make up"),
        (payout(entry(Movement.REFUND, -1_000)), "no deposit of -10.00 USD"),
        (payout(CARD, entry(Movement.REFUND, -1_000)), "refund of -10.00 USD"),
        (payout(CARD, entry(Movement.ADJUSTMENT, 5)), "adjustment of 0.05 USD"),
        (payout(entry(Movement.PAYMENT, 1, 0, "pi_other")), "0.00 USD of payment pi_other"),
    ],
)
def test_what_would_not_be_right_is_refused(office, found, said):
    booked(office)
    with pytest.raises(RefusedError, match=said):
        office.books.book_payout(found, "p1", DUE)
    assert deposits(office) == []


def test_accounts_must_be_chosen_and_make_sense(office):
    bank = office.account("Checking")
    booked(office, account=bank)
    with pytest.raises(RefusedError, match="into the bank account itself"):
        office.books.book_payout(payout(CARD), "p1", DUE)
    del office.accounts[Purpose.STRIPE]
    with pytest.raises(RefusedError, match="is not in Undeposited Funds"):
        office.open().book_payout(payout(CARD), "p1", DUE)
    for purpose in (Purpose.FEES, Purpose.PAYOUTS):
        del office.accounts[purpose]
        with pytest.raises(RefusedError, match=f"no account is chosen for {purpose.value}"):
            office.open().book_payout(payout(CARD), "p1", DUE)


def test_a_payout_in_another_currency_is_booked_by_hand(office):
    some, none = Money(100, "EUR"), Money.zero("EUR")
    foreign = PayoutEntry("txn_1", Movement.PAYMENT, some, none, none, PAYMENT)
    found = Payout(Ref(Kind.PAYOUT, "po_1"), DUE, Money(100, "EUR"), (foreign,))
    with pytest.raises(RefusedError, match="a payout in EUR is booked by hand"):
        office.open().book_payout(found, "p1", DUE)


def test_closed_books_and_a_closed_account_come_back_as_they_are(office):
    desk = office.desk
    booked(office)
    desk.books.set_book_close_date(desk.realm, DUE)
    with pytest.raises(RefusedError) as closed:
        office.books.book_payout(payout(CARD), "p1", DUE)
    assert closed.value.code == "6210"
    desk.books.set_book_close_date(desk.realm, None)
    desk.books.deactivate_account(desk.realm, office.account("Merchant Fees"))
    with pytest.raises(StaleError, match="made inactive"):
        office.books.book_payout(payout(CARD), "p1", DUE)
    assert json.loads(office.writes("/deposit")[0].body)["Line"]
