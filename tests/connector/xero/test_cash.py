"""Applying money in Xero: once, found again, and taken apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import urllib3

from connector.marks import mark
from connector.protocol import Share
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from ledger.money import Money
from tests.connector.xero import office as offices
from tests.sandbox.xero_desk import TODAY

KEY = "apply:stripe:pi_1"


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books()


def gbp(minor):
    return Money(minor, "GBP")


def bill(office, number="INV-1", amount="100.00", currency="GBP"):
    return office.standin.raise_invoice(
        office.tenant, office.contact, number, TODAY, TODAY + timedelta(30), amount, currency
    )


def card(minor=10000, **other):
    receipt = Receipt(
        ref=Ref(Kind.RECEIPT, "pi_1"),
        source=Source.STRIPE,
        received=TODAY,
        amount=gbp(minor),
        unapplied=gbp(minor),
        status=Status.OPEN,
    )
    return replace(receipt, **other)


def held(office, books, amount="120.00"):
    key = office.standin.record_receipt(office.tenant, office.contact, amount, "GBP", TODAY)
    (found,) = books.read([Ref(Kind.RECEIPT, key, "overpayment")])
    return found.document


def open_now(office):
    return office.standin.receivables(office.tenant)


def test_money_from_elsewhere_becomes_payments_with_the_mark(office, books):
    first, second = bill(office), bill(office, "INV-2", "60.00")
    shares = [Share(first, gbp(10000)), Share(second, gbp(1050))]
    receipt = card(11050, reference="INV-1 INV-2")
    assert books.find_applied(receipt, shares, KEY) is None
    applied = books.apply(receipt, shares, KEY, date(2026, 11, 20))
    assert open_now(office) == {"GBP": 4950}
    told = office.standin.payments(office.tenant)
    assert {one["reference"] for one in told} == {f"INV-1 INV-2 {mark(KEY)}"}
    assert {one["day"] for one in told} == {"2026-11-20"}
    assert {one["account"] for one in told} == {office.bank}
    # The accountant matches it with the line of the bank statement.
    assert {one["reconciled"] for one in told} == {False}
    assert [(one.invoice_id, one.amount, one.part) for one in applied.parts] == [
        (first, gbp(10000), "payment"),
        (second, gbp(1050), "payment"),
    ]
    assert {one.id for one in applied.parts} == {one["id"] for one in told}
    assert books.find_applied(receipt, shares, KEY) == applied
    assert books.find_applied(receipt, shares, "another key") is None


def test_repeating_with_one_key_applies_once(office, books):
    shares = [Share(bill(office), gbp(4000))]
    once = books.apply(card(4000), shares, KEY, TODAY)
    assert books.apply(card(4000), shares, KEY, TODAY) == once
    assert len(office.standin.payments(office.tenant)) == 1


def test_less_than_all_of_a_receipt_books_only_the_shares(office, books):
    books.apply(card(12000), [Share(bill(office), gbp(10000))], KEY, TODAY)
    assert sum(one["amount"] for one in office.standin.payments(office.tenant)) == 10000
    assert office.standin.unapplied(office.tenant) == {}


def test_money_in_xero_is_allocated(office, books):
    first, second = bill(office), bill(office, "INV-2", "60.00")
    receipt = held(office, books)
    shares = [Share(first, gbp(10000)), Share(second, gbp(2000))]
    assert books.find_applied(receipt, shares, KEY) is None
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert applied.holder_id == receipt.ref.id
    assert {one.part for one in applied.parts} == {"overpayment"}
    made = office.standin.allocations(office.tenant)
    assert [one.id for one in applied.parts] == [one["id"] for one in made]
    assert open_now(office) == {"GBP": 4000}
    assert office.standin.payments(office.tenant) == []
    assert books.find_applied(receipt, shares, KEY) == applied


def test_undo_opens_again_and_may_be_repeated(office, books):
    key = bill(office)
    paid = books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY)
    receipt = held(office, books, "60.00")
    set_off = books.apply(receipt, [Share(key, gbp(6000))], "k2", TODAY)
    assert open_now(office) == {"GBP": 0} or open_now(office) == {}
    for _ in range(2):
        books.unapply(paid, "undo-1")
        books.unapply(set_off, "undo-2")
        # Long enough for Xero to have forgotten the key.
        office.clock.move(minutes=10)
    assert open_now(office) == {"GBP": 10000}
    assert office.standin.unapplied(office.tenant) == {"GBP": 6000}
    # It was carried out, though undone since: nothing may repeat it by itself.
    assert books.find_applied(card(4000), [Share(key, gbp(4000))], KEY) == paid


def test_reconciled_payment_is_not_undone(office, books):
    paid = books.apply(card(4000), [Share(bill(office), gbp(4000))], KEY, TODAY)
    office.standin.reconcile(office.tenant, paid.parts[0].id)
    with pytest.raises(RefusedError, match="reconciled"):
        books.unapply(paid, "undo-1")


def test_what_changed_meanwhile_is_stale(office, books):
    key = bill(office)
    receipt = held(office, books)
    office.standin.record_payment(office.tenant, key, "1.00", TODAY)
    shares = [Share(key, gbp(10000))]
    with pytest.raises(StaleError, match="exceeds the amount outstanding"):
        books.apply(card(), shares, KEY, TODAY)
    with pytest.raises(StaleError, match="amount outstanding"):
        books.apply(receipt, shares, KEY, TODAY)
    void = bill(office, "INV-2")
    office.standin.void(office.tenant, void)
    with pytest.raises(StaleError, match="Authorised documents"):
        books.apply(card(), [Share(void, gbp(1))], "k3", TODAY)
    assert len(office.standin.payments(office.tenant)) == 1


def test_locked_period_is_refused_in_xeros_words(office, books):
    key = bill(office)
    office.standin.set_lock_date(office.tenant, TODAY)
    with pytest.raises(RefusedError, match="lock date") as refused:
        books.apply(card(), [Share(key, gbp(1))], KEY, TODAY)
    assert refused.value.code == "10"


def test_what_makes_no_sense_is_refused_before_any_call(office, books):
    key = bill(office)
    euros = Share(key, Money(1, "EUR"))
    paid = Ref(Kind.RECEIPT, key, "payment")
    cases = [
        (card(), [], "greater than nothing"),
        (card(), [Share(key, gbp(0))], "greater than nothing"),
        (card(), [euros], "different currencies"),
        (card(100), [Share(key, gbp(101))], "more than the receipt"),
        (card(), [Share('")', gbp(1))], "not one of Xero's"),
        (card(source=Source.LEDGER, ref=paid), [Share(key, gbp(1))], "applied already"),
    ]
    before = office.gate.entered
    for receipt, shares, said in cases:
        with pytest.raises(RefusedError, match=said):
            books.apply(receipt, shares, KEY, TODAY)
    bare = office.books(accounts={})
    with pytest.raises(RefusedError, match="no ledger account is chosen for money from stripe"):
        bare.apply(card(), [Share(key, gbp(1))], KEY, TODAY)
    assert office.gate.entered == before


def test_time_out_after_commit_is_looked_up_not_repeated(office, books):
    key = bill(office)
    receipt = held(office, books)
    office.weather("unanswered", method="PUT")
    with pytest.raises(UnknownOutcomeError):
        books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY)
    with pytest.raises(UnknownOutcomeError):
        books.apply(receipt, [Share(key, gbp(6000))], "k2", TODAY)
    office.weather(None)
    office.clock.move(minutes=29)
    assert books.find_applied(card(4000), [Share(key, gbp(4000))], KEY) is not None
    found = books.find_applied(receipt, [Share(key, gbp(6000))], "k2")
    assert found is not None
    assert found.holder_id == receipt.ref.id
    assert len(office.standin.payments(office.tenant)) == 1
    assert len(office.standin.allocations(office.tenant)) == 1


def test_failure_before_commit_is_found_not_done(office, books):
    key = bill(office)
    shares = [Share(key, gbp(4000))]
    for word in ("500", "503", "lost"):
        office.weather(word, method="PUT")
        with pytest.raises(UnknownOutcomeError):
            books.apply(card(4000), shares, KEY, TODAY)
        office.weather(None)
        assert books.find_applied(card(4000), shares, KEY) is None
    # Xero answers the remembered failure until it forgets the key.
    with pytest.raises(UnknownOutcomeError):
        books.apply(card(4000), shares, KEY, TODAY)
    office.clock.move(minutes=7)
    assert books.apply(card(4000), shares, KEY, TODAY).parts
    assert open_now(office) == {"GBP": 6000}


def test_key_used_with_another_body_is_looked_up_and_not_tried_again(office, books):
    """Something was written under the key, so nobody may take it for not done."""
    key = bill(office)
    books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY)
    with pytest.raises(UnknownOutcomeError, match="used before with another request"):
        books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY + timedelta(1))
    assert books.find_applied(card(4000), [Share(key, gbp(4000))], KEY) is not None
    assert len(office.standin.payments(office.tenant)) == 1


def test_limit_and_disconnect_leave_nothing_done(office, books):
    key = bill(office)
    office.weather("429")
    with pytest.raises(RetryLaterError) as later:
        books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY)
    assert later.value.seconds == 30
    assert office.gate.patience == [30.0]
    office.weather(None)
    office.standin.disconnect(office.tenant)
    with pytest.raises(DisconnectedError, match="AuthenticationUnsuccessful"):
        books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY)
    assert office.standin.payments(office.tenant) == []


def test_same_allocation_twice_is_told_apart_by_count(office, books):
    key = bill(office)
    receipt = held(office, books)
    office.standin.allocate(office.tenant, "Overpayments", receipt.ref.id, key, "10.00", TODAY)
    twice = [Share(key, gbp(1000)), Share(key, gbp(1000))]
    assert books.find_applied(receipt, twice, KEY) is None
    assert books.find_applied(receipt, twice[:1], KEY) is not None


def test_part_of_our_payments_found_is_for_a_person(office, books):
    key = bill(office)
    books.apply(card(4000), [Share(key, gbp(4000))], KEY, TODAY)
    with pytest.raises(RefusedError, match="only a part"):
        books.find_applied(card(5000), [Share(key, gbp(4000)), Share(key, gbp(1000))], KEY)


class Mute:
    """A pool that carries calls and answers writes with a document that names nothing."""

    def __init__(self, pool):
        self.pool = pool

    def request(self, method, url, **options):
        answer = self.pool.request(method, url, **options)
        return answer if method == "GET" else urllib3.HTTPResponse(b'{"Status": "OK"}', {}, 200)


def test_answer_that_names_nothing_is_unknown_and_found_by_looking(office, books):
    key = bill(office)
    receipt = held(office, books)
    mute = office.books(wire=replace(office.wire, pool=Mute(office.wire.pool)))
    shares = [Share(key, gbp(4000))]
    with pytest.raises(UnknownOutcomeError, match="payments"):
        mute.apply(card(4000), shares, KEY, TODAY)
    assert books.find_applied(card(4000), shares, KEY) is not None
    rest = [Share(key, gbp(6000))]
    with pytest.raises(UnknownOutcomeError, match="allocations"):
        mute.apply(receipt, rest, "k2", TODAY)
    found = books.find_applied(receipt, rest, "k2")
    assert found is not None
    made = office.standin.allocations(office.tenant)
    assert [one.id for one in found.parts] == [one["id"] for one in made]


def test_receipt_that_is_gone_was_not_applied(office, books):
    key = bill(office)
    receipt = held(office, books)
    for ref in (replace(receipt.ref, id=key), replace(receipt.ref, part="payment")):
        assert books.find_applied(replace(receipt, ref=ref), [Share(key, gbp(1))], KEY) is None


def test_every_write_carries_a_key_of_at_most_128_characters(office, books):
    key = bill(office)
    after = office.standin.requests()[-1].seq if office.standin.requests() else 0
    long = "k" * 400
    paid = books.apply(card(4000), [Share(key, gbp(4000))], long, TODAY)
    receipt = held(office, books)
    books.apply(receipt, [Share(key, gbp(6000))], long, TODAY)
    books.note(Ref(Kind.INVOICE, key), "x", long)
    books.unapply(paid, long)
    writes = [
        one
        for one in office.standin.requests(after)
        if one.method in ("PUT", "POST") and "/api.xro/" in one.path
    ]
    assert len(writes) == 4
    assert len({one.key for one in writes}) == 4
    assert all(0 < len(one.key) <= 128 for one in writes)
