"""What every system of record gives, in one shape; nothing else of the product knows a vendor.

A `Provider` is what is known before anybody connected; `Books` is one connection, opened. Errors
are those of `ledger.errors`: RetryLaterError, RefusedError, StaleError, DisconnectedError and
UnknownOutcomeError. Whatever else is raised is a bug.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from connector.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from requests.adapters import BaseAdapter

    from connector.bill import Bill
    from connector.consent import Consent, OpenId
    from connector.pace import Gate, Limits
    from ledger.days import Clock
    from ledger.differences import Adjustment
    from ledger.documents import (
        CreditNote,
        Document,
        Kind,
        Organisation,
        Position,
        Purpose,
        Receipt,
        Ref,
    )
    from ledger.money import Money
    from ledger.payouts import BookedPart, Payout


# The code of a RefusedError for want of a permission: a person has to grant it at the vendor.
FORBIDDEN = "forbidden"


class BadSignatureError(Exception):
    """The request does not carry the signature that the provider would have made."""


class Ability(StrEnum):
    """What a provider can express; the table in docs/providers.md is made from it."""

    READ = "read documents"
    APPLY = "apply a receipt"
    UNAPPLY = "undo an application"
    NOTE = "write a note"
    RECEIPTS = "tell of receipts"
    CREDIT = "apply a credit note"
    PROMISE = "keep the date of a promise to pay"
    DELIVER = "send an invoice itself"
    COPY = "give an invoice as PDF"
    ONLINE = "link to an invoice online"
    PAYOUT = "book a payout with its fees"
    ADJUST = "book a difference, such as a bank's fee"
    KEEP = "keep money on account"
    RELEASE = "take money kept on account back"
    CHECKOUT = "take the payment of an invoice online"


class Role(StrEnum):
    """What a connection is for: the one system of record, or a place where money comes in."""

    BOOKS = "books"
    PAYMENTS = "payments"


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation a consent covers. `grant` is the vendor's id of the connection, if any.

    `consent_event` ties it to one consent (Xero's authEventId); `live` is False for test data.
    """

    id: str
    title: str
    grant: str = ""
    consent_event: str = ""
    live: bool = True
    connected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing a webhook says has changed. Only a hint: the object is read again before use."""

    event_id: str
    tenant_id: str
    kind: Kind
    object_id: str
    verb: str
    at: datetime | None = None
    part: str = ""
    live: bool = True
    # The consent itself ended (Stripe's deauthorized); no object to read.
    ends_connection: bool = False
    # Where the vendor numbers its events, over all tenants together (Xero): the number of this one.
    number: int | None = None
    # Marks a write of our own coming back, where the vendor says so (Stripe's idempotency key).
    echo_of: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A document with the vendor's own JSON text, kept beside it for audit."""

    document: Document
    raw: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a walk through the books.

    `cursor` continues the walk, also after a crash; `more` says whether to go on at once. `seen`
    and `total` (documents, when the vendor tells) are for progress.
    """

    found: tuple[Found, ...]
    cursor: str
    more: bool
    seen: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of which invoice is cleared, in its currency: by money, less what is adjusted."""

    invoice_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class AppliedPart:
    """One thing the vendor wrote for an application: its id, where it sits, and what it pays."""

    id: str
    invoice_id: str
    amount: Money
    part: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Money from elsewhere that the ledger holds from now on as a receipt of its own.

    `amount` is all that was booked. Undoing the parts leaves it there, on account.
    """

    ref: Ref
    amount: Money


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of applying a receipt; enough to undo it and to find it again.

    Fewer parts than shares mean that the rest stayed on account, which `held` then names. Without
    that the rest is the receipt's as before, and `refusal` says why, as for a part below its share.
    """

    parts: tuple[AppliedPart, ...]
    # The document that carries the parts, such as the overpayment or the QuickBooks payment.
    holder_id: str = ""
    held: Held | None = None
    # Only from a look-up: what an interrupted application has still to set; see `Books.complete`.
    missing: tuple[Share, ...] = ()
    # Differences that are not booked: not yet, or, with a `refusal`, for the reason it gives.
    owed: tuple[Adjustment, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger account money can be booked into. `purposes` are those it may be chosen for."""

    id: str
    name: str
    currency: str | None = None
    purposes: frozenset[Purpose] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """The key to one connection. `strategy` is oauth, platform or restricted_key (Stripe)."""

    tenant_id: str
    token: str
    strategy: str = "oauth"
    grant: str = ""

    def __repr__(self) -> str:
        return f"Access(tenant_id={self.tenant_id!r}, strategy={self.strategy!r})"


@dataclass(frozen=True, slots=True)
class Wire:
    """How calls leave the house: addresses by name, time-outs in seconds, and in-process transport.

    With no address given, a provider uses the vendor's. `adapter` (for everything built on
    requests) and `pool` (a urllib3-like pool for xero-python) carry calls into stand-ins inside
    the process.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    # The vendor's addresses for made-up companies, where it has such (QuickBooks).
    sandbox: bool = False
    connect_seconds: int = 3
    read_seconds: int = 20
    adapter: BaseAdapter | None = None
    pool: Any = None

    def address(self, name: str, vendor: str) -> str:
        """Give the address by name (`api`, `identity`, `login`, …), else the vendor's own."""
        return self.addresses.get(name, vendor).rstrip("/")


