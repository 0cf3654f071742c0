"""The matching index: kept up with the mirror from the first time that it is needed.

Keys are made by `rules.matching`: of the numbers of documents, and of what a customer is known by.
A word of a customer's name has the key "word:" with the word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Row, bindparam, delete, select, update
from sqlalchemy.orm import Session

from ledger.documents import CreditNote, Customer, Invoice, Kind
from rules.matching.forms import customer_forms
from rules.matching.mirrored import party_of
from rules.matching.names import search_words
from rules.matching.policy import LARGE_SHARE
from rules.matching.spellings import keys
from store import matching_queries as ask
from store import tables
from store.connections import BOOKS, DISCONNECTED
from store.documents import TABLES, Kept, to_credit_note, to_customer, to_invoice
from store.session import chunks, insert_into
from store.tables import matching_index, matching_key

# Another making of keys gets another number; an index of an older one is made anew.
VERSION = 3
# So many documents are turned into keys together.
PAGE = 2_000
WORD = "word"
# What is large is found again when one of so many invoices has changed.
FRESH = 1_000

_connection = tables.connection
_BOOKS = (
    select(
        _connection.c.id,
        matching_index.c.version,
        matching_index.c.large,
        matching_index.c.counted,
        matching_index.c.changes,
    )
    .outerjoin(matching_index, matching_index.c.connection_id == _connection.c.id)
    .where(
        _connection.c.organisation_id == bindparam("organisation_id"),
        _connection.c.role == BOOKS,
        _connection.c.state != DISCONNECTED,
    )
)
_FORGET = delete(matching_key).where(
    matching_key.c.organisation_id == bindparam("organisation_id"),
    matching_key.c.connection_id == bindparam("connection_id"),
    matching_key.c.kind == bindparam("kind"),
    matching_key.c.vendor_id.in_(bindparam("ids", expanding=True)),
)
_THERE = select(matching_key.c.vendor_id, matching_key.c.key).where(
    matching_key.c.organisation_id == bindparam("organisation_id"),
    matching_key.c.connection_id == bindparam("connection_id"),
    matching_key.c.kind == bindparam("kind"),
    matching_key.c.vendor_id.in_(bindparam("ids", expanding=True)),
)
_INDEX = (
    matching_index.c.connection_id == bindparam("books"),
    matching_index.c.organisation_id == bindparam("whose"),
)
_CHANGED = (
    update(matching_index)
    .where(*_INDEX)
    .values(changes=matching_index.c.changes + bindparam("number", type_=Integer))
)
_FOUND = (
    update(matching_index)
    .where(*_INDEX)
    .values(large=bindparam("found"), counted=bindparam("number"), changes=0)
)


def opened(s: Session, organisation_id: int) -> int | None:
    """Give the books whose index is up to date, making it if need be; None without books.

    To make it takes about a second for ten thousand documents; every save keeps it up.
    """
    row = s.execute(_BOOKS, {"organisation_id": organisation_id}).one_or_none()
    if row is None:
        return None
    if row.version != VERSION:
        _make(s, organisation_id, row.id)
    return int(row.id)


def is_ready(s: Session, organisation_id: int) -> bool:
    """Whether `opened` has nothing to make, so that it can be called where nothing is written."""
    row = s.execute(_BOOKS, {"organisation_id": organisation_id}).one_or_none()
    return row is None or row.version == VERSION


def begin(s: Session, organisation_id: int, connection_id: int) -> bool:
    """Begin the index of books of which the mirror has nothing yet; says whether it did.

    So it grows with the first walk, and nothing has to wait until it is made.
    """
    which = {"connection_id": connection_id}
    if any(s.execute(statement, which).first() for statement in _ANY.values()):
        return False
    _note(s, organisation_id, connection_id)
    return True


def follow(
    s: Session, organisation_id: int, connection_id: int, kind: Kind, documents: Sequence[Kept]
) -> None:
    """Put the keys of documents that changed in the place of those they had."""
    if kind not in _KEYS or not documents:
        return
    which = {"organisation_id": organisation_id, "connection_id": connection_id}
    for part in chunks([one.ref.id for one in documents]):
        s.execute(_FORGET, {**which, "kind": kind.value, "ids": part})
    made = [(one.ref.id, _KEYS[kind](one)) for one in documents]
    _add(s, organisation_id, connection_id, kind, made)
    if kind is Kind.INVOICE:
        note_changes(s, organisation_id, connection_id, len(documents))


def note_changes(s: Session, organisation_id: int, connection_id: int, number: int) -> None:
    """Count invoices that changed: what was found of all of them is found again in time."""
    which = {"books": connection_id, "whose": organisation_id}
    s.execute(_CHANGED, {**which, "number": number})


def unlike(s: Session, organisation_id: int) -> int:
    """Count the documents and customers whose keys are not those that would be made of them now.

    It reads all of the books: no look-up does.
    """
    row = s.execute(_BOOKS, {"organisation_id": organisation_id}).one_or_none()
    if row is None or row.version != VERSION:
        # Made anew when it is asked for.
        return 0
    wrong = 0
    for kind, made in _pages(s, row.id):
        which = {"organisation_id": organisation_id, "connection_id": row.id, "kind": kind.value}
        found: dict[str, set[str]] = {vendor_id: set() for vendor_id, _ in made}
        for part in chunks(list(found)):
            for one in s.execute(_THERE, {**which, "ids": part}):
                found[one.vendor_id].add(one.key)
        wrong += sum(found[vendor_id] != set(keys_) for vendor_id, keys_ in made)
    return wrong


def make_anew(s: Session, organisation_id: int) -> None:
    """Throw the index away and make it again from the mirror."""
    row = s.execute(_BOOKS, {"organisation_id": organisation_id}).one_or_none()
    if row is not None:
        _make(s, organisation_id, row.id)


def large(s: Session, organisation_id: int) -> dict[str, int]:
    """Give per currency the total that all but a hundredth of the open invoices stay below.

    It was right when it was found, and so few invoices have changed since that it is off by no
    more than a tenth of that hundredth.
    """
    row = s.execute(_BOOKS, {"organisation_id": organisation_id}).one_or_none()
    if row is None:
        return {}
    return (
        dict(row.large)
        if _is_fresh(row.changes, row.counted)
        else _found(s, organisation_id, row.id)[0]
    )


def find_large(s: Session, organisation_id: int) -> None:
    """Find anew what is large, if it has to be."""
    row = s.execute(_BOOKS, {"organisation_id": organisation_id}).one_or_none()
    if row is None or row.version is None or _is_fresh(row.changes, row.counted):
        return
    found, counted = _found(s, organisation_id, row.id)
    which = {"books": row.id, "whose": organisation_id}
    s.execute(_FOUND, {**which, "found": found, "number": counted})


def _is_fresh(changes: int | None, counted: int | None) -> bool:
    return changes is not None and counted is not None and changes * FRESH <= counted


def _found(s: Session, organisation_id: int, connection_id: int) -> tuple[dict[str, int], int]:
    """Find the large amount of each currency, and of how many open invoices."""
    which = {"connection_id": connection_id, "organisation_id": organisation_id}
    counts = s.execute(ask.OPEN_BY_CURRENCY, which).all()
    found = {}
    for currency, number in counts:
        larger = int(number * LARGE_SHARE)
        found[currency] = s.execute(
            ask.LARGE, {**which, "currency": currency, "larger": larger}
        ).scalar_one()
    return found, sum(number for _, number in counts)


def _of_customer(one: Customer) -> Iterable[str]:
    """Give the keys of a customer; one that was merged is looked for as the one it went into."""
    told = party_of(one.ref.id, [one], {})
    return (*customer_forms(told), *(f"{WORD}:{word}" for word in search_words(told.name)))


def _of_invoice(one: Invoice) -> Iterable[str]:
    texts = (one.number, one.po_number, one.reference)
    return [key for text in texts if text for key in keys(text)]


def _of_credit_note(one: CreditNote) -> Iterable[str]:
    return keys(one.number)


_KEYS: Mapping[Kind, Callable[[Any], Iterable[str]]] = {
    Kind.CUSTOMER: _of_customer,
    Kind.INVOICE: _of_invoice,
    Kind.CREDIT_NOTE: _of_credit_note,
}
_READ: Mapping[Kind, Callable[[Row[Any]], Any]] = {
    Kind.CUSTOMER: to_customer,
    Kind.INVOICE: to_invoice,
    Kind.CREDIT_NOTE: lambda row: to_credit_note(row, ()),
}
_ANY = {
    kind: select(TABLES[kind].c.vendor_id)
    .where(TABLES[kind].c.connection_id == bindparam("connection_id"))
    .limit(1)
    for kind in _READ
}


def _make(s: Session, organisation_id: int, connection_id: int) -> None:
    s.execute(delete(matching_key).where(matching_key.c.connection_id == connection_id))
    for kind, made in _pages(s, connection_id):
        _add(s, organisation_id, connection_id, kind, made)
    _note(s, organisation_id, connection_id)


def _pages(
    s: Session, connection_id: int
) -> Iterator[tuple[Kind, list[tuple[str, Iterable[str]]]]]:
    """Give the keys of everything in the books, so many documents of a kind at a time."""
    for kind, read in _READ.items():
        table = TABLES[kind]
        page = (
            select(table)
            .where(table.c.connection_id == connection_id, table.c.vendor_id > bindparam("after"))
            .order_by(table.c.vendor_id)
            .limit(PAGE)
        )
        after = ""
        while rows := s.execute(page, {"after": after}).all():
            yield kind, [(row.vendor_id, _KEYS[kind](read(row))) for row in rows]
            after = rows[-1].vendor_id


def _note(s: Session, organisation_id: int, connection_id: int) -> None:
    """Say that an index is there, and by which making of keys."""
    values = {"connection_id": connection_id, "organisation_id": organisation_id}
    # Nothing was counted yet, so that whatever is there has changed.
    kept = insert_into(s, matching_index).values(**values, version=VERSION, changes=1)
    s.execute(
        kept.on_conflict_do_update(index_elements=["connection_id"], set_={"version": VERSION})
    )


def _add(
    s: Session,
    organisation_id: int,
    connection_id: int,
    kind: Kind,
    made: Iterable[tuple[str, Iterable[str]]],
) -> None:
    owner = {"organisation_id": organisation_id, "connection_id": connection_id}
    rows = [
        {**owner, "kind": kind.value, "vendor_id": vendor_id, "key": key}
        for vendor_id, found in made
        for key in dict.fromkeys(found)
    ]
    if rows:
        s.execute(insert_into(s, matching_key).on_conflict_do_nothing(), rows)
