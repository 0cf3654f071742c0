"""What every provider must do alike, against its stand-in: the flows rest on exactly this."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.protocol import Ability, Applied, BadSignatureError, Books, Held, Share
from ledger.documents import Gone, Kind, Receipt, Ref, Source, Status
from ledger.errors import (
    DisconnectedError,
    OutsideError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from sandbox.story.hands import QuickBooksBookkeeper, XeroBookkeeper
from tests.connector.bench import APPS, Bench, every, gbp, ledgers, sources

# How each vendor takes an application; questions may be POSTs too.
WRITE = {"xero": ("PUT", ""), "quickbooks": ("POST", "/payment")}

# One action's key, as the flows give it.
KEY = "apply:ledger:one:two=10000:0"


def apply(bench: Bench, source: Source = Source.LEDGER) -> tuple[Receipt, list[Share], str]:
    """Have money and an invoice that it pays."""
    invoice = bench.scene.invoice("AA-1001")
    return bench.receipt(source=source), [Share(invoice, gbp(10_000))], invoice


@sources
@ledgers
def test_one_key_applies_once(bench: Bench, source: Source) -> None:
    receipt, shares, invoice = apply(bench, source)
    books = bench.books()
    first = books.apply(receipt, shares, KEY, bench.scene.today)
    try:
        again = books.apply(receipt, shares, KEY, bench.scene.today)
    except (StaleError, RefusedError):
        # The vendor says that the receipt was used up: as good as doing it once.
        pass
    else:
        assert {part.id for part in again.parts} == {part.id for part in first.parts}
    assert bench.scene.payments(invoice) == [10_000]
    assert bench.scene.balance(invoice) == 0


@sources
@ledgers
def test_an_application_whose_answer_was_lost_is_found(bench: Bench, source: Source) -> None:
    receipt, shares, invoice = apply(bench, source)
    books = bench.books()
    bench.scene.sky.next("unanswered", bench.name, *WRITE[bench.name])
    with pytest.raises(UnknownOutcomeError):
        books.apply(receipt, shares, KEY, bench.scene.today)
    found = books.find_applied(receipt, shares, KEY)
    assert found is not None
    assert [(part.invoice_id, part.amount) for part in found.parts] == [(invoice, gbp(10_000))]
    assert bench.scene.payments(invoice) == [10_000]


@sources
@ledgers
def test_an_application_that_never_arrived_is_not_found(bench: Bench, source: Source) -> None:
    receipt, shares, invoice = apply(bench, source)
    books = bench.books()
    bench.scene.sky.stay("lost", bench.name)
    with pytest.raises((UnknownOutcomeError, RetryLaterError)):
        books.apply(receipt, shares, KEY, bench.scene.today)
    bench.scene.sky.clear()
    assert books.find_applied(receipt, shares, KEY) is None
    assert bench.scene.payments(invoice) == []


@sources
@ledgers
def test_an_undo_puts_the_books_back(bench: Bench, source: Source) -> None:
    receipt, shares, invoice = apply(bench, source)
    books = bench.books()
    before = bench.state()
    applied = books.apply(receipt, shares, KEY, bench.scene.today)
    assert bench.scene.balance(invoice) == 0
    books.unapply(applied, "undo")
    assert bench.scene.payments(invoice) == []
    assert bench.scene.balance(invoice) == 10_000
    after = bench.state()
    assert after[:2] == before[:2]
    books.unapply(applied, "undo")
    assert bench.state() == after


@ledgers
def test_money_that_was_used_meanwhile_is_not_used_again(bench: Bench) -> None:
    """The receipt was read, then a bookkeeper spent it on another invoice."""
    receipt, shares, invoice = apply(bench)
    other = bench.scene.invoice("AA-1002")
    spend(bench, receipt.ref.id, other)
    with pytest.raises((StaleError, RefusedError)):
        bench.books().apply(receipt, shares, KEY, bench.scene.today)
    assert bench.scene.payments(invoice) == []
    assert bench.scene.payments(other) == [10_000]


@sources
@ledgers
def test_of_two_shares_none_is_applied_when_one_cannot_be(bench: Bench, source: Source) -> None:
    """Somebody paid one of the two invoices meanwhile: half an application is none."""
    first, second = bench.scene.invoice("AA-1001"), bench.scene.invoice("AA-1002")
    receipt = bench.receipt(20_000, source=source)
    shares = [Share(first, gbp(10_000)), Share(second, gbp(10_000))]
    keeper = bench.scene.keeper
    assert isinstance(keeper, XeroBookkeeper | QuickBooksBookkeeper)
    keeper.pay(second, 10_000, bench.scene.today)
    with pytest.raises((StaleError, RefusedError)):
        bench.books().apply(receipt, shares, KEY, bench.scene.today)
    assert bench.scene.payments(first) == []
    assert bench.scene.payments(second) == [10_000]
    assert bench.books().find_applied(receipt, shares, KEY) is None


def spend(bench: Bench, receipt_id: str, invoice: str) -> None:
    tenant, day = bench.scene.keeper.tenant, bench.scene.today
    if bench.name == "xero":
        bench.scene.town.xero.allocate(tenant, "Overpayments", receipt_id, invoice, 10_000, day)
    else:
        bench.scene.town.quickbooks.apply_receipt(tenant, receipt_id, {invoice: 10_000})


@every
def test_one_key_writes_one_note(bench: Bench) -> None:
    ref = bench.document()
    books = bench.books()
    assert books.find_note(ref, "note:1") is None
    books.note(ref, "applied=1 invoices=AA-1001", "note:1")
    if books.find_note(ref, "note:1") is None:
        books.note(ref, "applied=1 invoices=AA-1001", "note:1")
    assert books.find_note(ref, "note:1") is not None
    assert books.find_note(ref, "note:2") is None


NOTE = {"xero": ("PUT", ""), "quickbooks": ("POST", "/attachable"), "stripe": ("POST", "")}


@every
def test_a_note_whose_answer_was_lost_is_found(bench: Bench) -> None:
    ref = bench.document()
    books = bench.books()
    bench.scene.sky.next("unanswered", bench.name, *NOTE[bench.name])
    with pytest.raises(UnknownOutcomeError):
        books.note(ref, "applied=1 invoices=AA-1001", "note:1")
    assert books.find_note(ref, "note:1") is not None


@every
@pytest.mark.parametrize(
    "word", ["429", "500", "503", "lost", "unanswered", "reset", "html", "empty"]
)
def test_a_question_in_bad_weather_asks_for_patience(bench: Bench, word: str) -> None:
    books = bench.books()
    bench.scene.sky.stay(word, bench.name)
    with pytest.raises(RetryLaterError) as asked:
        books.organisation()
    assert asked.value.seconds > 0


@every
def test_a_revoked_consent_is_a_disconnection(bench: Bench) -> None:
    opening = bench.opening()
    if bench.name == "stripe":
        bench.scene.town.stripe.deauthorize(bench.scene.account)
    else:
        bench.standin.disconnect(bench.scene.keeper.tenant)
    books = bench.provider.open(opening)
    with pytest.raises(DisconnectedError):
        books.organisation()
    with pytest.raises(DisconnectedError):
        books.sync("")


@every
def test_a_key_opens_no_other_tenant(bench: Bench) -> None:
    """A mistaken tenant shows at the proof, and a ledger takes no write for it."""
    opening = bench.opening()
    if bench.name == "xero":
        other = bench.standin.add_organisation("Other", "!oth", "GBP", "Europe/London", "GB")
    elif bench.name == "quickbooks":
        other = bench.standin.add_company("Other")
    else:
        other = bench.standin.add_account("Other", "gbp")
    mistaken = replace(opening, access=replace(opening.access, tenant_id=other))
    books = bench.provider.open(mistaken)
    with pytest.raises((DisconnectedError, RefusedError)):
        books.organisation()
    if not bench.takes_money:
        with pytest.raises((DisconnectedError, RefusedError)):
            books.note(bench.document(), "not yours", "note:1")


@every
def test_what_the_vendor_does_not_have_is_gone(bench: Bench) -> None:
    unknown = {"xero": "00000000-0000-4000-8000-00000000dead", "quickbooks": "987654"}
    kind = Kind.RECEIPT if bench.takes_money else Kind.INVOICE
    ref = Ref(kind, unknown.get(bench.name, "pi_1S99999999999999"))
    known = bench.document()
    found = {one.document.ref.id: one.document for one in bench.books().read([known, ref])}
    assert found[ref.id] == Gone(ref)
    assert not isinstance(found[known.id], Gone)


@every
def test_a_walk_ends_in_a_cursor_that_tells_what_is_new(bench: Bench) -> None:
    old = bench.document()
    books = bench.books()
    cursor, seen = walk(books, "")
    assert old.id in seen
    bench.scene.town.clock.wait(600)
    new = bench.document("AA-1002").id
    _, seen = walk(books, cursor)
    assert new in seen


def walk(books: Books, cursor: str) -> tuple[str, set[str]]:
    seen: set[str] = set()
    while True:
        page = books.sync(cursor)
        seen |= {one.document.ref.id for one in page.found}
        cursor = page.cursor
        if not page.more:
            return cursor, seen


@every
def test_a_webhook_is_believed_by_its_signature_alone(bench: Bench) -> None:
    bench.document()
    [post, *_] = bench.posts()
    headers = {name.lower(): value for name, value in post.headers.items()}
    secret, now = APPS[bench.name]["key"], bench.scene.now
    bench.provider.verify(headers, post.body, [secret], now)
    bench.provider.verify(headers, post.body, ["old", secret], now)
    forged = [
        (headers, post.body + b" ", [secret]),
        (headers, post.body[:-1] + bytes([post.body[-1] ^ 1]), [secret]),
        (headers, post.body, ["another"]),
        (headers, post.body, []),
        ({}, post.body, [secret]),
        ({name: value[::-1] for name, value in headers.items()}, post.body, [secret]),
    ]
    for said, body, secrets in forged:
        with pytest.raises(BadSignatureError):
            bench.provider.verify(said, body, secrets, now)


@every
def test_a_replayed_webhook_names_the_same_events(bench: Bench) -> None:
    ref = bench.document()
    posts = bench.posts()
    read = [bench.provider.notices(post.body) for post in posts]
    again = [bench.provider.notices(post.body) for post in posts]
    assert read == again
    ids = [one.event_id for notices in read for one in notices]
    assert len(ids) == len(set(ids))
    assert ref.id in {one.object_id for notices in read for one in notices}


@every
def test_what_a_provider_cannot_do_is_refused_in_words(bench: Bench) -> None:
    books = bench.books()
    money = Receipt(
        ref=Ref(Kind.RECEIPT, "x"),
        source=Source.STRIPE,
        received=bench.scene.today,
        amount=gbp(1),
        unapplied=gbp(1),
        status=Status.OPEN,
    )
    calls = {
        Ability.APPLY: lambda: books.apply(money, [Share("x", gbp(1))], KEY, bench.scene.today),
        Ability.UNAPPLY: lambda: books.unapply(Applied(()), KEY),
        Ability.KEEP: lambda: books.keep(money, "c", KEY, bench.scene.today),
        Ability.RELEASE: lambda: books.release(Held(money.ref, gbp(1)), KEY),
    }
    missing = set(calls) - next(iter(bench.provider.roles.values()))
    assert bench.takes_money == (Ability.APPLY in missing)
    for ability in missing:
        with pytest.raises(RefusedError) as told:
            calls[ability]()
        assert str(told.value)
    assert issubclass(RefusedError, OutsideError)
