"""What every ledger must do alike with each way of settling an invoice, in any weather.

Whatever happens to a write: it is carried out once or not at all, its look-up says which, a repeat
under its key changes nothing more, and taking it back leaves the books as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest

from connector.protocol import Applied, Books, Share
from ledger.documents import CreditNote, Kind, Receipt, Ref, Source
from ledger.errors import (
    DisconnectedError,
    OutsideError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from sandbox.story.hands import QuickBooksBookkeeper, XeroBookkeeper
from tests.connector.bench import Bench, gbp, ledgers

# How each vendor takes a write; questions may be POSTs too.
WRITES = {"xero": ("PUT", ""), "quickbooks": ("POST", "/payment")}
WEATHER = ("429", "500", "503", "lost", "unanswered", "reset")


@dataclass(frozen=True, slots=True)
class Job:
    """One way of settling an invoice, by its key."""

    invoice: str
    do: Callable[[Books], Applied]
    find: Callable[[Books], Applied | None]


def money(bench: Bench, number: str, source: Source) -> Job:
    invoice = bench.scene.invoice(number)
    receipt: Receipt = bench.receipt(source=source)
    shares, day = [Share(invoice, gbp(10_000))], bench.scene.today
    return Job(
        invoice,
        lambda books: books.apply(receipt, shares, f"settle:{number}", day),
        lambda books: books.find_applied(receipt, shares, f"settle:{number}"),
    )


def credit(bench: Bench, number: str) -> Job:
    scene = bench.scene
    invoice, tenant, customer = scene.invoice(number), scene.keeper.tenant, scene.customer()
    if bench.name == "xero":
        key = scene.town.xero.raise_credit_note(tenant, customer, "100.00", "GBP", scene.today)
    else:
        key = scene.town.quickbooks.raise_credit_memo(tenant, customer, 10_000, scene.today)
    [found] = bench.books().read([Ref(Kind.CREDIT_NOTE, key)])
    note = found.document
    assert isinstance(note, CreditNote)
    shares, day = [Share(invoice, gbp(10_000))], scene.today
    return Job(
        invoice,
        lambda books: books.apply_credit(note, shares, f"settle:{number}", day),
        lambda books: books.find_credit(note, shares, f"settle:{number}"),
    )


JOBS: dict[str, Callable[[Bench, str], Job]] = {
    "money in the ledger": lambda bench, number: money(bench, number, Source.LEDGER),
    "money at Stripe": lambda bench, number: money(bench, number, Source.STRIPE),
    "a credit note": credit,
}
jobs = pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))


@jobs
@ledgers
def test_a_write_in_bad_weather_is_done_once_or_not_at_all(
    bench: Bench, job: Callable[[Bench, str], Job]
) -> None:
    for place, word in enumerate(WEATHER):
        meets(bench, job(bench, f"AA-{1001 + place}"), word)


def meets(bench: Bench, made: Job, word: str) -> None:
    """Let one write meet one weather, look what came of it, and carry it out if nothing did."""
    bench.scene.sky.next(word, bench.name, *WRITES[bench.name])
    with pytest.raises(OutsideError) as told:
        made.do(bench.books())
    assert isinstance(told.value, RetryLaterError | UnknownOutcomeError), word
    assert bench.scene.sky.seen[word] == 1
    # Any limit it was told of has passed, and no vendor repeats an error for longer.
    bench.scene.town.clock.wait(420)
    books, there = bench.books(), bench.scene.payments(made.invoice)
    assert there in ([], [10_000]), word
    if isinstance(told.value, RetryLaterError):
        assert there == [], word
    assert (made.find(books) is not None) is bool(there), word
    if not there:
        made.do(books)
    assert bench.scene.payments(made.invoice) == [10_000], word
    assert bench.scene.balance(made.invoice) == 0, word


@jobs
@ledgers
def test_what_happens_to_a_settlement(bench: Bench, job: Callable[[Bench, str], Job]) -> None:
    """Taken back whole; forestalled by a bookkeeper; refused by locked books; out of reach."""
    is_taken_back(bench, job(bench, "AA-1001"))
    is_forestalled(bench, job(bench, "AA-1002"))
    is_locked_out(bench, job(bench, "AA-1003"))
    is_out_of_reach(bench, job(bench, "AA-1004"))


def is_taken_back(bench: Bench, made: Job) -> None:
    books, before = bench.books(), bench.state()[:2]
    applied = made.do(books)
    found = made.find(books)
    assert found is not None
    assert [(one.invoice_id, one.amount) for one in found.parts] == [(made.invoice, gbp(10_000))]
    for _ in range(2):
        books.unapply(applied, "undo")
    assert bench.scene.payments(made.invoice) == []
    assert bench.state()[:2] == before


def is_forestalled(bench: Bench, made: Job) -> None:
    keeper = bench.scene.keeper
    assert isinstance(keeper, XeroBookkeeper | QuickBooksBookkeeper)
    keeper.pay(made.invoice, 10_000, bench.scene.today)
    with pytest.raises((StaleError, RefusedError)):
        made.do(bench.books())
    assert bench.scene.payments(made.invoice) == [10_000]


def is_locked_out(bench: Bench, made: Job) -> None:
    scene = bench.scene
    close(bench, scene.today)
    with pytest.raises(RefusedError) as told:
        made.do(bench.books())
    assert told.value.reason
    assert scene.payments(made.invoice) == []
    assert made.find(bench.books()) is None
    close(bench, None)


def close(bench: Bench, day: date | None) -> None:
    """Lock the books up to a day, or open them."""
    town, tenant = bench.scene.town, bench.scene.keeper.tenant
    if bench.name == "xero":
        town.xero.set_lock_date(tenant, day)
    else:
        town.quickbooks.set_book_close_date(tenant, day)


def is_out_of_reach(bench: Bench, made: Job) -> None:
    books = bench.books()
    bench.standin.disconnect(bench.scene.keeper.tenant)
    with pytest.raises(DisconnectedError):
        made.do(books)
    assert bench.scene.payments(made.invoice) == []
