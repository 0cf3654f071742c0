"""What is looked at before money is written: free when all is well, else said what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connector.protocol import Share
from ledger.documents import Kind, Purpose, Ref
from ledger.errors import RefusedError
from ledger.money import Money
from tests.connector.xero import office as offices
from tests.connector.xero.money import KEY, bill, card, credit_note, gbp
from tests.connector.xero.test_payouts import Till, payout
from tests.sandbox.xero_desk import TODAY

LOCKED = "lies in a period that is locked in Xero until 2026-11-22; move the lock date there"


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def known(office):
    return office.books().organisation()


def lock(office):
    office.standin.set_lock_date(office.tenant, TODAY)


def forbid(office, *names):
    office.standin.set_organisation(office.tenant, not_allowed=list(names))


def test_one_payment_costs_one_call(office, known):
    """Its invoice was read before, and its note comes after: three in all."""
    key = bill(office)
    before = office.gate.entered
    office.books(known=known).apply(card(4_000), [Share(key, gbp(4_000))], KEY, TODAY)
    assert office.gate.entered == before + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lock, LOCKED),
        (
            lambda office: forbid(office, "CreateInvoicePayment"),
            "not allowed to enter payments of invoices there; connect again as somebody who is",
        ),
    ],
)
def test_what_xero_would_refuse_is_refused_with_what_to_do(office, change, said):
    share = [Share(bill(office), gbp(4_000))]
    change(office)
    known = office.books().organisation()
    with pytest.raises(RefusedError, match=said):
        office.books(known=known).apply(card(4_000), share, KEY, TODAY)
    assert office.standin.payments(office.tenant) == []


def test_what_was_mended_since_is_not_refused(office):
    share = [Share(bill(office), gbp(4_000))]
    lock(office)
    forbid(office, "CreateInvoicePayment")
    known = office.books().organisation()
    office.standin.set_lock_date(office.tenant, None)
    forbid(office)
    books = office.books(known=known)
    before = office.gate.entered
    assert books.apply(card(4_000), share, KEY, TODAY).parts
    # Asked once more in four calls, and believed from then on.
    assert office.gate.entered == before + 5
    other = [Share(bill(office, "INV-2"), gbp(4_000))]
    books.apply(card(4_000), other, "k2", TODAY)
    assert office.gate.entered == before + 6


def test_the_later_of_both_lock_dates_counts(office):
    office.standin.set_lock_date(office.tenant, TODAY - timedelta(60))
    office.standin.set_lock_date(office.tenant, TODAY - timedelta(30), year_end=True)
    known = office.books().organisation()
    assert known.locked_until == date(2026, 10, 23)
    share = [Share(bill(office), gbp(1))]
    books = office.books(known=known)
    with pytest.raises(RefusedError, match=r"2026-10-23 lies in a period .* until 2026-10-23"):
        books.apply(card(1), share, KEY, date(2026, 10, 23))
    assert books.apply(card(1), share, KEY, date(2026, 10, 24)).parts


def test_a_currency_that_is_not_used_is_named(office, known):
    dollars = Money(100, "USD")
    receipt = card(amount=dollars, unapplied=dollars)
    share = [Share(bill(office), dollars)]
    with pytest.raises(RefusedError, match="does not use USD in Xero; add the currency there"):
        office.books(known=known).apply(receipt, share, KEY, TODAY)


def test_who_may_not_allocate_is_told_so(office, known):
    share = [Share(bill(office), gbp(100))]
    credit = credit_note(office, office.books())
    key = office.standin.record_receipt(office.tenant, office.contact, "5.00", "GBP", TODAY)
    [held] = office.books().read([Ref(Kind.RECEIPT, key, "overpayment")])
    forbid(office, "CreateARCreditAllocation")
    denied = office.books().organisation()
    assert denied.denied == ("apply a credit note",)
    books = office.books(known=denied)
    for act in (books.apply_credit, books.apply):
        document = credit if act == books.apply_credit else held.document
        with pytest.raises(RefusedError, match="not allowed to allocate credit to invoices"):
            act(document, share, KEY, TODAY)
    # Payments are another right.
    assert books.apply(card(100), share, KEY, TODAY).parts
    assert known.denied == ()


def test_a_payout_is_not_booked_into_a_locked_period():
    till = Till()
    lock(till.office)
    known = till.books().organisation()
    with pytest.raises(RefusedError, match=LOCKED):
        till.books(known=known).book_payout(payout(), KEY, TODAY)
    assert (till.entries(), till.transfers()) == ([], [])


def test_an_account_chosen_before_and_archived_since_is_a_warning():
    till = Till()
    assert till.books().organisation().warnings == ()
    till.standin.set_account(till.tenant, till.cost, status="ARCHIVED")
    told = till.books().organisation().warnings
    assert told == ("The account chosen for fees is gone, archived or unfit; choose another.",)
    by_hand = {**till.accounts, Purpose.FEES: "", Purpose.PAYOUTS: ""}
    assert till.books(accounts=by_hand).organisation().warnings == ()
    # Before anything is chosen, the chart is not even read.
    before = till.office.gate.entered
    assert till.books(accounts={Purpose.FEES: ""}).organisation().warnings == ()
    assert till.office.gate.entered == before + 4


def test_with_nothing_known_xero_alone_decides(office, known):
    share = [Share(bill(office), gbp(1))]
    lock(office)
    for books in (office.books(), office.books(known=replace(known, currencies=()))):
        with pytest.raises(RefusedError, match="lock date, currently set at 22-Nov-2026"):
            books.apply(card(1), share, KEY, TODAY)
