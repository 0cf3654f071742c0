"""Reading payments again, many of them in few calls."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connector.protocol import Found
from connector.raw import kept
from connector.stripe import translate, webhook
from connector.stripe.calls import Calls, Doc, MissingError
from connector.stripe.fields import inside, key_of, last_key
from connector.stripe.paid import Paid
from ledger.documents import Gone, Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.memory import Memory
    from ledger.days import Clock

# Stripe's largest page.
PAGE = 100
# More than so many payments are mostly a burst of news: those made lately are listed first.
FEW = 3
RECENT = timedelta(days=1)
# A page of a list is worth the calls that so many payments would take.
WORTH = 25
# For so long the zone of an account is taken for known.
ZONE_KEPT = timedelta(days=1)
# The fee is known a little after the payment; it stays with the evidence.
EXPAND = ("latest_charge.balance_transaction", "customer")

_CHARGE = "latest_charge"
_PATHS = {
    "charge": "/v1/charges/",
    "refund": "/v1/refunds/",
    "dispute": "/v1/disputes/",
    "invoice_payment": "/v1/invoice_payments/",
    "checkout.session": "/v1/checkout/sessions/",
}


class Payments:
    """The payments of one account."""

    def __init__(self, calls: Calls, clock: Clock, memory: Memory) -> None:
        """Make no call yet."""
        self._calls = calls
        self._clock = clock
        self._memory = memory

    def read(self, refs: Sequence[Ref], since: int | None = None) -> list[Found]:
        """Read payments; where they are many, those made since a moment are listed first.

        A ref with a `part` names a charge, refund or dispute of a payment.
        """
        made: dict[str, Doc] = {}
        if len(refs) > FEW:
            recent = int((self._clock() - RECENT).timestamp())
            made = self._made_since({ref.id for ref in refs}, recent if since is None else since)
        intents: dict[str, Doc] = {}
        gone: list[Found] = []
        for ref in refs:
            intent = made.get(ref.id) or self._intent(ref)
            if intent is None:
                gone.append(Found(Gone(ref), ""))
            else:
                intents[key_of(intent)] = intent
        return [*self.receipts(list(intents.values()), Paid()), *gone]

    def listed(self, since: int, **place: object) -> tuple[list[Doc], bool]:
        """List payments made since a moment, newest first, and say whether there are more."""
        page = self._calls.get(
            "/v1/payment_intents",
            limit=PAGE,
            created={"gte": since},
            expand=[f"data.{one}" for one in EXPAND],
            **place,
        )
        rows: list[Doc] = page["data"]
        return rows, bool(page["has_more"]) and bool(rows)

    def receipts(self, intents: Sequence[Doc], paid: Paid) -> list[Found]:
        """Translate payments, with which invoices they pay and how their disputes stand."""
        if not intents:
            return []
        payments, zone = paid.of(self._calls, intents), self.zone()
        return [self._receipt(one, payments.get(key_of(one), []), zone) for one in intents]

    def zone(self) -> str:
        """Give the zone of the account, asked for once a day."""
        now = self._clock()
        found: str | None = self._memory.get("zone", now)
        if found is None:
            found = translate.zone(self._calls.get("/v1/account"))
            self._memory.keep("zone", found, now + ZONE_KEPT)
        return found

    def _made_since(self, wanted: set[str], since: int) -> dict[str, Doc]:
        """List payments made since a moment, by their ids and those of their charges.

        No more pages are read than what is wanted is worth.
        """
        known: dict[str, Doc] = {}
        place: Doc = {}
        for _ in range(1 + len(wanted) // WORTH):
            rows, more = self.listed(since, **place)
            known |= {key_of(row): row for row in rows}
            known |= {key_of(charge): row for row in rows if (charge := inside(row, _CHARGE))}
            if not more or wanted <= known.keys():
                break
            place = {"starting_after": last_key(rows)}
        return known

    def _intent(self, ref: Ref) -> Doc | None:
        try:
            key = self._resolve(ref)
            if not key:
                return None
            return self._calls.get(f"/v1/payment_intents/{key}", expand=list(EXPAND))
        except MissingError:
            return None

    def _resolve(self, ref: Ref) -> str:
        if not ref.part:
            return ref.id
        about = self._calls.get(_PATHS[ref.part] + ref.id)
        found = webhook.about(about)
        return "" if found is None or found.part else found.id

    def _receipt(self, intent: Doc, payments: list[Doc], zone: str) -> Found:
        disputes = self._disputes(intent)
        document = translate.receipt(intent, zone=zone, payments=payments, disputes=disputes)
        whole = {**intent, "dunnock": {"invoice_payments": payments, "disputes": disputes}}
        return Found(document, kept(whole))

    def _disputes(self, intent: Doc) -> list[Doc]:
        if not inside(intent, _CHARGE).get("disputed"):
            return []
        return self._calls.granted("/v1/disputes", payment_intent=key_of(intent), limit=10)
