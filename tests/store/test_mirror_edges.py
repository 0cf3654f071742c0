"""Money from outside the books, other connections, and what must not be shown or taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.protocol import Found
from ledger.documents import Kind, Ref, Source
from ledger.money import Money
from store import connections, mirror
from store.connections import Consented
from tests.store.papers import CUSTOMER, INVOICE, RECEIPT, gbp

STRIPE_RECEIPT = replace(
    RECEIPT, ref=Ref(Kind.RECEIPT, "ch_1"), source=Source.STRIPE, customer_id=None
)


def test_money_from_outside_is_handed_out_once(s, ours, save, stripe):
    save(STRIPE_RECEIPT, connection_id=stripe)
    assert mirror.connection_of_receipt(s, ours, Source.STRIPE, "ch_1") == stripe
    assert mirror.record_applied(s, ours, Source.STRIPE, "ch_1", gbp(2000))
    # The vendor tells the same as ever: it does not know what was done with the money.
    save(replace(STRIPE_RECEIPT, text="told again"), connection_id=stripe)
    [left] = mirror.receipts_to_match(s, ours)
    assert left.unapplied == gbp(3000)
    mirror.record_applied(s, ours, Source.STRIPE, "ch_1", gbp(3000))
    assert mirror.receipts_to_match(s, ours) == []
    mirror.record_applied(s, ours, Source.STRIPE, "ch_1", -gbp(5000))
    [back] = mirror.receipts_to_match(s, ours)
    assert back.unapplied == gbp(5000)


def test_a_refund_of_applied_money_leaves_nothing_to_match(s, ours, save, stripe):
    save(STRIPE_RECEIPT, connection_id=stripe)
    mirror.record_applied(s, ours, Source.STRIPE, "ch_1", gbp(4000))
    save(replace(STRIPE_RECEIPT, unapplied=gbp(2000)), connection_id=stripe)
    assert mirror.receipts_to_match(s, ours) == []
    kept = mirror.receipt(s, ours, Source.STRIPE, "ch_1")
    assert kept is not None
    assert kept.unapplied == gbp(0)


def test_the_ledger_itself_tells_what_is_left_of_its_receipts(s, ours, save):
    save(RECEIPT)
    assert not mirror.record_applied(s, ours, Source.LEDGER, "p-1", gbp(5000))
    assert mirror.receipts_to_match(s, ours) == [RECEIPT]


def test_money_of_another_currency_is_not_taken(s, ours, save, stripe):
    save(STRIPE_RECEIPT, connection_id=stripe)
    assert not mirror.record_applied(s, ours, Source.STRIPE, "ch_1", Money(1, "EUR"))


def test_invoices_of_a_payments_connection_are_not_owed_here(s, ours, save, stripe):
    save(replace(INVOICE, ref=Ref(Kind.INVOICE, "in_1")), CUSTOMER, connection_id=stripe)
    assert mirror.open_invoices(s, ours) == []
    assert mirror.customers(s, ours) == {}
    assert mirror.customers_with_open(s, ours) == []


def test_nothing_of_a_disconnected_connection_is_shown(s, ours, books, save, stripe, now):
    save(CUSTOMER, INVOICE, RECEIPT)
    save(STRIPE_RECEIPT, connection_id=stripe)
    connections.set_state(s, books, connections.DISCONNECTED, "")
    connections.set_state(s, stripe, connections.DISCONNECTED, "")
    assert mirror.open_invoices(s, ours) == []
    assert mirror.receipts_to_match(s, ours) == []
    assert mirror.position(s, ours, "c-1", now) is None
    assert mirror.connection_of_receipt(s, ours, Source.STRIPE, "ch_1") is None
    # The audit trail stays.
    assert mirror.raw(s, ours, INVOICE.ref) == '{"id": "i-1"}'


def test_new_books_do_not_show_the_invoices_of_the_old(s, ours, books, save, now):
    save(CUSTOMER, INVOICE)
    connections.set_state(s, books, connections.DISCONNECTED, "changed over")
    consented = Consented("quickbooks", "books", "realm-1", "Reed's company")
    new = connections.connect(s, ours, consented, now)
    save(replace(INVOICE, ref=Ref(Kind.INVOICE, "1")), connection_id=new)
    assert [one.ref.id for one in mirror.open_invoices(s, ours)] == ["1"]


def test_a_connection_of_another_organisation_takes_nothing(s, theirs, books, now):
    with pytest.raises(LookupError, match="is not of organisation"):
        mirror.save(s, theirs, books, [Found(INVOICE, "{}")], now)
