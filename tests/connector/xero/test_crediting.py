"""What a customer did not pay and does not owe: credited to the account chosen for it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import urllib3

from connector.marks import mark
from connector.protocol import Share
from ledger.differences import Adjustment, Difference
from ledger.documents import Kind, Purpose, Ref
from ledger.errors import OutsideError, RefusedError, StaleError, UnknownOutcomeError
from tests.connector.xero.money import bill, gbp
from tests.connector.xero.test_adjusting import KEY, Wire, storm
from tests.sandbox.xero_desk import TODAY


class Short(Wire):
    """The same office, and 98 that came for 100 with an account for what is missing."""

    def __init__(self, kind, purpose, type_="REVENUE"):
        super().__init__()
        # A cost has a rate of its own.
        self.rate = "INPUT2" if type_ == "OVERHEADS" else "OUTPUT2"
        self.account = self.standin.add_account(
            self.tenant, "Missing", "260", type_=type_, tax_type=self.rate
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
    (Difference.WRITE_OFF, Purpose.WRITE_OFFS, "OVERHEADS"),
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
    assert (line["account"], line["tax_type"]) == (short.account, short.rate)
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


def test_the_credit_note_is_found_among_others_and_on_a_later_page(short, monkeypatch):
    short.standin.raise_credit_note(short.tenant, short.office.contact, "1.00", "GBP", TODAY)
    applied = short.apply()
    monkeypatch.setattr("connector.xero.crediting.PAGE", 1)
    assert short.find() == applied


def test_a_voided_credit_note_counts_as_none(short):
    applied = short.apply()
    short.books().unapply(replace(applied, parts=applied.parts[1:]), "by hand")
    assert list(short.find().owed) == short.fees


def test_an_allocation_that_was_taken_back_is_not_freed_again(short):
    """Xero may go on showing it, and refuses to delete it a second time."""

    class Memory:
        """Carries calls, shows an allocation that is deleted, and does not delete it again."""

        def request(self, method, url, **options):
            if method == "DELETE" and url.endswith("a-gone"):
                return urllib3.HTTPResponse(b'{"Message": "Deleted already"}', {}, 400)
            answer = short.office.wire.pool.request(method, url, **options)
            if method != "GET" or "/CreditNotes/" not in url:
                return answer
            shown = json.loads(answer.data)
            gone = {"AllocationID": "a-gone", "Amount": 1, "IsDeleted": True}
            shown["CreditNotes"][0]["Allocations"].append(gone)
            return urllib3.HTTPResponse(json.dumps(shown).encode(), {}, 200)

    applied = short.apply()
    short.books(wire=replace(short.office.wire, pool=Memory())).unapply(applied, "undo")
    assert (short.open(), short.standing()) == ({"GBP": 10_000}, ["VOIDED"])
