"""Bodies as no vendor should send them: nothing crashes, nothing is dropped, everything is told.

The documents are the stand-ins' own, bent in any place; then whole answers are, and webhooks.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from connector import PROVIDERS
from connector.protocol import Books, Found
from connector.raw import kept
from connector.raw import parse as parse_raw
from ledger.documents import Customer, Gone, Kind, Ref, Status
from ledger.errors import OutsideError, RetryLaterError
from ledger.payouts import Payout
from store import connections, mirror, organisations
from store.connections import Consented
from store.documents import TABLES, Kept, kind_of, to_row
from store.seal import Keys
from store.session import open_engine, open_sessions
from tests.connector.bending import ANYTHING, bent
from tests.connector.crooked import (
    ALONE,
    IDS,
    LISTS,
    NAMES,
    SCENES,
    bench_of,
    close,
    fair,
    lists_of,
    open_of,
    opened,
    sound,
    spoil,
    walked,
)
from tests.oauth.blank import blank_database

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def _closing() -> Iterator[None]:
    yield
    for made in (session, answers_of, bodies):
        made.cache_clear()
    close()


@cache
def session() -> Session:
    """Give a database with a connection for each provider: what is translated must be kept."""
    folder = SCENES.enter_context(tempfile.TemporaryDirectory())
    engine = open_engine(blank_database(Path(folder) / "bent.db"))
    SCENES.callback(engine.dispose)
    made = open_sessions(engine, Keys((bytes(32),)))()
    SCENES.callback(made.close)
    ours = organisations.create(made, "Reed", "pub-reed", NOW)
    for name in NAMES:
        role = "payments" if name == "stripe" else "books"
        consented = Consented(name.split()[0], role, f"tenant-{name}", name)
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
        assert_fits(document)
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


def assert_fits(document: Kept) -> None:
    """Require of every text what PostgreSQL requires and SQLite does not."""
    row = to_row(document)
    for column in TABLES[kind_of(document)].c:
        most, value = getattr(column.type, "length", None), row.get(column.name)
        assert most is None or value is None or len(value) <= most, column.name


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
        assert name in ("stripe", ALONE)
        return
    finally:
        fair(bench)
    assert_told(name, found)
    again = {one.document.ref: one.document for one in found}
    # At Stripe an invoice brings its customer with all its credit, which is bent with it.
    brought = {Kind.CUSTOMER, Kind.CREDIT_NOTE} if name == ALONE else set()
    others = [one for one in open_of(name) if one != ref and one.kind not in brought]
    assert [one for one in others if again.get(one) != before[one].document] == []


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
    if "stripe" in name:
        # Stripe keeps no accounts, and is asked for none.
        del reads["accounts"]
    return reads


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
        asked.append(lambda: books.position(customer))
    if "stripe" not in name:
        asked.append(books.accounts)
    try:
        for ask in asked:
            with pytest.raises(RetryLaterError):
                ask()
    finally:
        fair(bench)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
@given(st.data())
def test_a_bent_webhook_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Every event of it stays, whatever it says; what is no webhook raises ValueError."""
    body = data.draw(st.sampled_from(bodies(name)))
    made = data.draw(bent(body) if isinstance(body, dict) else st.lists(bent(body[0]), min_size=1))
    try:
        found = bench_of(name).provider.notices(kept(made).encode())
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
