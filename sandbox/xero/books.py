"""The kept documents of the organisations: finding, keeping, and working the sums out again.

Amounts are minor units, days ISO text, moments `figures.stamp` text. Payments and allocations are
the only things that change what is open; every figure on an invoice, overpayment or credit note is
recomputed from them.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sandbox.xero import figures

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.shelf import Doc, Shelf

_NAMESPACE = uuid.UUID("7b0c3a52-6f5e-5d0a-9c55-1c6a3e1f0a77")

# What money can sit on before it is applied, with the field its id has.
CREDITS = {
    "Overpayments": "OverpaymentID",
    "Prepayments": "PrepaymentID",
    "CreditNotes": "CreditNoteID",
}


# Tax rates of an organisation that was told none: type, name, percent, and whether expenses may
# have it.
TAX_RATES = (
    ("NONE", "No VAT", "0", True),
    ("INPUT2", "20% (VAT on Expenses)", "20", True),
    ("OUTPUT2", "20% (VAT on Income)", "20", False),
)


def rates(organisation: Doc) -> list[dict[str, Any]]:
    """Give the tax rates of an organisation."""
    found = organisation.get("tax_rates") or TAX_RATES
    return [
        {"type": type_, "name": name, "percent": percent, "expenses": expenses}
        for type_, name, percent, expenses in found
    ]


def make_id(name: str) -> str:
    """Make the id that always belongs to a name."""
    return str(uuid.uuid5(_NAMESPACE, name))


class Books:
    """All organisations' documents on one shelf, and the sums over them."""

    def __init__(self, shelf: Shelf, clock: Callable[[], datetime]) -> None:
        self.shelf = shelf
        self.clock = clock
        # (tenant, kind, id, CREATE or UPDATE) since the last webhook was written.
        self.touched: list[tuple[str, str, str, str]] = []
        # Documents as JSON text, kept until they change: listing a thousand costs a join.
        self.rendered: dict[tuple[str, str, str, bool], str] = {}
        self._owed: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}

    def new_id(self, kind: str) -> str:
        """Make the next id of a kind."""
        return make_id(f"{kind}/{self.shelf.count(kind)}")

    def now(self) -> str:
        """Stamp this moment."""
        return figures.stamp(self.clock())

    def find(self, tenant: str, kind: str, key: str) -> Doc | None:
        """Give one document of an organisation, or None."""
        return self.shelf.get(f"{tenant}/{kind}", key)

    def all(self, tenant: str, kind: str) -> list[Doc]:
        """Give every document of a kind, oldest first."""
        return self.shelf.all(f"{tenant}/{kind}")

    def organisation(self, tenant: str) -> Doc:
        """Give an organisation; KeyError when there is none."""
        found = self.shelf.get("organisations", tenant)
        if found is None:
            raise KeyError(tenant)
        return found

    def keep(self, tenant: str, kind: str, doc: Doc, *, quiet: bool = False) -> None:
        """Keep a document; unless `quiet`, it counts as changed now and webhooks will say so."""
        key = str(doc["id"])
        known = self.find(tenant, kind, key) is not None
        if not quiet or not known:
            doc["updated"] = self.now()
            self.touched.append((tenant, kind, key, "UPDATE" if known else "CREATE"))
        self._owed.clear()
        if kind in ("Contacts", "Accounts"):
            self.rendered.clear()
        for summary in (False, True):
            self.rendered.pop((tenant, kind, key, summary), None)
        self.shelf.put(f"{tenant}/{kind}", key, doc)

    def lines(self, tenant: str, kind: str, doc: Doc) -> list[Doc]:
        """Give the living payments (`Payments`) or allocations (`Allocations`) of a document."""
        found = [self.find(tenant, kind, key) for key in doc[kind.lower()]]
        return [line for line in found if line and not line["deleted"]]

    def settle_invoice(self, tenant: str, invoice: Doc) -> None:
        """Work out an invoice's paid, credited and open amounts and its status, and keep it."""
        payments = self.lines(tenant, "Payments", invoice)
        credits_ = self.lines(tenant, "Allocations", invoice)
        invoice["paid"] = sum(line["amount"] for line in payments)
        invoice["credited"] = sum(line["amount"] for line in credits_)
        open_ = invoice["total"] - invoice["paid"] - invoice["credited"]
        if open_ < 0:
            raise AssertionError(f"invoice {invoice['number']} is settled beyond its total")
        if invoice["status"] in ("AUTHORISED", "PAID"):
            invoice["status"] = "AUTHORISED" if open_ else "PAID"
        days = [line["day"] for line in (*payments, *credits_)]
        invoice["paid_on"] = max(days, default=None) if invoice["status"] == "PAID" else None
        self.keep(tenant, "Invoices", invoice)

    def settle_credit(self, tenant: str, kind: str, credit: Doc) -> None:
        """Work out what is left of an overpayment or credit note, and keep it."""
        spent = [
            *self.lines(tenant, "Allocations", credit),
            *self.lines(tenant, "Payments", credit),
        ]
        credit["remaining"] = credit["total"] - sum(line["amount"] for line in spent)
        if credit["remaining"] < 0:
            raise AssertionError(f"{kind} {credit['id']} is spent beyond its total")
        if credit["status"] in ("AUTHORISED", "PAID"):
            credit["status"] = "AUTHORISED" if credit["remaining"] else "PAID"
        self.keep(tenant, kind, credit)

    def due(self, invoice: Doc) -> int:
        """Say what is open on an invoice: nothing unless it stands in the ledger."""
        if invoice["status"] in ("VOIDED", "DELETED"):
            return 0
        return int(invoice["total"] - invoice["paid"] - invoice["credited"])

    def owed(self, tenant: str, contact: str) -> tuple[int, int]:
        """Give what a contact owes in the base currency, and how much of it is overdue today."""
        today = self.now()[:10]
        if (tenant, today) not in self._owed:
            base = self.organisation(tenant)["base_currency"]
            sums: dict[str, tuple[int, int]] = {}
            for doc in self.all(tenant, "Invoices"):
                if (doc["type"], doc["currency"], doc["status"]) == ("ACCREC", base, "AUTHORISED"):
                    open_, late = sums.get(doc["contact"], (0, 0))
                    due = self.due(doc)
                    sums[doc["contact"]] = (open_ + due, late + due * (doc["due"] < today))
            self._owed[(tenant, today)] = sums
        return self._owed[(tenant, today)].get(contact, (0, 0))

    def account(self, tenant: str, named: object) -> Doc | None:
        """Find the account a client names by `AccountID` or `Code`."""
        if not isinstance(named, dict):
            return None
        found = self.find(tenant, "Accounts", str(named.get("AccountID", "")))
        if found:
            return found
        code = named.get("Code")
        return next((a for a in self.all(tenant, "Accounts") if code and a["code"] == code), None)

    def rolled_back(self) -> None:
        """Forget what was noticed on the way to a change that did not happen."""
        self.touched.clear()
        self.rendered.clear()
        self._owed.clear()


def copy(doc: Doc, *names: str) -> dict[str, Any]:
    """Copy the named fields of a document for a read-out."""
    return {name: doc.get(name) for name in names}
