"""Reading a Xero organisation's books through the real SDK."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from connector.marks import mark
from connector.xero import walk
from ledger.documents import (
    CreditNote,
    Customer,
    Gone,
    Invoice,
    Kind,
    Purpose,
    Receipt,
    Ref,
    Status,
)
from ledger.errors import RefusedError, StaleError
from ledger.money import Money
from tests.connector.xero import office as offices
from tests.sandbox.xero_desk import TODAY

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books()


def bill(office, count=1, amount="100.00", currency="GBP", start=1):
    return [
        office.standin.raise_invoice(
            office.tenant,
            office.contact,
            f"INV-{currency}-{number}",
            TODAY,
            TODAY + timedelta(30),
            amount,
            currency,
            f"PO {number}",
        )
        for number in range(start, start + count)
    ]


def walk_all(step):
    pages, cursor = [], ""
    while True:
        page = step(cursor)
        pages.append(page)
        cursor = page.cursor
        if not page.more:
            return pages


def ids(found):
    return {one.document.ref.id for one in found}


def test_organisation_with_lock_zone_and_warnings(office, books):
    plain = books.organisation()
    assert (plain.name, plain.currency, plain.zone) == (
        "Harbour Supplies Ltd",
        "GBP",
        "Europe/London",
    )
    assert (plain.country, plain.currencies) == ("GB", ("GBP", "EUR"))
    assert (plain.locked_until, plain.warnings) == (None, ())
    office.standin.set_lock_date(office.tenant, date(2026, 3, 31), year_end=True)
    office.standin.set_lock_date(office.tenant, date(2026, 6, 30))
    office.standin.set_organisation(
        office.tenant,
        reminders=True,
        timezone="MARSSTANDARDTIME",
        not_allowed=["CreateInvoicePayment", "VoidInvoice"],
    )
    told = books.organisation()
    assert told.locked_until == date(2026, 6, 30)
    assert told.zone == "Etc/UTC"
    zone, twice, payments = told.warnings
    assert "zone" in zone
    assert "twice" in twice
    assert "payments" in payments


def test_accounts_that_take_payments(office, books):
    office.standin.add_account(office.tenant, "Sales", "200", type_="REVENUE")
    old = office.standin.add_account(office.tenant, "Old bank", "099")
    office.standin.set_account(office.tenant, old, status="ARCHIVED")
    offered = {one.name: one for one in books.accounts()}
    banks = {one.name: one.currency for one in offered.values() if Purpose.BANK in one.purposes}
    assert banks == {"Current account": "GBP", "Euro account": "EUR", "Stripe clearing": "GBP"}
    # What is not paid and not owed may be taken off sales.
    assert Purpose.DISCOUNTS in offered["Sales"].purposes
    assert "Old bank" not in offered


def test_first_walk_is_paged_counted_and_resumable(office, monkeypatch):
    monkeypatch.setattr(walk, "PAGE", 4)
    invoices = bill(office, 9)
    office.standin.raise_invoice(
        office.tenant, office.contact, "BILL-1", TODAY, TODAY, "9.00", "GBP", type_="ACCPAY"
    )
    paid = office.standin.record_payment(office.tenant, invoices[0], "100.00", TODAY)
    money = office.standin.record_receipt(office.tenant, office.contact, "50.00", "GBP", TODAY)
    note = office.standin.raise_credit_note(office.tenant, office.contact, "5.00", "GBP", TODAY)
    # Books opened afresh for every page, as after a crash.
    pages = walk_all(lambda cursor: office.books().sync(cursor))
    found = [one for page in pages for one in page.found]
    assert ids(found) == {*invoices, paid, money, note, office.contact}
    assert len(found) == len(ids(found))
    assert [page.total for page in pages] == [13] * len(pages)
    assert [page.seen for page in pages][-1] == 13
    assert [page.seen for page in pages] == sorted(page.seen for page in pages)
    assert all(json.loads(one.raw) for one in found)


def test_changes_since_the_last_walk(office, books):
    first, second = bill(office, 2)
    office.clock.move(minutes=6)
    cursor = walk_all(books.sync)[-1].cursor
    office.clock.move(hours=1)
    quiet = walk_all(lambda at: office.books().sync(at or cursor))
    assert [one for page in quiet for one in page.found] == []
    cursor = quiet[-1].cursor
    office.clock.move(hours=1)
    office.standin.record_payment(office.tenant, first, "40.00", TODAY)
    pages = walk_all(lambda at: office.books().sync(at or cursor))
    changed = {one.document.ref.kind: one.document for page in pages for one in page.found}
    assert set(changed) == {Kind.INVOICE, Kind.RECEIPT}
    assert changed[Kind.INVOICE].balance == Money(6000, "GBP")
    assert second not in ids([one for page in pages for one in page.found])
    assert pages[-1].total is None


def test_what_changes_while_walking_is_not_stepped_over(office, monkeypatch):
    monkeypatch.setattr(walk, "PAGE", 3)
    invoices = bill(office, 8)
    books = office.books()
    page = books.sync("")
    found = list(page.found)
    while page.more:
        office.clock.move(seconds=1)
        # Everything seen so far changes, and so moves in Xero's own order.
        for one in found:
            if one.document.ref.kind is Kind.INVOICE:
                office.standin.change_due(office.tenant, one.document.ref.id, TODAY)
        page = books.sync(page.cursor)
        found += page.found
    assert set(invoices) <= ids(found)


def test_sweep_gives_what_is_open(office, books):
    whole, part, gone = bill(office, 3)
    office.standin.record_payment(office.tenant, whole, "100.00", TODAY)
    office.standin.record_payment(office.tenant, part, "60.00", TODAY)
    office.standin.void(office.tenant, gone)
    money = office.standin.record_receipt(office.tenant, office.contact, "50.00", "GBP", TODAY)
    spent = office.standin.record_receipt(office.tenant, office.contact, "10.00", "GBP", TODAY)
    office.standin.allocate(office.tenant, "Overpayments", spent, part, "10.00", TODAY)
    note = office.standin.raise_credit_note(office.tenant, office.contact, "5.00", "GBP", TODAY)
    found = [one for page in walk_all(books.open_documents) for one in page.found]
    assert ids(found) == {part, money, note}
    by_id = {one.document.ref.id: one.document for one in found}
    assert by_id[part].balance == Money(3000, "GBP")
    assert by_id[money].unapplied == Money(5000, "GBP")


def test_read_gives_each_kind_and_gone(office, books):
    (key,) = bill(office)
    paid = office.standin.record_payment(office.tenant, key, "40.00", TODAY, "by hand")
    money = office.standin.record_receipt(
        office.tenant, office.contact, "50.00", "GBP", TODAY, "REMIT 7"
    )
    office.standin.allocate(office.tenant, "Overpayments", money, key, "20.00", TODAY)
    note = office.standin.credit(office.tenant, key, "5.00", TODAY)
    office.standin.archive_contact(office.tenant, office.contact)
    supplier = office.standin.raise_invoice(
        office.tenant, office.contact, "BILL", TODAY, TODAY, 1, "GBP", type_="ACCPAY"
    )
    refs = [
        Ref(Kind.INVOICE, key),
        Ref(Kind.CUSTOMER, office.contact),
        Ref(Kind.CREDIT_NOTE, note),
        Ref(Kind.RECEIPT, paid, "payment"),
        Ref(Kind.RECEIPT, money, "overpayment"),
        Ref(Kind.RECEIPT, NOBODY, "prepayment"),
        Ref(Kind.INVOICE, NOBODY),
        Ref(Kind.INVOICE, '") OR Status=="PAID'),
        Ref(Kind.UNKNOWN, NOBODY),
        Ref(Kind.INVOICE, supplier),
        Ref(Kind.INVOICE, key),
    ]
    found = {one.document.ref: one.document for one in books.read(refs)}
    invoice = found[refs[0]]
    assert isinstance(invoice, Invoice)
    assert (invoice.balance, invoice.status) == (Money(3500, "GBP"), Status.OPEN)
    assert isinstance(found[refs[1]], Customer)
    assert found[refs[1]].archived
    assert isinstance(found[refs[2]], CreditNote)
    assert found[refs[2]].allocations[0].invoice_id == key
    payment, over = found[refs[3]], found[refs[4]]
    assert isinstance(payment, Receipt)
    assert (payment.status, payment.reference) == (Status.PAID, "by hand")
    assert (over.unapplied, over.reference) == (Money(3000, "GBP"), "REMIT 7")
    assert over.customer_id == office.contact
    for ref in refs[5:9]:
        assert found[ref] == Gone(ref)
    assert refs[9] not in found
    assert len(found) == 9


def test_position_is_everything_open_of_one_customer(office, books):
    mine = bill(office, 2)
    office.standin.record_payment(office.tenant, mine[0], "100.00", TODAY)
    other = office.standin.add_contact(office.tenant, "Another")
    office.standin.raise_invoice(office.tenant, other, "X", TODAY, TODAY, "1.00", "GBP")
    office.standin.record_receipt(office.tenant, other, "1.00", "GBP", TODAY)
    money = office.standin.record_receipt(office.tenant, office.contact, "50.00", "GBP", TODAY)
    note = office.standin.raise_credit_note(office.tenant, office.contact, "5.00", "GBP", TODAY)
    told = books.position(office.contact)
    assert told.customer.name == "Ridge & Sons"
    assert told.read_at == office.clock.now
    assert [one.ref.id for one in told.invoices] == [mine[1]]
    assert [one.ref.id for one in told.receipts] == [money]
    assert [one.ref.id for one in told.credit_notes] == [note]
    for nobody in (NOBODY, '") OR Name=="'):
        with pytest.raises(StaleError, match="no contact"):
            books.position(nobody)


def test_position_reads_every_page(office, books, monkeypatch):
    monkeypatch.setattr(walk, "PAGE", 3)
    mine = bill(office, 6)
    assert {one.ref.id for one in books.position(office.contact).invoices} == set(mine)


def test_note_is_written_once_and_found_again(office, books):
    (key,) = bill(office)
    ref = Ref(Kind.INVOICE, key)
    text = "Dunnock: reminder sent"
    assert books.find_note(ref, "action-1") is None
    assert books.note(ref, text, "action-1") == ""
    assert books.note(ref, text, "action-1") == ""
    assert books.find_note(ref, "action-1") == ""
    assert books.find_note(ref, "action-2") is None
    (note,) = office.standin.notes(office.tenant)
    assert note[:3] == ("Invoices", key, f"{text} [{mark('action-1')}]")


def test_notes_on_every_kind_and_their_bounds(office, books):
    (key,) = bill(office)
    money = office.standin.record_receipt(office.tenant, office.contact, "50.00", "GBP", TODAY)
    paid = office.standin.record_payment(office.tenant, key, "1.00", TODAY)
    credit = office.standin.raise_credit_note(office.tenant, office.contact, 100, "GBP", TODAY)
    refs = [
        Ref(Kind.CUSTOMER, office.contact),
        Ref(Kind.RECEIPT, money, "overpayment"),
        Ref(Kind.RECEIPT, paid, "payment"),
        Ref(Kind.CREDIT_NOTE, credit),
    ]
    for number, ref in enumerate(refs):
        books.note(ref, "x" * 3000, f"a{number}")
        assert books.find_note(ref, f"a{number}") == ""
    assert {len(note[2]) for note in office.standin.notes(office.tenant)} == {2500}
    with pytest.raises(RefusedError):
        books.note(Ref(Kind.ORGANISATION, office.tenant), "x", "b")
    with pytest.raises(RefusedError):
        books.note(Ref(Kind.INVOICE, "../Contacts"), "x", "b")
    assert books.find_note(Ref(Kind.INVOICE, NOBODY), "b") is None


def test_no_call_before_the_first_question(office):
    office.books()
    assert office.gate.entered == 0


def test_moments_and_days_are_read_in_utc(office, books):
    (key,) = bill(office)
    (found,) = books.read([Ref(Kind.INVOICE, key)])
    assert found.document.issued == TODAY
    assert found.document.updated_at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
