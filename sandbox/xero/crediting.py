"""Credit notes that a client raises, coded to accounts, and voids again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import figures, posting, render
from sandbox.xero.bodies import read, refused
from sandbox.xero.books import rates
from sandbox.xero.reads import entries, not_found
from sandbox.xero.refusals import Reply, validation

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

NAME = "CreditNotes"


class Crediting:
    """The credit notes of one stand-in, as clients write them."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def answer(self, method: str, tenant: str, rest: list[str], body: bytes) -> Reply:
        """Carry out one write under /CreditNotes."""
        if method == "PUT" and not rest:
            return self._create(tenant, body)
        if method == "POST" and len(rest) == 1:
            return self._void(tenant, rest[0].lower(), read(body, NAME)[0])
        return not_found()

    def _create(self, tenant: str, body: bytes) -> Reply:
        ready, wrong = [], []
        for given in read(body, NAME):
            fields = self._fields(tenant, given)
            said = self._wrong(tenant, given, fields)
            if said:
                wrong.append(refused(given, said))
            ready.append(fields)
        if wrong:
            return validation(wrong)
        shown = []
        for fields in ready:
            number = f"CN-{self.books.shelf.count('credit note ' + tenant):04d}"
            made = posting.enter_credit(self.books, tenant, NAME, fields | {"number": number})
            made["coded"] = fields["coded"]
            self.books.keep(tenant, NAME, made, quiet=True)
            shown.append(self._shown(tenant, made))
        return entries(self.books, NAME, shown)

    def _fields(self, tenant: str, given: dict[str, Any]) -> dict[str, Any]:
        named = given.get("Contact")
        key = str(named.get("ContactID", "")).lower() if isinstance(named, dict) else ""
        base = self.books.organisation(tenant)["base_currency"]
        currency = str(given.get("CurrencyCode") or base)
        lines = [line for line in given.get("LineItems") or [] if isinstance(line, dict)]
        coded = [self._coded(tenant, line, currency) for line in lines]
        readable = bool(coded) and all(one["amount"] is not None for one in coded)
        day = given.get("Date")
        return {
            "contact": key,
            "currency": currency,
            "amount": sum(one["amount"] for one in coded) if readable else None,
            "coded": coded,
            "day": self.books.now()[:10] if day is None else figures.read_day(day),
            "reference": str(given.get("Reference") or ""),
            "description": " ".join(str(line.get("Description") or "") for line in lines),
            "by": "app",
        }

    def _coded(self, tenant: str, line: dict[str, Any], currency: str) -> dict[str, Any]:
        named = {"AccountID": line.get("AccountID"), "Code": line.get("AccountCode")}
        account = self.books.account(tenant, named)
        known = {one["type"] for one in rates(self.books.organisation(tenant))}
        type_ = line.get("TaxType") or (account or {}).get("tax_type") or "NONE"
        living = account is not None and account["status"] == "ACTIVE" and account["type"] != "BANK"
        return {
            "account": account["id"] if account and living else None,
            "amount": figures.minor(line.get("LineAmount", line.get("UnitAmount")), currency),
            "tax_type": type_ if type_ in known else None,
            "described": bool(line.get("Description")),
        }

    def _wrong(self, tenant: str, given: dict[str, Any], fields: dict[str, Any]) -> list[str]:
        contact = self.books.find(tenant, "Contacts", fields["contact"])
        coded = fields["coded"]
        checks = (
            (given.get("Type") == "ACCRECCREDIT", "The Type is not supported"),
            (given.get("Status") == "AUTHORISED", "Only authorised credit notes are modelled"),
            (given.get("LineAmountTypes") == "Inclusive", "Only inclusive lines are modelled"),
            (contact is not None and contact["status"] == "ACTIVE", "A Contact must be specified"),
            (
                fields["currency"] in self.books.organisation(tenant)["currencies"],
                f"Organisation is not subscribed to currency {fields['currency']}",
            ),
            ((fields["amount"] or 0) > 0, "The amount must be greater than zero"),
            (all(one["described"] for one in coded), "Description is required"),
            (
                all(one["account"] for one in coded),
                "Account code is not a valid code for this document",
            ),
            (all(one["tax_type"] for one in coded), "The TaxType code cannot be used here"),
            (fields["day"] is not None, "Date is not valid"),
        )
        wrong = [message for right, message in checks if not right]
        return wrong or posting.check_lock(self.books, tenant, fields["day"])

    def _void(self, tenant: str, key: str, given: dict[str, Any]) -> Reply:
        note = self.books.find(tenant, NAME, key)
        if note is None:
            return not_found()
        wrong = posting.check_lock(self.books, tenant, note["day"])
        if given.get("Status") != "VOIDED":
            wrong.append("Only voiding a credit note is modelled here")
        if note["status"] != "AUTHORISED" or self._is_used(tenant, note):
            wrong.append("Credit note not of valid status for modification")
        if wrong:
            return validation([refused(given, wrong)])
        note |= {"status": "VOIDED", "remaining": 0}
        self.books.keep(tenant, NAME, note)
        return entries(
            self.books, NAME, [render.credit(self.books, tenant, NAME, note, summary=False)]
        )

    def _shown(self, tenant: str, note: Doc) -> dict[str, Any]:
        return render.credit(self.books, tenant, NAME, note, summary=False)

    def _is_used(self, tenant: str, note: Doc) -> bool:
        return any(self.books.lines(tenant, kind, note) for kind in ("Allocations", "Payments"))
