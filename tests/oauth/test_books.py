"""Open books stay open while the consent lives, and say so when it does not."""

from __future__ import annotations

import pytest

from connector.protocol import Books, Share
from ledger.documents import Invoice, Kind, Receipt, Ref
from ledger.errors import DisconnectedError, RetryLaterError
from ledger.money import Money
from oauth import disconnect, open_books, still_there
from sandbox.xero.refusals import Refusal
from store import connections, due, exceptions, journal
from store.connections import Consented
from tests.oauth.test_consent import tenant_of
from tests.oauth.test_tokens import EVERY, connected, held, open_kinds


@pytest.mark.parametrize("name", EVERY)
def test_books_outlive_their_first_token(desk, name):
    made = connected(desk, name)
    books = open_books(desk.opener, made)
    first = books.organisation()
    calls = desk.token_calls()
    desk.clock.forward(hours=2)
    assert books.organisation() == first
    assert desk.token_calls() == calls + 1
    assert books.organisation() == first
    assert desk.token_calls() == calls + 1


def first_receipt(books: Books) -> Receipt:
    """Walk the books until a receipt comes."""
    page = books.sync("")
    for _ in range(9):
        for one in page.found:
            if isinstance(one.document, Receipt):
                return one.document
        assert page.more
        page = books.sync(page.cursor)
    raise AssertionError


def test_every_call_goes_through_and_survives_a_refused_token(desk):
    made = connected(desk, "quickbooks")
    stand_in, realm = desk.quickbooks, made.tenant_id
    customer = stand_in.add_customer(realm, "Ada Mills", "ada@example.com")
    day = desk.clock().date()
    owed = stand_in.raise_invoice(realm, customer, "1001", day, day, 10_000)
    stand_in.record_receipt(realm, customer, 10_000, day, "paid 1001")
    books = open_books(desk.opener, made)

    def refuse() -> None:
        desk.clock.forward(seconds=5)
        stand_in.shelf.drop("access", held(desk, made).access)

    assert books.accounts()
    refuse()
    receipt = first_receipt(books)
    invoice = Ref(Kind.INVOICE, owed)
    (found,) = books.read([invoice])
    assert isinstance(found.document, Invoice)
    refuse()
    assert books.position(customer).receipts
    shares = [Share(owed, Money(10_000, "USD"))]
    refuse()
    applied = books.apply(receipt, shares, "apply-1", day)
    assert books.find_applied(receipt, shares, "apply-1") == applied
    assert stand_in.receivables(realm).get("USD", 0) == 0
    refuse()
    books.unapply(applied, "unapply-1")
    assert books.find_note(invoice, "note-1") is None
    refuse()
    books.note(invoice, "A reminder went out", "note-1")
    assert books.find_note(invoice, "note-1") is not None
    assert books.open_documents("").found


def test_a_refused_token_is_renewed_and_the_call_made_again(desk):
    made = connected(desk, "quickbooks")
    books = open_books(desk.opener, made)
    desk.quickbooks.shelf.drop("access", held(desk, made).access)
    calls = desk.token_calls()
    assert books.organisation().name
    assert desk.token_calls() == calls + 1
    assert desk.row(made).state == "connected"


def test_one_organisation_ended_at_xero_leaves_its_sibling_alone(desk):
    one = desk.xero.add_organisation(
        "One", "!one", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
    )
    two = desk.xero.add_organisation(
        "Two", "!two", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
    )
    first, second = desk.connect("xero", one), desk.connect("xero", two)
    desk.xero.disconnect(one)
    with pytest.raises(DisconnectedError):
        open_books(desk.opener, first).organisation()
    assert desk.row(first).state == "needs_reconnect"
    assert open_kinds(desk, first) == ["needs_reconnect"]
    assert open_books(desk.opener, second).organisation().name == "Two"
    with pytest.raises(DisconnectedError):
        open_books(desk.opener, first)
    revived = desk.connect("xero", one)
    assert revived.id == first.id
    assert open_books(desk.opener, revived).organisation().name == "One"
    assert open_kinds(desk, first) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_consent_ended_at_the_vendor_is_found_out_by_the_next_call(desk, name):
    made = connected(desk, name)
    books = open_books(desk.opener, made)
    if name == "xero":
        desk.xero.identity.revoke({"token": held(desk, made).refresh})
    elif name == "quickbooks":
        desk.quickbooks.consent.end(made.tenant_id)
    else:
        desk.stripe.deauthorize(made.tenant_id)
    with pytest.raises(DisconnectedError):
        books.organisation()
    assert desk.row(made).state == "needs_reconnect"
    assert open_kinds(desk, made) == ["needs_reconnect"]


def test_a_vendor_that_lists_a_connection_and_refuses_it_is_left_in_peace(desk, monkeypatch):
    made = connected(desk, "xero")
    books = open_books(desk.opener, made)
    refusal = desk.xero.identity._refused(403, "Forbidden", "AuthenticationUnsuccessful")

    def refuse(*_asked):
        raise Refusal(refusal)

    monkeypatch.setattr(desk.xero.identity, "check_tenant", refuse)
    with pytest.raises(RetryLaterError):
        books.organisation()
    assert desk.row(made).state == "connected"


# Disconnecting here.


@pytest.mark.parametrize("name", EVERY)
def test_a_disconnect_forgets_the_tokens_and_keeps_the_history(desk, name):
    made = connected(desk, name)
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    row = desk.row(made)
    assert (row.state, row.token_set_id) == ("disconnected", None)
    kept = held(desk, made)
    assert (kept.access, kept.refresh, kept.previous_refresh) == ("", "", "")
    with desk.sessions() as s:
        entries = [one.entry for one in journal.read(s, made.organisation_id, limit=9)]
        assert journal.verify(s, made.organisation_id) == 2
        assert due.now_due(s, desk.clock()) == []
    assert entries == ["disconnected", "connected"]
    assert open_kinds(desk, made) == []
    with pytest.raises(DisconnectedError):
        open_books(desk.opener, row)
    # Pressing the button twice changes nothing.
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    with desk.sessions() as s:
        assert journal.verify(s, made.organisation_id) == 2


