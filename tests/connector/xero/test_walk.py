"""Few calls: which lists a walk asks for, and how many documents one call reads."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from ledger.documents import Gone, Invoice, Kind, Receipt, Ref
from tests.connector.xero import office as offices
from tests.connector.xero.test_books import NOBODY, bill, ids, walk_all
from tests.sandbox.xero_desk import TODAY


@pytest.fixture
def office():
    return offices.make()


@pytest.fixture
def books(office):
    return office.books()


def asked(office, after=0):
    """List the lists that were asked for, with what was asked of them."""
    return [
        (one.path.rpartition("/")[2], {name: text[0] for name, text in parse_qs(one.query).items()})
        for one in office.standin.requests(after)
        if one.method == "GET" and "/api.xro/" in one.path
    ]


def changes(office, page):
    """Walk what changed since a page, with the token of the hour."""
    books = office.books()
    return walk_all(lambda cursor: books.sync(cursor or page.cursor))


def last(office):
    return office.standin.requests()[-1].seq


def names(calls):
    return [name for name, _ in calls]


def old(office):
    """Let so much time pass that nothing made before counts as lately changed."""
    office.clock.now += timedelta(minutes=20)


def test_payments_are_asked_for_only_when_an_invoice_changed(office, books):
    key, _ = bill(office, 2)
    old(office)
    *_, page = walk_all(books.sync)
    assert page.seen == 3
    old(office)
    before = last(office)
    *_, page = changes(office, page)
    lists = ["Contacts", "Invoices", "CreditNotes", "Overpayments", "Prepayments"]
    assert names(asked(office, before)) == lists
    old(office)
    payment = office.standin.record_payment(office.tenant, key, "40.00", TODAY)
    before = last(office)
    pages = changes(office, page)
    assert names(asked(office, before)) == [*lists, "Payments"]
    assert {key, payment} <= {one for page in pages for one in ids(page.found)}


def test_payments_left_out_are_asked_for_later_from_where_they_were_left(office, books):
    """Should a payment ever change without its invoice, it is late, not lost."""
    (key,) = bill(office)
    *_, page = walk_all(books.sync)
    old(office)
    payment = office.standin.record_payment(office.tenant, key, "40.00", TODAY)
    untouched = office.standin.books.find(office.tenant, "Invoices", key)
    untouched["updated"] = "2026-01-01T00:00:00"
    for _ in range(2):
        old(office)
        *_, page = changes(office, page)
    old(office)
    bill(office, start=2)
    assert payment in {one for page in changes(office, page) for one in ids(page.found)}


def test_a_full_last_page_is_known_as_the_last(office, books, monkeypatch):
    monkeypatch.setattr("connector.xero.walk.PAGE", 3)
    keys = bill(office, 6)
    before = last(office) if office.standin.requests() else 0
    pages = walk_all(books.open_documents)
    assert {one for page in pages for one in ids(page.found)} == set(keys)
    assert names(asked(office, before)).count("Invoices") == 2
    before = last(office)
    assert len(books.position(office.contact).invoices) == 6
    assert names(asked(office, before)).count("Invoices") == 2


def test_what_is_open_is_listed_in_short(office, books):
    """Lines and payments are not needed for it, and the vendor bills the bytes."""
    (key,) = bill(office)
    office.standin.record_payment(office.tenant, key, "40.00", TODAY)
    before = last(office) if office.standin.requests() else 0
    pages = walk_all(books.open_documents)
    position = books.position(office.contact)
    for name, query in asked(office, before):
        assert query.get("summaryOnly") == ("true" if name == "Invoices" else None)
    [listed] = [one for page in pages for one in page.found if isinstance(one.document, Invoice)]
    [whole] = books.read([Ref(Kind.INVOICE, key)])
    assert listed.document == whole.document == position.invoices[0]
    assert "LineItems" not in listed.raw


def test_a_burst_of_news_is_one_call_for_each_list(office, books):
    keys = bill(office, 100)
    paid = [office.standin.record_payment(office.tenant, key, "1.00", TODAY) for key in keys]
    books.organisation()
    before = last(office)
    refs = [Ref(Kind.INVOICE, key) for key in (*keys, NOBODY)]
    refs += [Ref(Kind.RECEIPT, key, "payment") for key in paid]
    found = books.read(refs)
    assert ids(found) == {*keys, *paid, NOBODY}
    [gone] = [one.document for one in found if isinstance(one.document, Gone)]
    assert gone.ref.id == NOBODY
    assert len([one for one in found if isinstance(one.document, Receipt)]) == 100
    # The one that nobody has was asked for by its id.
    assert sorted(names(asked(office, before))) == ["Invoices", "Invoices", "Payments"]


def test_old_news_is_asked_for_by_id(office, books):
    keys = bill(office, 45)
    old(office)
    books.organisation()
    before = last(office)
    assert ids(books.read([Ref(Kind.INVOICE, key) for key in keys])) == set(keys)
    assert [len(query.get("IDs", "").split(",")) for _, query in asked(office, before)] == [
        1,
        40,
        5,
    ]


def test_a_burst_reads_only_what_was_asked_for(office, books):
    keys = bill(office, 60)
    found = books.read([Ref(Kind.INVOICE, key) for key in keys[:50]])
    assert ids(found) == set(keys[:50])


def tags(found):
    return {one.document.name: one.document.tags for one in found if hasattr(one.document, "tags")}


def one_day(office, page):
    """Walk what changed after a day; gives the lists asked for, what came, and the last page."""
    office.clock.now += timedelta(days=1)
    before = last(office)
    pages = changes(office, page)
    found = [one for each in pages for one in each.found]
    return names(asked(office, before)), tags(found), pages[-1]


def test_groups_are_looked_for_once_a_day_and_then_every_contact_is_read(office, books):
    standin, tenant = office.standin, office.tenant
    quiet = standin.add_contact(tenant, "Quiet Ltd")
    old(office)
    *_, page = walk_all(books.sync)
    asked_for, found, page = one_day(office, page)
    assert asked_for[0] == "ContactGroups"
    assert found == {}
    # Joining and leaving a group changes no contact, and is seen all the same.
    standin.set_groups(tenant, quiet, "Key accounts")
    assert "ContactGroups" not in names(asked(office, last(office)))
    _, found, page = one_day(office, page)
    assert found == {"Quiet Ltd": ("Key accounts",), "Ridge & Sons": ()}
    office.clock.now += timedelta(hours=6)
    before = last(office)
    changes(office, page)
    assert "ContactGroups" not in names(asked(office, before))
    standin.delete_group(tenant, "Key accounts")
    _, found, page = one_day(office, page)
    assert found == {"Quiet Ltd": (), "Ridge & Sons": ()}
    _, found, _ = one_day(office, page)
    assert found == {}


def test_groups_seen_by_the_first_walk_are_missed_when_they_are_gone(office, books):
    standin, tenant = office.standin, office.tenant
    standin.set_groups(tenant, office.contact, "Key accounts")
    *_, page = walk_all(books.sync)
    standin.delete_group(tenant, "Key accounts")
    asked_for, found, _ = one_day(office, page)
    assert asked_for[:2] == ["ContactGroups", "Contacts"]
    assert found == {"Ridge & Sons": ()}


def test_groups_that_may_not_be_read_stop_no_walk(office, books):
    old(office)
    *_, page = walk_all(books.sync)
    office.streets.weather = lambda _host, _method, path: "scope" if "Groups" in path else None
    asked_for, found, _ = one_day(office, page)
    assert (asked_for[:2], found) == (["ContactGroups", "Contacts"], {})


def test_more_than_xero_lists_begins_with_what_changed_of_late(office, monkeypatch):
    old_one, other = bill(office, 2)
    office.clock.now += timedelta(days=800)
    new = bill(office, start=3)
    monkeypatch.setattr("sandbox.xero.reads.MATCHES_MAX", 2)
    pages = walk_all(office.books().sync)
    found = {one for page in pages for one in ids(page.found)}
    assert {*new, office.contact} <= found
    assert not {old_one, other} & found
    monkeypatch.setattr("sandbox.xero.reads.MATCHES_MAX", 100)
    swept = walk_all(office.books().open_documents)
    assert {old_one, other} <= {one for page in swept for one in ids(page.found)}
    assert changes(office, pages[-1])[-1].seen <= 4
