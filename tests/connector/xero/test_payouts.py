"""Payouts in Xero: fees spent from the processor's account, the rest moved to the bank, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.marks import mark
from ledger.documents import Kind, Purpose, Ref
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from ledger.payouts import Movement, Payout, PayoutEntry, Stage
from tests.connector.xero import office as offices
from tests.connector.xero.money import gbp
from tests.connector.xero.test_cash import Mute
from tests.sandbox.xero_desk import TODAY, Caller

KEY = "payout:po_1"


class Till:
    """An office whose Stripe account, bank and cost account are chosen."""

    def __init__(self, **cost):
        self.office = offices.make()
        self.standin, self.tenant = self.office.standin, self.office.tenant
        self.stripe = self.office.bank
        self.bank = self.standin.add_account(self.tenant, "Business", "092")
        cost = {"tax_type": "INPUT2", **cost}
        self.cost = self.standin.add_account(
            self.tenant, "Card fees", cost.pop("code", "404"), type_="EXPENSE", **cost
        )

    @property
    def accounts(self):
        return {
            Purpose.STRIPE: self.stripe,
            Purpose.PAYOUTS: self.bank,
            Purpose.FEES: self.cost,
        }

    def books(self, **other):
        return self.office.books(**{"accounts": self.accounts, **other})

    def balances(self):
        return [self.standin.balance(self.tenant, one) for one in (self.stripe, self.bank)]

    def entries(self):
        return self.standin.bank_entries(self.tenant)

    def transfers(self):
        return self.standin.transfers(self.tenant)


@pytest.fixture
def till():
    return Till()


def entry(gross=10_000, fee=290, tax=0, movement=Movement.PAYMENT, key="txn_1"):
    return PayoutEntry(key, movement, gbp(gross), gbp(fee), gbp(tax), said="said")


def payout(*entries, **other):
    entries = entries or (entry(), entry(5_000, 120, 20))
    net = sum(one.net.minor for one in entries)
    made = Payout(Ref(Kind.PAYOUT, "po_1"), TODAY, gbp(net), entries)
    return replace(made, **other)


def test_fees_are_spent_and_the_rest_is_moved(till):
    books = till.books()
    assert books.find_payout(payout(), KEY) is None
    parts = books.book_payout(payout(), KEY, TODAY)
    assert till.balances() == [-15_000, 14_590]
    [spent] = till.entries()
    assert (spent["type"], spent["total"], spent["day"]) == ("SPEND", 410, "2026-11-22")
    assert spent["reference"] == f"po_1 {mark(KEY)}"
    # Without tax and tax apart, both at the rate that the organisation keeps on the account.
    assert [(one["amount"], one["tax_type"], one["account"]) for one in spent["lines"]] == [
        (390, "INPUT2", till.cost),
        (20, "INPUT2", till.cost),
    ]
    assert till.standin.books.find(till.tenant, "Contacts", spent["contact"])["name"] == "Stripe"
    [moved] = till.transfers()
    assert (moved["from"], moved["to"], moved["amount"]) == (till.stripe, till.bank, 14_590)
    assert moved["reference"] == f"po_1 {mark(KEY)}"
    assert [(one.part, one.amount, one.id) for one in parts] == [
        ("bank_transaction", gbp(410), spent["id"]),
        ("bank_transfer", gbp(14_590), moved["id"]),
    ]
    assert books.find_payout(payout(), KEY) == parts
    assert books.find_payout(payout(ref=Ref(Kind.PAYOUT, "po_2")), "another") is None


def test_booking_again_books_nothing(till):
    books = till.books()
    parts = books.book_payout(payout(), KEY, TODAY)
    till.office.clock.move(minutes=30)
    # Another action, decided by a person, finds what the first one did.
    for key in (KEY, f"{KEY}:by:ann"):
        assert till.books().book_payout(payout(), key, TODAY) == parts
    assert (len(till.entries()), len(till.transfers())) == (1, 1)


@pytest.mark.parametrize("word", ["unanswered", "reset", "lost", "500", "429"])
@pytest.mark.parametrize("step", ["BankTransactions", "BankTransfers"])
def test_whatever_happens_to_a_step_it_is_continued(till, step, word):
    def sky(_host, method, path):
        return word if (method, path.rpartition("/")[2]) == ("PUT", step) else None

    till.office.streets.weather = sky
    with pytest.raises((UnknownOutcomeError, RetryLaterError)):
        till.books().book_payout(payout(), KEY, TODAY)
    till.office.weather(None)
    till.office.clock.move(minutes=29)
    books = till.books()
    parts = books.book_payout(payout(), KEY, TODAY)
    assert till.balances() == [-15_000, 14_590]
    assert books.find_payout(payout(), KEY) == parts


def test_a_payout_is_unbooked_and_may_be_booked_again(till):
    books = till.books()
    parts = books.book_payout(payout(), KEY, TODAY)
    for _ in range(2):
        books.unbook_payout(parts, "undo")
        till.office.clock.move(minutes=10)
        books = till.books()
    assert till.balances() == [0, 0]
    assert books.find_payout(payout(), KEY) is None
    books.book_payout(payout(), KEY, TODAY)
    assert till.balances() == [-15_000, 14_590]


@pytest.mark.parametrize("kind", ["BankTransfers", "BankTransactions"])
def test_what_was_reconciled_is_not_unbooked(till, kind):
    books = till.books()
    parts = books.book_payout(payout(), KEY, TODAY)
    wanted = {"BankTransfers": "bank_transfer", "BankTransactions": "bank_transaction"}[kind]
    [key] = [one.id for one in parts if one.part == wanted]
    till.standin.set_fields(till.tenant, kind, key, reconciled=True)
    with pytest.raises(RefusedError, match="reconciled"):
        books.unbook_payout(parts, "undo")
    assert [one["status"] for one in till.entries()] == ["AUTHORISED"]


def test_fees_without_a_payout_and_a_payout_without_fees(till):
    books = till.books()
    only_fee = payout(entry(0, 150, 0, Movement.FEE), net=gbp(-150))
    [moved] = [one for one in books.book_payout(only_fee, "1", TODAY) if "transfer" in one.part]
    # The bank paid what was owed to the processor.
    assert moved.amount == gbp(-150)
    assert till.balances() == [0, -150]
    assert books.find_payout(only_fee, "1") is not None
    free = payout(entry(1_000, 0), ref=Ref(Kind.PAYOUT, "po_2"))
    assert [one.part for one in books.book_payout(free, "2", TODAY)] == ["bank_transfer"]
    even = payout(entry(150, 150), ref=Ref(Kind.PAYOUT, "po_3"))
    assert [one.part for one in books.book_payout(even, "3", TODAY)] == ["bank_transaction"]
    assert books.find_payout(even, "3") is not None


def test_all_of_a_fee_may_be_tax(till):
    only_tax = payout(entry(1_000, 30, 30))
    till.books().book_payout(only_tax, KEY, TODAY)
    [spent] = till.entries()
    [line] = spent["lines"]
    assert (line["amount"], line["description"]) == (30, "Tax on the fees of payout po_1")


def test_what_only_a_person_can_book_is_refused_with_its_reason(till):
    books = till.books()
    before = till.office.gate.entered
    cases = [
        (payout(entry(), entry(-2_500, 0, 0, Movement.REFUND)), "a refund of -25.00 GBP .*by hand"),
        (payout(entry(), entry(-2_500, 0, 0, Movement.DISPUTE)), "a dispute of -25.00 GBP"),
        (payout(entry(movement=Movement.UNKNOWN)), "not known here"),
        (payout(net=gbp(1)), "not the sum"),
        (payout(traced=False), "not the sum"),
        (payout(stage=Stage.UNDER_WAY), "cannot be booked yet: it is under way"),
        (payout(unread="amount is no number"), "amount is no number"),
    ]
    for one, said in cases:
        with pytest.raises(RefusedError, match=said):
            books.book_payout(one, KEY, TODAY)
    assert till.office.gate.entered == before


def test_money_held_back_stays_with_the_processor(till):
    held = payout(entry(), entry(-1_000, 0, 0, Movement.ADJUSTMENT))
    till.books().book_payout(held, KEY, TODAY)
    # 100 came in before: 90 left it as payout and fees, and 10 wait there.
    assert till.balances() == [-9_000, 8_710]


@pytest.mark.parametrize(
    ("purpose", "change", "said"),
    [
        (Purpose.PAYOUTS, None, "no ledger account is chosen for payouts"),
        (Purpose.FEES, None, "no ledger account is chosen for fees"),
        (Purpose.FEES, "gone", "chosen for fees is not in Xero any more"),
        (Purpose.FEES, {"status": "ARCHIVED"}, "Card fees, chosen for fees, is archived"),
        (Purpose.PAYOUTS, {"status": "ARCHIVED"}, "Business, chosen for payouts, is archived"),
        (
            Purpose.STRIPE,
            {"type": "CURRENT", "enable_payments": True},
            "Stripe clearing, .* is no bank account",
        ),
        (Purpose.PAYOUTS, {"currency": "EUR"}, "is in EUR, and this is in GBP"),
        (Purpose.FEES, {"tax_type": "OUTPUT2"}, "tax rate of the account Card fees cannot"),
        (Purpose.FEES, {"tax_type": "GONE"}, "choose another rate for it in Xero"),
    ],
)
def test_an_account_that_is_not_fit_is_told_before_anything_is_booked(till, purpose, change, said):
    accounts = dict(till.accounts)
    if change is None:
        del accounts[purpose]
    elif change == "gone":
        accounts[purpose] = "00000000-0000-4000-8000-00000000dead"
    else:
        till.standin.set_account(till.tenant, accounts[purpose], **change)
    with pytest.raises(RefusedError, match=said):
        till.books(accounts=accounts).book_payout(payout(), KEY, TODAY)
    assert (till.entries(), till.transfers()) == ([], [])


def test_an_account_without_code_is_named_by_its_id(till):
    bare = Till(code="", tax_type="NONE")
    bare.books().book_payout(payout(), KEY, TODAY)
    [spent] = bare.entries()
    assert {one["account"] for one in spent["lines"]} == {bare.cost}
    assert {one["tax_type"] for one in spent["lines"]} == {"NONE"}
    assert till.entries() == []


def test_a_transfer_that_is_refused_takes_the_fees_along(till):
    """Nothing half stays: the lock date came between the two steps."""

    def sky(_host, method, path):
        if (method, path.rpartition("/")[2]) == ("PUT", "BankTransfers"):
            till.standin.set_account(till.tenant, till.bank, status="ARCHIVED")

    till.office.streets.weather = sky
    with pytest.raises(RefusedError, match="active bank account"):
        till.books().book_payout(payout(), KEY, TODAY)
    assert [one["status"] for one in till.entries()] == ["DELETED"]
    till.standin.set_account(till.tenant, till.bank, status="ACTIVE")
    free = payout(entry(1_000, 0), ref=Ref(Kind.PAYOUT, "po_2"))
    with pytest.raises(RefusedError, match="active bank account"):
        till.books().book_payout(free, "2", TODAY)
    assert len(till.entries()) == 1
    assert till.transfers() == []


def test_what_a_person_changed_is_for_a_person(till):
    books = till.books()
    [fees, _] = books.book_payout(payout(), KEY, TODAY)
    till.standin.set_fields(till.tenant, "BankTransactions", fees.id, total=400)
    with pytest.raises(RefusedError, match=r"4\.10 GBP was changed in Xero"):
        books.find_payout(payout(), KEY)
    with pytest.raises(RefusedError, match="changed in Xero"):
        books.book_payout(payout(), KEY, TODAY)


def test_an_answer_that_names_nothing_is_looked_up(till):
    mute = till.books(wire=replace(till.office.wire, pool=Mute(till.office.wire.pool)))
    for said in ("bank transaction", "bank transfer"):
        with pytest.raises(UnknownOutcomeError, match=said):
            mute.book_payout(payout(), KEY, TODAY)
    assert till.books().find_payout(payout(), KEY) is not None
    assert till.balances() == [-15_000, 14_590]


def test_fees_are_found_on_a_later_page(till, monkeypatch):
    monkeypatch.setattr("connector.xero.spending.PAGE", 1)
    books = till.books()
    books.book_payout(payout(ref=Ref(Kind.PAYOUT, "po_0")), "older", TODAY)
    parts = books.book_payout(payout(), KEY, TODAY)
    assert books.find_payout(payout(), KEY) == parts
    assert len(till.entries()) == 2


def test_fees_deleted_by_hand_are_no_trouble(till):
    books = till.books()
    parts = books.book_payout(payout(), KEY, TODAY)
    for part in parts:
        kind = "BankTransfers" if "transfer" in part.part else "BankTransactions"
        till.standin.set_fields(till.tenant, kind, part.id, status="DELETED")
    books.unbook_payout(parts, "undo")
    assert till.balances() == [0, 0]
    books.unbook_payout(parts, "undo")


def test_a_refused_payout_is_booked_whole_once_its_cause_is_mended(till):
    """Xero still repeats its answers of before: a transfer never stands without its fees."""

    def sky(_host, method, path):
        if (method, path.rpartition("/")[2]) == ("PUT", "BankTransfers"):
            till.standin.set_lock_date(till.tenant, TODAY)

    till.office.streets.weather = sky
    with pytest.raises(RefusedError, match="lock date"):
        till.books().book_payout(payout(), KEY, TODAY)
    till.office.weather(None)
    till.standin.set_lock_date(till.tenant, None)
    # The fees could not be taken back in a locked period; they are found again.
    assert [one["status"] for one in till.entries()] == ["AUTHORISED"]
    till.office.clock.move(minutes=10)
    till.books().book_payout(payout(), KEY, TODAY)
    assert till.balances() == [-15_000, 14_590]
    assert len(till.entries()) == 1


@pytest.mark.parametrize(
    ("change", "twin"),
    [
        ({}, True),
        ({"Date": "2026-11-16"}, True),
        ({"Date": "2026-11-10"}, False),
        ({"Amount": 145.91}, False),
        ({"FromBankAccount": {"Code": "090"}}, False),
        ({"Reference": f"po_0 {mark('payout:po_0')}"}, False),
    ],
)
def test_a_transfer_that_a_bookkeeper_made_is_not_made_again(till, change, twin):
    body = {
        "FromBankAccount": {"AccountID": till.stripe},
        "ToBankAccount": {"AccountID": till.bank},
        "Amount": 145.9,
        "Date": TODAY.isoformat(),
        "Reference": "by hand",
    }
    sent = {"BankTransfers": [{**body, **change}]}
    answer = Caller(till.standin, till.tenant)("PUT", "BankTransfers", sent)
    assert answer.status_code == 200
    if not twin:
        assert len(till.books().book_payout(payout(), KEY, TODAY)) == 2
        return
    with pytest.raises(RefusedError, match=r"a transfer of 145\.90 GBP .* is in Xero already"):
        till.books().book_payout(payout(), KEY, TODAY)
    assert till.entries() == []
    # One that was deleted again is no twin.
    key = answer.get_json()["BankTransfers"][0]["BankTransferID"]
    till.standin.set_fields(till.tenant, "BankTransfers", key, status="DELETED")
    assert len(till.books().book_payout(payout(), KEY, TODAY)) == 2
