"""Our books of QuickBooks opened against the stand-in, inside the process, in any weather."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.protocol import Access, Opening, Share, Wire
from connector.quickbooks import PROVIDER
from connector.quickbooks.books import QuickBooksBooks
from ledger.documents import CreditNote, Kind, Purpose, Receipt, Ref, Source, Status
from ledger.money import Money
from tests.sandbox.quickbooks_desk import DAY, Desk
from worlds.transport import StreetAdapter, Streets

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.documents import Document
    from sandbox.shelf import Request

HOST = "quickbooks.test"


@dataclass
class Turnstile:
    """A gate that lets everything pass and remembers it."""

    calls: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    waits: list[float | None] = field(default_factory=list)

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        self.calls.append(metered)
        self.weights.append(weight)

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        del remaining
        self.waits.append(retry_after_seconds)


@dataclass
class Office:
    """The stand-in, our books of its company, and what the weather does to the next calls."""

    desk: Desk = field(default_factory=Desk)
    gate: Turnstile = field(default_factory=Turnstile)
    # What happens to the next calls: the weather, or what somebody does just before one.
    storm: list[str | Callable[[], object] | None] = field(default_factory=list)
    accounts: dict[Purpose, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = self.open()

    def wire(self) -> Wire:
        streets = Streets({HOST: self.desk.books.app}, self._weather)
        return Wire(addresses={"api": f"http://{HOST}"}, adapter=StreetAdapter(streets))

    def open(self, wire: Wire | None = None) -> QuickBooksBooks:
        access = Access(self.desk.realm, self.desk.token)
        way = wire or self.wire()
        opening = Opening(access, self.gate, way, self.desk.clock, accounts=self.accounts)
        books = PROVIDER.open(opening)
        assert isinstance(books, QuickBooksBooks)
        return books

    def _weather(self, _host: str, _method: str, _path: str) -> str | None:
        ahead = self.storm.pop(0) if self.storm else None
        if callable(ahead):
            ahead()
            return None
        return ahead

    def read(self, kind: Kind, key: str) -> Document:
        [found] = self.books.read([Ref(kind, key)])
        return found.document

    def receipt(self, minor: int, reference: str = "R-1") -> Receipt:
        """Record money in QuickBooks that nobody matched yet, and read it."""
        desk = self.desk
        key = desk.books.record_receipt(desk.realm, desk.customer, minor, DAY, reference)
        found = self.read(Kind.RECEIPT, key)
        assert isinstance(found, Receipt)
        return found

    def credit_note(self, minor: int) -> CreditNote:
        """Raise a credit memo in QuickBooks, and read it."""
        desk = self.desk
        key = desk.books.raise_credit_memo(desk.realm, desk.customer, minor, DAY)
        found = self.read(Kind.CREDIT_NOTE, key)
        assert isinstance(found, CreditNote)
        return found

    def account(self, name: str) -> str:
        """Give the id of a ledger account of the company."""
        company = self.desk.shelf.get("company", self.desk.realm)
        assert company is not None
        return str(company["accounts"][name])

    def writes(self, path: str) -> list[Request]:
        """Give the writes to one address so far."""
        return [
            one
            for one in self.desk.books.requests()
            if one.method == "POST" and one.path.endswith(path)
        ]


def dollars(minor: int) -> Money:
    return Money(minor, "USD")


def pays(invoice_id: str, minor: int) -> Share:
    return Share(invoice_id, dollars(minor))


def from_stripe(minor: int, currency: str = "USD") -> Receipt:
    """Make a receipt that came in at Stripe."""
    return Receipt(
        ref=Ref(Kind.RECEIPT, "pi_3QxYzAbCdEfGhIjKlMnOpQrS"),
        source=Source.STRIPE,
        received=DAY,
        amount=Money(minor, currency),
        unapplied=Money(minor, currency),
        status=Status.OPEN,
        reference="INV-1001",
    )
