"""One deposit that pays many invoices: one batch payment, found again, and deleted as a whole."""

from __future__ import annotations

import pytest

from connector.marks import mark
from connector.protocol import Share
from ledger.documents import Organisation, Purpose
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError
from ledger.money import Money
from tests.connector.xero import office as offices
from tests.connector.xero.money import KEY, bill, card, gbp
from tests.connector.xero.test_cash import Mute
from tests.sandbox.xero_desk import TODAY

HARBOUR = Organisation("Harbour", "GBP", "Europe/London", country="GB", currencies=("GBP", "EUR"))


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books(known=HARBOUR)


@pytest.fixture
def shares(office):
    return [
        Share(bill(office), gbp(10_000)),
        Share(bill(office, "INV-2", "60.00"), gbp(1_050)),
    ]


def batches(office):
    return office.standin.batches(office.tenant)


def test_one_deposit_is_one_batch_with_the_mark(office, books, shares):
    receipt = card(11_050, reference="INV-1 and INV-2 of ours")
    assert books.find_applied(receipt, shares, KEY) is None
    before = office.gate.entered
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert office.gate.entered == before + 1
    [batch] = batches(office)
    assert (batch["total"], batch["account"], batch["day"]) == (11_050, office.bank, "2026-11-22")
    assert batch["texts"]["Details"] == mark(KEY)[:18]
    assert batch["texts"]["Narrative"] == "INV-1 and INV-2 of"
    assert applied.holder_id == batch["id"]
    assert [one.id for one in applied.parts] == batch["payments"]
    assert {one.part for one in applied.parts} == {"batch_payment"}
    assert office.standin.receivables(office.tenant) == {"GBP": 4_950}
    assert books.find_applied(receipt, shares, KEY) == applied
    assert books.find_applied(receipt, shares, "another") is None


def test_a_batch_is_deleted_whole_and_only_once(office, books, shares):
    receipt = card(11_050)
    applied = books.apply(receipt, shares, KEY, TODAY)
    for _ in range(2):
        books.unapply(applied, "undo")
        # Long enough for Xero to have forgotten the key.
        office.clock.move(minutes=10)
    assert office.standin.receivables(office.tenant) == {"GBP": 16_000}
    assert [one["status"] for one in batches(office)] == ["DELETED"]
    # It was carried out, though undone since: nothing may repeat it by itself.
    found = books.find_applied(receipt, shares, KEY)
    assert found is not None
    assert found.holder_id == applied.holder_id
    assert [one.amount for one in found.parts] == [gbp(10_000), gbp(1_050)]
    books.unapply(found, "undo again")


def test_a_reconciled_batch_is_not_undone(office, books, shares):
    applied = books.apply(card(11_050), shares, KEY, TODAY)
    office.standin.set_fields(office.tenant, "BatchPayments", applied.holder_id, reconciled=True)
    with pytest.raises(RefusedError, match="reconciled"):
        books.unapply(applied, "undo")
    assert office.standin.receivables(office.tenant) == {"GBP": 4_950}


def test_in_new_zealand_the_batch_has_a_reference(office):
    tenant = office.standin.add_organisation("Kiwi", "!kiwi", "NZD", "NEWZEALANDSTANDARDTIME", "NZ")
    office.bank = office.standin.add_account(tenant, "Current account", "090")
    office.tenant, office.contact = tenant, office.standin.add_contact(tenant, "Ridge & Sons")
    known = Organisation("Kiwi", "NZD", "Pacific/Auckland", country="NZ")
    money = Money(5_000, "NZD")
    shares = [Share(bill(office, number, currency="NZD"), money) for number in ("A", "B")]
    receipt = card(amount=money + money, unapplied=money + money, reference="A B")
    opened = {"known": known, "accounts": {Purpose.STRIPE: office.bank}}
    books = office.books(**opened)
    applied = books.apply(receipt, shares, KEY, TODAY)
    [batch] = batches(office)
    assert batch["texts"]["Reference"] == f"A B {mark(KEY)}"
    assert office.books(**opened).find_applied(receipt, shares, KEY) == applied


def test_money_in_a_foreign_currency_is_paid_singly(office, books):
    euros = Money(5_000, "EUR")
    shares = [Share(bill(office, number, currency="EUR"), euros) for number in ("A", "B")]
    receipt = card(amount=euros + euros, unapplied=euros + euros)
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert batches(office) == []
    assert {one.part for one in applied.parts} == {"payment"}


def test_what_xero_takes_as_no_batch_is_paid_singly(office, shares):
    """A current account that payments may be made to is no bank account."""
    clearing = office.standin.add_account(
        office.tenant, "Clearing", "881", type_="CURRENT", payments=True
    )
    books = office.books(known=HARBOUR, accounts={Purpose.STRIPE: clearing})
    receipt = card(11_050)
    applied = books.apply(receipt, shares, KEY, TODAY)
    assert batches(office) == []
    assert {one.part for one in applied.parts} == {"payment"}
    assert books.find_applied(receipt, shares, KEY) == applied
    assert books.apply(receipt, shares, KEY, TODAY) == applied
    assert len(office.standin.payments(office.tenant)) == 2


def test_without_knowing_the_currency_money_is_paid_singly(office, shares):
    applied = office.books().apply(card(11_050), shares, KEY, TODAY)
    assert {one.part for one in applied.parts} == {"payment"}
    assert batches(office) == []


def test_a_batch_that_is_no_longer_right_is_stale(office, books, shares):
    office.standin.record_payment(office.tenant, shares[0].invoice_id, "1.00", TODAY)
    with pytest.raises(StaleError, match="exceeds the amount outstanding"):
        books.apply(card(11_050), shares, KEY, TODAY)
    assert len(office.standin.payments(office.tenant)) == 1


@pytest.mark.parametrize("word", ["unanswered", "reset"])
def test_a_batch_whose_answer_was_lost_is_found(office, books, shares, word):
    receipt = card(11_050)
    office.weather(word, method="PUT")
    with pytest.raises(UnknownOutcomeError):
        books.apply(receipt, shares, KEY, TODAY)
    office.weather(None)
    office.clock.move(minutes=29)
    found = books.find_applied(receipt, shares, KEY)
    assert found is not None
    assert [found.holder_id] == [one["id"] for one in batches(office)]


def test_a_batch_that_was_not_named_is_found_by_looking(office, books, shares):
    mute = offices.replaced(office, known=HARBOUR, pool=Mute(office.wire.pool))
    with pytest.raises(UnknownOutcomeError, match="batch"):
        mute.apply(card(11_050), shares, KEY, TODAY)
    found = books.find_applied(card(11_050), shares, KEY)
    assert found is not None
    assert found.holder_id == batches(office)[0]["id"]


def test_a_batch_with_our_mark_and_other_invoices_is_for_a_person(books, shares):
    books.apply(card(11_050), shares, KEY, TODAY)
    other = [Share(shares[0].invoice_id, gbp(1)), shares[1]]
    with pytest.raises(RefusedError, match="other invoices"):
        books.find_applied(card(11_050), other, KEY)


def test_an_old_batch_is_not_looked_for_among_all(office, books, shares):
    """Batches are not paged, so only those changed since about the receipt are listed."""
    books.apply(card(11_050), shares, KEY, TODAY)
    after = len(office.standin.requests())
    books.find_applied(card(11_050), shares, KEY)
    [asked] = [one for one in office.standin.requests() if one.path.endswith("BatchPayments")][1:]
    assert asked.seq > after
    assert "RECBATCH" in asked.query
