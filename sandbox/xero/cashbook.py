"""Money received and spent at a bank account: what Xero calls bank transactions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.xero import figures, posting, render
from sandbox.xero.bodies import read, refused
from sandbox.xero.books import rates
from sandbox.xero.reads import entries, not_found
from sandbox.xero.refusals import Reply, validation

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

NAME = "BankTransactions"
# Money received before it is owed for becomes a document of its own, as its bank transaction says.
_MONEY_IN = {"RECEIVE-OVERPAYMENT": "Overpayments", "RECEIVE-PREPAYMENT": "Prepayments"}
_WAYS = ("Exclusive", "Inclusive", "NoTax")


class Cashbook:
    """The bank transactions of one stand-in."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def answer(self, method: str, tenant: str, rest: list[str], body: bytes) -> Reply:
        """Carry out one write under /BankTransactions."""
        if not rest and method in ("PUT", "POST"):
            return self._create(tenant, body)
        if len(rest) == 1 and method == "POST":
            return self._delete(tenant, rest[0], body)
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
        shown = []
        for fields in ready:
            made = enter(self.books, tenant, fields | {"contact": self._payee(tenant, fields)})
            shown.append(render.bank_transaction(self.books, tenant, made))
        return entries(self.books, NAME, shown)

    def _fields(self, tenant: str, given: dict[str, Any]) -> dict[str, Any]:
        named = given.get("Contact")
        account = self.books.account(tenant, given.get("BankAccount"))
        currency = str(given.get("CurrencyCode") or (account["currency"] if account else ""))
        day = given.get("Date")
        way = given.get("LineAmountTypes") or "Exclusive"
        lines = [
            self._line(tenant, line, currency, way)
            for line in given.get("LineItems") or []
            if isinstance(line, dict)
        ]
        readable = all(line["amount"] is not None for line in lines)
        tax = sum(line["tax"] for line in lines)
        amount = sum(line["amount"] for line in lines) if readable else None
        if amount is not None and way == "Exclusive":
            amount += tax
        return {
            "type": given.get("Type"),
            "named": named if isinstance(named, dict) else {},
            "account": account,
            "currency": currency,
            "amount": amount,
            "way": way,
            "lines": lines,
            "tax": tax,
            "day": self.books.now()[:10] if day is None else figures.read_day(day),
            "reference": str(given.get("Reference") or ""),
            "reconciled": given.get("IsReconciled") is True,
            "by": "app",
        }

    def _line(self, tenant: str, line: dict[str, Any], currency: str, way: str) -> dict[str, Any]:
        amount = figures.minor(line.get("LineAmount", line.get("UnitAmount")), currency)
        named = {"AccountID": line.get("AccountID"), "Code": line.get("AccountCode")}
        account = self.books.account(tenant, named)
        type_ = line.get("TaxType") or (account or {}).get("tax_type") or "NONE"
        known = {one["type"]: one for one in rates(self.books.organisation(tenant))}
        rate = known.get(type_)
        percent = Decimal(rate["percent"]) if rate else Decimal(0)
        over = {"Inclusive": 100 + percent, "NoTax": None}.get(way, Decimal(100))
        tax = (Decimal(amount or 0) * percent / over).quantize(Decimal(1)) if over else 0
        return {
            "description": str(line.get("Description") or ""),
            "amount": amount,
            "tax": int(tax),
            "tax_type": type_,
            "taxable": rate is not None and rate["expenses"],
            "account": account,
        }

    def _contact(self, tenant: str, named: dict[str, Any]) -> Doc | None:
        if named.get("ContactID"):
            return self.books.find(tenant, "Contacts", str(named["ContactID"]).lower())
        name = str(named.get("Name") or "").strip().lower()
        known = (doc for doc in self.books.all(tenant, "Contacts") if doc["status"] == "ACTIVE")
        return next((doc for doc in known if doc["name"].lower() == name), None)

    def _payee(self, tenant: str, fields: dict[str, Any]) -> str:
        """Give the contact named by id or name; a name nobody has yet makes a contact."""
        found = self._contact(tenant, fields["named"])
        if found is not None:
            return str(found["id"])
        made: Doc = {
            "id": self.books.new_id("Contacts"),
            "name": str(fields["named"]["Name"]),
            "email": None,
            "persons": [],
            "groups": [],
            "currency": fields["currency"],
            "country": "",
            "phone": "",
            "account_number": "",
            "status": "ACTIVE",
            "merged_into": None,
        }
        self.books.keep(tenant, "Contacts", made)
        return str(made["id"])

    def _wrong(self, tenant: str, fields: dict[str, Any]) -> list[str]:
        account, currency, named = fields["account"], fields["currency"], fields["named"]
        contact = self._contact(tenant, named)
        new = not named.get("ContactID") and str(named.get("Name") or "").strip()
        checks = (
            (fields["type"] in (*_MONEY_IN, "SPEND"), "The Type is not supported"),
            (contact is not None or new, "A Contact must be specified"),
            (contact is None or contact["status"] == "ACTIVE", "The Contact is archived"),
            (
                account is not None and account["type"] == "BANK" and account["status"] == "ACTIVE",
                "BankAccount must be an active bank account",
            ),
            (account is None or account["currency"] == currency, "Currency is not the account's"),
            (
                currency in self.books.organisation(tenant)["currencies"],
                f"Organisation is not subscribed to currency {currency}",
            ),
            ((fields["amount"] or 0) > 0, "The amount must be greater than zero"),
            (all(line["description"] for line in fields["lines"]), "Description is required"),
            (fields["day"] is not None, "Date is not valid"),
            (fields["way"] in _WAYS, "LineAmountTypes is not valid"),
        )
        wrong = [message for right, message in checks if not right]
        wrong += _lines_wrong(fields)
        return wrong or posting.check_lock(self.books, tenant, fields["day"])

    def _delete(self, tenant: str, key: str, body: bytes) -> Reply:
        entry = self.books.find(tenant, NAME, key.lower())
        if entry is None:
            return not_found()
        given = read(body, NAME)[0]
        wrong = posting.check_lock(self.books, tenant, entry["day"])
        if given.get("Status") != "DELETED":
            wrong.append("Only deleting a bank transaction is modelled here")
        if entry["type"] != "SPEND":
            wrong.append("Overpayments and prepayments cannot be updated or deleted")
        if entry["status"] == "DELETED":
            wrong.append("This bank transaction has already been deleted")
        if entry["reconciled"]:
            wrong.append("This bank transaction cannot be edited as it has been reconciled")
        if wrong:
            return validation([refused(given, wrong)])
        entry["status"] = "DELETED"
        self.books.keep(tenant, NAME, entry)
        return entries(self.books, NAME, [render.bank_transaction(self.books, tenant, entry)])


