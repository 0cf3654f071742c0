"""What the accounting API answers to GET."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.xero import banking, figures, render, where
from sandbox.xero.books import make_id, rates
from sandbox.xero.refusals import JSON, Refusal, Reply, as_json, malformed, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

    Test = Callable[[Doc], bool]

LISTED = (
    "Invoices",
    "Contacts",
    "CreditNotes",
    "Overpayments",
    "Prepayments",
    "Payments",
    "BankTransactions",
    "Accounts",
    "BatchPayments",
    "BankTransfers",
)
_PAGED = frozenset(LISTED) - {"Accounts", "BatchPayments", "BankTransfers"}
_PAGE_DEFAULT, _PAGE_MAX = 100, 1000
# A list of more than this is refused, however small its pages.
MATCHES_MAX = 100_000
_ACTIONS = (
    "CreateInvoicePayment",
    "CreateARCreditAllocation",
    "UpdatePaidInvoice",
    "VoidInvoice",
    "ViewContacts",
    "ApproveTransactionsBeforePeriodLockDate",
)


def envelope(books: Books, **parts: str) -> Reply:
    """Answer 200 with parts that are JSON text already, in Xero's envelope."""
    now = books.now()
    head = {
        "Id": make_id(f"answer/{now}"),
        "Status": "OK",
        "ProviderName": "Dunnock",
        "DateTimeUTC": figures.ms_date(now),
    }
    body = json.dumps(head)[:-1] + "".join(f', "{name}": {part}' for name, part in parts.items())
    return Reply(200, f"{body}}}".encode(), {"Content-Type": JSON})


def not_found() -> Reply:
    """Answer 404 as Xero does."""
    return plain(404, "The resource you're looking for cannot be found")


