"""What the accounting API does on PUT, POST and DELETE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import figures, posting, render, sending
from sandbox.xero.batches import Batches
from sandbox.xero.bodies import read as _read
from sandbox.xero.bodies import refused as _refused
from sandbox.xero.cashbook import Cashbook
from sandbox.xero.crediting import Crediting
from sandbox.xero.reads import LISTED, entries, history_record, not_found, summarised
from sandbox.xero.refusals import Invalid, Reply, as_json, validation
from sandbox.xero.transfers import Transfers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

_DETAILS_MAX = 2500
_TARGETS = {
    "Invoice": ("Invoices", "InvoiceID"),
    "Overpayment": ("Overpayments", "OverpaymentID"),
    "Prepayment": ("Prepayments", "PrepaymentID"),
    "CreditNote": ("CreditNotes", "CreditNoteID"),
}
_CREDITS = ("Overpayments", "Prepayments", "CreditNotes")
# Nobody here knows how many digits Xero keeps of a rate.
RATE_PLACES = 12


class Writes:
    """Entries a client makes in one stand-in's books."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.rooms: dict[str, Batches | Cashbook | Crediting | Transfers] = {
            "BankTransactions": Cashbook(books),
            "BankTransfers": Transfers(books),
            "BatchPayments": Batches(books),
            "CreditNotes": Crediting(books),
        }

    def answer(
        self, method: str, tenant: str, parts: list[str], query: Mapping[str, str], body: bytes
    ) -> Reply:
        """Carry out one write; `parts` is the path behind the version."""
        kind, rest = parts[0], parts[1:]
        if kind in LISTED and rest[1:] == ["History"] and method == "PUT":
            return self._note(tenant, kind, rest[0], body)
        if kind == "Payments" and method in ("PUT", "POST") and len(rest) <= 1:
            if rest:
                return self._delete_payment(tenant, rest[0], body)
            return self._pay(tenant, query, body)
        if kind == "Invoices" and method == "POST" and rest:
            return self._invoice(tenant, rest, body)
        return self._other(method, tenant, parts, body)

    def _invoice(self, tenant: str, rest: list[str], body: bytes) -> Reply:
        invoice = self._find(tenant, "Invoices", rest[0])
        if invoice is None:
            return not_found()
        if rest[1:] == ["Email"]:
            return sending.email(self.books, tenant, invoice)
        if rest[1:]:
            return not_found()
        return sending.update(self.books, tenant, invoice, _read(body, "Invoices")[0])

    def _other(self, method: str, tenant: str, parts: list[str], body: bytes) -> Reply:
        kind, rest = parts[0], parts[1:]
        if kind in _CREDITS and rest[1:2] == ["Allocations"]:
            return self._allocations(method, tenant, kind, rest, body)
        room = self.rooms.get(kind)
        return room.answer(method, tenant, rest, body) if room else not_found()

    def _find(self, tenant: str, kind: str, key: object) -> Doc | None:
        return self.books.find(tenant, kind, str(key).lower())

    def _note(self, tenant: str, kind: str, key: str, body: bytes) -> Reply:
        target = self._find(tenant, kind, key)
        if target is None:
            return not_found()
        records = _read(body, "HistoryRecords")
        for record in records:
            details = record.get("Details")
            if not isinstance(details, str) or not details.strip():
                return validation([_refused(record, ["Details must be provided"])])
            if len(details) > _DETAILS_MAX:
                message = f"Details cannot be longer than {_DETAILS_MAX} characters"
                return validation([_refused(record, [message])])
        shown = []
        for record in records:
            note = {
                "id": self.books.new_id("Notes"),
                "kind": kind,
                "target": target["id"],
                "details": record["Details"],
                "at": self.books.now(),
            }
            self.books.keep(tenant, "Notes", note)
            shown.append(history_record(note))
        return entries(self.books, "HistoryRecords", shown)

    def _entry(
        self, tenant: str, given: dict[str, Any], field: str, currency: str
    ) -> dict[str, Any]:
        """Read what payments and allocations have in common."""
        kind, key = _TARGETS[field]
        named = given.get(field)
        target = self._find(tenant, kind, named.get(key)) if isinstance(named, dict) else None
        given_day = given.get("Date")
        return {
            "target": target,
            "amount": figures.minor(
                given.get("Amount"), target["currency"] if target else currency
            ),
            "day": self.books.now()[:10] if given_day is None else figures.read_day(given_day),
            "reference": str(given.get("Reference") or ""),
            "reconciled": given.get("IsReconciled") is True,
            "rate": figures.rate(given.get("CurrencyRate"), self._rate_places(tenant)),
            "by": "app",
        }

    def _rate_places(self, tenant: str) -> int:
        """Say how many digits of a rate are kept; an organisation can be told fewer."""
        return int(self.books.organisation(tenant).get("rate_places", RATE_PLACES))

    def _pay(self, tenant: str, query: Mapping[str, str], body: bytes) -> Reply:
        checked: list[tuple[dict[str, Any], str, dict[str, Any], list[str]]] = []
        taken: dict[str, int] = {}
        for given in _read(body, "Payments"):
            fields = [field for field in _TARGETS if given.get(field)]
            kind = _TARGETS[fields[0]][0] if fields else "Invoices"
            entry = self._entry(tenant, given, fields[0] if fields else "Invoice", "")
            entry["account"] = self.books.account(tenant, given.get("Account"))
            target = entry["target"]
            earlier = taken.get(target["id"], 0) if target else 0
            wrong = posting.check_payment(self.books, tenant, kind, entry, earlier)
            if len(fields) != 1:
                wrong.append("Payments must have exactly one document to be applied to")
            if target and not wrong:
                taken[target["id"]] = earlier + entry["amount"]
            checked.append((given, kind, entry, wrong))
        separate = query.get("summarizeErrors", "").lower() == "false"
        refused = [_refused(given, wrong) for given, _, _, wrong in checked if wrong]
        if refused and not separate:
            return validation(refused)
        shown = []
        for given, kind, entry, wrong in checked:
            if wrong:
                shown.append(_refused(given, wrong) | {"StatusAttributeString": "ERROR"})
                continue
            payment = posting.pay(self.books, tenant, kind, entry)
            fresh = render.payment(self.books, tenant, payment, fresh=True)
            shown.append(fresh | ({"StatusAttributeString": "OK"} if separate else {}))
        return summarised(shown) if separate else entries(self.books, "Payments", shown)

    def _delete_payment(self, tenant: str, key: str, body: bytes) -> Reply:
        payment = self._find(tenant, "Payments", key)
        if payment is None:
            return not_found()
        given = _read(body, "Payments")[0]
        if given.get("Status") != "DELETED":
            return validation([_refused(given, ["Payments cannot be edited, only deleted"])])
        try:
            posting.unpay(self.books, tenant, payment)
        except Invalid as refusal:
            return validation([_refused(given, list(refusal.messages))])
        return entries(self.books, "Payments", [render.payment(self.books, tenant, payment)])

    def _allocations(
        self, method: str, tenant: str, kind: str, rest: list[str], body: bytes
    ) -> Reply:
        credit = self._find(tenant, kind, rest[0])
        if credit is None:
            return not_found()
        if method == "DELETE" and len(rest) == 3:  # noqa: PLR2004 - id, Allocations, id
            return self._delete_allocation(tenant, credit, rest[2])
        if method == "PUT" and len(rest) == 2:  # noqa: PLR2004 - id, Allocations
            return self._allocate(tenant, kind, credit, body)
        return not_found()

    def _allocate(self, tenant: str, kind: str, credit: Doc, body: bytes) -> Reply:
        taken: dict[str, int] = {}
        ready, refused = [], []
        for given in _read(body, "Allocations"):
            entry = self._entry(tenant, given, "Invoice", credit["currency"])
            wrong = posting.check_allocation(self.books, tenant, credit, entry, taken)
            if wrong:
                refused.append(_refused(given, wrong))
                continue
            for key in ("", entry["target"]["id"]):
                taken[key] = taken.get(key, 0) + entry["amount"]
            ready.append(entry)
        if refused:
            return validation(refused)
        made = [posting.allocate(self.books, tenant, kind, credit, entry) for entry in ready]
        shown = [render.allocation(self.books, tenant, line) for line in made]
        return entries(self.books, "Allocations", shown)

    def _delete_allocation(self, tenant: str, credit: Doc, key: str) -> Reply:
        allocation = self._find(tenant, "Allocations", key)
        if allocation is None or allocation["source"] != credit["id"] or allocation["deleted"]:
            return not_found()
        try:
            posting.unallocate(self.books, tenant, allocation)
        except Invalid as refusal:
            return validation([_refused({"AllocationID": key}, list(refusal.messages))])
        # Spelt this way, and with the invoice in a list, only here.
        shown = {
            "AllocationId": key,
            "Date": figures.ms_date(allocation["day"]),
            "Invoice": [{"InvoiceID": allocation["invoice"]}],
            "IsDeleted": True,
        }
        return as_json(200, shown)
