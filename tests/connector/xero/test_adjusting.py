"""A fee that a bank kept of a transfer: the invoices are paid whole, and the fee is spent."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.marks import mark
from connector.protocol import Share
from ledger.differences import Adjustment, Difference
from ledger.documents import Kind, Organisation, Purpose, Ref, Source
from ledger.errors import OutsideError, RefusedError, UnknownOutcomeError
from tests.connector.xero import office as offices
from tests.connector.xero.money import bill, card, gbp
from tests.sandbox.xero_desk import TODAY

KEY = "apply:bank:line-1"
HARBOUR = Organisation("Harbour", "GBP", "Europe/London", "GB")


class Wire:
    """An office with a bank account and an account for fees, and 95 that came for 100."""

    def __init__(self):
        self.office = offices.make()
        self.standin, self.tenant = self.office.standin, self.office.tenant
        self.bank = self.standin.add_account(self.tenant, "Business", "092")
        self.cost = self.standin.add_account(
            self.tenant, "Bank fees", "404", type_="EXPENSE", tax_type="INPUT2"
        )
        self.accounts = {Purpose.BANK: self.bank, Purpose.FEES: self.cost}
        self.invoice = bill(self.office)
        self.shares = [Share(self.invoice, gbp(10_000))]
        self.fees = [Adjustment(self.invoice, Difference.BANK_FEE, gbp(500))]
        self.receipt = card(
            9_500, ref=Ref(Kind.RECEIPT, "line-1"), source=Source.BANK, reference="INV-1"
        )

    def books(self, **other):
        return self.office.books(**{"accounts": self.accounts, "known": HARBOUR, **other})

    def apply(self, books=None):
        return (books or self.books()).apply(self.receipt, self.shares, KEY, TODAY, self.fees)

    def find(self, books=None):
        return (books or self.books()).find_applied(self.receipt, self.shares, KEY, self.fees)

    def open(self):
        return self.standin.receivables(self.tenant)

    def balance(self):
        return self.standin.balance(self.tenant, self.bank)

    def spent(self):
        return [
            (one["total"], one["status"])
            for one in self.standin.bank_entries(self.tenant)
            if one["type"] == "SPEND"
        ]


@pytest.fixture
def wire():
    return Wire()


def storm(office, word, number):
    """Let the write of this number, counted from now, meet this weather."""
    count = itertools.count(1)

    def sky(_host, method, _path):
        return word if method == "PUT" and next(count) == number else None

    office.streets.weather = sky


def test_the_invoice_is_paid_whole_and_the_bank_holds_what_came(wire):
    books = wire.books()
    assert wire.find(books) is None
    applied = wire.apply(books)
    assert wire.open() == {}
    assert wire.balance() == 9_500
    [paid] = wire.standin.payments(wire.tenant)
    [entry] = wire.standin.bank_entries(wire.tenant)
    assert (paid["amount"], entry["type"], entry["total"]) == (10_000, "SPEND", 500)
    # Found by one mark, on one day, at the rate that the organisation keeps on the account.
    assert {paid["reference"], entry["reference"]} == {f"INV-1 {mark(KEY)}"}
    assert {paid["day"], entry["day"]} == {TODAY.isoformat()}
    [line] = entry["lines"]
    assert (line["account"], line["tax_type"], line["amount"]) == (wire.cost, "INPUT2", 500)
    assert line["description"] == "Fee the bank kept of INV-1"
    assert [(one.part, one.amount) for one in applied.parts] == [
        ("payment", gbp(10_000)),
        ("bank_transaction", gbp(500)),
    ]
    assert (applied.owed, applied.refusal) == ((), "")
    assert wire.find() == applied
    assert wire.apply() == applied
    assert wire.balance() == 9_500


def test_both_are_undone_together_and_again(wire):
    applied = wire.apply()
    for _ in range(2):
        wire.books().unapply(applied, "undo")
    assert (wire.open(), wire.balance()) == ({"GBP": 10_000}, 0)
    assert wire.spent() == [(500, "DELETED")]


def test_one_fee_of_a_deposit_for_several_invoices(wire):
    other = bill(wire.office, "INV-2", "60.00")
    wire.shares.append(Share(other, gbp(6_000)))
    wire.receipt = replace(wire.receipt, amount=gbp(15_500), unapplied=gbp(15_500))
    applied = wire.apply()
    assert (wire.open(), wire.balance()) == ({}, 15_500)
    assert [one["total"] for one in wire.standin.batches(wire.tenant)] == [16_000]
    assert wire.find() == applied
    for _ in range(2):
        wire.books().unapply(applied, "undo")
    assert (wire.open(), wire.balance()) == ({"GBP": 16_000}, 0)


@pytest.mark.parametrize("word", ["unanswered", "reset", "lost", "500", "429"])
@pytest.mark.parametrize("number", [1, 2])
def test_whichever_step_fails_both_are_carried_out_once(wire, word, number):
    storm(wire.office, word, number)
    with pytest.raises(OutsideError):
        wire.apply()
    wire.office.weather(None)
    # Xero has forgotten every key by now.
    wire.office.clock.move(minutes=10)
    books, begun = wire.books(), wire.find()
    if number == 2:
        assert begun is not None
    if begun is None:
        wire.apply(books)
    elif begun.owed:
        assert list(begun.owed) == wire.fees
        ended = books.complete(wire.receipt, begun, KEY, TODAY)
        assert ended.owed == ()
    assert (wire.open(), wire.balance()) == ({}, 9_500)
    found = wire.find()
    assert [one.part for one in found.parts] == ["payment", "bank_transaction"]
    assert books.complete(wire.receipt, found, KEY, TODAY) == found


def test_a_pause_after_the_payment_is_an_outcome_not_known(wire):
    storm(wire.office, "429", 2)
    with pytest.raises(UnknownOutcomeError, match="what is missing of it not yet"):
        wire.apply()


def test_a_fee_that_is_refused_after_all_comes_back_with_the_reason(wire):
    """The payment stands: a person books the fee, or undoes both."""

    def sky(_host, method, path):
        if method == "PUT" and path.endswith("BankTransactions"):
            wire.standin.set_lock_date(wire.tenant, TODAY)

    wire.office.streets.weather = sky
    applied = wire.apply()
    assert [one.part for one in applied.parts] == ["payment"]
    assert list(applied.owed) == wire.fees
    assert "lock date" in applied.refusal
    wire.office.weather(None)
    wire.standin.set_lock_date(wire.tenant, None)
    wire.books().unapply(applied, "undo")
    assert (wire.open(), wire.balance()) == ({"GBP": 10_000}, 0)


def test_an_account_that_is_gone_when_it_is_completed_is_told(wire):
    storm(wire.office, "lost", 2)
    with pytest.raises(UnknownOutcomeError):
        wire.apply()
    wire.office.weather(None)
    wire.office.clock.move(minutes=10)
    wire.standin.set_account(wire.tenant, wire.cost, status="ARCHIVED")
    books = wire.books()
    ended = books.complete(wire.receipt, wire.find(books), KEY, TODAY)
    assert list(ended.owed) == wire.fees
    assert "Bank fees, chosen for fees, is archived" in ended.refusal
    assert wire.spent() == []


@pytest.mark.parametrize("several", [False, True])
def test_what_somebody_deleted_meanwhile_gets_no_fee(wire, several):
    if several:
        wire.shares.append(Share(bill(wire.office, "INV-2", "60.00"), gbp(6_000)))
        wire.receipt = replace(wire.receipt, amount=gbp(15_500), unapplied=gbp(15_500))
    storm(wire.office, "lost", 2)
    with pytest.raises(UnknownOutcomeError):
        wire.apply()
    wire.office.weather(None)
    wire.office.clock.move(minutes=10)
    found = wire.find()
    wire.books().unapply(found, "by hand")
    with pytest.raises(RefusedError, match="was deleted in Xero before its fee was booked"):
        wire.find()


def test_a_fee_that_a_person_changed_is_not_booked_again(wire):
    wire.apply()
    wire.fees = [replace(wire.fees[0], amount=gbp(400))]
    wire.shares = [replace(wire.shares[0], amount=gbp(10_000))]
    with pytest.raises(RefusedError, match="was changed in Xero since"):
        wire.find()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"source": Source.LEDGER}, "only of a transfer seen on a bank statement"),
        ({"source": Source.STRIPE}, "only of a transfer seen on a bank statement"),
        ({"amount": gbp(9_700), "unapplied": gbp(9_700)}, "something is left of the money"),
    ],
)
def test_what_is_no_fee_of_a_bank_is_refused(wire, change, why):
    wire.receipt = replace(wire.receipt, **change)
    with pytest.raises(RefusedError, match=why):
        wire.apply()
    assert (wire.open(), wire.spent()) == ({"GBP": 10_000}, [])


@pytest.mark.parametrize(
    ("fee", "why"),
    [
        ({"kind": Difference.FX}, "fx cannot be booked in Xero"),
        ({"amount": gbp(0)}, r"0\.00 GBP cannot be missing of"),
        ({"amount": gbp(-1)}, r"-0\.01 GBP cannot be missing of"),
    ],
)
def test_a_difference_that_makes_no_sense_is_refused(wire, fee, why):
    wire.fees = [replace(wire.fees[0], **fee)]
    with pytest.raises(RefusedError, match=why):
        wire.apply()
    assert (wire.open(), wire.spent()) == ({"GBP": 10_000}, [])


@pytest.mark.parametrize(
    ("purpose", "why"),
    [
        (Purpose.FEES, "no ledger account is chosen for fees"),
        (Purpose.BANK, "no ledger account is chosen for money from the bank"),
    ],
)
def test_without_an_account_nothing_is_booked(wire, purpose, why):
    del wire.accounts[purpose]
    with pytest.raises(RefusedError, match=why):
        wire.apply()
    assert (wire.open(), wire.spent()) == ({"GBP": 10_000}, [])


def test_the_fee_is_found_on_a_later_page_and_from_its_day_on(wire, monkeypatch):
    applied = wire.apply()
    monkeypatch.setattr("connector.xero.spending.PAGE", 1)
    wire.receipt = replace(wire.receipt, received=TODAY + timedelta(20))
    assert wire.find() == applied


def test_a_bank_account_of_its_own_takes_payment_and_fee(wire):
    other = wire.standin.add_account(wire.tenant, "Savings", "093")
    wire.receipt = replace(wire.receipt, ledger_account=other)
    wire.apply()
    assert wire.standin.balance(wire.tenant, other) == 9_500
    assert wire.balance() == 0