class Reads:
    """Lists and single documents of one stand-in."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def answer(self, tenant: str, parts: list[str], query: Mapping[str, str], since: str) -> Reply:
        """Answer one GET; `parts` is the path behind the version, `since` If-Modified-Since."""
        if parts[0] == "ContactGroups":
            return self._groups(tenant, parts[1:])
        if parts[0] not in LISTED:
            return self._settings(tenant, parts)
        if len(parts) == 1:
            return self._list(tenant, parts[0], query, since)
        return self._one(tenant, parts)

    def _one(self, tenant: str, parts: list[str]) -> Reply:
        doc = self.books.find(tenant, parts[0], parts[1].lower())
        if doc is None:
            return not_found()
        if parts[2:] == ["History"]:
            return self._history(tenant, parts[0], doc)
        if parts[2:] == ["OnlineInvoice"]:
            return self._online(tenant, doc)
        if parts[2:]:
            return not_found()
        text = render.text(self.books, tenant, parts[0], doc)
        return envelope(self.books, **{parts[0]: f"[{text}]"})

    def _online(self, tenant: str, doc: Doc) -> Reply:
        """Tell where a customer sees a sales invoice; a draft is nowhere yet."""
        if doc.get("type") != "ACCREC" or doc["status"] == "DRAFT":
            return not_found()
        code = self.books.organisation(tenant)["short_code"]
        shown = [{"OnlineInvoiceUrl": f"https://in.xero.com/{code}/{doc['id']}"}]
        return envelope(self.books, OnlineInvoices=json.dumps(shown))

    def _settings(self, tenant: str, parts: list[str]) -> Reply:
        doc = self.books.organisation(tenant)
        if parts == ["Organisation"]:
            return entries(self.books, "Organisations", [render.organisation(tenant, doc)])
        if parts == ["Organisation", "Actions"]:
            held = doc["not_allowed"]
            shown = [
                {"Name": name, "Status": "NOT-ALLOWED" if name in held else "ALLOWED"}
                for name in _ACTIONS
            ]
            return entries(self.books, "Actions", shown)
        return self._lists(parts, doc)

    def _lists(self, parts: list[str], doc: Doc) -> Reply:
        if parts == ["TaxRates"]:
            return entries(self.books, "TaxRates", [banking.tax_rate(one) for one in rates(doc)])
        if parts == ["Currencies"]:
            codes = [{"Code": code, "Description": code} for code in doc["currencies"]]
            return entries(self.books, "Currencies", codes)
        if parts == ["InvoiceReminders", "Settings"]:
            return entries(self.books, "InvoiceReminders", [{"Enabled": doc["reminders"]}])
        return not_found()

    def _groups(self, tenant: str, rest: list[str]) -> Reply:
        """List the groups, unpaged and without their contacts, or one group with them."""
        living = [one for one in self.books.all(tenant, "ContactGroups") if not one["deleted"]]
        if rest:
            living = [one for one in living if [one["id"]] == [key.lower() for key in rest]]
            if not living:
                return not_found()
        members: dict[str, list[dict[str, str]]] = {one["id"]: [] for one in living}
        for contact in self.books.all(tenant, "Contacts") if rest else ():
            for group in contact["groups"]:
                if group["ContactGroupID"] in members:
                    named = {"ContactID": contact["id"], "Name": contact["name"]}
                    members[group["ContactGroupID"]].append(named)
        shown = [
            {
                "ContactGroupID": one["id"],
                "Name": one["name"],
                "Status": "ACTIVE",
                "Contacts": members[one["id"]],
                "HasValidationErrors": False,
            }
            for one in living
        ]
        return entries(self.books, "ContactGroups", shown)

    def _list(self, tenant: str, kind: str, query: Mapping[str, str], since: str) -> Reply:
        tests = _tests(kind, query, since)
        docs = [doc for doc in self._asked(tenant, kind, query) if all(t(doc) for t in tests)]
        if len(docs) > MATCHES_MAX:
            raise Refusal(malformed("ValidationException", "Too many records match the query", 10))
        docs = where.sort(kind, docs, query.get("order", ""))
        summary = query.get("summaryOnly", "").lower() == "true"
        paged = kind in _PAGED and ("page" in query or summary or "Statuses" in query)
        pages: dict[str, str] = {}
        if paged:
            page, size = _page(query)
            count = len(docs)
            told = {
                "page": page,
                "pageSize": size,
                "pageCount": -(-count // size),
                "itemCount": count,
            }
            pages["pagination"] = json.dumps(told)
            docs = docs[(page - 1) * size : page * size]
        texts = [render.text(self.books, tenant, kind, doc, summary=summary) for doc in docs]
        return envelope(self.books, **pages, **{kind: f"[{','.join(texts)}]"})

    def _asked(self, tenant: str, kind: str, query: Mapping[str, str]) -> list[Doc]:
        """Give the documents named by `IDs`, or all of them."""
        if "IDs" not in _CSV.get(kind, {}) or not query.get("IDs"):
            return self.books.all(tenant, kind)
        keys = dict.fromkeys(part.strip().lower() for part in query["IDs"].split(","))
        found = (self.books.find(tenant, kind, key) for key in keys)
        return [doc for doc in found if doc is not None]

    def _history(self, tenant: str, kind: str, doc: Doc) -> Reply:
        records = [
            history_record(note)
            for note in reversed(self.books.all(tenant, "Notes"))
            if (note["kind"], note["target"]) == (kind, doc["id"])
        ]
        return envelope(self.books, HistoryRecords=json.dumps(records))


def history_record(note: Doc) -> dict[str, Any]:
    """Show one history record."""
    return {
        "Changes": note.get("changes", "Note"),
        "DateUTCString": note["at"][:19],
        "DateUTC": figures.ms_date(note["at"]),
        "User": "System Generated",
        "Details": note["details"],
    }


def _page(query: Mapping[str, str]) -> tuple[int, int]:
    try:
        page = int(query.get("page", "1"))
        size = int(query.get("pageSize", str(_PAGE_DEFAULT)))
    except ValueError:
        raise Refusal(malformed("QueryParseException", "page must be a number", 16)) from None
    # Out of range is brought into range, not refused.
    return max(page, 1), min(max(size, 1), _PAGE_MAX)


def _tests(kind: str, query: Mapping[str, str], since: str) -> list[Test]:
    tests: list[Test] = []
    for name, field in _CSV.get(kind, {}).items():
        if query.get(name):
            wanted = {part.strip().lower() for part in query[name].split(",")}
            tests.append(_among(field, wanted))
    if query.get("where"):
        tests.append(where.parse(kind, query["where"]))
    if since:
        start = _since(since)
        tests.append(lambda doc: doc["updated"] >= start)
    if kind == "Contacts" and query.get("includeArchived", "").lower() != "true":
        tests.append(lambda doc: doc["status"] != "ARCHIVED")
    if kind == "BankTransfers" and query.get("includeDeleted", "").lower() != "true":
        tests.append(lambda doc: doc["status"] != "DELETED")
    return tests


def _among(field: str, wanted: set[str]) -> Test:
    return lambda doc: str(doc[field]).lower() in wanted


_CSV = {
    "Invoices": {
        "IDs": "id",
        "InvoiceNumbers": "number",
        "ContactIDs": "contact",
        "Statuses": "status",
    },
    "Contacts": {"IDs": "id"},
    "Overpayments": {"References": "reference"},
    "BankTransactions": {"References": "reference"},
}


def _since(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        except ValueError:
            # Xero ignores a header it cannot read and lists everything.
            return ""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def entries(books: Books, kind: str, shown: list[dict[str, Any]]) -> Reply:
    """Answer a write with what was written."""
    return envelope(books, **{kind: json.dumps(shown)})


def summarised(shown: list[dict[str, Any]]) -> Reply:
    """Answer a write with `summarizeErrors=false`: always 200, each item with its own status."""
    return as_json(200, {"Status": "OK", "Payments": shown})