def test_quickbooks_is_told_by_revoking(desk):
    made = connected(desk, "quickbooks")
    refresh = held(desk, made).refresh
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    (call,) = desk.asked("quickbooks", "/tokens/revoke")
    assert (call.status, refresh.encode() in call.body) == (200, True)
    assert desk.quickbooks.shelf.all("grant") == []


def test_xero_is_revoked_only_with_the_last_organisation_of_the_person(desk):
    ids = [
        desk.xero.add_organisation(
            name, f"!{name}", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
        )
        for name in ("one", "two")
    ]
    first, second = (desk.connect("xero", one) for one in ids)
    disconnect(desk.opener, first.organisation_id, first.id, "ada@example.com")
    assert desk.asked("xero", "/connect/revocation") == []
    assert [one["tenantId"] for one in desk.xero.shelf.all("connections")] == [ids[1]]
    assert open_books(desk.opener, second).organisation().name == "two"
    disconnect(desk.opener, second.organisation_id, second.id, "ada@example.com")
    assert len(desk.asked("xero", "/connect/revocation")) == 1
    assert desk.xero.shelf.all("connections") == []


def test_a_vendor_that_cannot_be_told_keeps_nobody_connected(desk):
    made = connected(desk, "quickbooks")
    desk.quickbooks.consent.client = ("quickbooks-app", "another-secret")
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    assert desk.row(made).state == "disconnected"
    assert not held(desk, made).refresh
    assert open_kinds(desk, made) == ["disconnect_unconfirmed"]


def test_another_organisations_connection_does_not_exist(desk):
    made = connected(desk, "quickbooks")
    with pytest.raises(LookupError):
        disconnect(desk.opener, made.organisation_id + 1, made.id, "eve@example.com")
    assert desk.row(made).state == "connected"


def test_tokens_that_another_connection_needs_are_kept(desk):
    made = connected(desk, "quickbooks")
    with desk.sessions.begin() as s:
        consented = Consented(
            "quickbooks", "payments", "9130", "Sister", token_set_id=made.token_set_id
        )
        sister = connections.connect(s, made.organisation_id, consented, desk.clock())
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    assert held(desk, made).refresh
    assert desk.asked("quickbooks", "/tokens/revoke") == []
    disconnect(desk.opener, made.organisation_id, sister, "ada@example.com")
    assert not held(desk, made).refresh


def test_an_account_opened_by_our_own_key_has_no_tokens_to_forget(desk):
    account = tenant_of(desk, "stripe")
    with desk.sessions.begin() as s:
        consented = Consented("stripe", "payments", account, "Wren", strategy="platform")
        made = connections.connect(s, desk.asker.organisation_id, consented, desk.clock())
    disconnect(desk.opener, desk.asker.organisation_id, made, "ada@example.com")
    with desk.sessions() as s:
        assert connections.get(s, made).state == "disconnected"


def test_after_a_disconnect_the_same_company_may_come_again(desk):
    company = tenant_of(desk, "quickbooks")
    made = desk.connect("quickbooks", company, desk.asker.organisation_id)
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    again = desk.connect("quickbooks", company, desk.asker.organisation_id)
    assert again.id == made.id
    assert open_books(desk.opener, again).organisation().name == "Wren Supplies"


def test_who_lost_the_rights_of_an_administrator_is_told_to_ask_another(desk):
    made = connected(desk, "quickbooks")
    books = open_books(desk.opener, made)
    desk.quickbooks.dismiss(made.tenant_id)
    with pytest.raises(DisconnectedError):
        books.organisation()
    assert desk.row(made).state == "needs_reconnect"
    with desk.sessions() as s:
        (row,) = exceptions.list_open(s, made.organisation_id)
    assert "no administrator of the company any more; another one must" in row.detail
    # One refresh was tried, and no more.
    calls = desk.token_calls()
    with pytest.raises(DisconnectedError):
        open_books(desk.opener, desk.row(made))
    assert desk.token_calls() == calls
    again = desk.connect("quickbooks", made.tenant_id, made.organisation_id)
    assert open_books(desk.opener, again).organisation().name == "Wren Supplies"


# The light daily look.


@pytest.mark.parametrize("name", EVERY)
def test_a_daily_look_finds_the_end_that_nobody_told(desk, name):
    made = connected(desk, name)
    assert still_there(desk.opener, made)
    if name == "xero":
        desk.xero.disconnect(made.tenant_id)
    elif name == "quickbooks":
        desk.quickbooks.consent.end(made.tenant_id)
    else:
        desk.stripe.deauthorize(made.tenant_id)
    assert not still_there(desk.opener, made)
    assert desk.row(made).state == "needs_reconnect"
    with desk.sessions() as s:
        (open_row,) = exceptions.list_open(s, made.organisation_id)
    assert open_row.kind == "needs_reconnect"


def test_tokens_are_unreadable_in_the_file(desk, tmp_path):
    """T18: the file gives away neither tokens nor the vendor's name of the company."""
    made = connected(desk, "quickbooks")
    kept = held(desk, made)
    raw = b"".join(one.read_bytes() for one in tmp_path.glob("dunnock.db*"))
    assert b"Wren Supplies" in raw
    for secret in (kept.access, kept.refresh, made.tenant_id):
        assert secret.encode() not in raw
