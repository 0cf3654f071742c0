"""Bodies as no vendor should send them: nothing crashes, nothing is dropped, everything is told.

The documents are the stand-ins' own, bent in any place; then whole answers are, and webhooks.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from connector import PROVIDERS
from connector.protocol import Books, Found, Page
from connector.raw import kept
from connector.raw import parse as parse_raw
from ledger.documents import Customer, Gone, Kind, Ref, Status
from ledger.errors import OutsideError, RetryLaterError
from ledger.payouts import Payout
from store import connections, mirror, organisations
from store.connections import Consented
from store.seal import Keys
from store.session import open_engine, open_sessions
from tests.connector.bench import Bench
from tests.connector.bending import ANYTHING, bent
from tests.flows.scene import QUICKBOOKS, XERO, Scene, raised
from tests.oauth.blank import blank_database
from worlds.transport import Answer

NOW = datetime(2026, 3, 10, tzinfo=UTC)
NAMES = sorted(PROVIDERS)
# What each vendor names a list of documents in its answers; QuickBooks has one name for each.
LISTS = {
    "xero": {"Invoices", "CreditNotes", "Overpayments", "Payments", "Contacts"},
    "quickbooks": {"Invoice", "CreditMemo", "Payment", "Customer"},
    "stripe": {"data"},
}

IDS = ("InvoiceID", "CreditNoteID", "OverpaymentID", "Id", "id")

_scenes = ExitStack()


@pytest.fixture(autouse=True, scope="module")
def _closing() -> Iterator[None]:
    yield
    _scenes.close()
    bench_of.cache_clear()


class Open:
    """A gate that lets everything pass, and the world's minute with it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        del metered, weight
        self._scene.town.clock.wait(2)

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        del retry_after_seconds, remaining


@cache
def bench_of(name: str) -> Bench:
    """Give a connected provider with a document of every kind."""
    folder = Path(_scenes.enter_context(tempfile.TemporaryDirectory()))
    scene = _scenes.enter_context(raised(folder, QUICKBOOKS if name == "quickbooks" else XERO))
    scene.invoice("AA-1001")
    scene.invoice("AA-1002")
    scene.connect(stripe=True)
    for number in (1, 2):
        scene.receipt(5_000 * number, f"money {number}")
        scene.card(1_000 * number, "AA-1002")
    credit(scene)
    scene.live(minutes=5)
    bench = Bench(name, scene)
    bench.document("AA-1003")
    return bench


def credit(scene: Scene) -> None:
    tenant, customer = scene.keeper.tenant, scene.customer()
    if scene.company.provider == "xero":
        scene.town.xero.raise_credit_note(tenant, customer, 100, "GBP", scene.today)
    else:
        scene.town.quickbooks.raise_credit_memo(tenant, customer, 100, scene.today)


def opened(bench: Bench) -> Books:
    return bench.books(gate=Open(bench.scene))


def walked(walk: Callable[[str], Page]) -> list[Found]:
    """Walk to the end; gives everything found."""
    found: list[Found] = []
    cursor = ""
    while True:
        page = walk(cursor)
        found += page.found
        cursor = page.cursor
        if not page.more:
            return found


def spoil(bench: Bench, make: Callable[[Any], Any]) -> None:
    """Let every JSON answer be made into another on its way."""

    def spoilt(_method: str, path: str, answer: Answer) -> Answer:
        if "token" in path or answer.status != 200:
            return answer
        body = answer.body
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        changed = make(json.loads(body))
        text = changed if isinstance(changed, bytes) else kept(changed).encode()
        headers = {name: one for name, one in answer.headers.items() if "ncoding" not in name}
        return Answer(200, headers | {"Content-Length": str(len(text))}, text, answer.cookies)

    assert bench.scene.town.streets is not None
    bench.scene.town.streets.spoil = spoilt


def fair(bench: Bench) -> None:
    assert bench.scene.town.streets is not None
    bench.scene.town.streets.spoil = lambda _method, _path, answer: answer


