"""Open books that stay open: a token that ended is renewed, a consent that ended is found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

from connector.bill import Bill
from connector.protocol import (
    FORBIDDEN,
    Account,
    Applied,
    Books,
    Found,
    Held,
    Opening,
    Page,
    Role,
    Share,
)
from ledger.differences import Adjustment
from ledger.documents import CreditNote, Organisation, Position, Receipt, Ref
from ledger.errors import DisconnectedError, RefusedError, RetryLaterError
from ledger.payouts import BookedPart, Payout
from oauth import ending
from oauth.opener import Opener
from oauth.tokens import Key, fresh_access
from store import organisations
from store.connections import ConnectionRow
from store.organisations import OrganisationRow
from store.session import reading

T = TypeVar("T")

# The vendor lists the connection and yet refuses it: leave it in peace for a while.
REFUSED_THOUGH_LISTED_SECONDS = 300.0
# A person has to grant a permission first.
PERMISSION_SECONDS = 3600.0


def open_books(opener: Opener, connection: ConnectionRow) -> Books:
    """Open a connection's books: the only way to a provider.

    Raises DisconnectedError when a person must connect again; then the connection says so too and
    an exception row is open. Raises RetryLaterError when the vendor cannot renew the key now.
    """
    with reading(opener.sessions) as s:
        ours = organisations.get(s, connection.organisation_id)
    return KeptOpen(opener, connection, ours, fresh_access(opener, connection))


class KeptOpen:
    """Books behind a key that is renewed in time, or once after the vendor refused it.

    A refused key means that nothing was carried out, so the call may be made again as it was.
    """

    def __init__(
        self,
        opener: Opener,
        connection: ConnectionRow,
        ours: OrganisationRow,
        key: Key,
    ) -> None:
        self._opener = opener
        self._connection = connection
        self._ours = ours
        self._turn(key)

    def _turn(self, key: Key) -> None:
        name = self._connection.provider
        self._key = key
        self._books = self._opener.providers[name].open(
            Opening(
                access=key.access,
                gate=self._opener.gate(self._connection),
                wire=self._opener.wire(name),
                clock=self._opener.clock,
                accounts=self._ours.accounts,
                known=self._ours.ledger,
                role=Role(self._connection.role),
                memory=self._opener.memory(self._connection),
            )
        )

    def _ask(self, call: Callable[[Books], T]) -> T:
        try:
            return self._kept_open(call)
        except RefusedError as error:
            if error.code == FORBIDDEN:
                ending.lacks_permission(self._opener, self._connection, str(error))
            raise

    def _walk(self, call: Callable[[Books], Page]) -> Page:
        """Ask for a page; where a permission is missing, wait for who can give it."""
        try:
            return self._ask(call)
        except RefusedError as error:
            if error.code != FORBIDDEN:
                raise
            raise RetryLaterError(PERMISSION_SECONDS, str(error)) from None

    def _kept_open(self, call: Callable[[Books], T]) -> T:
        if not self._key.is_fresh(self._opener.clock()):
            self._turn(fresh_access(self._opener, self._connection))
        try:
            return call(self._books)
        except DisconnectedError:
            refused = self._key.access.token
        self._turn(fresh_access(self._opener, self._connection, refused))
        try:
            return call(self._books)
        except DisconnectedError as error:
            raise self._found_out(str(error)) from None

    def _found_out(self, said: str) -> Exception:
        """Ask the vendor whether the connection is still there, and say so here when it is not."""
        name = self._connection.provider
        provider, wire = self._opener.providers[name], self._opener.wire(name)
        try:
            listed = provider.tenants(self._key.access, wire)
        except DisconnectedError:
            listed = []
        if any(one.id == self._connection.tenant_id for one in listed):
            return RetryLaterError(REFUSED_THOUGH_LISTED_SECONDS, said)
        ending.connection_ended(self._opener, self._connection, said)
        return DisconnectedError(said)

    @property
    def trace(self) -> str:
        """The vendor's own id of the last write it answered."""
        return self._books.trace

    def organisation(self) -> Organisation:
        """Read the business itself."""
        return self._ask(lambda books: books.organisation())

    def accounts(self) -> list[Account]:
        """Read the ledger accounts that receipts can be booked into."""
        return self._ask(lambda books: books.accounts())

    def sync(self, cursor: str) -> Page:
        """Walk everything, or what changed."""
        return self._walk(lambda books: books.sync(cursor))

    def open_documents(self, cursor: str) -> Page:
        """Walk all that is open now."""
        return self._walk(lambda books: books.open_documents(cursor))

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents again."""
        return self._ask(lambda books: books.read(refs))

    def position(self, customer_id: str) -> Position:
        """Read one customer with everything open."""
        return self._ask(lambda books: books.position(customer_id))

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Set a receipt against invoices."""
        return self._ask(lambda books: books.apply(receipt, shares, key, day, adjustments))

    def find_applied(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` was carried out."""
        return self._ask(lambda books: books.find_applied(receipt, shares, key, adjustments))

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """End an application that was interrupted."""
        return self._ask(lambda books: books.complete(receipt, begun, key, day))

    def unapply(self, applied: Applied, key: str) -> None:
        """Undo an application."""
        self._ask(lambda books: books.unapply(applied, key))

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book money on account of a customer."""
        return self._ask(lambda books: books.keep(receipt, customer_id, key, day))

    def find_kept(self, receipt: Receipt, customer_id: str, key: str) -> Held | None:
        """Look up whether `keep` was carried out."""
        return self._ask(lambda books: books.find_kept(receipt, customer_id, key))

    def release(self, held: Held, key: str) -> None:
        """Take back what `keep` booked."""
        self._ask(lambda books: books.release(held, key))

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Write a note on a document."""
        return self._ask(lambda books: books.note(ref, text, key))

    def find_note(self, ref: Ref, key: str) -> str | None:
        """Look up whether the note was written."""
        return self._ask(lambda books: books.find_note(ref, key))

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Set a credit note against invoices."""
        return self._ask(lambda books: books.apply_credit(credit, shares, key, day))

    def find_credit(self, credit: CreditNote, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply_credit` was carried out."""
        return self._ask(lambda books: books.find_credit(credit, shares, key))

    def promise(self, invoice: Ref, day: date | None, key: str) -> bool:
        """Keep when payment was promised."""
        return self._ask(lambda books: books.promise(invoice, day, key))

    def deliver(self, invoice: Ref, to: str, key: str) -> None:
        """Have the ledger send the invoice."""
        self._ask(lambda books: books.deliver(invoice, to, key))

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say when the ledger last sent the invoice."""
        return self._ask(lambda books: books.delivered(invoice))

    def pdf(self, invoice: Ref) -> bytes:
        """Give the invoice as the ledger prints it."""
        return self._ask(lambda books: books.pdf(invoice))

    def online(self, invoice: Ref) -> str:
        """Give the address where the customer sees the invoice."""
        return self._ask(lambda books: books.online(invoice))

    def checkout(self, bill: Bill, key: str) -> str:
        """Open a page where exactly this is paid."""
        return self._ask(lambda books: books.checkout(bill, key))

    def book_payout(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Book a payout and its fees."""
        return self._ask(lambda books: books.book_payout(payout, key, day))

    def find_payout(self, payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        """Look up whether `book_payout` was carried out."""
        return self._ask(lambda books: books.find_payout(payout, key))

    def unbook_payout(self, parts: Sequence[BookedPart], key: str) -> None:
        """Undo a booked payout."""
        self._ask(lambda books: books.unbook_payout(parts, key))
