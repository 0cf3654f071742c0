"""A fee that a bank kept of a transfer: the invoices are paid whole, and the fee is spent."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
import urllib3

from connector.marks import mark
from connector.protocol import Share
from ledger.differences import Adjustment, Difference
from ledger.documents import Kind, Organisation, Purpose, Ref, Source
from ledger.errors import OutsideError, RefusedError, StaleError, UnknownOutcomeError
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


class Short(Wire):
    """The same office, and 98 that came for 100 with an account for what is missing."""

    def __init__(self, kind, purpose, type_="REVENUE"):
        super().__init__()
        self.account = self.standin.add_account(
            self.tenant, "Missing", "260", type_=type_, tax_type="OUTPUT2"
        )
        self.accounts[purpose] = self.account
        self.missing = Adjustment(self.invoice, kind, gbp(200))
        self.fees = [self.missing]
        self.receipt = replace(self.receipt, amount=gbp(9_800), unapplied=gbp(9_800))

    def notes(self):
        names = ("reference", "total", "remaining", "status", "contact", "coded")
        found = self.standin.credits(self.tenant, "CreditNotes")
        return [tuple(one[name] for name in names) for one in found]

    def standing(self):
        return [one[3] for one in self.notes()]


KINDS = [
    (Difference.EARLY_DISCOUNT, Purpose.DISCOUNTS, "REVENUE"),
    (Difference.WITHHOLDING_TAX, Purpose.WITHHOLDING, "CURRENT"),
    (Difference.ROUNDING, Purpose.ROUNDING, "OTHERINCOME"),
]


@pytest.fixture
def short():
    return Short(*KINDS[0])


@pytest.mark.parametrize(("kind", "purpose", "type_"), KINDS)
def test_what_is_not_owed_is_credited_to_the_account_chosen_for_it(kind, purpose, type_):
    short = Short(kind, purpose, type_)
    books = short.books()
    assert short.find(books) is None
    applied = short.apply(books)
    assert (short.open(), short.balance()) == ({}, 9_800)
    [(reference, total, left, status, contact, [line])] = short.notes()
    assert (total, left, status, contact) == (200, 0, "PAID", short.office.contact)
    assert reference == f"INV-1 {mark(f'{KEY}:{kind}:{short.invoice}')}"
    assert (line["account"], line["tax_type"]) == (short.account, "OUTPUT2")
    assert [(one.part, one.amount) for one in applied.parts] == [
        ("payment", gbp(9_800)),
        ("adjusting_credit_note", gbp(200)),
    ]
    assert short.find() == applied
    assert short.apply() == applied


def test_payment_and_credit_note_are_undone_together_and_again(short):
    applied = short.apply()
    for _ in range(2):
        short.books().unapply(applied, "undo")
    assert (short.open(), short.balance()) == ({"GBP": 10_000}, 0)
    assert short.standing() == ["VOIDED"]


@pytest.mark.parametrize("word", ["unanswered", "reset", "lost", "500", "429"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_whichever_step_of_a_discount_fails_all_are_carried_out_once(short, word, number):
    """Payment, credit note, allocation."""
    storm(short.office, word, number)
    with pytest.raises(OutsideError):
        short.apply()
    short.office.weather(None)
    short.office.clock.move(minutes=10)
    books, begun = short.books(), short.find()
    if number > 1:
        assert begun is not None
    if begun is None:
        short.apply(books)
    elif begun.owed:
        ended = books.complete(short.receipt, begun, KEY, TODAY)
        assert ended.owed == ()
    assert (short.open(), short.balance(), short.standing()) == ({}, 9_800, ["PAID"])
    found = short.find()
    assert [one.part for one in found.parts] == ["payment", "adjusting_credit_note"]
    assert books.complete(short.receipt, found, KEY, TODAY) == found


def test_money_that_is_in_xero_already_may_be_short_as_well(short):
    key = short.standin.record_receipt(short.tenant, short.office.contact, "98.00", "GBP", TODAY)
    [found] = short.books().read([Ref(Kind.RECEIPT, key, "overpayment")])
    short.receipt = found.document
    applied = short.apply()
    assert short.open() == {}
    assert short.find() == applied
    short.books().unapply(applied, "undo")
    assert short.open() == {"GBP": 10_000}
    assert short.standing() == ["VOIDED"]


def test_a_surplus_and_a_discount_come_together(short):
    """More than one invoice is worth came, and of another two were taken off."""
    other = bill(short.office, "INV-2", "60.00")
    short.shares.append(Share(other, gbp(6_000)))
    short.receipt = replace(
        short.receipt,
        amount=gbp(20_000),
        unapplied=gbp(20_000),
        customer_id=short.office.contact,
    )
    applied = short.apply()
    assert short.open() == {}
    assert applied.held.amount == gbp(20_000)
    assert short.standin.unapplied(short.tenant) == {"GBP": 20_000 - 15_800}
    assert short.find() == applied


def test_a_fee_and_a_discount_come_together(short):
    short.fees = [short.missing, Adjustment(short.invoice, Difference.BANK_FEE, gbp(300))]
    short.receipt = replace(short.receipt, amount=gbp(9_500), unapplied=gbp(9_500))
    applied = short.apply()
    assert (short.open(), short.balance()) == ({}, 9_500)
    assert short.find() == applied
    short.books().unapply(applied, "undo")
    assert (short.open(), short.balance()) == ({"GBP": 10_000}, 0)


def test_what_is_settled_otherwise_meanwhile_is_voided_and_told(short):
    """The credit note is raised, and then the invoice is open for it no more."""

    def sky(_host, method, path):
        if method == "PUT" and path.endswith("Allocations"):
            short.standin.credit(short.tenant, short.invoice, "2.00", TODAY)
            short.office.weather(None)

    short.office.streets.weather = sky
    applied = short.apply()
    assert list(applied.owed) == short.fees
    assert "Authorised documents" in applied.refusal
    assert short.open() == {}
    assert [one[3] for one in short.notes() if one[5]] == ["VOIDED"]


def test_a_credit_note_that_is_refused_leaves_the_rest_open(short):
    def sky(_host, method, path):
        if method == "PUT" and path.endswith("CreditNotes"):
            short.standin.set_account(short.tenant, short.account, status="ARCHIVED")

    short.office.streets.weather = sky
    applied = short.apply()
    assert (short.open(), short.notes()) == ({"GBP": 200}, [])
    assert list(applied.owed) == short.fees
    assert "not a valid code" in applied.refusal


def test_a_credit_note_that_a_person_changed_is_not_raised_again(short):
    short.apply()
    [note] = short.standin.credits(short.tenant, "CreditNotes")
    short.standin.set_fields(short.tenant, "CreditNotes", note["id"], total=100)
    with pytest.raises(RefusedError, match="was changed in Xero since"):
        short.find()


def test_an_answer_that_names_no_credit_note_is_an_outcome_not_known(short):
    class Mute:
        """Carries calls, and answers a new credit note with a document that names none."""

        def request(self, method, url, **options):
            answer = short.office.wire.pool.request(method, url, **options)
            mute = method == "PUT" and url.endswith("CreditNotes")
            return urllib3.HTTPResponse(b'{"Status": "OK"}', {}, 200) if mute else answer

    with pytest.raises(UnknownOutcomeError, match="does not name the credit note"):
        short.apply(short.books(wire=replace(short.office.wire, pool=Mute())))
    begun = short.find()
    assert list(begun.owed) == short.fees
    short.books().complete(short.receipt, begun, KEY, TODAY)
    assert short.standing() == ["PAID"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount": gbp(10_000)}, "less than that is"),
        ({"amount": gbp(0)}, "less than that is"),
        ({"invoice_id": "elsewhere"}, "cannot be adjusted where no money is applied"),
    ],
)
def test_a_discount_that_makes_no_sense_is_refused(short, change, why):
    short.fees = [replace(short.missing, **change)]
    with pytest.raises(RefusedError, match=why):
        short.apply()
    assert (short.open(), short.notes()) == ({"GBP": 10_000}, [])


def test_one_reason_is_given_once(short):
    short.fees = [short.missing, short.missing]
    with pytest.raises(RefusedError, match="adjusted twice"):
        short.apply()


def test_an_invoice_that_xero_has_no_more_is_stale(short):
    short.invoice = "8a1f3b62-0000-4000-8000-000000000000"
    short.shares = [Share(short.invoice, gbp(10_000))]
    short.fees = [replace(short.missing, invoice_id=short.invoice)]
    with pytest.raises(StaleError, match="is not in Xero any more"):
        short.apply()
