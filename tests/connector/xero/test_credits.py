"""Credit notes and prepayments set against invoices in Xero, and freed again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.protocol import Share
from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError
from tests.connector.xero import office as offices
from tests.connector.xero.money import bill, credit_note, gbp
from tests.connector.xero.test_cash import Mute
from tests.sandbox.xero_desk import TODAY

KEY = "credit:1"


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books()


def test_a_credit_note_is_allocated_found_and_freed(office, books):
    first, second = bill(office), bill(office, "INV-2", "30.00")
    credit = credit_note(office, books)
    shares = [Share(first, gbp(3_500)), Share(second, gbp(2_500))]
    assert books.find_credit(credit, shares, KEY) is None
    applied = books.apply_credit(credit, shares, KEY, TODAY)
    assert (applied.holder_id, applied.held) == (credit.ref.id, None)
    assert {one.part for one in applied.parts} == {"credit_note"}
    assert office.standin.receivables(office.tenant) == {"GBP": 7_000}
    assert office.standin.unapplied(office.tenant) == {"GBP": 0}
    assert books.find_credit(credit, shares, KEY) == applied
    # The same key again is the same write.
    assert books.apply_credit(credit, shares, KEY, TODAY) == applied
    for _ in range(2):
        books.unapply(applied, "undo")
    assert office.standin.receivables(office.tenant) == {"GBP": 13_000}
    assert office.standin.unapplied(office.tenant) == {"GBP": 6_000}
    assert books.find_credit(credit, shares, KEY) is None


def test_a_prepayment_is_allocated_found_and_freed(office, books):
    key = office.standin.record_prepayment(office.tenant, office.contact, "60.00", "GBP", TODAY)
    [found] = books.read([Ref(Kind.RECEIPT, key, "prepayment")])
    shares = [Share(bill(office), gbp(4_000))]
    applied = books.apply(found.document, shares, KEY, TODAY)
    assert {one.part for one in applied.parts} == {"prepayment"}
    assert books.find_applied(found.document, shares, KEY) == applied
    assert office.standin.unapplied(office.tenant) == {"GBP": 2_000}
    for _ in range(2):
        books.unapply(applied, "undo")
    assert office.standin.unapplied(office.tenant) == {"GBP": 6_000}


def test_a_credit_that_was_used_meanwhile_is_stale(office, books):
    first, second = bill(office), bill(office, "INV-2")
    credit = credit_note(office, books)
    office.standin.allocate(office.tenant, "CreditNotes", credit.ref.id, first, "1.00", TODAY)
    with pytest.raises(StaleError, match="remaining credit"):
        books.apply_credit(credit, [Share(second, gbp(6_000))], KEY, TODAY)


def test_what_makes_no_sense_is_refused_before_any_call(office, books):
    key = bill(office)
    credit = credit_note(office, books)
    before = office.gate.entered
    for shares, said in (
        ([], "greater than nothing"),
        ([Share(key, gbp(6_001))], "more than the credit note"),
        ([Share("x", gbp(1))], "not one of Xero's"),
    ):
        with pytest.raises(RefusedError, match=said):
            books.apply_credit(credit, shares, KEY, TODAY)
    assert office.gate.entered == before


def test_a_lost_answer_is_looked_up(office, books):
    shares = [Share(bill(office), gbp(6_000))]
    credit = credit_note(office, books)
    office.weather("unanswered", method="PUT")
    with pytest.raises(UnknownOutcomeError):
        books.apply_credit(credit, shares, KEY, TODAY)
    office.weather(None)
    assert books.find_credit(credit, shares, KEY) is not None
    mute = offices.replaced(office, pool=Mute(office.wire.pool))
    other = [Share(bill(office, "INV-2"), gbp(500))]
    with pytest.raises(UnknownOutcomeError, match="allocations"):
        mute.apply_credit(credit_note(office, books), other, "k2", TODAY)


def test_a_credit_note_that_is_gone_or_void_was_not_allocated(office, books):
    shares = [Share(bill(office), gbp(1))]
    credit = credit_note(office, books)
    gone = replace(credit, ref=replace(credit.ref, id=shares[0].invoice_id))
    assert books.find_credit(gone, shares, KEY) is None
    books.apply_credit(credit, shares, KEY, TODAY)
    office.standin.set_fields(office.tenant, "CreditNotes", credit.ref.id, status="VOIDED")
    assert books.find_credit(credit, shares, KEY) is None
