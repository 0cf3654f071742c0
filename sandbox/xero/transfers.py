"""Money moved from one of the organisation's bank accounts to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import banking, figures, posting
from sandbox.xero.bodies import read, refused
from sandbox.xero.reads import entries, not_found
from sandbox.xero.refusals import Reply, validation

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

NAME = "BankTransfers"


class Transfers:
    """The bank transfers of one stand-in."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def answer(self, method: str, tenant: str, rest: list[str], body: bytes) -> Reply:
        """Carry out one write under /BankTransfers."""
        if method == "PUT" and not rest:
            return self._create(tenant, body)
        if method == "POST" and len(rest) <= 1:
            given = read(body, NAME)
            keys = rest or [str(one.get("BankTransferID")) for one in given]
            return self._delete(tenant, given, keys)
        return not_found()

    def _create(self, tenant: str, body: bytes) -> Reply:
        ready, wrong = [], []
        for given in read(body, NAME):
            fields = self._fields(tenant, given)
            said = self._wrong(tenant, fields)
            if said:
                wrong.append(refused(given, said))
            ready.append(fields)
        if wrong:
            return validation(wrong)
        made = [self._enter(tenant, fields) for fields in ready]
        return entries(
            self.books, NAME, [banking.transfer(self.books, tenant, one) for one in made]
        )

    def _fields(self, tenant: str, given: dict[str, Any]) -> dict[str, Any]:
        origin = self.books.account(tenant, given.get("FromBankAccount"))
        target = self.books.account(tenant, given.get("ToBankAccount"))
        day = given.get("Date")
        return {
            "origin": origin,
            "target": target,
            "amount": figures.minor(given.get("Amount"), origin["currency"] if origin else ""),
            "day": self.books.now()[:10] if day is None else figures.read_day(day),
            "reference": str(given.get("Reference") or ""),
        }

    def _wrong(self, tenant: str, fields: dict[str, Any]) -> list[str]:
        origin, target = fields["origin"], fields["target"]
        wrong = [
            f"{name} must be an active bank account"
            for name, account in (("FromBankAccount", origin), ("ToBankAccount", target))
            if account is None or account["type"] != "BANK" or account["status"] != "ACTIVE"
        ]
        if origin and target and origin["id"] == target["id"]:
            wrong.append("A transfer must be between two different bank accounts")
        if origin and target and origin["currency"] != target["currency"]:
            wrong.append("A transfer must be between bank accounts of one currency")
        if (fields["amount"] or 0) <= 0:
            wrong.append("The amount must be greater than zero")
        if fields["day"] is None:
            return [*wrong, "Date is not valid"]
        return wrong + posting.check_lock(self.books, tenant, fields["day"])

    def _enter(self, tenant: str, fields: dict[str, Any]) -> Doc:
        made: Doc = {
            "id": self.books.new_id(NAME),
            "from": fields["origin"]["id"],
            "to": fields["target"]["id"],
            "from_entry": self.books.new_id("BankTransactions"),
            "to_entry": self.books.new_id("BankTransactions"),
            "amount": fields["amount"],
            "currency": fields["origin"]["currency"],
            "day": fields["day"],
            "reference": fields["reference"],
            "status": "AUTHORISED",
            "reconciled": False,
            "by": "app",
            "at": self.books.now(),
        }
        self.books.keep(tenant, NAME, made)
        return made

    def _delete(self, tenant: str, given: list[dict[str, Any]], keys: list[str]) -> Reply:
        found = [self.books.find(tenant, NAME, key.lower()) for key in keys]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return not_found()
        wrong = []
        for entry, transfer in zip(given, known, strict=True):
            said = posting.check_lock(self.books, tenant, transfer["day"])
            if entry.get("Status") != "DELETED":
                said.append("Bank transfers cannot be edited, only deleted")
            if transfer["status"] == "DELETED":
                said.append("This bank transfer has already been deleted")
            if transfer["reconciled"]:
                said.append("This bank transfer cannot be deleted because it has been reconciled")
            wrong += [refused(entry, said)] if said else []
        if wrong:
            return validation(wrong)
        for transfer in known:
            transfer["status"] = "DELETED"
            self.books.keep(tenant, NAME, transfer)
        shown = [banking.transfer(self.books, tenant, one) for one in known]
        return entries(self.books, NAME, shown)