def _lines_wrong(fields: dict[str, Any]) -> list[str]:
    """Say what is wrong with the lines: money in has one without tax, a cost names its account."""
    lines = fields["lines"]
    if fields["type"] == "RECEIVE-OVERPAYMENT":
        right = len(lines) == 1 and fields["way"] == "NoTax"
        return [] if right else ["An overpayment must have one line item without tax"]
    if fields["type"] != "SPEND":
        return []
    wrong = []
    for line in lines:
        if line["account"] is None or line["account"]["status"] != "ACTIVE":
            wrong.append("Account code is not a valid code for this document")
        if not line["taxable"]:
            wrong.append(f"The TaxType code '{line['tax_type']}' cannot be used here")
    return wrong


def enter(books: Books, tenant: str, fields: dict[str, Any]) -> Doc:
    """Enter a checked bank transaction; what was received too much or too early stays open."""
    kind = _MONEY_IN.get(fields["type"], "")
    lines = fields.get("lines", [])
    described = {"description": " ".join(line["description"] for line in lines)}
    credit = posting.enter_credit(books, tenant, kind, fields | described)["id"] if kind else None
    made: Doc = {
        "id": books.new_id(NAME),
        "type": fields["type"],
        "contact": fields["contact"],
        "account": fields["account"]["id"],
        "total": fields["amount"],
        "tax": fields.get("tax", 0),
        "way": fields.get("way", "NoTax"),
        "lines": [
            {
                "description": line["description"],
                "amount": line["amount"],
                "tax": line["tax"],
                "tax_type": line["tax_type"],
                "account": line["account"]["id"] if line["account"] else None,
            }
            for line in lines
        ],
        "currency": fields["currency"],
        "day": fields["day"],
        "reference": fields["reference"],
        "reconciled": fields["reconciled"],
        "status": "AUTHORISED",
        "overpayment": credit if kind == "Overpayments" else None,
        "prepayment": credit if kind == "Prepayments" else None,
        "by": fields["by"],
        "at": books.now(),
    }
    books.keep(tenant, NAME, made)
    return made
