"""Reading Stripe's books: what is asked for each document, and what comes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connector import raw
from connector.protocol import Found
from connector.stripe import held, invoices, translate
from connector.stripe.calls import Calls, MissingError
from connector.stripe.fields import Doc, inside, key_of, last_key, stamp_of
from connector.stripe.payments import FEW, PAGE, WORTH, Payments
from ledger.days import local_day
from ledger.documents import HELD, CreditNote, Gone, Kind, Receipt, Ref, Source
from ledger.errors import DisconnectedError, RefusedError

if TYPE_CHECKING:
    from connector.protocol import Opening
    from connector.stripe.paid import Paid

# A list that goes on longer than this is not one customer's.
PAGES_MAX = 20
ACCOUNT_KEPT = timedelta(days=1)
# The payment of an attempt with its charge: four levels, as deep as Stripe goes.
_ATTEMPT = ["data.payment.payment_intent.latest_charge"]


class Reading:
    """One account's documents, read with everything that a decision needs of them."""

    def __init__(self, calls: Calls, opening: Opening) -> None:
        """Make no call yet."""
        self.calls = calls
        self.payments = Payments(calls, opening.clock, opening.memory)
        self._tenant_id = opening.access.tenant_id
        self._clock = opening.clock
        self._memory = opening.memory

    def account(self) -> Doc:
        """Read the account, once a day; raises DisconnectedError when the key opens another."""
        now = self._clock()
        found: Doc | None = self._memory.get("account", now)
        if found is None:
            found = self.calls.get("/v1/account")
            if found.get("id") != self._tenant_id:
                msg = f"the key opens the account {found.get('id')}, not {self._tenant_id}"
                raise DisconnectedError(msg)
            self._memory.keep("account", found, now + ACCOUNT_KEPT)
        return found

    @property
    def zone(self) -> str:
        """The zone of the account's Dashboard."""
        return translate.zone(self.account())

    def found(self, refs: Sequence[Ref], since: int | None = None) -> list[Found]:
        """Read documents again, many of them in few calls; what comes with them follows after.

        Payouts between Stripe and a bank are no matter of the books and are left out. Payments
        are looked for among those made `since` a moment first.
        """
        ids = {kind: [ref.id for ref in refs if ref.kind is kind] for kind in Kind}
        read, gone = self._invoices(ids[Kind.INVOICE])
        first = [Found(Gone(Ref(Kind.INVOICE, key)), "") for key in gone]
        first += self.invoices(read)
        for key in ids[Kind.CUSTOMER]:
            first += self._customer(key)
        for owner in owners(read):
            if key_of(owner) not in ids[Kind.CUSTOMER]:
                first += self.customer(owner)
        first += [self._credit(ref) for ref in refs if ref.kind is Kind.CREDIT_NOTE]
        return [*first, *self._money([ref for ref in refs if ref.kind is Kind.RECEIPT], since)]

    def _invoices(self, ids: Sequence[str]) -> tuple[list[Doc], list[str]]:
        """Read invoices with their customers; the newest first in lists where they are many."""
        known = self._newest(set(ids)) if len(ids) > FEW else {}
        gone: list[str] = []
        for key in ids:
            if key in known:
                continue
            try:
                known[key] = self.calls.get(f"/v1/invoices/{key}", expand=["customer"])
            except MissingError:
                gone.append(key)
        return [known[key] for key in ids if key in known], gone

    def _newest(self, wanted: set[str]) -> dict[str, Doc]:
        known: dict[str, Doc] = {}
        place: Doc = {}
        for _ in range(1 + len(wanted) // WORTH):
            listed = self.calls.get("/v1/invoices", limit=PAGE, expand=["data.customer"], **place)
            rows = listed["data"]
            known |= {key_of(row): row for row in rows if key_of(row) in wanted}
            if not listed["has_more"] or not rows or len(known) == len(wanted):
                break
            place = {"starting_after": last_key(rows)}
        return known

    def invoices(self, docs: Sequence[Doc]) -> list[Found]:
        """Translate invoices; of those that were charged in vain, the payment tells why."""
        if not docs:
            return []
        zone = self.zone
        attempts = self._attempts([key_of(one) for one in docs if invoices.was_tried(one)])
        found = []
        for doc in docs:
            intent = attempts.get(key_of(doc))
            kept = {**doc, "dunnock": {"attempt": intent}} if intent else doc
            found.append(Found(invoices.invoice(doc, zone, intent), raw.kept(kept)))
        return found

    def _attempts(self, ids: Sequence[str]) -> dict[str, Doc]:
        """Give the latest payment that Stripe tried for each invoice, as far as there is one."""
        rows: list[Doc] = []
        if len(ids) > FEW:
            rows = self.rows("/v1/invoice_payments", status="open", limit=PAGE, expand=_ATTEMPT)
        listed = {one for row in rows if (one := _text(row, "invoice")) in ids}
        for key in ids:
            if key not in listed:
                rows += self.rows("/v1/invoice_payments", invoice=key, limit=PAGE, expand=_ATTEMPT)
        latest: dict[str, Doc] = {}
        for row in sorted(rows, key=_tried_at):
            intent = _intent(row)
            if intent and row.get("status") != "canceled":
                latest[_text(row, "invoice")] = intent
        return latest

    def customer(self, doc: Doc) -> list[Found]:
        """Give a customer, and the credit it has with the merchant, if any."""
        if doc.get("deleted"):
            return []
        note = self._balance(doc)
        credit = [Found(note, raw.kept(doc))] if note.balance else []
        return [Found(invoices.customer(doc), raw.kept(doc)), *credit]

    def _customer(self, key: str) -> list[Found]:
        try:
            doc = self.calls.get(f"/v1/customers/{key}")
        except MissingError:
            doc = {"deleted": True}
        if doc.get("deleted"):
            return [Found(Gone(Ref(Kind.CUSTOMER, key)), "")]
        # With it whatever its credit is now, so that one that was used up is known to be.
        both = (invoices.customer(doc), self._balance(doc))
        return [Found(one, raw.kept(doc)) for one in both]

    def _balance(self, doc: Mapping[str, Any]) -> CreditNote:
        today = local_day(self._clock(), self.zone)
        currency = translate.organisation(self.account()).currency
        return invoices.credit_balance(doc, today, currency)

    def _credit(self, ref: Ref) -> Found:
        if ref.part == invoices.BALANCE:
            *_, found = self._customer(ref.id)
            return found if isinstance(found.document, CreditNote) else Found(Gone(ref), "")
        try:
            doc = self.calls.get(f"/v1/credit_notes/{ref.id}")
        except MissingError:
            return Found(Gone(ref), "")
        return Found(invoices.credit_note(doc, self.zone), raw.kept(doc))

    def _money(self, refs: Sequence[Ref], since: int | None) -> list[Found]:
        found = [self._held(ref) for ref in refs if ref.part == HELD]
        read = self.payments.read([ref for ref in refs if ref.part != HELD], since)
        return found + [self._of_the_books(one) for one in read]

    def _held(self, ref: Ref) -> Found:
        """Give what lies in a customer's cash balance: here it is known whose it is."""
        try:
            found = held.read(self.calls, ref, lambda: self.zone)
        except MissingError:
            return Found(Gone(ref), "")
        if not isinstance(found.document, Receipt):
            return found
        mine = replace(found.document, source=Source.LEDGER, customer_id=ref.id)
        return Found(mine, found.raw)

    def receipts(self, intents: Sequence[Doc], paid: Paid) -> list[Found]:
        """Translate payments; `paid` is what is known already of what they pay."""
        return [self._of_the_books(one) for one in self.payments.receipts(intents, paid)]

    def _of_the_books(self, found: Found) -> Found:
        """Give a payment as the books see it: whose it is, what it pays, and what is left."""
        if not isinstance(found.document, Receipt):
            return found
        intent: Doc = raw.parse(found.raw)
        known = intent["dunnock"]
        if translate.metadata_links(intent):
            # Of a payment that names its invoice itself, nobody has asked what it pays here.
            known["invoice_payments"] = self.payments_of(key_of(intent))
        ties, disputes = known["invoice_payments"], known["disputes"]
        one = invoices.receipt(intent, self.zone, ties, disputes)
        return Found(one, raw.kept(intent))

    def payments_of(self, intent_id: str) -> list[Doc]:
        """List what a payment pays: the only way from it to its invoices."""
        which = {"type": "payment_intent", "payment_intent": intent_id}
        return self.rows("/v1/invoice_payments", payment=which, limit=PAGE)

    def rows(self, path: str, **params: object) -> list[Doc]:
        """List all there is of something of which there is little."""
        rows: list[Doc] = []
        for _ in range(PAGES_MAX):
            place = {"starting_after": last_key(rows)} if rows else {}
            listed = self.calls.get(path, **params, **place)
            rows += listed["data"]
            if not listed["has_more"] or not listed["data"]:
                return rows
        msg = f"Stripe lists more at {path} than can be read at once"
        raise RefusedError(msg)


def owners(rows: Iterable[Mapping[str, Any]]) -> list[Doc]:
    """Give the customers that came along with invoices, each once."""
    found = {key_of(one): one for row in rows if (one := inside(row, "customer"))}
    return list(found.values())


def _tried_at(row: Mapping[str, Any]) -> int:
    intent = _intent(row)
    return stamp_of(inside(intent, "latest_charge") or intent)


def _intent(row: Mapping[str, Any]) -> Doc:
    return inside(inside(row, "payment"), "payment_intent")


def _text(node: Mapping[str, Any], field: str) -> str:
    return raw.text(node.get(field))
