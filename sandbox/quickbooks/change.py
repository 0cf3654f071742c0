"""One change to a company's books: work on copies, then everything is written, or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.quickbooks.amounts import to_minor, to_wire

if TYPE_CHECKING:
    from datetime import date, datetime

    from sandbox.shelf import Doc, Shelf

# What a document is worth to its customer's balance: which field, and with which sign.
_WORTH = {"Invoice": ("Balance", 1), "Payment": ("UnappliedAmt", -1), "CreditMemo": ("Balance", -1)}


def kind(realm: str, entity: str) -> str:
    """Name the shelf's drawer that holds one company's documents of one entity."""
    return f"{realm}/{entity}"


def currency_of(doc: Doc) -> str:
    """Give the currency of a transaction or customer."""
    return str(doc["CurrencyRef"]["value"])


def moment(company: Doc, now: datetime) -> str:
    """Write a moment the way QuickBooks does: whole seconds with the company's offset."""
    return now.astimezone(ZoneInfo(company["timezone"])).isoformat(timespec="seconds")


def today(company: Doc, now: datetime) -> date:
    """Give the company's own day."""
    return now.astimezone(ZoneInfo(company["timezone"])).date()


class Change:
    """Working copies of one company's documents; `commit()` writes what differs."""

    def __init__(self, shelf: Shelf, realm: str, now: datetime) -> None:
        """Start with nothing touched."""
        company = shelf.get("company", realm)
        if company is None:
            message = f"no company {realm}"
            raise LookupError(message)
        self.shelf = shelf
        self.realm = realm
        self.now = now
        self.company: Doc = company
        self._drafts: dict[tuple[str, str], Doc | None] = {}
        self._said: dict[tuple[str, str], str] = {}
        self._merged: dict[str, str] = {}

    def peek(self, entity: str, key: str) -> Doc | None:
        """Give a document as it would be after this change, for reading only."""
        if (entity, key) in self._drafts:
            return self._drafts[entity, key]
        return self.shelf.get(kind(self.realm, entity), key)

    def find(self, entity: str, key: str) -> Doc | None:
        """Give a working copy of a document, or None."""
        if (entity, key) not in self._drafts:
            live = self.shelf.get(kind(self.realm, entity), key)
            if live is None:
                return None
            self._drafts[entity, key] = json.loads(json.dumps(live))
        return self._drafts[entity, key]

    def add(self, entity: str, doc: Doc) -> Doc:
        """Take a new document in and give it its id."""
        doc["Id"] = str(self.shelf.count(f"id/{self.realm}"))
        doc |= {"SyncToken": "0", "domain": "QBO", "sparse": False}
        doc["MetaData"] = {"CreateTime": moment(self.company, self.now)}
        self._drafts[entity, doc["Id"]] = doc
        return doc

    def replace(self, entity: str, doc: Doc, said: str = "Update") -> None:
        """Put a changed document in the place of the old one; `said` is what webhooks call it."""
        self._drafts[entity, doc["Id"]] = doc
        self._said[entity, doc["Id"]] = said

    def remove(self, entity: str, key: str) -> None:
        """Delete a document; change data capture will show a tombstone."""
        self._drafts[entity, key] = None

    def merge(self, key: str, gone: str) -> None:
        """Say that one customer took in another, of whose end there is no event of its own."""
        self._merged[key] = gone
        self.remove("Customer", gone)

    def commit(self) -> None:
        """Write every document that differs, with its token, times, tombstone and event."""
        with self.shelf.change():
            for (entity, key), draft in self._drafts.items():
                before = self.shelf.get(kind(self.realm, entity), key)
                if draft != before:
                    self._write(entity, key, before, draft)
        self._drafts.clear()

    def _write(self, entity: str, key: str, before: Doc | None, draft: Doc | None) -> None:
        time = moment(self.company, self.now)
        if draft is None:
            self.shelf.drop(kind(self.realm, entity), key)
            grave = {"entity": entity, "Id": key, "at": time}
            self.shelf.put(kind(self.realm, "gone"), f"{entity}/{key}", grave)
            said = "Delete"
        else:
            said = "Create"
            if before is not None:
                draft["SyncToken"] = str(int(before["SyncToken"]) + 1)
                said = self._said.get((entity, key), "Update")
            draft["MetaData"]["LastUpdatedTime"] = time
            self.shelf.put(kind(self.realm, entity), key, draft)
        self._rebalance(entity, before, draft)
        if entity == "Customer" and key in self._merged:
            self._tell(entity, key, "Merge", self._merged[key])
        elif entity != "Customer" or key not in self._merged.values():
            self._tell(entity, key, said)

    def _rebalance(self, entity: str, before: Doc | None, after: Doc | None) -> None:
        if entity not in _WORTH:
            return
        field, sign = _WORTH[entity]
        for doc, way in ((before, -sign), (after, sign)):
            if doc is not None:
                currency = currency_of(doc)
                self._owe(doc["CustomerRef"]["value"], way * to_minor(doc[field], currency))

    def _owe(self, key: str, minor: int) -> None:
        drawer = kind(self.realm, "Customer")
        own = True
        while minor and (customer := self.shelf.get(drawer, key)) is not None:
            currency = currency_of(customer)
            for field in ("Balance", "BalanceWithJobs") if own else ("BalanceWithJobs",):
                customer[field] = to_wire(to_minor(customer[field], currency) + minor, currency)
            self.shelf.put(drawer, key, customer)
            key, own = customer.get("ParentRef", {}).get("value", ""), False

    def _tell(self, entity: str, key: str, said: str, gone: str = "") -> None:
        # There is no event for a change before the connection, or after it ended.
        if self.shelf.get("grant", self.realm) is None:
            return
        number = self.shelf.count("event")
        event = {"number": number, "realm": self.realm, "entity": entity, "id": key, "said": said}
        if gone:
            event["gone"] = gone
        self.shelf.put("event", str(number), event | {"at": self.now.isoformat()})
