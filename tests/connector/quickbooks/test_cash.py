"""Applying receipts in QuickBooks: to the cent, once, and undone without a trace of harm."""

from __future__ import annotations

import json

import pytest

from connector.marks import mark, receipt_mark
from ledger.documents import Kind, Purpose, Receipt, Source, Status
from ledger.errors import (
    READ_ONLY,
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.quickbooks.office import Office, dollars, from_stripe, pays
from tests.sandbox.quickbooks_desk import DAY, DUE


@pytest.fixture
def office():
    return Office()


def payments(office):
    return office.desk.books.payments(office.desk.realm)


def balance(office, key):
    return office.desk.doc("Invoice", key)["Balance"]


def test_money_in_quickbooks_is_linked(office):
    first, second = office.desk.invoice("1", 10_000), office.desk.invoice("2", 5_025)
    receipt = office.receipt(20_000)
    applied = office.books.apply(receipt, [pays(first, 10_000), pays(second, 25)], "k1", DAY)
    assert applied.holder_id == receipt.ref.id
    assert [part.amount for part in applied.parts] == [dollars(10_000), dollars(25)]
    assert (balance(office, first), balance(office, second)) == (0, 50)
    after = office.read(Kind.RECEIPT, receipt.ref.id)
    assert isinstance(after, Receipt)
    assert after.unapplied == dollars(9_975)
    assert {one.invoice_id: one.amount.minor for one in after.allocations} == {
        first: 10_000,
        second: 25,
    }
    assert after.reference == "R-1"
    assert mark("k1") in after.text


def test_lines_that_were_there_stay(office):
    first, second = office.desk.invoice("1", 10_000), office.desk.invoice("2", 5_000)
    desk = office.desk
    memo = desk.books.raise_credit_memo(desk.realm, desk.customer, 1_000, DAY)
    receipt = office.receipt(6_000)
    body = {"Id": receipt.ref.id, "SyncToken": "0", "sparse": True}
    lines = [
        {"Amount": 20, "LinkedTxn": [{"TxnId": first, "TxnType": "Invoice"}]},
        {"Amount": 10, "LinkedTxn": [{"TxnId": memo, "TxnType": "CreditMemo"}]},
    ]
    assert desk.post("payment", body | {"Line": lines}).status_code == 200
    fresh = office.read(Kind.RECEIPT, receipt.ref.id)
    office.books.apply(fresh, [pays(first, 1_000), pays(second, 4_000)], "k1", DAY)
    assert (balance(office, first), balance(office, second)) == (70, 10)
    assert desk.doc("CreditMemo", memo)["RemainingCredit"] == 0


def test_money_from_elsewhere_is_booked_as_a_payment(office):
    key = office.desk.invoice(minor=12_345)
    checking = office.account("Checking")
    office.accounts[Purpose.STRIPE] = checking
    office.books = office.open()
    applied = office.books.apply(from_stripe(20_000), [pays(key, 12_345)], "k1", DUE)
    [payment] = payments(office)
    assert payment["Id"] == applied.holder_id
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (123.45, 0)
    assert payment["PaymentRefNum"] == receipt_mark(Source.STRIPE, "pi_3QxYzAbCdEfGhIjKlMnOpQrS")
    assert len(payment["PaymentRefNum"]) <= 21
    assert f"[{mark('k1')}]" in payment["PrivateNote"]
    assert payment["TxnDate"] == DUE.isoformat()
    assert payment["DepositToAccountRef"] == {"value": checking}
    assert "pi_3QxYzAbCdEfGhIjKlMnOpQrS" in payment["PrivateNote"]
    assert balance(office, key) == 0


@pytest.mark.parametrize("from_outside", [True, False])
def test_one_key_applies_once(office, from_outside):
    key = office.desk.invoice(minor=10_000)
    receipt = from_stripe(10_000) if from_outside else office.receipt(10_000)
    shares = [pays(key, 2_500)]
    assert office.books.find_applied(receipt, shares, "k1") is None
    first = office.books.apply(receipt, shares, "k1", DAY)
    assert office.books.find_applied(receipt, shares, "k1") == first
    # Another process, long after the vendor forgot the request id.
    office.desk.shelf._db.execute("delete from answer")
    assert office.open().apply(receipt, shares, "k1", DAY) == first
    assert balance(office, key) == 75
    assert len(payments(office)) == 1


@pytest.mark.parametrize("from_outside", [True, False])
def test_a_lost_answer_is_looked_up_and_not_repeated(office, from_outside):
    key = office.desk.invoice(minor=10_000)
    receipt = from_stripe(10_000) if from_outside else office.receipt(10_000)
    shares = [pays(key, 4_000)]
    office.storm = [None, "unanswered"]
    with pytest.raises(UnknownOutcomeError):
        office.books.apply(receipt, shares, "k1", DAY)
    assert balance(office, key) == 60
    found = office.books.find_applied(receipt, shares, "k1")
    assert found is not None
    assert found.parts[0].amount == dollars(4_000)
    assert office.books.apply(receipt, shares, "k1", DAY) == found
    assert balance(office, key) == 60


@pytest.mark.parametrize(
    ("weather", "error"),
    [
        ("429", RetryLaterError),
        ("500", UnknownOutcomeError),
        ("503", UnknownOutcomeError),
        ("fault200", UnknownOutcomeError),
        ("empty200", UnknownOutcomeError),
        ("lost", UnknownOutcomeError),
    ],
)
def test_bad_weather_at_the_write_applies_nothing(office, weather, error):
    key = office.desk.invoice(minor=10_000)
    office.storm = [None, weather]
    with pytest.raises(error):
        office.books.apply(from_stripe(10_000), [pays(key, 4_000)], "k1", DAY)
    assert payments(office) == []
    assert office.books.find_applied(from_stripe(10_000), [pays(key, 4_000)], "k1") is None


def test_throttling_is_told_to_the_gate(office):
    key = office.desk.invoice()
    for _ in range(2):  # once as JSON, once as XML
        office.storm = ["429"]
        with pytest.raises(RetryLaterError) as caught:
            office.books.find_applied(from_stripe(1), [pays(key, 1)], "k")
        assert caught.value.seconds == 60
    assert office.gate.waits == [60.0, 60.0]


def test_more_than_is_open_is_never_asked_for(office):
    key = office.desk.invoice(minor=10_000)
    with pytest.raises(StaleError, match="is not open"):
        office.books.apply(from_stripe(20_000), [pays(key, 10_001)], "k1", DAY)
    shares = [pays(key, 6_000), pays(key, 6_000)]
    with pytest.raises(StaleError, match="is not open"):
        office.books.apply(from_stripe(20_000), shares, "k2", DAY)
    with pytest.raises(StaleError, match="is not open"):
        office.books.apply(from_stripe(20_000), [pays("999", 1)], "k3", DAY)
    with pytest.raises(StaleError):
        office.books.apply(office.receipt(100), [pays(key, 101)], "k4", DAY)
    with pytest.raises(RefusedError):
        office.books.apply(from_stripe(20_000), [], "k5", DAY)
    assert [one["TotalAmt"] for one in payments(office)] == [1]
    assert balance(office, key) == 100


def test_a_change_in_between_is_stale(office):
    key = office.desk.invoice(minor=10_000)
    receipt = office.receipt(10_000)

    def meddle():
        office.desk.books.apply_receipt(office.desk.realm, receipt.ref.id, {key: 100})
        office.desk.books.apply_receipt(office.desk.realm, receipt.ref.id, {})

    office.storm = [None, meddle]
    with pytest.raises(StaleError):
        office.books.apply(receipt, [pays(key, 5_000)], "k1", DAY)
    assert balance(office, key) == 100


def test_the_bookkeepers_rules_come_back_as_refusals(office):
    desk = office.desk
    key, receipt = desk.invoice(minor=10_000), office.receipt(10_000)
    desk.books.set_book_close_date(desk.realm, DAY)
    with pytest.raises(RefusedError, match="closed") as closed:
        office.books.apply(receipt, [pays(key, 1)], "k1", DAY)
    assert closed.value.code == "6210"
    assert "intuit_tid" in closed.value.reason
    desk.books.set_book_close_date(desk.realm, None)
    desk.books.deposit(desk.realm, receipt.ref.id)
    with pytest.raises(RefusedError) as deposited:
        office.books.apply(receipt, [pays(key, 1)], "k2", DAY)
    assert deposited.value.code == "6540"
    desk.books.set_read_only(desk.realm, on=True)
    with pytest.raises(RefusedError) as ended:
        office.books.apply(from_stripe(100), [pays(key, 1)], "k3", DAY)
    assert ended.value.code == READ_ONLY


def test_undoing_voids_what_we_made(office):
    key = office.desk.invoice(minor=10_000)
    applied = office.books.apply(from_stripe(10_000), [pays(key, 10_000)], "k1", DAY)
    for _ in range(2):
        office.books.unapply(applied, "u1")
    assert balance(office, key) == 100
    found = office.read(Kind.RECEIPT, applied.holder_id)
    assert isinstance(found, Receipt)
    assert found.status is Status.VOID


def test_undoing_takes_only_our_lines_off_a_linked_payment(office):
    first, second = office.desk.invoice("1", 10_000), office.desk.invoice("2", 10_000)
    receipt = office.receipt(15_000)
    office.books.apply(receipt, [pays(first, 3_000)], "k1", DAY)
    applied = office.books.apply(receipt, [pays(first, 4_000), pays(second, 5_000)], "k2", DAY)
    assert (balance(office, first), balance(office, second)) == (30, 50)
    office.books.unapply(applied, "u1")
    assert (balance(office, first), balance(office, second)) == (70, 100)
    after = office.read(Kind.RECEIPT, receipt.ref.id)
    assert isinstance(after, Receipt)
    assert (after.unapplied, after.amount) == (dollars(12_000), dollars(15_000))


def test_undoing_stops_when_somebody_built_upon_it(office):
    desk = office.desk
    first, second = desk.invoice("1", 10_000), desk.invoice("2", 10_000)
    applied = office.books.apply(from_stripe(10_000), [pays(first, 10_000)], "k1", DAY)
    body = desk.doc("Payment", applied.holder_id)
    lines = [
        {"Amount": 60, "LinkedTxn": [{"TxnId": first, "TxnType": "Invoice"}]},
        {"Amount": 40, "LinkedTxn": [{"TxnId": second, "TxnType": "Invoice"}]},
    ]
    sparse = {"Id": body["Id"], "SyncToken": body["SyncToken"], "sparse": True, "Line": lines}
    assert desk.post("payment", sparse).status_code == 200
    with pytest.raises(StaleError):
        office.books.unapply(applied, "u1")
    assert (balance(office, first), balance(office, second)) == (40, 60)
    desk.books.delete(desk.realm, "Payment", applied.holder_id)
    office.books.unapply(applied, "u2")


def test_every_write_is_sparse_numbered_and_keyed(office):
    key = office.desk.invoice(minor=10_050)
    receipt = office.receipt(20_075)
    applied = office.books.apply(receipt, [pays(key, 10_050)], "k1", DAY)
    office.books.unapply(applied, "u1")
    office.books.apply(from_stripe(20_000), [pays(key, 10_050)], "k2", DAY)
    writes = office.writes("/payment")
    # A change is tried again under another name once the payment is another version.
    assert [one.key for one in writes] == [mark("k1:0"), mark("u1:1"), mark("k2")]
    for one in writes:
        body = json.loads(one.body)
        assert body.get("sparse", False) is ("Id" in body)
        amounts = [line["Amount"] for line in body.get("Line", [])]
        assert all(isinstance(amount, int | float) for amount in amounts)
        assert "minorversion=75" in one.query


def test_a_dead_token_is_a_disconnection(office):
    key = office.desk.invoice()
    office.desk.books.disconnect(office.desk.realm)
    with pytest.raises(DisconnectedError):
        office.books.apply(from_stripe(100), [pays(key, 100)], "k1", DAY)
    other = office.desk.books.add_company("Other")
    office.desk.tokens = office.desk.connect(other)
    with pytest.raises(DisconnectedError):
        office.open().organisation()
