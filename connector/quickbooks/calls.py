"""Calls to QuickBooks: python-quickbooks as a thin transport over a session of our own.

Bodies are JSON text written here: the package would write amounts as strings, and a fetched object
saved by it would reset what nobody meant to touch. Every update is sparse.
"""

from __future__ import annotations

import json
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from quickbooks import QuickBooks

from connector.quickbooks.faults import (
    FAILURE_SECONDS,
    error_of,
    failure,
    is_throttled,
    said_in_json,
)
from connector.quickbooks.session import PDF, Session
from connector.raw import documents, parse
from ledger.errors import OutsideError, RefusedError, RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connector.pace import Gate
    from connector.protocol import Access, Wire

Doc = dict[str, Any]

API = "https://quickbooks.api.intuit.com"
SANDBOX_API = "https://sandbox-quickbooks.api.intuit.com"
MINOR_VERSION = 75
# The vendor's largest page, and how many questions one batch holds.
PAGE = 1000
BATCH_MAX = 30


class Calls:
    """The calls we make, as plain dictionaries; amounts are read as Decimal."""

    def __init__(self, access: Access, gate: Gate, wire: Wire) -> None:
        """Make no call yet."""
        self.realm = access.tenant_id
        self._client = QuickBooks(
            company_id=access.tenant_id, minorversion=MINOR_VERSION, use_decimal=True
        )
        self._client.api_url_v3 = wire.address("api", SANDBOX_API if wire.sandbox else API) + "/v3"
        self._session = Session(access, gate, wire)
        self._client.session = self._session

    @property
    def trace(self) -> str:
        """QuickBooks' id of the last write it answered."""
        return self._session.trace

    def company(self) -> Doc:
        """Read CompanyInfo."""
        return self._one("CompanyInfo", f"companyinfo/{self.realm}")

    def preferences(self) -> Doc:
        """Read Preferences."""
        return self._one("Preferences", "preferences")

    def query(self, text: str) -> tuple[list[Doc], str]:
        """Run a statement: the page's documents and the vendor's `time`. An empty page is []."""
        answer: Doc = self._client.query(text)
        return _page_of(answer), str(answer.get("time") or "")

    def every(self, entity: str, where: str) -> list[Doc]:
        """Read all that a condition finds, page by page."""
        docs, _ = self.query(statement(entity, where))
        return [*docs, *self._rest(entity, where, docs)]

    def together(self, asked: Sequence[tuple[str, str]]) -> list[list[Doc]]:
        """Read all that several conditions find, as pairs of entity and condition, in one batch.

        Where one batch does not hold them they are several. Raises the error of the first question
        that was refused.
        """
        answers = self.pages([statement(*one) for one in asked])
        return [
            [*answer, *self._rest(entity, where, answer)]
            for (entity, where), answer in zip(asked, answers, strict=True)
        ]

    def pages(self, texts: Sequence[str]) -> list[list[Doc]]:
        """Run several statements at once; raises the error of the first that was refused."""
        found = []
        for answer in self.batch(texts):
            if isinstance(answer, OutsideError):
                raise answer
            found.append(answer)
        return found

    def batch(self, texts: Sequence[str]) -> list[list[Doc] | OutsideError]:
        """Run several statements at once; each gives its page, or an error of its own."""
        if len(texts) == 1:
            return [self.query(texts[0])[0]]
        found: list[list[Doc] | OutsideError] = []
        for first in range(0, len(texts), BATCH_MAX):
            answers = self._answers(texts[first : first + BATCH_MAX])
            found += [self._page_or_error(one) for one in answers]
        return found

    def count(self, asked: Sequence[tuple[str, str]]) -> int | None:
        """Count what conditions find, all together; None when an answer does not say."""
        texts = [counting(entity, where) for entity, where in asked]
        total = 0
        for item in self._answers(texts):
            page = item.get("QueryResponse")
            found = page.get("totalCount") if isinstance(page, dict) else None
            if not isinstance(found, int) or isinstance(found, bool):
                return None
            total += found
        return total

    def changed(self, entities: str, since: str) -> tuple[list[tuple[str, Doc]], str]:
        """Ask what became of some entities: pairs of name and document, and the vendor's time."""
        answer: Doc = self._client.change_data_capture(entities, since)
        lots = documents(answer.get("CDCResponse"))
        # Without its parts an answer does not say that nothing has changed.
        if not lots or not all(lot.get("QueryResponse") for lot in lots):
            raise RetryLaterError(FAILURE_SECONDS, "QuickBooks' answer holds no CDCResponse")
        found = [
            (name, doc)
            for lot in lots
            for part in documents(lot["QueryResponse"])
            for name, value in part.items()
            for doc in documents(value)
        ]
        return found, str(answer.get("time") or "")

    def create(self, entity: str, body: Mapping[str, Any], request_id: str) -> Doc:
        """Create a document; the same `request_id` gives the first answer again."""
        answer = self._client.create_object(entity, written(body), request_id=request_id)
        return _entity(answer, entity)

    def update(
        self, entity: str, body: Mapping[str, Any], request_id: str, *, void: bool = False
    ) -> Doc:
        """Change a document by a sparse body, or void it."""
        options = {"operation": "update"} | ({"include": "void"} if void else {})
        answer = self._client.update_object(
            entity, written(body), request_id=request_id, params=options
        )
        return _entity(answer, entity)

    def delete(self, entity: str, body: Mapping[str, Any], request_id: str) -> None:
        """Delete a document for good."""
        answer = self._client.delete_object(entity, written(body), request_id=request_id)
        _entity(answer, entity)

    def send(self, entity: str, key: str, to: str, request_id: str) -> Doc:
        """Have QuickBooks mail a document to an address, or to its own when `to` is ""."""
        answer = self._client.post(
            f"{self._url}/{entity.lower()}/{key}/send",
            "",
            content_type="application/octet-stream",
            params={"sendTo": to} if to else {},
            request_id=request_id,
        )
        return _entity(answer, entity)

    def pdf(self, entity: str, key: str) -> bytes:
        """Read a document as QuickBooks prints it."""
        answer = self._client.process_request(
            "GET",
            f"{self._url}/{entity.lower()}/{key}/pdf",
            headers={"Accept": PDF},
            params={"minorversion": MINOR_VERSION},
        )
        content: bytes = answer.content
        if not content.startswith(b"%PDF"):
            raise RetryLaterError(FAILURE_SECONDS, "QuickBooks' answer is no PDF")
        return content

    def one(self, entity: str, key: str, **options: str) -> Doc:
        """Read one document with what only its own address gives."""
        return self._one(entity, f"{entity.lower()}/{key}", **options)

    def close(self) -> None:
        """Let go of the connections held open."""
        self._session.close()

    @property
    def _url(self) -> str:
        return f"{self._client.api_url}/company/{self.realm}"

    def _one(self, entity: str, path: str, **options: str) -> Doc:
        found = self._client.get(f"{self._url}/{path}", params=options).get(entity)
        if not isinstance(found, dict):
            raise RetryLaterError(FAILURE_SECONDS, f"QuickBooks' answer holds no {entity}")
        return found

    def _rest(self, entity: str, where: str, first: Sequence[Doc]) -> Iterator[Doc]:
        """Read the pages behind a full first one."""
        start, docs = 1, list(first)
        while len(docs) >= PAGE:
            start += PAGE
            docs, _ = self.query(statement(entity, where, start))
            yield from docs

    def _page_or_error(self, item: Doc) -> list[Doc] | OutsideError:
        said = said_in_json(item)
        if said is None:
            return _page_of(item)
        if is_throttled(HTTPStatus.OK, said):
            self._session.throttled()
        return error_of(HTTPStatus.OK, said, writes=False)

    def _answers(self, texts: Sequence[str]) -> list[Doc]:
        """Run a batch of statements; gives what was said to each, in their order."""
        items = [{"bId": str(number), "Query": text} for number, text in enumerate(texts)]
        answer = self._session.request(
            "POST",
            f"{self._url}/batch",
            items=len(items),
            params={"minorversion": MINOR_VERSION},
            headers={
                "Authorization": f"Bearer {self._session.access_token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            data=json.dumps({"BatchItemRequest": items}),
        )
        body = parse(answer.content)
        found = {str(one.get("bId")): one for one in documents(body.get("BatchItemResponse"))}
        if not all(one["bId"] in found for one in items):
            raise RetryLaterError(FAILURE_SECONDS, "QuickBooks' batch leaves a question out")
        return [found[one["bId"]] for one in items]


def statement(entity: str, where: str, start: int = 1, most: int = PAGE) -> str:
    """Write a statement for one page; positions are counted from 1, and the order never changes."""
    condition = f" WHERE {where}" if where else ""
    limits = f"ORDERBY Id STARTPOSITION {start} MAXRESULTS {most}"
    return f"SELECT * FROM {entity}{condition} {limits}"  # noqa: S608 - conditions are quoted


def counting(entity: str, where: str) -> str:
    """Write a statement that counts."""
    return f"SELECT count(*) FROM {entity}" + (f" WHERE {where}" if where else "")  # noqa: S608 - quoted


def _page_of(answer: Doc) -> list[Doc]:
    page = answer.get("QueryResponse")
    if not isinstance(page, dict):
        raise RetryLaterError(FAILURE_SECONDS, "QuickBooks' answer holds no QueryResponse")
    lists = [value for value in page.values() if isinstance(value, list)]
    return documents(lists[0]) if lists else []


def _entity(answer: Doc, entity: str) -> Doc:
    """Require that a write's answer holds what was written: an empty 200 proves nothing."""
    found = answer.get(entity)
    if not isinstance(found, dict) or not found.get("Id"):
        raise failure(f"QuickBooks' answer holds no {entity}", writes=True)
    return found


def quoted(value: str) -> str:
    """Write a value for a query: in single quotes, backslashes and quotes escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def among(field: str, values: Sequence[str]) -> str:
    """Write the condition that a field has one of some values."""
    return f"{field} IN ({', '.join(quoted(one) for one in values)})"


def written(body: Mapping[str, Any]) -> str:
    """Write a body as JSON with amounts as numbers; raises RefusedError rather than change one."""
    return json.dumps(body, default=_exact)


def _exact(value: object) -> int | float:
    if not isinstance(value, Decimal):
        msg = f"{type(value).__name__} has no place in a request"
        raise TypeError(msg)
    if value == value.to_integral_value():
        return int(value)
    # The shortest form of the nearest float is the same decimal up to 15 digits.
    if Decimal(repr(number := float(value))) != value:
        msg = f"{value} has more digits than a JSON number keeps"
        raise RefusedError(msg)
    return number