def lists_of(node: Any, names: set[str]) -> Iterator[list[Any]]:
    """Find every list of documents in an answer."""
    if isinstance(node, list):
        for one in node:
            yield from lists_of(one, names)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in names and isinstance(value, list):
                yield value
            yield from lists_of(value, names)


@cache
def sound(name: str) -> dict[Ref, Found]:
    """Give everything a provider tells when nothing is bent."""
    fair(bench_of(name))
    return {one.document.ref: one for one in walked(opened(bench_of(name)).sync)}


@cache
def session() -> Session:
    """Give a database with a connection for each provider: what is translated must be kept."""
    folder = _scenes.enter_context(tempfile.TemporaryDirectory())
    engine = open_engine(blank_database(Path(folder) / "bent.db"))
    _scenes.callback(engine.dispose)
    made = open_sessions(engine, Keys((bytes(32),)))()
    _scenes.callback(made.close)
    ours = organisations.create(made, "Reed", "pub-reed", NOW)
    for name in NAMES:
        role = "payments" if name == "stripe" else "books"
        consented = Consented(name, role, f"tenant-{name}", name)
        organisations.create(made, name, f"pub-{name}", NOW)
        connections.connect(made, ours + 1 + NAMES.index(name), consented, NOW)
    return made


def assert_told(name: str, found: Sequence[Found]) -> None:
    """Require that what cannot be read owes nothing, says why, and is kept with its text."""
    for one in found:
        document = one.document
        if isinstance(document, Gone):
            continue
        assert document.ref.id
        if document.unread:
            assert document.unread.isprintable()
            if not isinstance(document, Customer | Payout):
                assert document.status is Status.UNKNOWN
            assert parse_raw(one.raw) is not None
    s = session()
    ours = 2 + NAMES.index(name)
    connection = connections.of_organisation(s, ours)[0]
    with s.begin_nested() as kept_back:
        mirror.save(s, ours, connection.id, found, NOW)
        told = {one.ref for one in mirror.unread(s, ours)}
        kept_back.rollback()
    kinds = (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT)
    wanted = {
        one.document.ref
        for one in found
        if not isinstance(one.document, Gone)
        and one.document.unread
        and one.document.ref.kind in kinds
    }
    assert told >= {ref for ref in wanted if not _overtaken(ref, found)}


def _overtaken(ref: Ref, found: Sequence[Found]) -> bool:
    """Whether the same document was told twice, once in a state that reads."""
    return sum(one.document.ref == ref for one in found) > 1


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(st.data())
def test_one_bent_document_costs_no_other(name: str, data: st.DataObject) -> None:
    """The rest of its page, and of the walk, is what it would have been."""
    bench, before = bench_of(name), sound(name)
    ref = data.draw(st.sampled_from(open_of(name)))
    was = json.loads(before[ref].raw)
    made = data.draw(bent(was) | ANYTHING)

    def bend(body: Any) -> Any:
        for members in lists_of(body, LISTS[name]):
            for place, one in enumerate(members):
                if isinstance(one, dict) and ref.id in (one.get(key) for key in IDS):
                    members[place] = made
        return body

    spoil(bench, bend)
    try:
        found = walked(opened(bench).open_documents)
    except RetryLaterError:
        # A list whose members name themselves no more cannot be walked on; nothing was kept.
        assert name == "stripe"
        return
    finally:
        fair(bench)
    assert_told(name, found)
    again = {one.document.ref: one.document for one in found}
    others = [one for one in open_of(name) if one != ref]
    assert [one for one in others if again.get(one) != before[one].document] == []


@cache
def open_of(name: str) -> list[Ref]:
    """List what a provider tells as open when nothing is bent."""
    fair(bench_of(name))
    return [one.document.ref for one in walked(opened(bench_of(name)).open_documents)]


