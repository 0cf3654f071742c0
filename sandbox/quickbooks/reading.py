"""Reading a company's books: one document, a query, what changed since, preferences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.quickbooks.amounts import to_wire
from sandbox.quickbooks.change import currency_of, kind, moment
from sandbox.quickbooks.faults import invalid, not_found
from sandbox.quickbooks.fields import ENTITIES, READ_ONLY_ENTITIES
from sandbox.quickbooks.query import parse, run

if TYPE_CHECKING:
    from sandbox.shelf import Doc, Shelf

_LOOK_BACK = timedelta(days=30)
_CHANGES_MAX = 1000
_NAME_VALUE = "com.intuit.schema.finance.v3.NameValue"
READABLE = ENTITIES | READ_ONLY_ENTITIES


def company_info(company: Doc) -> Doc:
    """Give a company's CompanyInfo."""
    return {
        "CompanyName": company["name"],
        "LegalName": company["name"],
        "Country": company["country"],
        "CompanyAddr": {"Id": "1", "CountrySubDivisionCode": "", "Line1": "1 High Street"},
        "Email": {"Address": company["email"]},
        "CompanyStartDate": "2015-01-01",
        "FiscalYearStartMonth": "January",
        "SupportedLanguages": "en",
        "DefaultTimeZone": company["timezone"],
        "NameValue": [
            {"Name": "SubscriptionStatus", "Value": "EXPIRED" if company["read_only"] else "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
        ],
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "4",
        "MetaData": {"CreateTime": company["since"], "LastUpdatedTime": company["since"]},
    }


def preferences(company: Doc) -> Doc:
    """Give a company's Preferences."""
    accounting: Doc = {"TrackDepartments": False, "CustomerTerminology": "Customers"}
    if company.get("book_close_date"):
        accounting["BookCloseDate"] = company["book_close_date"]
    currency = {"MultiCurrencyEnabled": company["multicurrency"]}
    return {
        "AccountingInfoPrefs": accounting,
        "CurrencyPrefs": {**currency, "HomeCurrency": {"value": company["currency"]}},
        "SalesFormsPrefs": {
            "CustomTxnNumbers": True,
            "AllowDeposit": False,
            "AutoApplyPayments": company["auto_apply"],
            "AutoApplyCredit": company["auto_apply"],
            "DefaultTerms": {"value": company["terms"]},
            "ETransactionPaymentEnabled": company["takes_cards"],
        },
        "OtherPrefs": {"NameValue": []},
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "2",
        "MetaData": {"CreateTime": company["since"], "LastUpdatedTime": company["since"]},
    }


def shown(entity: str, doc: Doc) -> Doc:
    """Give a document as an answer shows it: a payment's lines carry read-only `LineEx`."""
    if entity != "Payment":
        return doc
    currency = currency_of(doc)
    lines = []
    for line in doc["Line"]:
        said = {"txnId": line["LinkedTxn"][0]["TxnId"], "txnOpenBalance": to_wire(0, currency)}
        extra = [
            {
                "name": "{http://schema.intuit.com/finance/v3}NameValue",
                "declaredType": _NAME_VALUE,
                "scope": "javax.xml.bind.JAXBElement$GlobalScope",
                "value": {"Name": name, "Value": str(value)},
                "nil": False,
                "globalScope": True,
                "typeSubstituted": False,
            }
            for name, value in said.items()
        ]
        lines.append({**line, "LineEx": {"any": extra}})
    return {**doc, "Line": lines}


def one(shelf: Shelf, realm: str, entity: str, key: str) -> Doc:
    """Read one document by its id; missing and deleted ones are fault 610."""
    found = shelf.get(kind(realm, entity), key)
    if found is None:
        raise not_found(entity, key)
    return shown(entity, found)


def query(shelf: Shelf, company: Doc, text: str) -> Doc:
    """Answer a statement; an empty page leaves the entity's key out."""
    asked = parse(text)
    single = {"CompanyInfo": company_info, "Preferences": preferences}.get(asked.entity)
    docs = [single(company)] if single else shelf.all(kind(company["realm"], asked.entity))
    page, total = run(asked, docs)
    if asked.counting:
        return {"QueryResponse": {"totalCount": total}}
    if not page:
        return {"QueryResponse": {}}
    found: dict[str, Any] = {asked.entity: [shown(asked.entity, doc) for doc in page]}
    return {"QueryResponse": found | {"startPosition": asked.start, "maxResults": len(page)}}


def changes(shelf: Shelf, company: Doc, names: str, since: str, now: datetime) -> Doc:
    """Answer change data capture: whole documents and tombstones, at most 1000 in all."""
    try:
        start = datetime.fromisoformat(since.replace(" ", "+"))
    except ValueError:
        raise invalid("2010", "Invalid changedSince", f"cannot read {since!r}") from None
    if start.tzinfo is None:
        start = start.astimezone(now.tzinfo)
    if now - start > _LOOK_BACK:
        detail = "changedSince cannot be more than 30 days ago"
        raise invalid("2010", "Invalid changedSince", detail, "changedSince")
    left = _CHANGES_MAX
    answers = []
    for name in names.split(","):
        entity = next((known for known in READABLE if known.lower() == name.strip().lower()), None)
        if entity is None:
            raise invalid("2010", "Invalid entity", f"{name} has no change data capture")
        found = _changed(shelf, company, entity, start)[:left]
        left -= len(found)
        part = {entity: found, "startPosition": 1, "maxResults": len(found)} if found else {}
        answers.append(part)
    return {"CDCResponse": [{"QueryResponse": answers}]}


def _changed(shelf: Shelf, company: Doc, entity: str, start: datetime) -> list[Doc]:
    realm = company["realm"]
    # The vendor counts in whole seconds.
    start = start.replace(microsecond=0)
    first = moment(company, start)[:10]
    found = [
        shown(entity, doc)
        for doc in shelf.all(kind(realm, entity))
        if (at := doc["MetaData"]["LastUpdatedTime"])[:10] >= first
        and datetime.fromisoformat(at) >= start
    ]
    graves = [
        {
            "Id": grave["Id"],
            "domain": "QBO",
            "status": "Deleted",
            "MetaData": {"LastUpdatedTime": grave["at"]},
        }
        for grave in shelf.all(kind(realm, "gone"))
        if grave["entity"] == entity and datetime.fromisoformat(grave["at"]) >= start
    ]
    return found + graves
