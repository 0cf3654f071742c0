"""Money with something left: booked once on account, allocated, and continued after a crash."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from connector.marks import mark
from connector.protocol import Access, Share
from ledger.documents import Kind, Organisation, Purpose, Ref, Source
from ledger.errors import RefusedError, UnknownOutcomeError
from ledger.money import Money
from tests.connector.xero import office as offices
from tests.connector.xero.money import KEY, bill, card, gbp
from tests.connector.xero.test_cash import Mute
from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import TODAY


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books()


@pytest.fixture
def shares(office):
    return [
        Share(bill(office), gbp(10_000)),
        Share(bill(office, "INV-2", "60.00"), gbp(1_000)),
    ]


@pytest.fixture
def receipt(office):
    return card(12_000, customer_id=office.contact, reference="INV-1 and a bit")


def held(office):
    return office.standin.credits(office.tenant, "Overpayments")


def storm(office, word, *numbers):
    """Have the calls of these numbers, counted from now, meet this weather."""
    count = itertools.count(1)
    office.streets.weather = lambda *_call: word if next(count) in numbers else None


def test_a_receipt_with_a_rest_is_booked_once_and_allocated(office, books, receipt, shares):
    before = office.gate.entered
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert office.gate.entered == before + 3
    [money] = held(office)
    assert (money["total"], money["remaining"], money["currency"]) == (12_000, 1_000, "GBP")
    assert (money["contact"], money["reference"]) == (
        office.contact,
        f"INV-1 and a bit {mark(KEY)}",
    )
    assert office.standin.payments(office.tenant) == []
    assert office.standin.balance(office.tenant, office.bank) == 12_000
    assert office.standin.receivables(office.tenant) == {"GBP": 5_000}
    assert applied.held is not None
    assert applied.held.ref == Ref(Kind.RECEIPT, money["id"], "overpayment")
    assert applied.held.amount == gbp(12_000)
    assert applied.holder_id == money["id"]
    assert [(one.invoice_id, one.amount) for one in applied.parts] == [
        (one.invoice_id, one.amount) for one in shares
    ]
    assert books.find_applied(receipt, shares, KEY) == applied
    assert books.find_applied(receipt, shares, "another") is None
    [read] = books.read([applied.held.ref])
    assert read.document.unapplied == gbp(1_000)
    assert mark(KEY) in read.document.text


def test_only_what_is_unapplied_is_booked(office, books, receipt, shares):
    rest = replace(receipt, unapplied=gbp(11_500))
    books.apply(rest, shares, KEY, TODAY)
    assert [one["total"] for one in held(office)] == [11_500]


def test_undo_leaves_the_money_on_account(office, books, receipt, shares):
    applied = books.apply(receipt, shares, KEY, TODAY)
    for _ in range(2):
        books.unapply(applied, "undo")
    assert office.standin.receivables(office.tenant) == {"GBP": 16_000}
    assert office.standin.unapplied(office.tenant) == {"GBP": 12_000}


def test_a_receipt_that_is_shared_out_or_nobodys_is_paid(office, books, receipt, shares):
    first, second = shares
    books.apply(replace(receipt, customer_id=None), [second], "1", TODAY)
    books.apply(replace(receipt, customer_id="42"), [Share(first.invoice_id, gbp(1))], "2", TODAY)
    exact = card(100, customer_id=office.contact)
    books.apply(exact, [Share(first.invoice_id, gbp(100))], "3", TODAY)
    twice = [Share(first.invoice_id, gbp(200)), Share(first.invoice_id, gbp(200))]
    books.apply(receipt, twice, "4", TODAY)
    assert held(office) == []
    assert len(office.standin.payments(office.tenant)) == 5


@pytest.mark.parametrize("word", ["unanswered", "reset"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_whichever_answer_is_lost_the_money_is_booked_once(
    office, books, receipt, shares, word, number
):
    storm(office, word, number)
    with pytest.raises(UnknownOutcomeError):
        books.apply(receipt, shares, KEY, TODAY)
    office.weather(None)
    # Xero has forgotten every key by now.
    office.clock.move(minutes=29)
    begun = books.find_applied(receipt, shares, KEY)
    assert begun is not None
    # The call of this number was carried out: the overpayment, then one allocation each.
    assert len(begun.missing) == 3 - number
    whole = books.complete(receipt, begun, KEY, TODAY)
    assert {one.invoice_id for one in whole.parts} == {one.invoice_id for one in shares}
    assert [(one["total"], one["remaining"]) for one in held(office)] == [(12_000, 1_000)]
    assert office.standin.receivables(office.tenant) == {"GBP": 5_000}
    found = books.find_applied(receipt, shares, KEY)
    assert found is not None
    assert found.missing == ()
    assert books.complete(receipt, found, KEY, TODAY) == found


@pytest.mark.parametrize("word", ["429", "500", "503", "lost"])
def test_a_pause_between_the_steps_is_looked_up_and_continued(office, books, receipt, shares, word):
    """Nothing is planned anew once the money is booked: the row waits as one not known."""
    storm(office, word, 2)
    with pytest.raises(UnknownOutcomeError):
        books.apply(receipt, shares, KEY, TODAY)
    office.weather(None)
    office.clock.move(minutes=10)
    begun = books.find_applied(receipt, shares, KEY)
    assert begun is not None
    assert list(begun.missing) == shares
    books.complete(receipt, begun, KEY, TODAY)
    assert [one["remaining"] for one in held(office)] == [1_000]


def test_a_consent_that_ends_between_the_steps_books_nothing_again(office, books, receipt, shares):
    def sky(_host, _method, path):
        if path.endswith("Allocations"):
            office.standin.disconnect(office.tenant)

    office.streets.weather = sky
    with pytest.raises(UnknownOutcomeError, match="booked in Xero"):
        books.apply(receipt, shares, KEY, TODAY)
    assert len(held(office)) == 1


def test_what_is_paid_meanwhile_leaves_the_money_on_account(office, books, receipt, shares):
    office.standin.record_payment(office.tenant, shares[0].invoice_id, "1.00", TODAY)
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert [one.invoice_id for one in applied.parts] == [shares[1].invoice_id]
    assert applied.held is not None
    assert [(one["total"], one["remaining"]) for one in held(office)] == [(12_000, 11_000)]


def test_an_account_that_is_no_bank_gets_exactly_the_shares(office, receipt, shares):
    """What is left of the money then stays with its source."""
    clearing = office.standin.add_account(
        office.tenant, "Clearing", "881", type_="CURRENT", payments=True
    )
    books = office.books(accounts={Purpose.STRIPE: clearing})
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert applied.held is None
    assert held(office) == []
    assert [one["amount"] for one in office.standin.payments(office.tenant)] == [10_000, 1_000]
    assert books.find_applied(receipt, shares, KEY) == applied


def test_a_consent_of_before_without_bank_entries_gets_exactly_the_shares(office, receipt, shares):
    scope = xero_desk.SCOPE.replace(" accounting.banktransactions", "")
    code = xero_desk.consent(office.standin, office.tenant, scope=scope)
    token = xero_desk.redeem(office.standin, code).get_json()["access_token"]
    books = office.books(access=Access(office.tenant, token))
    assert books.apply(receipt, shares, KEY, TODAY).held is None
    assert len(office.standin.payments(office.tenant)) == 2


def test_a_foreign_currency_is_never_booked_as_the_accounts_own(office, books):
    euros = Money(5_000, "EUR")
    key = bill(office, currency="EUR")
    receipt = card(amount=euros + euros, unapplied=euros + euros, customer_id=office.contact)
    books.apply(receipt, [Share(key, euros)], KEY, TODAY)
    assert held(office) == []
    [paid] = office.standin.payments(office.tenant)
    assert (paid["amount"], paid["currency"]) == (5_000, "EUR")


def test_the_overpayment_is_known_by_its_line_alone(office, books, receipt, shares):
    """Xero's description promises a reference only on other kinds of bank transaction."""
    applied = books.apply(receipt, shares, KEY, TODAY)
    office.standin.set_fields(office.tenant, "Overpayments", applied.holder_id, reference="")
    assert books.find_applied(receipt, shares, KEY) == applied


