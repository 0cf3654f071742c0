"""Batch payments: one deposit that pays many invoices, entered and deleted as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import banking, figures, posting
from sandbox.xero.bodies import read, refused
from sandbox.xero.reads import entries, not_found
from sandbox.xero.refusals import Invalid, Reply, validation

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

NAME = "BatchPayments"
# What a batch says of itself depends on where the organisation is; elsewhere the field is dropped.
_TEXTS = {
    "Reference": (255, ("NZ",)),
    "Particulars": (12, ("NZ",)),
    "Code": (12, ("NZ",)),
    "Details": (18, ()),
    "Narrative": (18, ("GB",)),
}


class Batches:
    """The batch payments of one stand-in."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def answer(self, method: str, tenant: str, rest: list[str], body: bytes) -> Reply:
        """Carry out one write under /BatchPayments."""
        if method == "PUT" and not rest:
            return self._create(tenant, body)
        if method == "POST" and len(rest) <= 1:
            given = read(body, NAME)[0]
            return self._delete(tenant, given, rest[0] if rest else given.get("BatchPaymentID"))
        return not_found()

    def _create(self, tenant: str, body: bytes) -> Reply:
        ready: list[dict[str, Any]] = []
        wrong: list[dict[str, Any]] = []
        taken: dict[str, int] = {}
        for given in read(body, NAME):
            fields = self._fields(tenant, given)
            said = self._wrong(tenant, given, fields, taken)
            if said:
                wrong.append(refused(given, said))
            ready.append(fields)
        if wrong:
            return validation(wrong)
        made = [self._enter(tenant, fields) for fields in ready]
        shown = [banking.batch(self.books, tenant, one) for one in made]
        return entries(self.books, NAME, shown)

    def _fields(self, tenant: str, given: dict[str, Any]) -> dict[str, Any]:
        country = self.books.organisation(tenant)["country"]
        day = figures.read_day(given.get("Date")) if given.get("Date") else self.books.now()[:10]
        account = self.books.account(tenant, given.get("Account"))
        texts = {
            name: str(given.get(name) or "")
            for name, (_longest, countries) in _TEXTS.items()
            if country in countries or (not countries and country != "NZ")
        }
        payments = [one for one in given.get("Payments") or [] if isinstance(one, dict)]
        return {
            "account": account,
            "day": day,
            "texts": texts,
            "entries": [self._entry(tenant, one, account, day) for one in payments],
        }

    def _entry(
        self, tenant: str, given: dict[str, Any], account: Doc | None, day: str | None
    ) -> dict[str, Any]:
        named = given.get("Invoice")
        key = str(named.get("InvoiceID")).lower() if isinstance(named, dict) else ""
        target = self.books.find(tenant, "Invoices", key)
        return {
            "target": target,
            "account": account,
            "amount": figures.minor(given.get("Amount"), target["currency"] if target else ""),
            "day": day,
            "reference": "",
            "reconciled": False,
            "by": "app",
        }

    def _wrong(
        self, tenant: str, given: dict[str, Any], fields: dict[str, Any], taken: dict[str, int]
    ) -> list[str]:
        base = self.books.organisation(tenant)["base_currency"]
        account = fields["account"]
        wrong = [
            f"{name} cannot be longer than {longest} characters"
            for name, (longest, _countries) in _TEXTS.items()
            if len(str(given.get(name) or "")) > longest
        ]
        if account is None or account["type"] != "BANK":
            wrong.append("Account must be a bank account")
        if not fields["entries"]:
            wrong.append("A batch payment must have at least one payment")
        for entry in fields["entries"]:
            target = entry["target"]
            earlier = taken.get(target["id"], 0) if target else 0
            said = posting.check_payment(self.books, tenant, "Invoices", entry, earlier)
            if target and {target["currency"], (account or target)["currency"]} != {base}:
                said.append("Batch payments can only be made in the base currency")
            if target and target["type"] != "ACCREC":
                said.append("Payments of bills and of sales invoices cannot be in one batch")
            if target and not said:
                taken[target["id"]] = earlier + entry["amount"]
            wrong += [message for message in said if message not in wrong]
        return wrong

    def _enter(self, tenant: str, fields: dict[str, Any]) -> Doc:
        key = self.books.new_id(NAME)
        paid = [
            posting.pay(self.books, tenant, "Invoices", entry | {"batch": key})
            for entry in fields["entries"]
        ]
        made: Doc = {
            "id": key,
            "type": "RECBATCH",
            "account": fields["account"]["id"],
            "currency": fields["account"]["currency"],
            "day": fields["day"],
            "texts": fields["texts"],
            "payments": [one["id"] for one in paid],
            "total": sum(one["amount"] for one in paid),
            "status": "AUTHORISED",
            "reconciled": False,
            "by": "app",
            "at": self.books.now(),
        }
        self.books.keep(tenant, NAME, made)
        return made

    def _delete(self, tenant: str, given: dict[str, Any], key: object) -> Reply:
        batch = self.books.find(tenant, NAME, str(key).lower())
        if batch is None:
            return not_found()
        if given.get("Status") != "DELETED":
            return validation([refused(given, ["Batch payments cannot be edited, only deleted"])])
        try:
            remove(self.books, tenant, batch)
        except Invalid as refusal:
            return validation([refused(given, list(refusal.messages))])
        return entries(self.books, NAME, [banking.batch(self.books, tenant, batch)])


def remove(books: Books, tenant: str, batch: Doc) -> None:
    """Delete a batch with all its payments: what they settled is open again."""
    wrong = posting.check_lock(books, tenant, batch["day"])
    if batch["status"] == "DELETED":
        wrong.append("This batch payment has already been deleted")
    if batch["reconciled"]:
        wrong.append("This batch payment cannot be deleted because it has been reconciled")
    if wrong:
        raise Invalid(*wrong)
    batch["status"] = "DELETED"
    books.keep(tenant, NAME, batch)
    for key in batch["payments"]:
        payment = books.find(tenant, "Payments", key)
        if payment is not None:
            posting.unpay(books, tenant, payment, whole_batch=True)
