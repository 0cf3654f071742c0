"""What ledgers do with an invoice besides money, each as far as its abilities go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.protocol import Ability, Books, Role
from ledger.documents import Invoice, Kind, Ref
from ledger.errors import OutsideError, RefusedError, RetryLaterError, StaleError
from tests.connector.bench import Bench, ledgers

KEY = "promise:1:one"
NOWHERE = {"xero": "00000000-0000-0000-0000-000000000000", "quickbooks": "987654"}


def able(bench: Bench, ability: Ability) -> bool:
    return ability in bench.provider.roles[Role.BOOKS]


def invoice(bench: Bench) -> Ref:
    return Ref(Kind.INVOICE, bench.scene.invoice("AA-1001"))


def read(books: Books, ref: Ref) -> Invoice:
    [found] = books.read([ref])
    assert isinstance(found.document, Invoice)
    return found.document


@ledgers
def test_a_promised_day_is_kept_or_a_note_must_do(bench: Bench) -> None:
    ref, books = invoice(bench), bench.books()
    before = read(books, ref)
    day = bench.scene.today + timedelta(days=9)
    kept = [books.promise(ref, day, KEY) for _ in range(2)]
    assert kept == [able(bench, Ability.PROMISE)] * 2
    assert read(books, ref).promised == (day if kept[0] else None)
    assert books.promise(ref, None, "lift:1:one") is kept[0]
    after = read(books, ref)
    assert (after.promised, after.balance, after.due) == (None, before.balance, before.due)


@ledgers
def test_a_part_paid_invoice_loses_nothing_by_a_promise(bench: Bench) -> None:
    ref, books = invoice(bench), bench.books()
    bench.scene.keeper.pay(ref.id, 4_000, bench.scene.today)
    before = bench.state()
    books.promise(ref, bench.scene.today + timedelta(days=9), KEY)
    assert bench.state() == before


@ledgers
def test_an_invoice_is_sent_and_the_ledger_says_when(bench: Bench) -> None:
    ref, books = invoice(bench), bench.books()
    start = bench.scene.now
    if not able(bench, Ability.DELIVER):
        with pytest.raises(RefusedError):
            books.deliver(ref, "pay@acme.example", KEY)
        return
    assert books.delivered(ref) is None
    books.deliver(ref, "pay@acme.example", KEY)
    sent = books.delivered(ref)
    assert sent is not None
    assert start - timedelta(seconds=1) <= sent <= bench.scene.now


@ledgers
def test_a_sending_whose_answer_was_lost_can_be_looked_up(bench: Bench) -> None:
    ref, books = invoice(bench), bench.books()
    bench.scene.sky.next("unanswered", bench.name, "POST")
    with pytest.raises(OutsideError):
        books.deliver(ref, "pay@acme.example", KEY)
    assert books.delivered(ref) is not None


@ledgers
def test_an_invoice_comes_as_pdf(bench: Bench) -> None:
    ref, books = invoice(bench), bench.books()
    assert able(bench, Ability.COPY)
    assert books.pdf(ref).startswith(b"%PDF-")
    with pytest.raises((StaleError, RefusedError)):
        books.pdf(Ref(Kind.INVOICE, NOWHERE[bench.name]))


@ledgers
def test_an_invoice_has_an_address_or_none(bench: Bench) -> None:
    ref, books = invoice(bench), bench.books()
    assert able(bench, Ability.ONLINE)
    url = books.online(ref)
    assert url == "" or (url.startswith("https://") and ref.id in url)
    bench.scene.sky.stay("503", bench.name)
    with pytest.raises(RetryLaterError):
        books.online(ref)
