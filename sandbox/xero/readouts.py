"""Read-outs of a stand-in's own books, to judge a client by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero.books import copy
from sandbox.xero.desk import Desk

if TYPE_CHECKING:
    from sandbox.shelf import Request


EVER = ("0001-01-01", "9999-12-31")


def _within(doc: dict[str, Any], span: tuple[str, str]) -> bool:
    return span[0] <= str(doc["day"]) <= span[1]


class ReadOuts(Desk):
    """What the books say; every amount is in minor units."""

    def receivables(self, tenant: str) -> dict[str, int]:
        """Give what is open on invoices, in minor units per currency."""
        sums: dict[str, int] = {}
        for doc in self.books.all(tenant, "Invoices"):
            if doc["status"] == "AUTHORISED" and doc["type"] == "ACCREC":
                sums[doc["currency"]] = sums.get(doc["currency"], 0) + self.books.due(doc)
        return sums

    def unapplied(self, tenant: str) -> dict[str, int]:
        """Give what is left on money and credit notes, in minor units per currency."""
        sums: dict[str, int] = {}
        for kind in ("Overpayments", "Prepayments", "CreditNotes"):
            for doc in self.books.all(tenant, kind):
                sums[doc["currency"]] = sums.get(doc["currency"], 0) + doc["remaining"]
        return sums

    def invoices(self, tenant: str) -> list[dict[str, Any]]:
        """List invoices with total, paid, credited and open in minor units."""
        names = ("id", "number", "contact", "day", "due", "currency", "total", "paid", "credited")
        return [
            copy(doc, *names, "status", "type", "reference") | {"open": self.books.due(doc)}
            for doc in self.books.all(tenant, "Invoices")
        ]

    def payments(self, tenant: str) -> list[dict[str, Any]]:
        """List payments, deleted ones too; `by` is app or user."""
        names = ("id", "target_kind", "target", "amount", "currency", "day", "reference", "account")
        return [
            copy(doc, *names, "banked", "rate", "deleted", "reconciled", "by", "at")
            for doc in self.books.all(tenant, "Payments")
        ]

    def allocations(self, tenant: str) -> list[dict[str, Any]]:
        """List allocations, deleted ones too; `by` is app or user."""
        names = ("id", "source_kind", "source", "invoice", "amount", "currency", "day")
        return [
            copy(doc, *names, "deleted", "by", "at")
            for doc in self.books.all(tenant, "Allocations")
        ]

    def batches(self, tenant: str) -> list[dict[str, Any]]:
        """List batch payments, deleted ones too."""
        names = ("id", "account", "currency", "day", "texts", "payments", "total", "status", "by")
        return [copy(doc, *names) for doc in self.books.all(tenant, "BatchPayments")]

    def transfers(self, tenant: str) -> list[dict[str, Any]]:
        """List bank transfers, deleted ones too."""
        names = ("id", "from", "to", "amount", "currency", "day", "reference", "status", "by")
        return [copy(doc, *names) for doc in self.books.all(tenant, "BankTransfers")]

    def bank_entries(self, tenant: str) -> list[dict[str, Any]]:
        """List money spent and received at bank accounts, deleted entries too."""
        names = ("id", "type", "contact", "account", "total", "tax", "currency", "day", "lines")
        return [
            copy(doc, *names, "reference", "status", "overpayment", "by")
            for doc in self.books.all(tenant, "BankTransactions")
        ]

    def balance(self, tenant: str, account_id: str, span: tuple[str, str] = EVER) -> int:
        """Add up what living entries put into a bank account, in minor units of its currency.

        `span` is the first and the last day that counts, as ISO writes them.
        """
        paid = (
            one["banked"] if one["target_kind"] == "Invoices" else -one["banked"]
            for one in self.payments(tenant)
            if not one["deleted"] and one["account"] == account_id and _within(one, span)
        )
        entries = (
            -one["total"] if one["type"].startswith("SPEND") else one["total"]
            for one in self.bank_entries(tenant)
            if one["account"] == account_id and one["status"] == "AUTHORISED" and _within(one, span)
        )
        moved = (
            one["amount"] * ((one["to"] == account_id) - (one["from"] == account_id))
            for one in self.transfers(tenant)
            if one["status"] == "AUTHORISED" and _within(one, span)
        )
        return sum((*paid, *entries, *moved))

    def credits(self, tenant: str, kind: str) -> list[dict[str, Any]]:
        """List one kind of credits with total and remaining in minor units."""
        names = ("id", "type", "number", "contact", "total", "remaining", "currency", "day")
        return [
            copy(doc, *names, "reference", "status", "by", "at", "coded")
            for doc in self.books.all(tenant, kind)
        ]

    def notes(self, tenant: str) -> list[tuple[str, str, str, str]]:
        """List the notes clients wrote: document kind, its id, details, and when."""
        return [
            (doc["kind"], doc["target"], doc["details"], doc["at"])
            for doc in self.books.all(tenant, "Notes")
            if "changes" not in doc
        ]

    def mails(self, tenant: str) -> list[tuple[str, list[str], str]]:
        """List the invoices Xero sent by e-mail: the invoice's id, to whom, and when."""
        return [(doc["invoice"], doc["to"], doc["at"]) for doc in self.books.all(tenant, "Mails")]

    def requests(self, after: int = 0) -> list[Request]:
        """Give the request log, oldest first."""
        return self.shelf.requests(after)
