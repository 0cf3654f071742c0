"""The book in memory answers as the plain list of documents would, however it was ordered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.documents import Receipt, Source, Status
from ledger.money import Money
from ledger.refs import Kind, Ref
from rules.matching import columns, documents
from rules.matching.columns import Postings, Texts
from rules.matching.documents import Twins
from rules.matching.in_memory import MemoryBook
from rules.matching.spellings import keys
from rules.matching.values import ExpectedPayout, Item, Party, Past

DAY = date(2024, 5, 1)
numbers = st.sampled_from(["INV-2024-0001", "INV-0001", "1", "00017", "PO 17", "", "Ä-17", "kein"])
items = st.lists(
    st.builds(
        Item,
        id=st.text(min_size=1, max_size=4),
        number=numbers,
        customer_id=st.sampled_from("ABC"),
        currency=st.sampled_from(["GBP", "EUR"]),
        total=st.just(500),
        net=st.just(400),
        open=st.integers(0, 3),
        issued=st.just(DAY),
        due=st.integers(0, 3).map(lambda days: DAY + timedelta(days)),
        credit=st.booleans(),
        po_number=numbers,
        reference=numbers,
        discount_percent=st.just(200),
        discount_until=st.none() | st.just(DAY),
    ),
    max_size=12,
    unique_by=lambda item: item.id,
)


@given(items)
def test_every_question_is_answered_as_by_looking_through_all(ledger: list[Item]) -> None:
    book = MemoryBook(ledger)
    by_id = sorted(ledger, key=lambda item: item.id)
    for item in ledger:
        assert book.item(item.id) == item
    for key in ("17", "1", "20240001", "99"):
        fitting = [
            one
            for one in by_id
            if any(key in keys(text) for text in (one.number, one.po_number, one.reference))
        ]
        assert list(book.spelled(key)) == fitting
    for customer in "ABCD":
        owed = [
            one
            for one in sorted(by_id, key=lambda one: (one.due, one.number, one.id))
            if (one.customer_id, one.currency) == (customer, "GBP") and one.open
        ]
        assert list(book.owing(customer, "GBP")) == owed
    for amount in range(4):
        fitting = [
            one
            for one in by_id
            if (one.currency, one.open, one.credit) == ("EUR", amount, False) and amount
        ]
        assert list(book.amounting("EUR", amount)) == fitting
    assert book.item("nobody's") is None
    assert book.amounting("USD", 1) == ()
    assert book.owing("A", "USD") == ()


def test_what_too_many_share_says_nothing() -> None:
    many = [
        Item(f"I{at:04d}", "PO-77-1", "C", "GBP", 9, 9, 9, DAY, DAY)
        for at in range(documents.SPELLED_MAX + 1)
    ]
    book = MemoryBook(many)
    assert book.spelled("771") == ()
    found = book.amounting("GBP", 9)
    assert [one.id for one in found] == [f"I{at:04d}" for at in range(documents.AMOUNTING_MAX)]


def test_a_number_without_digits_is_found_by_no_key() -> None:
    book = MemoryBook([Item("I1", "KEINE", "C", "GBP", 1, 1, 1, DAY, DAY, po_number="PO 17")])
    assert [one.id for one in book.spelled("17")] == ["I1"]
    assert keys("KEINE") == ()


def test_two_keys_of_one_hash_are_told_apart_by_who_asks() -> None:
    class Same(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return 1

    postings = Postings([(3, Same("a")), (1, Same("b"))])
    assert list(postings.rows(Same("a"))) == [1, 3]


def test_rows_of_one_hash_are_given_together() -> None:
    assert list(Postings([(3, "a"), (1, "b"), (7, "a")]).shared()) == [[3, 7]]
    assert sorted(map(tuple, Postings(enumerate("abba")).shared())) == [(0, 3), (1, 2)]
    assert list(Postings(()).shared()) == []


def test_more_rows_than_fit_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(documents, "ROWS_MAX", 2)
    several = [Item(str(at), "", "C", "GBP", 1, 1, 1, DAY, DAY) for at in range(2)]
    with pytest.raises(documents.TooManyError, match="2 documents"):
        MemoryBook(several)
    assert columns.ROWS_MAX == 1 << 24


def owed(name: str, number: str, amount: int, customer: str = "C1") -> Item:
    return Item(name, number, customer, "GBP", amount, amount, amount, DAY, DAY)


def test_a_document_told_twice_counts_once_and_one_told_in_two_ways_never() -> None:
    alike, other = owed("I1", "INV-1001", 100), owed("I2", "INV-1002", 200)
    book = MemoryBook([alike, other, alike, replaced := other._replace(open=150), other])
    assert set(book.twins) == {Twins("I1", (0, 2), same=True), Twins("I2", (1, 3, 4), same=False)}
    assert book.item("I1") == alike
    assert (book.item("I2"), book.item("I3")) == (None, None)
    assert list(book.owing("C1", "GBP")) == [alike]
    assert list(book.amounting("GBP", 100)) == [alike]
    assert [*book.amounting("GBP", other.open), *book.amounting("GBP", replaced.open)] == []
    assert list(book.spelled("1001")) == [alike]
    assert list(book.spelled("1002")) == []


def test_answers_are_right_though_every_key_had_one_hash(monkeypatch) -> None:
    monkeypatch.setattr(columns, "_HASH", 0)
    first, second = owed("I1", "INV-1001", 100), owed("I2", "INV-1002", 200, "C2")
    book = MemoryBook([first, second, third := owed("I3", "INV-1003", 300), third])
    assert [book.item(name) for name in ("I1", "I2", "I3", "I4")] == [first, second, third, None]
    assert book.twins == (Twins("I3", (2, 3), same=True),)
    assert list(book.spelled("1002")) == [second]
    assert list(book.spelled("1009")) == []
    assert list(book.amounting("GBP", 200)) == [second]
    assert list(book.owing("C1", "GBP")) == [first, third]


def test_texts_come_back_as_they_were() -> None:
    texts = Texts()
    texts.extend(("", "INV-1"))
    assert list(texts) == ["", "INV-1"]
    texts.extend(("Łódź", "\ud800"))
    assert list(texts) == ["", "INV-1", "Łódź", "\ud800"]
    assert len(texts) == 4


def receipt(name: str, amount: int) -> Receipt:
    money = Money(amount, "GBP")
    return Receipt(
        Ref(Kind.RECEIPT, name), Source.BANK, DAY, money, money, Status.PAID, payer_name=name
    )


def test_customers_are_found_by_forms_words_and_family() -> None:
    book = MemoryBook(
        (),
        [
            Party("C2", "Acme Limited", aliases=("ACME LTD", "Rocket"), accounts=("GB 12",)),
            Party("C1", "Acme Sub", parent_id="C2"),
            Party("C3", "Lost", parent_id="gone"),
            Party("C4", "Round", parent_id="C5"),
            Party("C5", "Trip", parent_id="C4"),
        ],
        [ExpectedPayout("po_1", Money(900, "GBP"), DAY)],
        [
            Past("H1", receipt("Acme Ltd", 100), "C2"),
            Past("H2", receipt("Acme Ltd", 100), "C1"),
        ],
    )
    assert book.known_as("name:acme ltd") == [("C1", 1), ("C2", 1)]
    assert book.known_as("account:gb12") == [("C2", 0)]
    assert book.known_as("name:nobody") == ()
    assert [one.id for one in book.names_like("acme")] == ["C1", "C2"]
    assert list(book.names_like("zebra")) == []
    assert book.family("C1") == book.family("C2") == {"C1", "C2"}
    assert book.family("C3") == {"C3", "gone"}
    assert book.family("C4") == {"C4", "C5"}
    assert book.party("C2") is not None
    assert book.party("C9") is None
    assert [one.id for one in book.payouts("GBP", 900)] == ["po_1"]
    assert [one.id for one in book.past("GBP", 100)] == ["H1", "H2"]
    assert book.payouts("GBP", 1) == ()
    assert book.past("EUR", 100) == ()


def test_a_word_of_too_many_names_finds_nobody() -> None:
    book = MemoryBook((), [Party(f"C{at}", f"Trading {at}") for at in range(100, 301)])
    assert book.names_like("trading") == ()
    assert [one.id for one in book.names_like("170")] == ["C170"]