READS: dict[str, Callable[[Books], Sequence[Found]]] = {
    "organisation": lambda books: (books.organisation(), ())[1],
    "accounts": lambda books: (books.accounts(), ())[1],
    "sync": lambda books: books.sync("").found,
    "open_documents": lambda books: books.open_documents("").found,
}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(st.data())
def test_a_bent_answer_is_an_answer_or_asks_for_patience(name: str, data: st.DataObject) -> None:
    """No error leaves the connector but those that the flows know."""
    bench = bench_of(name)
    question = data.draw(st.sampled_from(sorted(reads_of(name))))
    answers = answers_of(name, question)
    place = data.draw(st.integers(0, len(answers) - 1))
    made = data.draw(bent(answers[place]))
    count = iter(range(100))
    spoil(bench, lambda body: made if next(count) == place else body)
    try:
        found = reads_of(name)[question](opened(bench))
    except OutsideError:
        pass
    else:
        assert_told(name, found)
    finally:
        fair(bench)


def reads_of(name: str) -> dict[str, Callable[[Books], Sequence[Found]]]:
    """Give every question that a provider is asked."""
    bench, refs = bench_of(name), list(sound(name))
    reads = READS | {"read": lambda books: books.read(refs[:3])}
    if name != "stripe":
        reads["position"] = lambda books: (books.position(bench.scene.customer()), ())[1]
    return (
        reads if name != "stripe" else {key: one for key, one in reads.items() if key != "accounts"}
    )


@cache
def answers_of(name: str, question: str) -> list[dict[str, Any]]:
    """Give what the stand-in answers to a question, call by call."""
    heard: list[dict[str, Any]] = []

    def hear(body: Any) -> Any:
        heard.append(body)
        return body

    spoil(bench_of(name), hear)
    reads_of(name)[question](opened(bench_of(name)))
    fair(bench_of(name))
    return heard


PAGES = [b"<!DOCTYPE html><html>Just a moment</html>", b"", b"\xff\xfe", b"[", b"7", b"[]", b"null"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("page", PAGES, ids=repr)
def test_what_is_no_answer_asks_for_patience(name: str, page: bytes) -> None:
    """A page that says nothing must not be taken for books with nothing in them."""
    bench = bench_of(name)
    customer, refs = bench.scene.customer(), list(sound(name))
    spoil(bench, lambda _body: page)
    books = opened(bench)
    asked: list[Callable[[], object]] = [
        books.organisation,
        lambda: books.sync(""),
        lambda: books.open_documents(""),
        lambda: books.read(refs[:3]),
    ]
    if name != "stripe":
        asked += [books.accounts, lambda: books.position(customer)]
    try:
        for ask in asked:
            with pytest.raises(RetryLaterError):
                ask()
    finally:
        fair(bench)


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_a_bent_webhook_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Every event of it stays, whatever it says; what is no webhook raises ValueError."""
    body = data.draw(st.sampled_from(bodies(name)))
    made = data.draw(bent(body) if isinstance(body, dict) else st.lists(bent(body[0]), min_size=1))
    try:
        found = PROVIDERS[name].notices(kept(made).encode())
    except ValueError:
        return
    for one in found:
        assert one.event_id
        for text in (one.event_id, one.tenant_id, one.object_id, one.verb, one.part):
            assert isinstance(text, str)
            assert "\0" not in text
            text.encode()


@cache
def bodies(name: str) -> list[Any]:
    """Give webhooks as the stand-in sends them."""
    return [json.loads(post.body) for post in bench_of(name).posts()]


@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_lines_are_one_document(name: str) -> None:
    bench = bench_of(name)
    lines = [{"LineItemID": str(one), "Description": "x" * 20} for one in range(10_000)]

    def lengthen(body: Any) -> Any:
        for members in lists_of(body, LISTS[name]):
            for one in members:
                one.update({"LineItems": lines, "CustomField": lines, "metadata": {}})
        return body

    spoil(bench, lengthen)
    try:
        found = walked(opened(bench).open_documents)
    finally:
        fair(bench)
    assert {one.document.ref for one in found} == set(open_of(name))
    assert_told(name, found)
