"""Stripe as the system of record, read from its stand-in: what is owed, by whom, what was paid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.documents import (
    HELD,
    Charge,
    CreditNote,
    Customer,
    Failure,
    Gone,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.errors import StaleError
from tests.connector.stripe.office import DUE, client, customer, doc, gbp, invoice, one, walked
from tests.connector.stripe.stripe_shop import Office, kept
from tests.sandbox.stripe_world import START, new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as opened:
        yield opened


@pytest.fixture
def office(door):
    return kept(new_world(door))


def test_an_invoice_that_was_sent_is_a_claim_with_its_term(office):
    buyer = customer(office)
    key = invoice(office, of=buyer, number="INV-1")
    found, owner = (each.document for each in office.books.read([Ref(Kind.INVOICE, key)]))
    assert isinstance(found, Invoice)
    assert (found.number, found.customer_id, found.status) == ("INV-1", buyer, Status.OPEN)
    assert (found.issued, found.due) == (START.date(), DUE)
    assert (found.total, found.balance, found.charge) == (gbp(10_000), gbp(10_000), None)
    assert owner == Customer(Ref(Kind.CUSTOMER, buyer), "Ada Ltd", "ada@example.com")


def test_an_invoice_charged_without_asking_tells_how_the_attempts_went(office):
    stand_in = office.world.stand_in
    key = invoice(office, due=None)
    first = one(office, Kind.INVOICE, key)
    hour = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
    assert first.due == first.issued == START.date()
    assert first.charge.failed_on is None
    assert (first.charge.attempts, first.charge.retry_at.replace(second=0)) == (0, hour)
    office.world.clock.forward(days=1)
    stand_in.fail_charge(key, "insufficient_funds", timedelta(days=3))
    again = one(office, Kind.INVOICE, key).charge
    assert (again.attempts, again.failed_on) == (1, date(2026, 9, 2))
    assert (again.code, again.failure) == ("insufficient_funds", Failure.FUNDS)
    assert again.retry_at is not None
    office.world.clock.forward(days=3)
    stand_in.fail_charge(key, "expired_card")
    last = one(office, Kind.INVOICE, key).charge
    assert last == Charge(2, date(2026, 9, 5), None, "expired_card", Failure.METHOD)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("authentication_required", Failure.CONFIRM),
        ("lost_card", Failure.METHOD),
        ("do_not_honor", Failure.OTHER),
    ],
)
def test_what_a_failure_asks_of_the_payer(office, code, failure):
    key = invoice(office, due=None)
    office.world.stand_in.fail_charge(key, code)
    found = one(office, Kind.INVOICE, key).charge
    assert (found.code, found.failure, found.failed_on) == (code, failure, START.date())


def test_a_debit_on_its_way_has_not_failed_and_is_seen_as_money_of_the_customer(office):
    buyer = customer(office)
    key = invoice(office, of=buyer, due=None)
    office.world.stand_in.start_debit(key)
    found = office.books.position(buyer)
    assert [each.charge.failed_on for each in found.invoices] == [None]
    [money] = found.receipts
    assert (money.processing, money.customer_id, money.source) == (True, buyer, Source.LEDGER)


def test_a_paid_invoice_has_spent_its_payment(office):
    buyer = customer(office)
    key = invoice(office, of=buyer, due=None)
    office.world.stand_in.collect(key)
    found, _ = walked(office)
    [money] = [each for each in found if isinstance(each, Receipt)]
    assert (money.status, money.unapplied) == (Status.PAID, gbp(0))
    assert [(each.invoice_id, each.amount) for each in money.allocations] == [(key, gbp(10_000))]
    assert one(office, Kind.INVOICE, key).status is Status.PAID
    assert office.books.position(buyer).receipts == ()


def test_a_payment_that_pays_no_invoice_is_left_to_be_placed(office):
    buyer = customer(office)
    pi = office.world.stand_in.take_payment(office.world.shop, 700, "gbp", customer=buyer)
    found, _ = walked(office)
    [money] = [each for each in found if isinstance(each, Receipt)]
    assert (money.ref.id, money.unapplied, money.customer_id) == (pi, gbp(700), buyer)
    assert money.source is Source.LEDGER


@pytest.mark.parametrize("status", ["void", "uncollectible", "something_new"])
def test_what_is_written_off_or_unknown_is_no_claim(office, status):
    key = invoice(office)
    books = office.world.stand_in.books
    books.keep(office.world.shop, {**doc(office, key), "status": status})
    found = one(office, Kind.INVOICE, key)
    assert not found.is_open
    assert found.balance == gbp(0)
    assert found.status is (Status.UNKNOWN if status == "something_new" else Status.VOID)


def test_a_credit_note_cuts_its_invoice_and_has_nothing_left(office):
    key = invoice(office, 10_000)
    made = client(office).v1.credit_notes.create({"invoice": key, "amount": 4_000})
    note = one(office, Kind.CREDIT_NOTE, made.id)
    assert isinstance(note, CreditNote)
    assert (note.total, note.balance, note.status) == (gbp(4_000), gbp(0), Status.PAID)
    assert [(each.invoice_id, each.amount) for each in note.allocations] == [(key, gbp(4_000))]
    assert one(office, Kind.INVOICE, key).balance == gbp(6_000)
    client(office).v1.credit_notes.void_credit_note(made.id)
    assert one(office, Kind.CREDIT_NOTE, made.id).status is Status.VOID
    assert one(office, Kind.INVOICE, key).balance == gbp(10_000)


def test_credit_of_a_customer_counts_in_its_position_until_it_is_used(office):
    buyer = customer(office)
    invoice(office, of=buyer)
    adjust(office, buyer, -2_500)
    [credit] = office.books.position(buyer).credit_notes
    assert (credit.balance, credit.status) == (gbp(2_500), Status.OPEN)
    found, _ = walked(office)
    assert credit.ref in [each.ref for each in found]
    adjust(office, buyer, 2_500)
    assert office.books.position(buyer).credit_notes == ()
    used = one(office, Kind.CREDIT_NOTE, buyer, "balance")
    assert (used.balance, used.status) == (gbp(0), Status.PAID)


def adjust(office: Office, buyer, minor):
    rows = client(office).v1.customers.balance_transactions
    rows.create(buyer, {"amount": minor, "currency": "gbp"})


def test_a_bank_transfer_in_a_cash_balance_holds_its_customers_reminders(office):
    buyer = customer(office)
    invoice(office, of=buyer)
    office.world.stand_in.send_transfer(office.world.shop, buyer, 10_000, "gbp", reference="INV-1")
    [money] = office.books.position(buyer).receipts
    assert (money.processing, money.customer_id) == (True, buyer)
    assert one(office, Kind.RECEIPT, buyer, HELD).unapplied == gbp(10_000)


def test_a_position_is_of_one_customer_alone(office):
    ada, bob = customer(office), customer(office, "Bob Ltd", "bob@example.com")
    mine, _ = invoice(office, of=ada), invoice(office, of=bob)
    paid = invoice(office, of=ada, due=None)
    office.world.stand_in.collect(paid)
    found = office.books.position(ada)
    assert [each.ref.id for each in found.invoices] == [mine]
    assert found.customer.email == "ada@example.com"
    with pytest.raises(StaleError):
        office.books.position("cus_404")


def test_the_walk_takes_in_what_is_open_and_the_log_what_happens_then(office):
    stand_in, shop = office.world.stand_in, office.world.shop
    sent, charged = invoice(office, number="INV-1"), invoice(office, due=None)
    stand_in.fail_charge(charged, "expired_card")
    found, cursor = walked(office)
    assert {each.ref.id for each in found if isinstance(each, Invoice)} == {sent, charged}
    assert len([each for each in found if isinstance(each, Customer)]) == 2
    assert walked(office, cursor)[0] == []
    office.world.clock.forward(hours=1)
    client(office).v1.invoices.mark_uncollectible(sent)
    bob = stand_in.add_customer(shop, "Bob Ltd", None)
    pi = stand_in.take_payment(shop, 500, "gbp", customer=bob)
    stand_in.collect(charged)
    told, after = walked(office, cursor)
    states = {each.ref.id: each.status for each in told if isinstance(each, Invoice)}
    assert states == {sent: Status.VOID, charged: Status.PAID}
    assert {bob, pi} <= {each.ref.id for each in told}
    assert walked(office, after)[0] == []


def test_a_walk_over_many_pages_misses_nothing_and_stays_in_the_burst(office, monkeypatch):
    for room in ("walking", "payments", "paid", "reading"):
        monkeypatch.setattr(f"connector.stripe.{room}.PAGE", 7)
    stand_in, shop = office.world.stand_in, office.world.shop
    buyer = customer(office)
    sent = {invoice(office, of=buyer) for _ in range(15)}
    tried = {invoice(office, of=buyer, due=None) for _ in range(14)}
    for key in tried:
        stand_in.fail_charge(key, "expired_card")
    paid = [invoice(office, of=buyer, due=None) for _ in range(8)]
    for key in paid:
        stand_in.collect(key)
    loose = {stand_in.take_payment(shop, 100, "gbp") for _ in range(16)}
    found, _ = walked(office)
    claims = [each.ref.id for each in found if isinstance(each, Invoice)]
    assert sorted(claims) == sorted(sent | tried)
    money = [each for each in found if isinstance(each, Receipt)]
    assert {each.ref.id for each in money if each.unapplied} == loose
    assert len(money) == len(loose) + len(paid)


def test_a_burst_of_news_costs_a_handful_of_calls(office):
    buyer = customer(office)
    refs = [Ref(Kind.INVOICE, invoice(office, of=buyer)) for _ in range(60)]
    tried = [invoice(office, of=buyer, due=None) for _ in range(40)]
    for key in tried:
        office.world.stand_in.fail_charge(key, "expired_card")
    refs += [Ref(Kind.INVOICE, key) for key in tried]
    office.books.organisation()
    before = office.gate.entered
    found = [each.document for each in office.books.read(refs)]
    assert office.gate.entered - before <= 5
    claims = {each.ref: each for each in found if isinstance(each, Invoice)}
    assert claims.keys() == set(refs)
    charges = [claims[Ref(Kind.INVOICE, key)].charge for key in tried]
    assert {one and one.code for one in charges} == {"expired_card"}


def test_the_sweep_walks_the_same_and_ends(office):
    key = invoice(office)
    found, cursor = [], ""
    while True:
        page = office.books.open_documents(cursor)
        found += [each.document.ref.id for each in page.found]
        if not page.more:
            break
        cursor = page.cursor
    assert key in found


def test_a_log_that_no_longer_reaches_back_starts_the_walk_again(office):
    key = invoice(office)
    _, cursor = walked(office)
    office.world.clock.forward(days=40)
    found, _ = walked(office, cursor)
    assert key in {each.ref.id for each in found}


def test_an_account_without_any_event_is_caught_up_from_the_hour_the_walk_began(office):
    found, cursor = walked(office)
    assert found == []
    key = invoice(office)
    told, _ = walked(office, cursor)
    assert key in {each.ref.id for each in told}
    for number in range(12):
        customer(office, f"C{number}", None)
    told, _ = walked(office, cursor)
    assert key in {each.ref.id for each in told}


def test_what_stripe_does_not_have_is_gone_and_payouts_are_none_of_the_books(office):
    refs = [
        Ref(Kind.INVOICE, "in_404"),
        Ref(Kind.CUSTOMER, "cus_404"),
        Ref(Kind.CREDIT_NOTE, "cn_404"),
        Ref(Kind.RECEIPT, "pi_404"),
        Ref(Kind.RECEIPT, "cus_404", HELD),
        Ref(Kind.RECEIPT, "re_404", "refund"),
    ]
    assert {each.document for each in office.books.read(refs)} == {Gone(ref) for ref in refs}
    assert office.books.read([Ref(Kind.PAYOUT, "po_1")]) == []
    deleted = customer(office)
    client(office).v1.customers.delete(deleted)
    assert one(office, Kind.CUSTOMER, deleted) == Gone(Ref(Kind.CUSTOMER, deleted))


def test_a_refund_leads_to_its_payment(office):
    pi = office.world.stand_in.take_payment(office.world.shop, 700, "gbp")
    refund = office.world.stand_in.refund(pi, 200)
    found = one(office, Kind.RECEIPT, refund, "refund")
    assert (found.ref.id, found.unapplied) == (pi, gbp(500))


def test_money_in_dispute_is_placed_nowhere(office):
    pi = office.world.stand_in.take_payment(office.world.shop, 700, "gbp")
    office.world.stand_in.dispute(pi)
    found, _ = walked(office)
    [money] = [each for each in found if isinstance(each, Receipt)]
    assert money.processing


def test_a_customer_with_credit_in_dispute_or_unknown_keys_does_not_break_a_page(office):
    key = invoice(office)
    books = office.world.stand_in.books
    broken = {**doc(office, key), "total": None, "currency": "gbp"}
    books.keep(office.world.shop, broken)
    good = invoice(office)
    found, _ = walked(office)
    states = {each.ref.id: each.status for each in found if isinstance(each, Invoice)}
    assert states == {key: Status.UNKNOWN, good: Status.OPEN}
