"""What really happened in a world, in one order: seen at the stand-ins, never told by the product.

Every change of an invoice, every answer a stand-in gave, and every mail that was taken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from sandbox.quickbooks.amounts import to_minor
from sandbox.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.shelf import Doc
    from worlds.clock import WorldClock

INVOICE, READ, MAIL = "invoice", "read", "mail"
# What people said in the product; a promise has its day as an ordinal.
HOLD, PROMISE, RELEASE = "hold", "promise", "release"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `what` is one of the words above; `value` goes with it."""

    at: datetime
    what: str
    tenant: str
    key: str
    value: int = 0


@dataclass
class Chronicle:
    """The entries of one world, oldest first; an entry's place is its number."""

    clock: WorldClock
    entries: list[Entry] = field(default_factory=list)

    def tell(self, what: str, tenant: str, key: str, value: int = 0) -> None:
        """Write one entry down."""
        self.entries.append(Entry(self.clock(), what, tenant, key, value))

    def index(self) -> Index:
        """Make the entries searchable."""
        return Index(self.entries)


class Index:
    """The entries by what they are about."""

    def __init__(self, entries: list[Entry]) -> None:
        """Sort them once."""
        self.entries = entries
        self._changes: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._reads: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(entries):
            if one.what == INVOICE:
                self._changes[one.tenant, one.key].append(number)
            elif one.what == READ:
                self._reads[one.tenant].append(number)

    def open_at(self, tenant: str, invoice_id: str, number: int) -> int | None:
        """Say what was open on an invoice just before an entry; None before it was raised."""
        places = self._changes[tenant, invoice_id]
        at = bisect_left(places, number)
        return self.entries[places[at - 1]].value if at else None

    def last_read(self, tenant: str, number: int) -> int | None:
        """Give the number of the last answered look into a tenant's invoices before an entry."""
        places = self._reads[tenant]
        at = bisect_left(places, number)
        return places[at - 1] if at else None

    def of(self, what: str) -> list[tuple[int, Entry]]:
        """List the entries of one sort with their numbers."""
        return [(number, one) for number, one in enumerate(self.entries) if one.what == what]


OK = range(200, 300)


class WatchedShelf(Shelf):
    """A stand-in's shelf that tells the chronicle what is changed on it and what was answered."""

    def __init__(self, chronicle: Chronicle) -> None:
        """Open in memory."""
        self._chronicle = chronicle
        super().__init__()

    @contextmanager
    def change(self) -> Iterator[None]:
        """As before; what is rolled back is not told."""
        before, outermost = len(self._chronicle.entries), self._depth == 0
        try:
            with super().change():
                yield
        except BaseException:
            if outermost:
                del self._chronicle.entries[before:]
            raise

    def put(self, kind: str, key: str, doc: Doc) -> None:
        """Keep a document; an invoice's open amount is told."""
        super().put(kind, key, doc)
        tenant, _, noun = kind.partition("/")
        if noun == "Invoices" and doc["type"] == "ACCREC":
            void = doc["status"] in ("VOIDED", "DELETED")
            left = 0 if void else doc["total"] - doc["paid"] - doc["credited"]
            self._chronicle.tell(INVOICE, tenant, key, left)
        elif noun == "Invoice":
            left = to_minor(doc["Balance"], doc["CurrencyRef"]["value"])
            self._chronicle.tell(INVOICE, tenant, key, left)

    def drop(self, kind: str, key: str) -> None:
        """Forget a document; an invoice that is gone is owed no more."""
        super().drop(kind, key)
        tenant, _, noun = kind.partition("/")
        if noun in ("Invoices", "Invoice"):
            self._chronicle.tell(INVOICE, tenant, key, 0)

    def log(
        self,
        at: datetime,
        method: str,
        path: str,
        *,
        status: int = 0,
        **said: Any,  # noqa: ANN401
    ) -> None:
        """Write one request down; answered looks into invoices and writes are told."""
        super().log(at, method, path, status=status, **said)
        if status not in OK or not (method == "GET" or path.endswith(("/query", "/batch"))):
            return
        told = f"{said.get('query', '')} {said.get('body', b'').decode('latin-1')}"
        if path.endswith("/Invoices") or "from invoice" in unquote_plus(told).lower():
            self._chronicle.tell(READ, str(said.get("tenant", "")), path, status)
