"""Less money than an invoice asks for, named: a journal entry set against the invoice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.marks import mark
from ledger.differences import Adjustment, Difference
from ledger.documents import Organisation, Purpose, Source
from ledger.errors import OutsideError, RefusedError, UnknownOutcomeError
from ledger.money import Money
from tests.connector.quickbooks.office import Office, dollars, from_stripe, pays
from tests.sandbox.quickbooks_desk import DAY

KEY = "apply:bank:line-1"
KINDS = [
    (Difference.BANK_FEE, Purpose.FEES, "Merchant Fees"),
    (Difference.EARLY_DISCOUNT, Purpose.DISCOUNTS, "Services"),
    (Difference.WITHHOLDING_TAX, Purpose.WITHHOLDING, "Merchant Fees"),
    (Difference.ROUNDING, Purpose.ROUNDING, "Services"),
]


class Wire:
    """An office that chose its accounts, and 95 that came at the bank for 100."""

    def __init__(self, kind=Difference.BANK_FEE):
        self.office = Office()
        for _, purpose, name in KINDS:
            self.office.accounts[purpose] = self.office.account(name)
        self.office.accounts[Purpose.BANK] = self.office.account("Checking")
        self.known = Organisation("Wren Supplies", "USD", "America/Los_Angeles", "US")
        self.invoice = self.office.desk.invoice(minor=10_000)
        self.shares = [pays(self.invoice, 10_000)]
        self.missing = [Adjustment(self.invoice, kind, dollars(500))]
        self.receipt = replace(from_stripe(9_500), source=Source.BANK)

    @property
    def books(self):
        return self.office.open()

    def apply(self):
        return self.books.apply(self.receipt, self.shares, KEY, DAY, self.missing)

    def find(self):
        return self.books.find_applied(self.receipt, self.shares, KEY, self.missing)

    def complete(self, begun):
        return self.books.complete(self.receipt, begun, KEY, DAY)

    def balance(self):
        return self.office.desk.doc("Invoice", self.invoice)["Balance"]

    def drawer(self, entity):
        return self.office.desk.shelf.all(f"{self.office.desk.realm}/{entity}")

    def name(self):
        [one] = self.missing
        return mark(f"{KEY}:{one.kind}:{one.invoice_id}")


@pytest.fixture
def wire():
    return Wire()


@pytest.mark.parametrize(("kind", "_purpose", "account"), KINDS)
def test_the_difference_is_posted_to_the_account_chosen_for_it(kind, _purpose, account):
    wire = Wire(kind)
    assert wire.find() is None
    applied = wire.apply()
    assert wire.balance() == 0
    [entry] = wire.drawer("JournalEntry")
    debit, credit = (one["JournalEntryLineDetail"] for one in entry["Line"])
    assert {one["Amount"] for one in entry["Line"]} == {5}
    assert (debit["PostingType"], credit["PostingType"]) == ("Debit", "Credit")
    assert debit["AccountRef"] == {"value": wire.office.account(account)}
    owed = wire.office.account("Accounts Receivable (A/R)")
    assert credit["AccountRef"] == {"value": owed}
    assert credit["Entity"]["EntityRef"] == {"value": wire.office.desk.customer}
    assert (entry["DocNumber"], entry["TxnDate"]) == (wire.name(), DAY.isoformat())
    # The bank feed sees what came in, and nothing else.
    money, link = sorted(wire.drawer("Payment"), key=lambda one: -one["TotalAmt"])
    assert (money["TotalAmt"], money["UnappliedAmt"]) == (95, 0)
    assert money["DepositToAccountRef"] == {"value": wire.office.account("Checking")}
    assert (link["TotalAmt"], link["UnappliedAmt"], link["PaymentRefNum"]) == (0, 0, wire.name())
    assert [(one.part, one.amount.minor) for one in applied.parts] == [
        ("made", 9_500),
        ("adjusting payment", 500),
        ("journal entry", 500),
    ]
    assert wire.find() == applied
    assert wire.apply() == applied
    assert wire.complete(applied) == applied
    assert len(wire.drawer("Payment")) == 2


def test_all_of_it_is_undone_together_and_again(wire):
    applied = wire.apply()
    for _ in range(2):
        wire.books.unapply(applied, "undo")
    assert wire.balance() == 100
    assert wire.drawer("JournalEntry") == []
    assert {one["TotalAmt"] for one in wire.drawer("Payment")} == {0}


@pytest.mark.parametrize("word", ["unanswered", "lost", "500", "429"])
@pytest.mark.parametrize("step", [1, 3, 4])
def test_whichever_step_fails_all_are_carried_out_once(wire, word, step):
    """The calls are: a look, the payment, a look, the entry, the link."""
    books = wire.office.open()
    books.organisation()
    wire.office.storm = [None] * step + [word]
    with pytest.raises(OutsideError):
        books.apply(wire.receipt, wire.shares, KEY, DAY, wire.missing)
    wire.office.storm = []
    begun = wire.find()
    if step > 1:
        assert begun is not None
    if begun is None:
        wire.apply()
    elif begun.owed:
        assert list(begun.owed) == wire.missing
        assert wire.complete(begun).owed == ()
    assert wire.balance() == 0
    assert len(wire.drawer("JournalEntry")) == 1
    assert len(wire.drawer("Payment")) == 2


def test_a_payment_that_is_in_quickbooks_already_may_be_short_as_well(wire):
    wire.receipt = wire.office.receipt(9_500)
    applied = wire.apply()
    assert wire.balance() == 0
    assert wire.find() == applied
    wire.books.unapply(applied, "undo")
    assert wire.balance() == 100
    assert wire.drawer("JournalEntry") == []


def test_an_entry_that_cannot_be_set_against_the_invoice_is_deleted(wire):
    """A bookkeeper was quicker between the entry and its link."""
    desk = wire.office.desk
    books = wire.office.open()
    books.organisation()

    def pay():
        desk.books.record_payment(desk.realm, wire.invoice, 500, DAY, "R-2")

    wire.office.storm = [None, None, None, None, pay]
    applied = books.apply(wire.receipt, wire.shares, KEY, DAY, wire.missing)
    assert list(applied.owed) == wire.missing
    assert applied.refusal
    assert wire.drawer("JournalEntry") == []
    assert [one.part for one in applied.parts] == ["made"]


def test_an_invoice_paid_meanwhile_is_told_and_nothing_posted(wire):
    desk = wire.office.desk
    books = wire.office.open()
    books.organisation()

    def pay():
        desk.books.record_payment(desk.realm, wire.invoice, 500, DAY, "R-2")

    wire.office.storm = [None, None, pay]
    applied = books.apply(wire.receipt, wire.shares, KEY, DAY, wire.missing)
    assert "is not open for 5.00 USD" in applied.refusal
    assert wire.drawer("JournalEntry") == []


def test_a_pause_after_the_payment_is_an_outcome_not_known(wire):
    books = wire.office.open()
    books.organisation()
    wire.office.storm = [None, None, "429"]
    with pytest.raises(UnknownOutcomeError, match=r"5\.00 USD beside it not yet"):
        books.apply(wire.receipt, wire.shares, KEY, DAY, wire.missing)


def test_several_accounts_of_what_customers_owe_are_a_persons_matter(wire):
    desk = wire.office.desk
    desk.books.add_account(desk.realm, "Other A/R", "Accounts Receivable", "AccountsReceivable")
    applied = wire.apply()
    assert "several accounts for what customers owe" in applied.refusal
    assert wire.balance() == 5
    assert wire.drawer("JournalEntry") == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": Difference.FX}, "fx cannot be booked in QuickBooks"),
        ({"amount": dollars(0)}, "less than that is"),
        ({"amount": Money(1, "EUR")}, "cannot be adjusted where no money is applied"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_booked(wire, change, why):
    wire.missing = [replace(wire.missing[0], **change)]
    with pytest.raises(RefusedError, match=why):
        wire.apply()
    assert wire.drawer("Payment") == []


def test_without_an_account_nothing_is_booked(wire):
    del wire.office.accounts[Purpose.FEES]
    with pytest.raises(RefusedError, match="no account is chosen for bank fee"):
        wire.apply()
    assert wire.drawer("Payment") == []


def test_foreign_money_is_booked_by_hand(wire):
    wire.shares = [replace(wire.shares[0], amount=Money(10_000, "EUR"))]
    wire.missing = [replace(wire.missing[0], amount=Money(500, "EUR"))]
    with pytest.raises(RefusedError, match="its rate is not known"):
        wire.apply()
    assert wire.drawer("Payment") == []
