"""Reading QuickBooks: walks, changes, re-reads, positions, notes, the company itself."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from connector.marks import mark
from connector.protocol import Access, Wire
from connector.quickbooks import PROVIDER, walk
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
from ledger.errors import DisconnectedError, RefusedError, RetryLaterError, StaleError
from tests.connector.quickbooks.office import Office, dollars
from tests.sandbox.quickbooks_desk import DAY, DUE, Desk


@pytest.fixture
def office():
    return Office()


def walked(office, cursor=""):
    """Walk to the end; gives every document and the last cursor."""
    found = []
    for _ in range(50):
        page = office.books.sync(cursor)
        found += [one.document for one in page.found]
        cursor = page.cursor
        if not page.more:
            return found, page
    message = "the walk does not end"
    raise AssertionError(message)


def test_the_first_walk_sees_everything(office):
    desk = office.desk
    key = desk.invoice(minor=10_000)
    desk.books.record_payment(desk.realm, key, 2_500, DAY, "R-1")
    memo = desk.books.raise_credit_memo(desk.realm, desk.customer, 500, DAY)
    idle = desk.books.add_customer(desk.realm, "Idle")
    desk.books.deactivate_customer(desk.realm, idle)
    found, last = walked(office)
    by_id = {one.ref.id: one for one in found}
    invoice = by_id[key]
    assert isinstance(invoice, Invoice)
    assert (invoice.number, invoice.issued, invoice.due) == ("1001", DAY, DUE)
    assert (invoice.total, invoice.balance) == (dollars(10_000), dollars(7_500))
    assert invoice.is_open
    assert isinstance(by_id[memo], CreditNote)
    assert isinstance(by_id[idle], Customer)
    assert by_id[idle].archived
    [receipt] = [one for one in found if isinstance(one, Receipt)]
    assert receipt.status is Status.PAID
    assert receipt.allocations[0].amount == dollars(2_500)
    assert (last.seen, last.total) == (5, 5)


def test_a_walk_resumes_behind_any_page(office, monkeypatch):
    monkeypatch.setattr(walk, "PAGE", 7)
    monkeypatch.setattr(walk, "OVERLAP", 2)
    for number in range(23):
        office.desk.invoice(f"N-{number}", 100)
    pages, cursor, seen = 0, "", set()
    while True:
        # Every page could be another process.
        page = office.open().sync(cursor)
        seen |= {one.document.ref.id for one in page.found}
        cursor, pages = page.cursor, pages + 1
        if pages == 3:
            gone = office.desk.books.invoices(office.desk.realm)[0]["Id"]
            office.desk.books.delete(office.desk.realm, "Invoice", gone)
        if not page.more:
            break
    kept = {one["Id"] for one in office.desk.books.invoices(office.desk.realm)}
    assert kept <= seen
    assert page.total == 24
    assert page.seen in {23, 24}


def test_changes_since_the_walk(office):
    desk = office.desk
    first, second = desk.invoice("1"), desk.invoice("2")
    _, last = walked(office)
    desk.clock.moment += timedelta(hours=1)
    desk.tokens = desk.connect(desk.realm)
    office.books = office.open()
    desk.books.delete(desk.realm, "Invoice", first)
    desk.books.void(desk.realm, second)
    found, last = walked(office, last.cursor)
    by_id = {one.ref.id: one for one in found}
    assert isinstance(by_id[first], Gone)
    assert by_id[second].status is Status.VOID
    # Five minutes are asked for again, so that nothing written meanwhile is stepped over.
    again, last = walked(office, last.cursor)
    assert {first, second} <= {one.ref.id for one in again}
    desk.clock.moment += timedelta(minutes=10)
    _, last = walked(office, last.cursor)
    assert walked(office, last.cursor)[0] == []


def test_a_cursor_too_old_or_too_much_change_walks_instead(office, monkeypatch):
    desk = office.desk
    key = desk.invoice()
    _, last = walked(office)
    desk.clock.moment += timedelta(days=45)
    desk.tokens = desk.connect(desk.realm)
    office.books = office.open()
    desk.books.edit_invoice(desk.realm, key, DueDate="2026-06-01")
    found, last = walked(office, last.cursor)
    assert [one.due for one in found if isinstance(one, Invoice)] == [date(2026, 6, 1)]
    monkeypatch.setattr(walk, "CHANGES_MAX", 1)
    desk.books.edit_invoice(desk.realm, key, DueDate="2026-07-01")
    found, last = walked(office, last.cursor)
    assert [one.due for one in found if isinstance(one, Invoice)] == [date(2026, 7, 1)]
    assert json.loads(last.cursor)["changed_after"] == ""


def test_the_sweep_reads_what_is_open(office):
    desk = office.desk
    paid, still = desk.invoice("1", 1_000), desk.invoice("2", 2_000)
    desk.books.record_payment(desk.realm, paid, 1_000, DAY, "R-1")
    free = desk.books.record_receipt(desk.realm, desk.customer, 700, DAY, "R-2")
    memo = desk.books.raise_credit_memo(desk.realm, desk.customer, 500, DAY)
    cursor, found = "", set()
    while True:
        page = office.books.open_documents(cursor)
        found |= {one.document.ref for one in page.found}
        cursor = page.cursor
        if not page.more:
            break
    assert Ref(Kind.INVOICE, still) in found
    assert Ref(Kind.INVOICE, paid) not in found
    assert {Ref(Kind.RECEIPT, free), Ref(Kind.CREDIT_NOTE, memo)} <= found


def test_reading_again_finds_what_is_gone(office):
    desk = office.desk
    key = desk.invoice()
    lost = desk.invoice("2")
    desk.books.delete(desk.realm, "Invoice", lost)
    desk.books.deactivate_customer(desk.realm, desk.customer)
    refs = [
        Ref(Kind.INVOICE, key),
        Ref(Kind.INVOICE, lost),
        Ref(Kind.INVOICE, key),
        Ref(Kind.CUSTOMER, desk.customer),
        Ref(Kind.UNKNOWN, "7"),
    ]
    before = len(office.gate.calls)
    found = {one.document.ref.id: one for one in office.books.read(refs)}
    assert set(found) == {key, lost, desk.customer}
    assert isinstance(found[lost].document, Gone)
    assert found[desk.customer].document.archived
    assert json.loads(found[key].raw)["DocNumber"] == "1001"
    # One call, billed as two reads at most.
    assert office.gate.calls[before:] == [2]
    assert office.gate.weights[before:] == [8]
    assert office.books.read([]) == []


def test_a_hostile_id_asks_for_nothing_else(office):
    office.desk.invoice()
    [found] = office.books.read([Ref(Kind.INVOICE, "1') OR Id IN ('2")])
    assert isinstance(found.document, Gone)


def test_a_position_is_everything_open_of_one_customer(office):
    desk = office.desk
    key = desk.invoice("1", 10_000)
    done = desk.invoice("2", 500)
    desk.books.record_payment(desk.realm, done, 500, DAY, "R-1")
    free = desk.books.record_receipt(desk.realm, desk.customer, 700, DAY, "R-2")
    memo = desk.books.raise_credit_memo(desk.realm, desk.customer, 300, DAY)
    other = desk.books.add_customer(desk.realm, "Bo")
    desk.books.raise_invoice(desk.realm, other, "3", DAY, DUE, 1)
    position = office.books.position(desk.customer)
    assert (position.customer.name, position.customer.email) == ("Ada Mills", "ada@example.com")
    assert [one.ref.id for one in position.invoices] == [key]
    assert [one.ref.id for one in position.receipts] == [free]
    assert [one.balance for one in position.credit_notes] == [dollars(300)]
    assert [one.ref.id for one in position.credit_notes] == [memo]
    with pytest.raises(StaleError):
        office.books.position("999")


def test_money_of_the_parent_counts_for_its_customer(office):
    desk = office.desk
    child = desk.books.add_customer(desk.realm, "Ada's shop", parent=desk.customer)
    desk.books.raise_invoice(desk.realm, child, "1", DAY, DUE, 1_000)
    free = desk.books.record_receipt(desk.realm, desk.customer, 1_000, DAY, "R-1")
    position = office.books.position(child)
    assert [one.ref.id for one in position.receipts] == [free]


def test_money_of_every_level_above_counts_as_far_as_it_is_billed(office):
    desk = office.desk
    books, realm = desk.books, desk.realm
    shop = books.add_customer(realm, "Shop", parent=desk.customer, billed_with_parent=False)
    stall = books.add_customer(realm, "Stall", parent=shop)
    desks = books.add_customer(realm, "Desk", parent=stall)
    books.raise_invoice(realm, desks, "1", DAY, DUE, 1_000)
    money = {
        name: books.record_receipt(realm, key, 1_000, DAY, name)
        for name, key in (("top", desk.customer), ("shop", shop), ("stall", stall), ("desk", desks))
    }
    position = office.books.position(desks)
    found = {one.ref.id for one in position.receipts}
    assert found == {money["shop"], money["stall"], money["desk"]}
    # Two that name each other as parents do not send us round in circles.
    books.edit_customer(realm, shop, ParentRef={"value": desks}, BillWithParent=True)
    assert len(office.books.position(desks).receipts) == 3


def test_a_merged_customer_is_gone_and_its_documents_have_moved(office):
    desk = office.desk
    books, realm = desk.books, desk.realm
    twin = books.add_customer(realm, "Ada Mills Ltd")
    key = books.raise_invoice(realm, twin, "2", DAY, DUE, 5_000)
    _, last = walked(office)
    desk.clock.moment += timedelta(minutes=10)
    books.merge_customers(realm, twin, desk.customer)
    found, _ = walked(office, last.cursor)
    by_id = {one.ref.id: one for one in found}
    assert isinstance(by_id[twin], Gone)
    assert by_id[key].customer_id == desk.customer
    assert isinstance(office.read(Kind.CUSTOMER, twin), Gone)
    # Nothing is sent to who is gone: the question itself says so.
    with pytest.raises(StaleError, match="no longer in QuickBooks"):
        office.books.position(twin)
    assert [one.ref.id for one in office.books.position(desk.customer).invoices] == [key]
    posts = []

    def carry(post):
        posts.append(post)
        return 200

    books.deliver(carry, format="legacy")
    told = {one.object_id: one for one in PROVIDER.notices(posts[-1].body) if one.verb == "merged"}
    assert set(told) == {twin, desk.customer}
    assert {one.kind for one in told.values()} == {Kind.CUSTOMER}


def test_money_of_a_parent_that_is_not_billed_is_its_own(office):
    desk = office.desk
    books, realm = desk.books, desk.realm
    child = books.add_customer(realm, "Shop", parent=desk.customer, billed_with_parent=False)
    books.record_receipt(realm, desk.customer, 1_000, DAY, "R-1")
    books.raise_credit_memo(realm, desk.customer, 500, DAY)
    found = office.read(Kind.CUSTOMER, child)
    assert isinstance(found, Customer)
    assert found.parent_id is None
    position = office.books.position(child)
    assert (position.receipts, position.credit_notes) == ((), ())


def test_an_automatic_payment_that_the_customer_agreed_to_is_told(office):
    desk = office.desk
    key = desk.invoice()
    for on in (True, False):
        desk.books.schedule_payment(desk.realm, key, on=on)
        found = office.read(Kind.INVOICE, key)
        assert isinstance(found, Invoice)
        assert found.payment_scheduled is on
        assert found.is_open
    sparse = {"Id": key, "SyncToken": "2", "sparse": True, "ScheduledPaymentId": "mine"}
    assert desk.post("invoice", sparse).status_code == 200
    assert desk.doc("Invoice", key)["ScheduledPaymentId"] == ""


def test_notes_are_found_by_their_mark(office):
    desk = office.desk
    key = desk.invoice()
    ref = Ref(Kind.INVOICE, key)
    assert office.books.find_note(ref, "n1") is None
    made = office.books.note(
        ref, "Reminder 1 sent to ada@example.com \u2014 \u20ac5 \U0001f600", "n1"
    )
    assert office.books.find_note(ref, "n1") == made
    assert office.books.find_note(ref, "n2") is None
    assert office.books.note(ref, "again", "n1") == made
    [(kind, target, text, _)] = desk.books.notes(desk.realm)
    assert (kind, target) == ("Invoice", key)
    assert text == f"Reminder 1 sent to ada@example.com - EUR5  [{mark('n1')}]"
    [doc] = desk.query("SELECT * FROM Attachable")["Attachable"]
    assert doc["AttachableRef"][0]["IncludeOnSend"] is False
    office.books.note(ref, "x" * 5_000, "n3")
    assert office.books.find_note(ref, "n3")
    with pytest.raises(RefusedError):
        office.books.note(Ref(Kind.ORGANISATION, "1"), "x", "n4")


def test_outside_the_united_states_every_sign_is_kept():
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company("Finch", country="GB", currency="GBP")
    desk.tokens = desk.connect(desk.realm)
    customer = desk.books.add_customer(desk.realm, "Zo\u00eb")
    key = desk.books.raise_invoice(desk.realm, customer, "1", DAY, DUE, 100)
    office.books = office.open()
    office.books.note(Ref(Kind.INVOICE, key), "paid \u2014 \u20ac5", "n1")
    assert desk.books.notes(desk.realm)[0][2].startswith("paid \u2014 \u20ac5")


def test_the_company_describes_itself():
    office = Office()
    desk = office.desk
    desk.realm = desk.books.add_company(
        "Finch", country="GB", currency="GBP", timezone="Europe/London", currencies=("EUR", "USD")
    )
    desk.tokens = desk.connect(desk.realm)
    desk.books.set_book_close_date(desk.realm, DAY)
    desk.books.set_auto_apply(desk.realm, on=True)
    desk.books.set_read_only(desk.realm, on=True)
    found = office.open().organisation()
    assert (found.name, found.currency, found.country) == ("Finch", "GBP", "GB")
    assert (found.zone, found.locked_until) == ("Europe/London", DAY)
    assert found.currencies == ("GBP", "EUR", "USD")
    assert "payments and credits to the oldest invoices" in found.warnings[0]
    assert "subscription has ended" in found.warnings[1]
    less = {Purpose.DISCOUNTS, Purpose.ROUNDING}
    assert {one.name: one.purposes for one in office.open().accounts()} == {
        "Checking": {Purpose.STRIPE, Purpose.BANK, Purpose.PAYOUTS},
        "Undeposited Funds": {Purpose.STRIPE, Purpose.BANK},
        "Services": less,
        "Merchant Fees": {*less, Purpose.FEES, Purpose.WITHHOLDING, Purpose.WRITE_OFFS},
    }
    [tenant] = PROVIDER.tenants(Access(desk.realm, desk.token), office.wire())
    assert (tenant.id, tenant.title) == (desk.realm, "Finch")


def test_another_realm_than_the_tokens_is_refused(office):
    other = office.desk.books.add_company("Other")
    with pytest.raises(DisconnectedError):
        PROVIDER.tenants(Access(other, office.desk.token), office.wire())
    asked = len(office.desk.books.requests())
    for made_up in ("", "../v3", "1/2", "\u0661"):
        with pytest.raises(RefusedError, match="no number"):
            PROVIDER.tenants(Access(made_up, office.desk.token), office.wire())
    assert len(office.desk.books.requests()) == asked


@pytest.mark.parametrize("weather", ["429", "500", "503", "fault200", "empty200", "lost"])
def test_bad_weather_at_a_read_is_waited_out(office, weather):
    key = office.desk.invoice()
    for ask in (
        lambda: office.books.sync(""),
        lambda: office.books.read([Ref(Kind.INVOICE, key)]),
        lambda: office.books.position(office.desk.customer),
        office.books.organisation,
    ):
        # The first four calls of a walk only count.
        office.storm = [weather] * 5
        with pytest.raises(RetryLaterError):
            ask()
        office.storm.clear()
    _, last = walked(office)
    office.storm = [weather]
    with pytest.raises(RetryLaterError):
        office.books.sync(last.cursor)


def test_reads_are_metered_and_writes_are_not(office):
    key = office.desk.invoice()
    office.books.read([Ref(Kind.INVOICE, key)])
    office.books.note(Ref(Kind.INVOICE, key), "x", "n1")
    assert office.gate.calls == [True, False]


def test_over_a_real_loopback_connection():
    desk = Desk()
    key = desk.invoice()
    office = Office(desk=desk)
    with desk.served() as address:
        wire = Wire(addresses={"api": address})
        [tenant] = PROVIDER.tenants(Access(desk.realm, desk.token), wire)
        assert tenant.title == "Wren Supplies"
        books = office.open(wire)
        [found] = books.read([Ref(Kind.INVOICE, key)])
        assert found.document.ref.id == key
        books._calls.close()
    silent = office.open(wire)
    with pytest.raises(RetryLaterError):
        silent.read([Ref(Kind.INVOICE, key)])
