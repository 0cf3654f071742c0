"""The story's money at a bank: every way it goes wrong, and statements that hold all of it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from sandbox.shelf import Shelf
from sandbox.story.banking import OPENING_MINOR, Banking, account_number
from sandbox.story.event import Event
from sandbox.story.hands import Ledgers, XeroBookkeeper
from sandbox.story.plan import write
from sandbox.story.wires import FEE_MINOR, PARENTS, TOO_MUCH_MINOR
from sandbox.stripe.standin import StripeStandIn
from sandbox.xero.standin import XeroStandIn
from tests.conftest import NOW
from worlds.clock import WorldClock

START = date(2026, 9, 1)
STORY = write(Random(7), START, 30)  # noqa: S311 - a story, not a secret
HARTLEY, _, BRANDT = STORY.companies


def wires(company: str) -> list[Event]:
    return [one for one in STORY.events if (one.company, one.kind) == (company, "wire")]


def only(found: list[Event]) -> Event:
    assert found
    return found[0]


def billed(event: Event) -> int:
    return sum(STORY.bills[number].minor for number in event.pays)


def test_own_currency_comes_in_at_the_bank_and_the_rest_in_the_books():
    receipts = [one for one in STORY.events if one.kind == "receipt"]
    assert {one.currency for one in wires("brandt")} == {"EUR"}
    assert {one.currency for one in receipts if one.company == "brandt"} == {"USD", "GBP"}
    assert {one.company for one in receipts} == {"brandt", "cedar"}


def test_brandts_transfers_go_wrong_in_every_way():
    found = wires("brandt")
    fee = only([one for one in found if one.fee_minor])
    assert (fee.how, billed(fee) - fee.minor) == ("wire", FEE_MINOR)
    over = only([one for one in found if one.minor - billed(one) == TOO_MUCH_MINOR])
    assert over.how == "sepa"
    parent = only([one for one in found if one.payer == PARENTS["DE"]])
    assert parent.customer != parent.payer
    back = only([one for one in found if one.how == "returned"])
    assert [one.minor for one in found if one.text == back.text] == [-back.minor, back.minor]
    lump = only([one for one in found if len(one.pays) > 1])
    assert lump.minor == billed(lump)
    assert any(one.how == "own" for one in found)
    assert any(one.how == "interest" for one in found)
    texts = [one.text for one in found if one.pays and "RE-" in one.text and one.how == "sepa"]
    assert len(texts) > len(set(texts))


def test_one_customer_of_cedars_takes_its_discount_over_the_bank_once_too_late():
    [early] = [one for one in STORY.customers if one.discount != (0, 0)]
    assert (early.company, early.discount) == ("cedar", (2, 10))
    bills = [one for one in STORY.bills.values() if one.customer == early.name]
    assert [one.number for one in bills] == ["CR2001", "CR2002", "CR2003"]
    whole = write(Random(7), START).events  # noqa: S311 - a story, not a secret
    paid = {one.text: one for one in whole if one.kind == "wire" and one.payer == early.name}
    for bill in bills:
        wire = paid[bill.number]
        assert (wire.how, wire.minor * 100) == ("ach", bill.minor * 98)
        assert ((wire.at.date() - bill.day).days <= 10) is (bill.number != "CR2002")


def test_cheques_are_in_the_books_alone():
    payers = {one.payer for one in wires("cedar") if one.how not in ("own", "interest")}
    assert len(payers) == 1


def test_accounts_have_the_numbers_of_their_country():
    assert account_number("GB", "Reed").startswith("GB")
    assert account_number("US", "Reed").isdecimal()
    assert len(account_number("US", "Reed")) == 10


def test_no_bank_at_home_keeps_a_fee():
    assert not any(one.fee_minor for one in wires("hartley"))


def test_statements_are_printed_on_fridays():
    days = [one.at.date() for one in STORY.events if one.kind == "statement"]
    assert {day.weekday() for day in days} == {4}
    assert len(days) == 3 * 4


@pytest.fixture
def clock():
    return WorldClock(NOW)


@pytest.fixture
def banking(clock):
    xero = XeroStandIn(
        Shelf(),
        clock,
        client_id="app",
        client_secret="secret",
        webhook_key="key",
        public_url="http://xero.test",
    )
    stripe = StripeStandIn(
        Shelf(),
        clock,
        client_id="ca_app",
        developer_key="sk_test_app",
        webhook_secret="whsec",
        public_url="http://stripe.test",
    )
    keepers = {one.key: XeroBookkeeper(xero, one) for one in (HARTLEY, BRANDT)}
    ledgers = Ledgers(dict(keepers), stripe)
    paid_by = {HARTLEY.key: ledgers.account}
    return Banking(Shelf(), ledgers, STORY.companies, START, stripe, paid_by)


def test_a_wire_is_a_line_and_is_known_again(banking):
    event = wires("brandt")[-1]
    for _ in range(2):
        banking.carry_out(7, event, "DE", date(2026, 9, 2))
    printed = banking.statement(BRANDT, date(2026, 9, 4))
    assert (printed.lines, printed.closing_minor) == (1, OPENING_MINOR + event.minor)
    (line,) = banking.bank.lines("brandt")
    told = (line.day, line.minor, line.payer)
    assert banking.event_of("brandt", *told) == 7
    assert banking.event_of("brandt", line.day, 1, line.payer) is None


def test_what_is_booked_by_hand_is_on_the_statement_too(banking):
    keeper = banking.ledgers.keepers["brandt"]
    bill = next(one for one in STORY.bills.values() if one.currency == "EUR")
    customer = next(one for one in STORY.customers if one.name == bill.customer)
    invoice = keeper.raise_invoice(bill, keeper.add_customer(customer))
    keeper.pay(invoice, 1_000, date(2026, 8, 30))
    keeper.pay(invoice, 2_000, date(2026, 9, 2))
    assert banking.statement(BRANDT, date(2026, 9, 4)).lines == 1
    (line,) = banking.bank.lines("brandt")
    assert (line.minor, line.payer) == (2_000, bill.customer)
    assert bill.number in line.text
    assert banking.event_of("brandt", line.day, line.minor, line.payer) is None


def test_a_payout_that_arrived_is_on_the_statement(banking, clock):
    stripe, account = banking.ledgers.stripe, banking.ledgers.account
    stripe.take_payment(account, 10_000, "gbp", metadata={}, description="one")
    clock.go_to(clock() + timedelta(days=8))
    stripe.settle()
    assert stripe.payout(account)
    assert banking.statement(HARTLEY, clock().date()).lines == 0
    clock.go_to(clock() + timedelta(days=8))
    assert banking.statement(HARTLEY, clock().date()).lines == 1
    assert banking.statement(HARTLEY, clock().date()).lines == 1
    (line,) = banking.bank.lines("hartley")
    assert "STRIPE" in line.payer
    assert [line.minor] == [one["amount"] for one in stripe.payouts(account)]


def test_numbers_of_accounts_stay_the_same():
    assert account_number("GB", "Acme") == account_number("GB", "Acme")
    assert account_number("GB", "Acme") != account_number("GB", "Elm")
