"""Walking through a company's books in pages, and asking what changed since.

A cursor is JSON text. `stage` says what comes next: a numbered list of a walk with the position in
it, or `changes` when the walk is over. `since` is QuickBooks' own time at which the walk began.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connector.protocol import Found, Page
from connector.quickbooks.calls import PAGE, quoted, statement
from connector.quickbooks.terms import early_discount, term_id
from connector.quickbooks.translate import document
from connector.raw import kept
from ledger.documents import Invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connector.quickbooks.calls import Calls, Doc
    from connector.quickbooks.terms import Terms
    from ledger.days import Clock

# How far pages overlap: a document deleted between two pages moves the rest up, and would otherwise
# be stepped over.
OVERLAP = 10
# Changes are asked for again from this much before the last answer.
CURSOR_OVERLAP = timedelta(minutes=5)
# QuickBooks looks back 30 days at most and tells at most 1000 changes at once.
LOOK_BACK = timedelta(days=29)
CHANGES_MAX = 1000
# Unapplied money cannot be asked for; the sweep reads the payments of this many days instead.
RECEIPT_DAYS = 120

_ENTITIES = ("Customer", "Invoice", "CreditMemo", "Payment")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: which list, from which position (from 1), and what was seen so far."""

    stage: int = 0
    start: int = 1
    since: str = ""
    # Set while a walk stands in for changes that QuickBooks would not tell in one answer.
    changed_after: str = ""
    seen: int = 0
    total: int | None = None
    walking: bool = True


def parse(cursor: str) -> Place:
    """Read a cursor back; "" is the start of a walk. Raises ValueError for text that is none."""
    return Place(**json.loads(cursor)) if cursor else Place()


def write(place: Place) -> str:
    """Write a cursor."""
    return json.dumps(asdict(place))


class Walk:
    """The walks of one company; `home` gives its currency when a document names none."""

    def __init__(self, calls: Calls, clock: Clock, home: Callable[[], str], terms: Terms) -> None:
        """Make no call yet."""
        self._calls = calls
        self._clock = clock
        self._home = home
        self._terms = terms

    def sync(self, cursor: str) -> Page:
        """Walk everything, or give what changed since the walk that gave the cursor."""
        place = parse(cursor)
        if not place.walking:
            return self._changes(place)
        where = _changed_after(place.changed_after)
        lists = [(entity, _all_of(entity, where)) for entity in _ENTITIES]
        if not cursor:
            place = replace(place, total=self._calls.count(lists))
        page, place = self._step(lists, place)
        if place.stage < len(lists):
            return replace(page, cursor=write(place), more=True)
        done = Place(since=place.since, walking=False)
        return replace(page, cursor=write(done), more=False)

    def open_documents(self, cursor: str) -> Page:
        """Walk open invoices, credit memos with credit left, and the payments of late."""
        place = parse(cursor)
        first = (self._clock() - timedelta(days=RECEIPT_DAYS)).date().isoformat()
        lists = [
            ("Invoice", "Balance > '0'"),
            ("CreditMemo", "Balance > '0'"),
            ("Payment", f"TxnDate >= '{first}'"),
        ]
        page, place = self._step(lists, place)
        return replace(page, cursor=write(place), more=place.stage < len(lists))

    def translated(self, entity: str, docs: Iterable[Doc]) -> list[Found]:
        """Translate documents, each with its raw text; what is no receivables document goes."""
        found, docs = [], list(docs)
        terms = self._terms.of(docs) if entity == "Invoice" else {}
        for doc in docs:
            named = entity == "Customer" or isinstance(doc.get("CurrencyRef"), dict)
            made = document(entity, doc, "" if named else self._home())
            if isinstance(made, Invoice) and (term := terms.get(term_id(doc))):
                made = replace(made, early_discount=early_discount(term, made.issued))
            if made is not None:
                found.append(Found(made, kept(doc)))
        return found

    def _step(self, lists: list[tuple[str, str]], place: Place) -> tuple[Page, Place]:
        """Read one page of the list the walk stands at."""
        entity, where = lists[place.stage]
        docs, time = self._calls.query(statement(entity, where, place.start, PAGE))
        fresh = len(docs) if place.start == 1 else max(0, len(docs) - OVERLAP)
        since = place.since or _before(time) or self._yesterday()
        place = replace(place, seen=place.seen + fresh, since=since)
        if len(docs) < PAGE:
            place = replace(place, stage=place.stage + 1, start=1)
        else:
            place = replace(place, start=place.start + PAGE - OVERLAP)
        found = tuple(self.translated(entity, docs))
        return Page(found, "", more=False, seen=place.seen, total=place.total), place

    def _yesterday(self) -> str:
        """Give a moment well before now, for an answer in which the vendor named no time."""
        return (self._clock() - timedelta(days=1)).astimezone(UTC).isoformat(timespec="seconds")

    def _changes(self, place: Place) -> Page:
        since = datetime.fromisoformat(place.since)
        if self._clock() - since > LOOK_BACK:
            return self._walk_changes(place)
        pairs, time = self._calls.changed(",".join(_ENTITIES), since.isoformat())
        if len(pairs) >= CHANGES_MAX:
            return self._walk_changes(place)
        found = [one for entity, doc in pairs for one in self.translated(entity, [doc])]
        after = replace(place, since=_before(time) or place.since)
        return Page(tuple(found), write(after), more=False, seen=len(found))

    def _walk_changes(self, place: Place) -> Page:
        """Walk by time of change instead. Deletions stay unseen; the sweep finds those."""
        return self.sync(write(Place(changed_after=place.since)))


def _all_of(entity: str, where: str) -> str:
    # Without this, customers made inactive stay invisible.
    conditions = [where] if where else []
    if entity == "Customer":
        conditions.append("Active IN (true, false)")
    return " AND ".join(conditions)


def _changed_after(since: str) -> str:
    return f"MetaData.LastUpdatedTime >= {quoted(since)}" if since else ""


def _before(time: str) -> str:
    """Give the moment from which changes are asked for next; "" when the vendor named no time."""
    try:
        told = datetime.fromisoformat(time)
    except ValueError:
        return ""
    return (told.astimezone(UTC) - CURSOR_OVERLAP).isoformat(timespec="seconds")
