"""One merchant's payments at Stripe, opened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NoReturn

from connector.bill import Bill
from connector.marks import mark
from connector.protocol import Account, Applied, Found, Opening, Page, Share
from connector.raw import text
from connector.stripe import checkout, held, payouts, translate, webhook
from connector.stripe.calls import Calls, Doc, MissingError
from connector.stripe.fields import inside, last_key, stamp_of
from connector.stripe.paid import Paid
from connector.stripe.payments import PAGE, Payments
from connector.unable import Unable
from ledger.differences import Adjustment
from ledger.documents import HELD, Gone, Kind, Organisation, Position, Receipt, Ref
from ledger.errors import DisconnectedError, RefusedError

# How far back the first walk and the sweep look: older payments were booked long ago.
BACK_DAYS = 90
# For so long it is known what a walk under way has listed.
PAID_KEPT = timedelta(minutes=30)
# A payout is told of when it is whole; the walk looks for what was missed over a long weekend.
PAYOUTS_BACK_DAYS = 5
PAYOUTS_MAX = 10
NOTE_CHARS_MAX = 500
# Stripe takes fifty metadata keys; the merchant's own keep their room.
NOTES_MAX = 20
_NOTE = "ar_note_"


class StripeBooks(Unable):
    """One merchant's payments. What only a ledger can do is refused."""

    title = "Stripe"

    def __init__(self, opening: Opening) -> None:
        """Make no call yet."""
        self._calls = Calls(opening.access, opening.wire, opening.gate)
        self._account = opening.access.tenant_id
        self._clock = opening.clock
        self._memory = opening.memory
        self._payments = Payments(self._calls, opening.clock, opening.memory)

    def organisation(self) -> Organisation:
        """Read the merchant's account; also the proof that the key opens it and no other."""
        account = self._calls.get("/v1/account")
        if account.get("id") != self._account:
            msg = f"the key opens the account {account.get('id')}, not {self._account}"
            raise DisconnectedError(msg)
        return translate.organisation(account)

    def accounts(self) -> list[Account]:
        """Give no ledger accounts: Stripe keeps none."""
        return []

    def sync(self, cursor: str) -> Page:
        """Walk the last 90 days of payments, then what the event log tells since.

        A log that no longer reaches back to the cursor (30 days) starts the walk again.
        """
        at = json.loads(cursor) if cursor else self._walk_start()
        try:
            return self._walk(at) if "walk" in at else self._catch_up(at)
        except MissingError:
            return self._walk(self._walk_start())

    def open_documents(self, cursor: str) -> Page:
        """Walk the last 90 days of payments again, whatever the event log says."""
        at = json.loads(cursor) if cursor else self._walk_start()
        return self._walk(at)

    def _walk_start(self) -> Doc:
        """Note the newest event before the walk: what happens during it is caught up after."""
        now = self._clock()
        newest = self._calls.get("/v1/events", limit=1)["data"]
        return {
            "walk": "",
            "since": int((now - timedelta(days=BACK_DAYS)).timestamp()),
            "event": text(newest[0].get("id")) if newest else "",
            "begun": int(now.timestamp()),
            "seen": 0,
        }

    def _walk(self, at: Doc) -> Page:
        return self._walk_payouts(at) if at.get("payouts") else self._walk_payments(at)

    def _walk_payouts(self, at: Doc) -> Page:
        since = self._clock() - timedelta(days=PAYOUTS_BACK_DAYS)
        found = payouts.recent(self._calls, int(since.timestamp()), PAYOUTS_MAX)
        after = {"event": at["event"], "begun": at["begun"]}
        return Page(tuple(found), json.dumps(after), more=False, seen=at["seen"])

    def _walk_payments(self, at: Doc) -> Page:
        place: Doc = {"starting_after": at["walk"]} if at["walk"] else {}
        rows, more = self._payments.listed(at["since"], **place)
        arrived = [row for row in rows if translate.may_be_money(row)]
        found = self._payments.receipts(arrived, self._paid(at))
        seen = at["seen"] + len(rows)
        place = {"walk": last_key(rows)} if more else {"payouts": True}
        return Page(tuple(found), json.dumps({**at, **place, "seen": seen}), more=True, seen=seen)

    def _paid(self, at: Doc) -> Paid:
        """Give what this walk has listed of invoice payments, also in an earlier turn."""
        name, now = f"paid {at['begun']}", self._clock()
        paid: Paid = self._memory.get(name, now) or Paid()
        self._memory.keep(name, paid, now + PAID_KEPT)
        return paid

    def _catch_up(self, at: Doc) -> Page:
        # Next to the cursor, newest first. An account without any event when the walk began has
        # no cursor yet: then everything since counts.
        place: Doc = {"ending_before": at["event"]} if at["event"] else _since(at["begun"])
        listed = self._calls.get("/v1/events", types=list(webhook.CAUGHT_UP), limit=PAGE, **place)
        events, more = listed["data"], bool(listed["has_more"])
        if more and not at["event"]:
            msg = "too much happened since to catch up without a cursor"
            raise MissingError(msg)
        named = dict.fromkeys(webhook.about(inside(one, "data").get("object")) for one in events)
        oldest = min((stamp_of(one) for one in events), default=0)
        found = tuple(self._read([ref for ref in named if ref is not None], oldest))
        newest = next((text(one.get("id")) for one in events if one.get("id")), at["event"])
        after = {"event": newest, "begun": at["begun"]}
        return Page(found, json.dumps(after), more, len(events))

    def read(self, refs: Sequence[Ref]) -> list[Found]:
        """Read payments and payouts again.

        A ref with a `part` names a charge, refund or dispute of a payment, or the customer whose
        cash balance is meant.
        """
        return self._read(refs)

    def _read(self, refs: Sequence[Ref], since: int | None = None) -> list[Found]:
        others = [ref for ref in refs if ref.kind is Kind.PAYOUT or ref.part == HELD]
        payments = [ref for ref in refs if ref.kind is Kind.RECEIPT and ref.part != HELD]
        return [*(self._other(ref) for ref in others), *self._payments.read(payments, since)]

    def _other(self, ref: Ref) -> Found:
        try:
            if ref.kind is Kind.PAYOUT:
                return payouts.read(self._calls, ref.id)
            return held.read(self._calls, ref, self._payments.zone)
        except MissingError:
            return Found(Gone(ref), "")

    def note(self, ref: Ref, text: str, key: str) -> str:
        """Write a note into a PaymentIntent's metadata; gives the metadata key it stands under."""
        if ref.kind is not Kind.RECEIPT:
            _refuse("keep notes on anything but a payment")
        name = _NOTE + mark(key)
        path = f"/v1/payment_intents/{ref.id}"
        try:
            before = self._calls.get(path)["metadata"]
            if name in before:
                return name
            notes = sorted(one for one in before if one.startswith(_NOTE))
            # Metadata is bounded: when our share is full, notes make room for the new one.
            gone = dict.fromkeys(notes[: max(0, len(notes) + 1 - NOTES_MAX)], "")
            fields = {**gone, name: text[:NOTE_CHARS_MAX]}
            self._calls.post(path, self._write_key(key), metadata=fields)
        except MissingError as problem:
            raise RefusedError(str(problem), "resource_missing") from problem
        return name

    def _write_key(self, key: str) -> str:
        """Make an idempotency key that changes with the hour.

        Stripe repeats a stored failure for a day; the same metadata written twice is one note.
        """
        return f"{mark(key)}-{self._clock():%Y%m%d%H}"

    def find_note(self, ref: Ref, key: str) -> str | None:
        """Look up whether the note with this key was written."""
        if ref.kind is not Kind.RECEIPT:
            return None
        name = _NOTE + mark(key)
        try:
            found: Mapping[str, Any] = self._calls.get(f"/v1/payment_intents/{ref.id}")["metadata"]
        except MissingError:
            return None
        return name if name in found else None

    def checkout(self, bill: Bill, key: str) -> str:
        """Open a page where exactly this is paid, and give its address."""
        return checkout.create(self._calls, bill, key)

    def position(self, customer_id: str) -> Position:
        """Refuse: what a customer owes stands in the books, not here."""
        del customer_id
        _refuse("say what a customer owes")

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Refuse: payments are applied in the books."""
        del receipt, shares, key, day, adjustments
        _refuse("apply a payment to an invoice")

    def find_applied(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Refuse: payments are applied in the books."""
        del receipt, shares, key, adjustments
        _refuse("tell what was applied")

    def unapply(self, applied: Applied, key: str) -> None:
        """Refuse: payments are applied, and taken apart again, in the books."""
        del applied, key
        _refuse("undo an application")


def _since(stamp: int) -> Doc:
    return {"created": {"gte": stamp}}


def _refuse(what: str) -> NoReturn:
    msg = f"Stripe is connected for its payments and cannot {what}; the system of record does that"
    raise RefusedError(msg, "unsupported")
