"""The mirror gives back what was told, and never an older state over a newer one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from sqlalchemy import event

from ledger.documents import (
    Allocation,
    Charge,
    EarlyDiscount,
    Failure,
    Gone,
    Kind,
    Link,
    Organisation,
    Position,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from store import connections, mirror, organisations
from tests.store.papers import CREDIT, CUSTOMER, DAY, FULL_CUSTOMER, INVOICE, RECEIPT, gbp


@pytest.mark.parametrize("customer", [CUSTOMER, FULL_CUSTOMER])
def test_a_customer_comes_back_whole(s, ours, save, customer, now):
    customer = replace(customer, updated_at=now)
    save(customer)
    assert mirror.customer(s, ours, "c-1") == customer
    assert mirror.customers(s, ours) == {"c-1": customer}
    assert mirror.customer(s, ours, "c-404") is None


def test_an_invoice_comes_back_whole(s, ours, save, now):
    full = replace(
        INVOICE,
        reference="PO 7",
        po_number="7",
        sent_at=now,
        promised=DAY,
        disputed=True,
        payment_scheduled=True,
        charge=Charge(4, DAY, now, "insufficient_funds", Failure.FUNDS),
        net=gbp(8333),
        early_discount=EarlyDiscount(250, DAY + timedelta(days=10)),
        version="3",
        updated_at=now,
    )
    save(full, replace(INVOICE, ref=Ref(Kind.INVOICE, "i-2"), issued=date(2026, 1, 1)))
    assert mirror.invoice(s, ours, "i-1") == full
    assert set(mirror.invoices(s, ours, ["i-1", "i-2", "i-404"])) == {"i-1", "i-2"}
    assert [one.ref.id for one in mirror.invoices_of(s, ours, "c-1")] == ["i-2", "i-1"]


def test_a_credit_note_comes_back_with_its_allocations(s, ours, save, now):
    parts = (Allocation("i-1", gbp(1500), DAY, "a-1"), Allocation("i-2", gbp(500)))
    note = replace(CREDIT, allocations=parts, net=gbp(2500), version="v", updated_at=now)
    save(note)
    assert mirror.credit_notes_open(s, ours) == [note]
    assert mirror.credit_notes_open(s, ours, "c-9") == []


def test_a_receipt_comes_back_whole(s, ours, save, now):
    full = replace(
        RECEIPT,
        reference="INV-1",
        text="thanks",
        payer_name="Weir",
        payer_email="pay@weir.example",
        payer_account="GB00",
        links=(Link("i-1", "INV-1", gbp(100)), Link(invoice_number="INV-2", tenant_id="t-2")),
        allocations=(Allocation("i-3", gbp(7), DAY, "a-2"),),
        processing=True,
        version="9",
        updated_at=now,
    )
    save(full)
    assert mirror.receipts_to_match(s, ours) == [full]
    assert mirror.receipt(s, ours, Source.LEDGER, "p-1") == full
    assert mirror.receipt(s, ours, Source.BANK, "p-1") is None


def test_allocations_are_those_of_the_newest_state(s, ours, save):
    first = (Allocation("i-1", gbp(1), DAY, "a-1"), Allocation("i-2", gbp(2), DAY, "a-2"))
    save(replace(RECEIPT, allocations=first))
    save(replace(RECEIPT, allocations=first[1:]))
    kept = mirror.receipt(s, ours, Source.LEDGER, "p-1")
    assert kept is not None
    assert kept.allocations == first[1:]


def test_two_lists_of_one_vendor_do_not_mix(s, ours, save):
    over = replace(
        RECEIPT,
        ref=Ref(Kind.RECEIPT, "p-1", "Overpayments"),
        allocations=(Allocation("i-1", gbp(9)),),
    )
    save(RECEIPT, over)
    save(replace(RECEIPT, unapplied=gbp(4000)))
    found = {one.ref.part: one for one in mirror.receipts_to_match(s, ours)}
    assert found["Overpayments"] == over
    assert found["Payments"].unapplied == gbp(4000)


def test_only_what_changed_is_told(save):
    first = save(CUSTOMER, INVOICE, CREDIT, RECEIPT)
    assert set(first.refs) == {CUSTOMER.ref, INVOICE.ref, CREDIT.ref, RECEIPT.ref}
    assert first.customer_ids == {"c-1"}
    again = save(CUSTOMER, INVOICE, CREDIT, RECEIPT)
    assert not again
    paid = save(CUSTOMER, replace(INVOICE, balance=gbp(0), status=Status.PAID))
    assert paid.refs == (INVOICE.ref,)


def test_a_change_of_allocations_alone_is_a_change(save):
    save(RECEIPT)
    assert save(replace(RECEIPT, allocations=(Allocation("i-1", gbp(1)),)))


def test_an_older_state_never_wins(s, ours, save, now):
    newer = replace(INVOICE, balance=gbp(0), status=Status.PAID, updated_at=now)
    older = replace(INVOICE, updated_at=now - timedelta(hours=1))
    save(newer)
    assert not save(older)
    assert mirror.invoice(s, ours, "i-1") == newer


@pytest.mark.parametrize("order", [1, -1])
def test_the_newer_of_two_states_in_one_page_wins(s, ours, save, now, order):
    newer = replace(INVOICE, balance=gbp(1), updated_at=now)
    older = replace(INVOICE, updated_at=now - timedelta(hours=1))
    save(*[older, newer][::order])
    assert mirror.invoice(s, ours, "i-1") == newer


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_states_come_the_newest_stays(s, ours, save, now, order):
    states = [
        replace(INVOICE, balance=gbp(age), updated_at=now - timedelta(hours=age))
        for age in range(3)
    ]
    for at in order:
        save(states[at])
    assert mirror.invoice(s, ours, "i-1") == states[0]


def test_without_a_moment_the_last_word_counts(s, ours, save):
    save(INVOICE)
    save(replace(INVOICE, balance=gbp(5)))
    kept = mirror.invoice(s, ours, "i-1")
    assert kept is not None
    assert kept.balance == gbp(5)


def test_what_is_gone_is_no_longer_open(s, ours, save):
    save(CUSTOMER, INVOICE, CREDIT, RECEIPT)
    changes = save(Gone(INVOICE.ref), Gone(CREDIT.ref), Gone(RECEIPT.ref), Gone(CUSTOMER.ref))
    assert set(changes.refs) == {INVOICE.ref, CREDIT.ref, RECEIPT.ref, CUSTOMER.ref}
    assert changes.customer_ids == {"c-1"}
    assert mirror.open_invoices(s, ours) == []
    assert mirror.credit_notes_open(s, ours) == []
    assert mirror.receipts_to_match(s, ours) == []
    void = mirror.invoice(s, ours, "i-1")
    gone = mirror.customer(s, ours, "c-1")
    assert void is not None
    assert gone is not None
    assert (void.status, gone.archived) == (Status.VOID, True)


def test_what_is_gone_is_told_once_and_may_come_back(s, ours, save):
    save(INVOICE)
    assert save(Gone(INVOICE.ref))
    assert not save(Gone(INVOICE.ref))
    assert not save(Gone(Ref(Kind.INVOICE, "i-404")))
    assert not save(Gone(Ref(Kind.UNKNOWN, "x")))
    assert save(INVOICE)
    assert mirror.open_invoices(s, ours) == [INVOICE]


def test_only_what_is_open_and_owed_is_open(s, ours, save):
    save(
        INVOICE,
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-2"), balance=gbp(0), status=Status.PAID),
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-3"), status=Status.DRAFT),
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-4"), status=Status.UNKNOWN),
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-5"), customer_id="c-2"),
    )
    assert [one.ref.id for one in mirror.open_invoices(s, ours)] == ["i-1", "i-5"]
    assert mirror.customers_with_open(s, ours) == ["c-1", "c-2"]


def test_a_position_has_everything_open_of_one_customer(s, ours, save, stripe, now):
    elsewhere = replace(RECEIPT, ref=Ref(Kind.RECEIPT, "ch_1"), source=Source.STRIPE)
    save(CUSTOMER, INVOICE, CREDIT, RECEIPT)
    save(
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-9"), customer_id="c-9"),
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-2"), balance=gbp(0), status=Status.PAID),
        replace(RECEIPT, ref=Ref(Kind.RECEIPT, "p-9"), customer_id="c-9"),
    )
    save(elsewhere, connection_id=stripe)
    assert mirror.position(s, ours, "c-1", now) == Position(
        CUSTOMER, now, (INVOICE,), (CREDIT,), (RECEIPT,)
    )
    assert mirror.position(s, ours, "c-404", now) is None


def test_a_position_read_again_says_what_it_no_longer_names(s, ours, books, save, now):
    other = replace(INVOICE, ref=Ref(Kind.INVOICE, "i-2"))
    save(CUSTOMER, INVOICE, other, CREDIT, RECEIPT)
    less = replace(INVOICE, balance=gbp(1))
    changes = mirror.save_position(s, ours, books, Position(CUSTOMER, now, (less,)), now)
    assert changes.refs == (INVOICE.ref,)
    assert set(changes.missing) == {other.ref, CREDIT.ref, RECEIPT.ref}
    assert mirror.invoice(s, ours, "i-1") == less


def test_the_vendors_own_words_stay(s, ours, books, save, now):
    seen = Position(CUSTOMER, now, (INVOICE,))
    mirror.save_position(s, ours, books, seen, now)
    assert mirror.raw(s, ours, INVOICE.ref) == ""
    save(INVOICE)
    assert mirror.raw(s, ours, INVOICE.ref) == '{"id": "i-1"}'
    less = replace(INVOICE, balance=gbp(1))
    mirror.save_position(s, ours, books, Position(CUSTOMER, now, (less,)), now)
    assert mirror.raw(s, ours, INVOICE.ref) == '{"id": "i-1"}'
    assert mirror.raw(s, ours, Ref(Kind.INVOICE, "i-404")) is None
    assert mirror.raw(s, ours, Ref(Kind.ORGANISATION, "o")) is None


def _first_seen(s, ours):
    return mirror.first_seen(s, ours, ["i-1", "i-404"])


def _synced(s, books, now):
    connections.save_cursor(s, books, cursor="c", seen=1, total=1, done=True, now=now)


def test_what_the_first_walk_finds_was_there_from_its_own_date(s, ours, save):
    save(INVOICE)
    assert _first_seen(s, ours) == {"i-1": DAY}


def test_what_turns_up_later_counts_from_that_day_in_the_organisations_zone(s, ours, books, save):
    organisations.save_ledger(s, ours, Organisation("R", "NZD", "Pacific/Auckland"))
    late = organisations.get(s, ours).created_at.replace(hour=23)
    _synced(s, books, late)
    save(INVOICE, at=late)
    assert _first_seen(s, ours) == {"i-1": late.date() + timedelta(days=1)}
    save(replace(INVOICE, balance=gbp(1)), at=late + timedelta(days=30))
    assert _first_seen(s, ours) == {"i-1": late.date() + timedelta(days=1)}


def test_an_invoice_that_was_sent_counts_from_its_send(s, ours, books, save, now):
    _synced(s, books, now)
    sent = now - timedelta(days=3)
    save(replace(INVOICE, sent_at=sent))
    assert _first_seen(s, ours) == {"i-1": sent.date()}


def test_totals_are_by_currency_and_kind(s, ours, books, save):
    euro = Money(700, "EUR")
    save(
        INVOICE,
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-2"), balance=gbp(1)),
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-3"), total=euro, balance=euro),
        CREDIT,
        RECEIPT,
    )
    assert mirror.open_totals(s, ours, books) == {
        "EUR": mirror.Totals(euro, Money.zero("EUR"), Money.zero("EUR")),
        "GBP": mirror.Totals(gbp(10001), gbp(1000), gbp(5000)),
    }
    assert mirror.open_refs(s, ours, books) == [
        INVOICE.ref,
        Ref(Kind.INVOICE, "i-2"),
        Ref(Kind.INVOICE, "i-3"),
        CREDIT.ref,
        RECEIPT.ref,
    ]


def test_places_of_those_who_owe(s, ours, save):
    save(
        FULL_CUSTOMER,
        replace(FULL_CUSTOMER, ref=Ref(Kind.CUSTOMER, "c-2")),
        replace(CUSTOMER, ref=Ref(Kind.CUSTOMER, "c-3"), country="FR"),
        INVOICE,
        replace(INVOICE, ref=Ref(Kind.INVOICE, "i-2"), customer_id="c-2"),
    )
    assert mirror.zones_and_countries(s, ours) == [("Europe/London", "GB")]


def test_many_documents_are_saved_in_few_statements(s, ours, engine, save):
    many = [replace(INVOICE, ref=Ref(Kind.INVOICE, f"i-{number:04}")) for number in range(1200)]
    seen = []

    def count(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    changes = save(*many)
    event.remove(engine, "before_cursor_execute", count)
    assert len(changes.refs) == 1200
    # Whose it is, whether an index is to begin, and each part with its keys and number.
    assert len(seen) <= 2 + 4 + 3 * 4
    assert len(mirror.open_invoices(s, ours)) == 1200
    assert len(mirror.invoices(s, ours, [one.ref.id for one in many])) == 1200
    assert len(mirror.first_seen(s, ours, [one.ref.id for one in many])) == 1200


def test_groups_are_counted_by_their_living_customers(s, ours, save):
    for key, tags, archived in (
        ("t-1", ("North", "Key", "North"), False),
        ("t-2", ("North",), False),
        ("t-3", ("Gone",), True),
        ("t-4", (), False),
    ):
        save(replace(CUSTOMER, ref=Ref(Kind.CUSTOMER, key), tags=tags, archived=archived))
    assert mirror.tags_in_use(s, ours) == {"North": 2, "Key": 1}
