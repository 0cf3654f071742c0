"""The book in the store answers as the book in memory does, and keeps up with the mirror."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete

from connector.protocol import Found
from ledger.documents import (
    Allocation,
    CreditNote,
    Customer,
    EarlyDiscount,
    Gone,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from ledger.payouts import Payout
from rules.facts import MatchFacts
from rules.matching.book import Book
from rules.matching.forms import customer_forms
from rules.matching.gathered import read_whole
from rules.matching.mirrored import party_of
from rules.matching.policy import large_amounts
from rules.matching.seen_twice import Seen, claim
from rules.matching.values import ExpectedPayout, Party
from store import (
    actions,
    connections,
    matching_book,
    matching_index,
    mirror,
    mirror_queries,
    payers,
    tables,
)
from store import matching_queries as ask
from store.connections import Consented
from store.matching_book import StoredBook
from store.tables import matching_index as matching_index_table
from store.tables import matching_key

DAY = date(2026, 3, 2)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def customer(at: int, name: str, **more) -> Customer:
    return Customer(Ref(Kind.CUSTOMER, f"c-{at}"), name, **more)


def invoice(at: int, whose: int, minor: int, **more) -> Invoice:
    made = Invoice(
        Ref(Kind.INVOICE, f"i-{at}"),
        f"INV-{at:05d}",
        f"c-{whose}",
        DAY,
        DAY + timedelta(days=30 - at % 3),
        gbp(minor),
        gbp(minor),
        Status.OPEN,
    )
    return replace(made, **more)


CUSTOMERS = (
    customer(1, "Acme Widgets Ltd", email="ap@acme.example", emails_cc=("b@acme.example",)),
    customer(2, "Acme Holdings", country="GB", number="20007"),
    customer(3, "Birch & Sons", parent_id="c-2"),
    customer(4, "Cedar GmbH", parent_id="c-3"),
)
DOCUMENTS: tuple[Invoice | CreditNote, ...] = (
    invoice(1, 1, 12000, po_number="PO 7788", early_discount=EarlyDiscount(200, DAY)),
    invoice(2, 1, 500, reference="RF18539007547034", net=gbp(417)),
    invoice(3, 2, 12000),
    invoice(4, 2, 12000, balance=gbp(0), status=Status.PAID),
    CreditNote(
        Ref(Kind.CREDIT_NOTE, "n-1"), "CN-00009", "c-1", DAY, gbp(700), gbp(300), Status.OPEN
    ),
)


@pytest.fixture
def to(s, ours, now):
    """Give an open connection to the books."""
    return connections.connect(s, ours, Consented("xero", "books", "t-1", "Reed"), now)


@pytest.fixture
def save(s, ours, to, now):
    def keep(*documents):
        mirror.save(s, ours, to, [Found(one, "{}") for one in documents], now)

    return keep


FACTS = MatchFacts(
    receipts=(),
    invoices=tuple(one for one in DOCUMENTS if isinstance(one, Invoice)),
    customers={one.ref.id: one for one in CUSTOMERS},
    credit_notes=tuple(one for one in DOCUMENTS if isinstance(one, CreditNote)),
)
PARTIES = [party_of(one.ref.id, [one], {}) for one in CUSTOMERS]


def in_memory() -> Book:
    return read_whole(FACTS, 1).book


def asked(book) -> list[object]:
    """Give the answers to every sort of question."""
    ids = [*(one.ref.id for one in DOCUMENTS), "i-404"]
    whose = [*(one.ref.id for one in CUSTOMERS), "c-404"]
    forms = [form for one in PARTIES for form in (*customer_forms(one), "name:nobody")]
    keys = ("1", "2", "7788", "18539007547034", "9", "404")
    return [
        [book.item(one) for one in ids],
        [list(book.spelled(key)) for key in keys],
        {key: list(found) for key, found in book.spelled_among(keys).items()},
        [list(book.owing(one, "GBP")) for one in whose],
        [list(book.owing("c-1", "EUR"))],
        [list(book.amounting("GBP", minor)) for minor in (12000, 500, 300, 0)],
        [book.party(one) for one in whose],
        [sorted(book.family(one)) for one in whose],
        [list(book.known_as(form)) for form in forms],
        [list(book.names_like(word)) for word in ("acme", "birch", "zebra")],
    ]


def test_every_question_is_answered_as_in_memory(s, ours, save):
    save(*CUSTOMERS, *DOCUMENTS)
    book = StoredBook(s, ours)
    assert asked(book) == asked(in_memory())
    # What was asked before is answered alike.
    assert asked(book) == asked(in_memory())


def test_an_index_that_is_there_is_kept_up_by_every_save(s, ours, save):
    StoredBook(s, ours)
    save(replace(CUSTOMERS[0], name="Otherwise Ltd"), replace(DOCUMENTS[0], number="X-777"))
    save(*CUSTOMERS, *DOCUMENTS)
    assert asked(StoredBook(s, ours)) == asked(in_memory())
    assert StoredBook(s, ours).spelled("777") == ()


def test_an_index_of_another_making_is_made_anew(s, ours, save, monkeypatch):
    save(*CUSTOMERS, *DOCUMENTS)
    StoredBook(s, ours)
    monkeypatch.setattr(matching_index, "VERSION", 99)
    monkeypatch.setattr(matching_index, "PAGE", 2)
    assert asked(StoredBook(s, ours)) == asked(in_memory())


def test_what_nobody_may_pay_is_not_shown(s, ours, save):
    save(*DOCUMENTS, invoice(7, 1, 900, status=Status.DRAFT), invoice(8, 1, 900, unread="odd"))
    save(Gone(Ref(Kind.INVOICE, "i-2")), replace(DOCUMENTS[2], status=Status.VOID))
    book = StoredBook(s, ours)
    assert [book.item(one) for one in ("i-2", "i-3", "i-7")] == [None, None, None]
    assert book.spelled("2") == book.spelled("3") == ()
    assert [one.id for one in book.amounting("GBP", 12000)] == ["i-1"]


def test_confirmed_payers_count_and_merged_customers_are_whom_they_went_into(s, ours, save):
    save(*CUSTOMERS, *DOCUMENTS, customer(5, "Old Acme", merged_into="c-1"), invoice(9, 5, 70))
    payers.confirm(s, ours, "account:gb1", "c-5")
    payers.confirm(s, ours, "account:gb1", "c-1")
    payers.confirm(s, ours, "account:gb1", "c-2")
    book = StoredBook(s, ours)
    assert list(book.known_as("account:gb1")) == [("c-1", 2), ("c-2", 1)]
    (form, *_) = customer_forms(Party("", "Old Acme"))
    assert list(book.known_as(form)) == [("c-1", 0)]
    assert [one.id for one in book.names_like("old")] == ["c-1"]
    assert [one.id for one in book.owing("c-1", "GBP")] == ["n-1", "i-2", "i-1", "i-9"]
    assert [one.customer_id for one in book.spelled("9")] == ["c-1", "c-1"]


def test_payouts_and_what_was_placed_before_are_found_by_amount(s, ours, save):
    save(
        Payout(Ref(Kind.PAYOUT, "po-1"), DAY, gbp(900), ()),
        Receipt(
            Ref(Kind.RECEIPT, "p-1"),
            Source.LEDGER,
            DAY,
            gbp(12000),
            gbp(0),
            Status.PAID,
            "c-1",
            allocations=(Allocation("i-1", gbp(12000), DAY),),
        ),
        Receipt(
            Ref(Kind.RECEIPT, "p-2"), Source.LEDGER, DAY, gbp(12000), gbp(12000), Status.OPEN, "c-1"
        ),
    )
    book = StoredBook(s, ours)
    assert list(book.payouts("GBP", 900)) == [ExpectedPayout("po-1", gbp(900), DAY)]
    assert list(book.payouts("GBP", 901)) == []
    assert list(book.past("GBP", 900)) == []
    (past,) = book.past("GBP", 12000)
    assert (past.id, past.customer_id, past.allocations) == ("p-1", "c-1", (("i-1", 12000),))
    assert past.payment.amount == gbp(12000)


def test_a_payout_that_a_bank_line_is_is_expected_no_more(s, ours, save, now):
    save(*(Payout(Ref(Kind.PAYOUT, key), DAY, gbp(900), ()) for key in ("po-1", "po-2")))
    row = actions.plan(
        s,
        ours,
        key="link",
        kind="link",
        subject="receipt:bank:b-1",
        body={},
        claims=(claim(Seen.PAYOUT, "po-1"), claim(Seen.LEDGER, "po-2")),
        state=actions.DONE,
        next_at=now,
        day=None,
        now=now,
        who="ann",
        why="x",
    )
    assert [one.id for one in StoredBook(s, ours).payouts("GBP", 900)] == ["po-2"]
    assert row
    actions.mark_undone(s, ours, row.id, now=now)
    assert [one.id for one in StoredBook(s, ours).payouts("GBP", 900)] == ["po-1", "po-2"]


def test_what_too_many_share_says_nothing(s, ours, save, monkeypatch):
    save(*CUSTOMERS, *DOCUMENTS, invoice(11, 1, 5, po_number="7788"))
    monkeypatch.setattr(matching_book, "SPELLED_MAX", 1)
    monkeypatch.setattr(matching_book, "NAMES_MAX", 1)
    book = StoredBook(s, ours)
    assert book.spelled("7788") == ()
    assert [one.id for one in book.spelled("1")] == ["i-1"]
    assert list(book.names_like("acme")) == []


def test_circles_of_parents_and_of_merged_customers_end(s, ours, save):
    save(
        customer(1, "A", parent_id="c-2"),
        customer(2, "B", parent_id="c-1"),
        customer(3, "C", merged_into="c-4"),
        customer(4, "D", merged_into="c-3"),
        invoice(1, 3, 5),
    )
    book = StoredBook(s, ours)
    assert book.family("c-1") == {"c-1", "c-2"}
    found = book.item("i-1")
    assert found is not None
    assert found.customer_id in ("c-3", "c-4")


def test_without_books_nothing_is_known(s, ours):
    book = StoredBook(s, ours)
    assert book.item("i-1") is None
    assert book.spelled("1") == ()
    assert list(book.owing("c-1", "GBP")) == []


def test_what_is_on_its_way_is_not_open_any_more(s, ours, save):
    save(*CUSTOMERS, *DOCUMENTS)
    book = StoredBook(s, ours, spoken_for={"i-1": 11500, "i-2": 500, "i-404": 7})
    assert [one.id for one in book.amounting("GBP", 500)] == ["i-1"]
    assert [one.id for one in book.amounting("GBP", 12000)] == ["i-3"]
    assert [one.open for one in book.spelled("2")] == [0]
    assert [(one.id, one.open) for one in book.owing("c-1", "GBP")] == [("n-1", 300), ("i-1", 500)]


def test_where_an_invoice_and_a_credit_note_have_one_id_the_invoice_is_meant(s, ours, save):
    note = CreditNote(
        Ref(Kind.CREDIT_NOTE, "i-1"), "CN-00077", "c-2", DAY, gbp(900), gbp(900), Status.OPEN
    )
    save(*DOCUMENTS, note)
    book = StoredBook(s, ours)
    found = book.item("i-1")
    assert found is not None
    assert (found.credit, found.customer_id) == (False, "c-1")
    assert book.spelled("77") == ()
    assert [one.id for one in book.owing("c-2", "GBP")] == ["i-3"]


def test_what_decisions_ask_of_the_whole_is_told(s, ours, save):
    many = [invoice(at, 1, at) for at in range(1, 251)]
    paid = invoice(300, 1, 9999, balance=gbp(0), status=Status.PAID, issued=DAY + timedelta(days=9))
    draft = invoice(301, 1, 9999, status=Status.DRAFT, issued=DAY + timedelta(days=10))
    save(*CUSTOMERS, *many, paid, draft)
    opened = matching_book.open_book(s, ours, 1, {})
    assert opened.large == large_amounts(("GBP", at) for at in range(1, 251)) == {"GBP": 248}
    assert opened.number_example == "INV-00300"
    assert opened.customer("c-1") == CUSTOMERS[0]
    assert opened.customer("c-404") is None


def test_what_is_large_is_found_again_when_enough_has_changed(s, ours, save, monkeypatch):
    monkeypatch.setattr(matching_index, "FRESH", 10)
    save(*(invoice(at, 1, at) for at in range(1, 251)))
    assert matching_index.large(s, ours) == {"GBP": 248}
    matching_index.find_large(s, ours)
    save(*(invoice(at, 1, 5000) for at in range(300, 324)), Gone(Ref(Kind.INVOICE, "i-1")))
    # It may be off by what one in ten changes.
    assert matching_index.large(s, ours) == {"GBP": 248}
    save(invoice(324, 1, 5000))
    assert matching_index.large(s, ours) == {"GBP": 5000}
    matching_index.find_large(s, ours)
    assert matching_index.large(s, ours) == {"GBP": 5000}


def test_an_index_begins_with_the_books_and_grows_with_them(s, ours, to, save, monkeypatch):
    save(*CUSTOMERS)
    monkeypatch.setattr(matching_index, "PAGE", 0)
    assert matching_index.is_ready(s, ours)
    save(*DOCUMENTS)
    # With no page to read, nothing could be made afterwards.
    assert [one.id for one in StoredBook(s, ours).spelled("1")] == ["i-1"]
    assert not matching_index.begin(s, ours, to)


def test_an_index_that_does_not_fit_is_noticed_and_made_anew(s, ours, save):
    save(*CUSTOMERS, *DOCUMENTS)
    assert matching_index.unlike(s, ours) == 0
    s.execute(delete(matching_key).where(matching_key.c.vendor_id.in_(["i-1", "c-2"])))
    assert matching_index.unlike(s, ours) == 2
    matching_index.make_anew(s, ours)
    assert matching_index.unlike(s, ours) == 0
    assert asked(StoredBook(s, ours)) == asked(in_memory())


def test_without_books_there_is_no_index(s, ours):
    assert matching_index.unlike(s, ours) == 0
    assert matching_index.large(s, ours) == {}
    matching_index.find_large(s, ours)
    matching_index.make_anew(s, ours)
    assert matching_index.is_ready(s, ours)


def test_names_that_are_counted_are_not_read(s, ours, save):
    save(*CUSTOMERS)
    found = StoredBook(s, ours).names_like("acme")
    s.execute(delete(tables.customer).where(tables.customer.c.vendor_id == "c-1"))
    assert len(found) == 2
    assert [one.id for one in found] == ["c-2"]
    assert found[0].id == "c-2"
    assert found[:1] == [found[0]]


def test_an_index_that_was_not_begun_is_made_when_it_is_asked_for(s, ours, save):
    save(*CUSTOMERS, *DOCUMENTS)
    for table in (matching_index_table, matching_key):
        s.execute(delete(table))
    save(replace(DOCUMENTS[0], number="X-777"))
    assert not matching_index.is_ready(s, ours)
    assert [one.id for one in StoredBook(s, ours).spelled("777")] == ["i-1"]
    assert matching_index.is_ready(s, ours)


@pytest.mark.parametrize(
    ("statement", "asked", "index"),
    [
        (ask.LATEST_NUMBER, {}, "ix_invoice_issued"),
        (ask.OPEN_BY_CURRENCY, {}, "COVERING INDEX ix_invoice_total"),
        (ask.LARGE, {"currency": "GBP", "larger": 3}, "ix_invoice_total"),
        (ask.AMOUNTING, {"currency": "GBP", "minor": 5, "most": 9}, "ix_invoice_amount"),
        (ask.PAST_OF, {"currency": "GBP", "minor": 5, "ids": ["c-1"]}, "ix_receipt_amount"),
        (mirror_queries.RECEIPTS_TO_MATCH, {}, "ix_receipt_left"),
        (mirror_queries.INVOICES_NUMBERED, {"ids": ["INV-1"]}, "ix_invoice_number"),
        (ask.PLACED, {"ids": ["p-1"]}, "ix_allocation_holder"),
    ],
)
def test_a_question_reads_no_more_than_it_needs(s, ours, to, statement, asked, index):
    whose = {"organisation_id": ours, "connection_id": to}
    bound = statement.params({**whose, **asked}).compile(
        s.get_bind(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    plan = s.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {bound}").all()
    told = " ".join(row[3] for row in plan)
    assert index in told
    assert "SCAN" not in told.replace("SCAN CONSTANT ROW", "")