def test_a_merged_customer_does_not_hide_the_overpayment(office, books, receipt, shares):
    applied = books.apply(receipt, shares, KEY, TODAY)
    other = office.standin.add_contact(office.tenant, "Ridge Group")
    office.standin.merge_contacts(office.tenant, office.contact, other)
    assert books.find_applied(receipt, shares, KEY) == applied


def test_an_overpayment_voided_since_is_for_a_person(office, books, receipt, shares):
    applied = books.apply(receipt, shares, KEY, TODAY)
    office.standin.set_fields(office.tenant, "Overpayments", applied.holder_id, status="VOIDED")
    with pytest.raises(RefusedError, match="voided"):
        books.find_applied(receipt, shares, KEY)


def test_an_overpayment_that_was_not_named_is_found_by_looking(office, books, receipt, shares):
    mute = offices.replaced(office, pool=Mute(office.wire.pool))
    with pytest.raises(UnknownOutcomeError, match="overpayment"):
        mute.apply(receipt, shares, KEY, TODAY)
    begun = books.find_applied(receipt, shares, KEY)
    assert begun is not None
    assert list(begun.missing) == shares


def test_it_is_found_on_a_later_page(office, books, receipt, shares, monkeypatch):
    monkeypatch.setattr("connector.xero.on_account.PAGE", 1)
    office.standin.record_receipt(office.tenant, office.contact, "5.00", "GBP", TODAY)
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert books.find_applied(receipt, shares, KEY) == applied


def test_a_rest_needs_no_batch(office, receipt, shares):
    known = Organisation("Harbour", "GBP", "Europe/London", country="GB")
    assert office.books(known=known).apply(receipt, shares, KEY, TODAY).held is not None
    assert office.standin.batches(office.tenant) == []


def test_money_is_kept_on_account_of_whom_it_is_said_to_be(office, books, receipt):
    nobodys = replace(receipt, customer_id=None)
    assert books.find_kept(nobodys, office.contact, KEY) is None
    kept = books.keep(nobodys, office.contact, KEY, TODAY)
    [money] = held(office)
    assert (money["contact"], money["total"], money["remaining"]) == (
        office.contact,
        12_000,
        12_000,
    )
    assert kept.amount == gbp(12_000)
    assert books.find_kept(nobodys, office.contact, KEY) == kept
    assert books.keep(nobodys, office.contact, KEY, TODAY) == kept
    assert len(held(office)) == 1


@pytest.mark.parametrize(
    ("change", "contact", "accounts", "why"),
    [
        ({"source": Source.LEDGER}, "", None, "only money from elsewhere"),
        ({}, "42", None, "of a contact of Xero"),
        ({}, "", {}, "no ledger account is chosen for money from stripe"),
    ],
)
def test_what_cannot_be_kept_is_refused(office, receipt, change, contact, accounts, why):
    books = office.books() if accounts is None else office.books(accounts=accounts)
    with pytest.raises(RefusedError, match=why):
        books.keep(replace(receipt, **change), contact or office.contact, KEY, TODAY)
    assert held(office) == []
