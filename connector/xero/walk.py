"""Walking through an organisation's books in pages, and asking what changed since.

A cursor is JSON text. Pages are asked for in the order of ids: in Xero's own order, by time of
change, a document that changes meanwhile moves to the end and pushes another over a page's edge.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connector.protocol import Found, Page
from connector.raw import kept
from connector.xero.calls import Calls, listed
from connector.xero.fields import moment, part
from connector.xero.translate import TRANSLATORS
from ledger.documents import Customer
from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.xero.calls import Doc
    from ledger.days import Clock

# Xero's largest page.
PAGE = 1000
# Xero's booleans are lower case; the package would write Python's.
YES = "true"
# Changes are asked for again from this much before the last walk began.
OVERLAP = timedelta(minutes=5)

# Xero refuses to list more than 100,000 documents; a business with as many begins with these.
HISTORY = timedelta(days=730)
# What a burst of news is about changed within so long, or is asked for by its ids.
RECENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Lot:
    """One of Xero's lists: the package's name, the key in answers, and what we want of it."""

    name: str
    key: str
    id_field: str
    where: str = ""
    open_where: str = ""

    def query(self) -> dict[str, object]:
        """Give what is asked for whenever all of this list is wanted."""
        asked: dict[str, object] = {"where": self.where} if self.where else {}
        return asked | ({"include_archived": YES} if self.key == "Contacts" else {})

    def open_query(self) -> dict[str, object]:
        """Give what is asked for when only what is open is wanted, in as few bytes as can be."""
        asked: dict[str, object] = {"where": self.open_where}
        return asked | ({"summary_only": YES} if self.key == "Invoices" else {})


_OPEN = ' AND Status=="AUTHORISED"'


def _lot(name: str, key: str, id_field: str, kind: str) -> Lot:
    where = f'Type=="{kind}"'
    return Lot(name, key, id_field, where, where + _OPEN)


CONTACTS = Lot("contacts", "Contacts", "ContactID")
INVOICES = _lot("invoices", "Invoices", "InvoiceID", "ACCREC")
CREDIT_NOTES = _lot("credit_notes", "CreditNotes", "CreditNoteID", "ACCRECCREDIT")
OVERPAYMENTS = _lot("overpayments", "Overpayments", "OverpaymentID", "RECEIVE-OVERPAYMENT")
PREPAYMENTS = _lot("prepayments", "Prepayments", "PrepaymentID", "RECEIVE-PREPAYMENT")
PAYMENTS = Lot("payments", "Payments", "PaymentID", 'PaymentType=="ACCRECPAYMENT"')

EVERYTHING = (CONTACTS, INVOICES, CREDIT_NOTES, OVERPAYMENTS, PREPAYMENTS, PAYMENTS)
# What can be open: payments are always applied.
OPEN = (INVOICES, CREDIT_NOTES, OVERPAYMENTS, PREPAYMENTS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: which list and page, from when on, and what was seen so far.

    `since` is the If-Modified-Since of this walk, "" for everything; `began` is Xero's own time at
    its start, from which the next walk asks.
    """

    stage: int = 0
    page: int = 1
    since: str = ""
    began: str = ""
    seen: int = 0
    total: int | None = None
    # Whether the walk met a changed invoice or credit note, and since when payments were not asked
    # for: a payment always changes an invoice, so where none changed the list is left for later.
    moved: bool = False
    paid_since: str = ""
    # The day on which contact groups were asked for, whether there were any, and whether this walk
    # therefore reads every contact: joining or leaving a group changes no contact.
    groups_day: str = ""
    grouped: bool = False
    all_contacts: bool = False


def parse(cursor: str) -> Place:
    """Read a cursor back; "" is the start of a walk. Raises ValueError for text that is none."""
    return Place(**json.loads(cursor)) if cursor else Place()


def write(place: Place) -> str:
    """Write a cursor."""
    return json.dumps(asdict(place))


def translated(lot: Lot, found: Iterable[Doc]) -> tuple[Found, ...]:
    """Translate documents, each with its raw text; what is no receivables document goes."""
    pairs = ((TRANSLATORS[lot.key](doc), doc) for doc in found)
    return tuple(Found(document, kept(doc)) for document, doc in pairs if document is not None)