@dataclass(frozen=True, slots=True)
class Opening:
    """Everything a provider needs to open a connection's books."""

    access: Access
    gate: Gate
    wire: Wire
    clock: Clock
    # Which ledger account serves which purpose, as chosen by the organisation.
    accounts: Mapping[Purpose, str] = field(default_factory=dict)
    # What the books said of the business when it was last read; None before that.
    known: Organisation | None = None
    # What the connection is for; a provider with one role has no need to be told.
    role: Role | None = None
    memory: Memory = field(default_factory=Memory)


class Books(Protocol):
    """One connection's open books. Every write takes the action's key and is safe to look up."""

    @property
    def trace(self) -> str:
        """The vendor's own id of the last write it answered, for its support; "" before any."""

    def organisation(self) -> Organisation:
        """Read the business itself; also the proof that the key opens this tenant."""

    def accounts(self) -> list[Account]:
        """Read the ledger accounts that receipts can be booked into."""

    def sync(self, cursor: str) -> Page:
        """Walk everything (cursor "") or what changed since the walk that gave `cursor` ended."""

    def open_documents(self, cursor: str) -> Page:
        """Walk all that is open now: the sweep that repairs whatever webhooks and `sync` missed."""

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read documents again; what the vendor no longer has comes back as `Gone`."""

    def position(self, customer_id: str) -> Position:
        """Read one customer with everything open, now: what a reminder may rest on."""

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Set a receipt against invoices; money not yet in the ledger is booked on `day`.

        `adjustments` are the parts of the shares that no money came for, booked to the accounts
        chosen for them. One refused after the money was booked comes back as `owed`.
        """

    def find_applied(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` was carried out; with `missing` or `owed`, only begun."""

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """End an application that was interrupted: what is `missing` and `owed`, nothing twice."""

    def unapply(self, applied: Applied, key: str) -> None:
        """Undo an application; what is already undone stays so."""

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book all that is unapplied of money from elsewhere on account of a customer."""

    def find_kept(self, receipt: Receipt, customer_id: str, key: str) -> Held | None:
        """Look up whether `keep` with this key was carried out."""

    def release(self, held: Held, key: str) -> None:
        """Take back what `keep` booked; refused where it pays something, once and no more."""

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Write a note on a document; gives the vendor's id of it or ""."""

    def find_note(self, ref: Ref, key: str) -> str | None:
        """Look up whether the note with this key was written."""

    # Each of the following belongs to an ability; a provider without it refuses.

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Set a credit note against invoices; `unapply` takes it apart again."""

    def find_credit(self, credit: CreditNote, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply_credit` with this key was carried out."""

    def promise(self, invoice: Ref, day: date | None, key: str) -> bool:
        """Keep the day of a promise on the invoice, or None again; False where a note must do."""

    def deliver(self, invoice: Ref, to: str, key: str) -> None:
        """Have the ledger send the invoice; one that sends to its own addressees ignores `to`."""

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say when the ledger last sent the invoice, as far as it tells."""

    def pdf(self, invoice: Ref) -> bytes:
        """Give the invoice as the ledger prints it."""

    def online(self, invoice: Ref) -> str:
        """Give the address where the customer sees and pays the invoice, or ""."""

    def checkout(self, bill: Bill, key: str) -> str:
        """Open a page where exactly this bill is paid, and give its address; one key, one page."""

    def book_payout(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Book a payout and its fees on `day`, from the account payments were booked into."""

    def find_payout(self, payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        """Look up whether `book_payout` with this key was carried out."""

    def unbook_payout(self, parts: Sequence[BookedPart], key: str) -> None:
        """Undo a booked payout; what is already undone stays so."""


class Provider(Protocol):
    """A system of record, before anybody connected."""

    name: str
    title: str
    # What it may be connected as, and what it can do then; a connection has one of these roles.
    roles: Mapping[Role, frozenset[Ability]]
    limits: Limits
    # What the vendor wants to hear about a forged webhook: 401 (Xero), 403 (QuickBooks), 400.
    bad_signature_status: int

    def consent(self, wire: Wire) -> Consent:
        """Say where and how consent is asked for."""

    def openid(self, wire: Wire) -> OpenId | None:
        """Say how people sign in with this vendor; None where they cannot."""

    def installed(self, came_back: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
        """Name the tenant of an install that gives no tokens, from its signed way back.

        Raises BadSignatureError, also where there are no such installs.
        """

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check a webhook's signature over the raw bytes in constant time.

        Header names come in lower case. Any of `secrets` will do (rotation). Raises
        BadSignatureError, also when there are no secrets.
        """

    def notices(self, body: bytes) -> list[Notice]:
        """Read a verified webhook; unknown events come out as Kind.UNKNOWN, never dropped.

        Raises ValueError for a body that is no webhook of this provider at all.
        """

    def tenants(self, access: Access, wire: Wire) -> list[Tenant]:
        """List the organisations a fresh consent covers."""

    def open(self, opening: Opening) -> Books:
        """Open the books of one connection; no call is made yet."""

    def disconnect(self, access: Access, wire: Wire, *, last: bool) -> None:
        """End the connection at the vendor. `last`: no other connection shares the consent.

        Revoking the consent itself, at `Consent.revoke_url`, needs our secret and is oauth's.
        """