class Walk:
    """The walks of one organisation."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        """Make no call yet."""
        self._calls = calls
        self._clock = clock

    def sync(self, cursor: str) -> Page:
        """Walk everything, or what changed since the walk that gave the cursor began."""
        place = parse(cursor)
        if not cursor:
            place = self._first()
        elif (place.stage, place.page) == (0, 1):
            place = self._with_groups(place)
        page, place = self._step(EVERYTHING, place)
        next_ = Place(since=place.began, groups_day=place.groups_day, grouped=place.grouped)
        if place.stage == EVERYTHING.index(PAYMENTS) and place.since and not place.moved:
            waiting = place.paid_since or place.since
            return replace(page, cursor=write(replace(next_, paid_since=waiting)))
        if place.stage < len(EVERYTHING):
            return replace(page, cursor=write(place), more=True)
        return replace(page, cursor=write(next_), more=False)

    def open_documents(self, cursor: str) -> Page:
        """Walk everything open."""
        page, place = self._step(OPEN, parse(cursor), only_open=True)
        return replace(page, cursor=write(place), more=place.stage < len(OPEN))

    def open_of(self, lot: Lot, customer_id: str) -> tuple[Found, ...]:
        """Read what one customer has open in a list."""
        query: dict[str, Any] = lot.open_query()
        query["where"] = f'{lot.open_where} AND Contact.ContactID==guid("{customer_id}")'
        found: list[Found] = []
        number = 1
        while True:
            answer = self._calls.read(lot.name, page=number, page_size=PAGE, **query) or {}
            page = listed(answer, lot.key)
            found += translated(lot, page)
            if _is_last(answer, number, len(page)):
                return tuple(found)
            number += 1

    def recent(self, lot: Lot) -> list[Doc]:
        """Read what changed of a list in the last minutes, as far as one page tells."""
        since = (self._clock() - RECENT).astimezone(UTC).replace(tzinfo=None, microsecond=0)
        query: dict[str, Any] = lot.query() | {"if_modified_since": since}
        return self._calls.listed(lot.name, lot.key, page=1, page_size=PAGE, **query)

    def _with_groups(self, place: Place) -> Place:
        """Look once a day whether contacts are in groups, for then all of them are read anew."""
        today = self._clock().date().isoformat()
        if place.groups_day == today:
            return place
        try:
            grouped = bool(self._calls.listed("contact_groups", "ContactGroups"))
        except RefusedError:
            grouped = False
        # The walk after the last group was deleted still has to hear of it.
        every = grouped or place.grouped
        return replace(place, groups_day=today, grouped=grouped, all_contacts=every)

    def _first(self) -> Place:
        """Begin the first walk; where there is more than Xero lists at all, with two years of it.

        What is older and open comes with the first sweep.
        """
        place = Place(groups_day=self._clock().date().isoformat())
        try:
            return replace(place, total=self._total())
        except RefusedError:
            return replace(place, since=_stamp(self._clock() - HISTORY), all_contacts=True)

    def _total(self) -> int | None:
        """Count what a whole walk will see: one small page of each list tells."""
        answers = [
            self._calls.read(lot.name, page=1, page_size=1, **lot.query()) or {}
            for lot in EVERYTHING
        ]
        counts = [part(answer, "pagination").get("itemCount") for answer in answers]
        known = [count for count in counts if isinstance(count, int)]
        return sum(known) if len(known) == len(counts) else None

    def _step(
        self, lots: tuple[Lot, ...], place: Place, *, only_open: bool = False
    ) -> tuple[Page, Place]:
        """Read one page of the list the walk stands at."""
        lot = lots[place.stage]
        query: dict[str, Any] = lot.open_query() if only_open else lot.query()
        since = (lot is PAYMENTS and place.paid_since) or place.since
        if lot is CONTACTS and place.all_contacts:
            since = ""
        if since:
            # The package sends a moment as it prints; Xero wants UTC without zone or fraction.
            query["if_modified_since"] = datetime.fromisoformat(since)
        answer = self._calls.read(
            lot.name, order=lot.id_field, page=place.page, page_size=PAGE, **query
        )
        found = listed(answer or {}, lot.key)
        began = place.began or self._time(answer or {})
        moved = place.moved or (bool(found) and lot in (INVOICES, CREDIT_NOTES))
        place = replace(place, seen=place.seen + len(found), began=began, moved=moved)
        if _is_last(answer or {}, place.page, len(found)):
            place = replace(place, stage=place.stage + 1, page=1)
        else:
            place = replace(place, page=place.page + 1)
        documents = translated(lot, found)
        if lot is CONTACTS and not place.since:
            place = replace(place, grouped=place.grouped or _in_groups(documents))
        page = Page(documents, "", more=False, seen=place.seen, total=place.total)
        return page, place

    def _time(self, answer: Doc) -> str:
        """Give the moment from which changes are asked for next, by Xero's clock if it tells."""
        now = moment(answer.get("DateTimeUTC")) or self._clock()
        return _stamp(now - OVERLAP)


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _in_groups(found: Iterable[Found]) -> bool:
    return any(isinstance(one.document, Customer) and one.document.tags for one in found)


def _is_last(answer: Doc, page: int, found: int) -> bool:
    """Say whether no page comes behind this one; a full page that ends the list is told as such."""
    count = part(answer, "pagination").get("pageCount")
    return found < PAGE or (isinstance(count, int) and 0 < count <= page)
