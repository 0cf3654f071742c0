"""The accounting API of the stand-in: `/v3/company/{realm}/...`."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from sandbox.quickbooks import reading, sending, write
from sandbox.quickbooks.change import Change, moment
from sandbox.quickbooks.faults import (
    Fault,
    Reply,
    dismissed,
    gateway,
    injected,
    invalid,
    throttled,
)
from sandbox.quickbooks.fields import ENTITIES
from sandbox.quickbooks.meter import count_call
from sandbox.shelf import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sandbox.quickbooks.consent import Consent
    from sandbox.quickbooks.meter import Throttle
    from sandbox.shelf import Doc, Shelf

_REPLAY = timedelta(days=1)
_REQUEST_ID_MAX = 50
_BATCH_MAX = 30


class Api:
    """Answers a client's requests out of the books on the shelf."""

    def __init__(
        self, shelf: Shelf, clock: Callable[[], datetime], consent: Consent, throttle: Throttle
    ) -> None:
        """Answer who holds a token of `consent`, as often as `throttle` admits."""
        self.shelf = shelf
        self.clock = clock
        self.consent = consent
        self.throttle = throttle

    def blueprint(self) -> Blueprint:
        """Give the routes."""
        routes = Blueprint("api", __name__)
        methods = ["GET", "POST"]
        routes.add_url_rule("/v3/company/<realm>/<path:rest>", "call", self.call, methods=methods)
        return routes

    def call(self, realm: str, rest: str) -> Response:
        """Answer one request; counters, books and remembered answer are written together."""
        with self.shelf.change():
            turn = self.shelf.count("tid")
            reply = self._guarded(realm, rest, turn)
            answer = Response(reply.body, reply.status, content_type=reply.content_type)
            answer.headers["intuit_tid"] = f"1-{turn:08x}-{turn * 2654435761 % 2**32:08x}"
            return answer

    def _guarded(self, realm: str, rest: str, turn: int) -> Reply:
        company = self.shelf.get("company", realm)
        time = moment(company or {"timezone": "America/Los_Angeles"}, self.clock())
        refused = self._gate(realm, turn, time)
        if refused is not None or company is None:
            return refused or gateway(403, "3100", "ApplicationAuthorizationFailed", time)
        count_call(self.shelf, realm, self.clock(), reads=_reads(rest))
        key = request.args.get("requestid", "")
        known = self.shelf.recall(realm, key, self.clock(), _REPLAY) if key else None
        if known is not None and request.method == "POST":
            return Reply(known.status, known.body)
        try:
            if len(key) > _REQUEST_ID_MAX:
                raise invalid("2050", "String length too long", "requestid is longer than 50")
            body = self._route(company, rest)
        except Fault as fault:
            return Reply(fault.status, json.dumps(fault.body(time)).encode())
        if isinstance(body, bytes):
            return Reply(200, body, "application/pdf")
        reply = Reply(200, json.dumps(body | {"time": time}).encode())
        if key and request.method == "POST":
            self._remember(realm, key, reply)
        return reply

    def _gate(self, realm: str, turn: int, time: str) -> Reply | None:
        """Refuse before any work: an injected fault, a bad token, too many calls."""
        fault = request.environ.get("sandbox.fault")
        if fault:
            return injected(str(fault), turn, time)
        owner = self.consent.realm_of(
            request.headers.get("Authorization", "").removeprefix("Bearer ")
        )
        if owner is None:
            return gateway(401, "3200", "AuthenticationFailed", time)
        if owner != realm:
            return gateway(403, "3100", "ApplicationAuthorizationFailed", time)
        if (self.shelf.get("company", realm) or {}).get("dismissed"):
            return Reply(401, json.dumps(dismissed().body(time)).encode())
        now = self.clock()
        admitted = self.throttle.admit(realm, now)
        if admitted and request.path.endswith("/batch"):
            admitted = self.throttle.admit_batch(realm, now)
        return None if admitted else throttled(turn, time)

    def _remember(self, realm: str, key: str, reply: Reply) -> None:
        print_ = hashlib.sha256(request.get_data()).hexdigest()
        self.shelf.remember(realm, key, Answer(print_, self.clock(), reply.status, {}, reply.body))

    def _route(self, company: Doc, rest: str) -> Doc | bytes:
        parts = rest.strip("/").split("/")
        if request.method == "GET":
            return self._read(company, parts)
        if parts == ["query"]:
            return reading.query(self.shelf, company, request.get_data(as_text=True))
        if parts == ["batch"]:
            return self._batch(company, _json_body())
        if len(parts) == 3 and parts[2] == "send":  # noqa: PLR2004 - invoice/95/send
            return self._send(company, _entity(parts[0]), parts[1])
        if len(parts) != 1:
            raise _unsupported(rest)
        return self._write(company, _entity(parts[0]), _json_body(), request.args)

    def _read(self, company: Doc, parts: list[str]) -> Doc | bytes:
        first = parts[0].lower()
        whole = {"companyinfo": "CompanyInfo", "preferences": "Preferences"}
        if first in whole:
            made = reading.company_info if first == "companyinfo" else reading.preferences
            return {whole[first]: made(company)}
        if first == "query":
            return reading.query(self.shelf, company, request.args.get("query", ""))
        if first == "cdc":
            names, since = request.args.get("entities", ""), request.args.get("changedSince", "")
            return reading.changes(self.shelf, company, names, since, self.clock())
        return self._document(company, _entity(first), parts[1:])

    def _document(self, company: Doc, entity: str, parts: list[str]) -> Doc | bytes:
        if not parts:
            raise _unsupported(entity)
        doc = reading.one(self.shelf, company["realm"], entity, parts[0])
        if parts[1:] == ["pdf"]:
            return sending.printed(entity, doc, request.headers.get("Accept", ""))
        if request.args.get("include") == "invoiceLink" and sending.has_link(company, doc):
            link = f"{self.consent.public_url}/t/scs-v1-{company['realm']}-{doc['Id']}"
            doc = {**doc, "InvoiceLink": link}
        return {entity: doc}

    def _write(self, company: Doc, entity: str, body: object, options: Mapping[str, str]) -> Doc:
        if not isinstance(body, dict):
            raise invalid("2010", "Request has invalid or unsupported property", "no JSON object")
        change = Change(self.shelf, company["realm"], self.clock())
        operation = options.get("operation", "")
        if options.get("include") == "void" or operation == "void":
            doc = write.void(change, entity, body)
        elif operation == "delete":
            doc = write.delete(change, entity, body)
        else:
            duplicates = options.get("include") == "allowduplicatedocnum"
            doc = write.save(change, entity, body, duplicates=duplicates)
        change.commit()
        return {entity: reading.shown(entity, doc) if operation != "delete" else doc}

    def _send(self, company: Doc, entity: str, key: str) -> Doc:
        change = Change(self.shelf, company["realm"], self.clock())
        doc = sending.send(change, entity, key, request.args.get("sendTo", ""), request.mimetype)
        change.commit()
        return {entity: doc}

    def _batch(self, company: Doc, body: object) -> Doc:
        items = body.get("BatchItemRequest", []) if isinstance(body, dict) else []
        if not 0 < len(items) <= _BATCH_MAX:
            raise invalid("2010", "Invalid batch", f"a batch has 1 to {_BATCH_MAX} items")
        answers = []
        for item in items:
            try:
                answer = self._batch_item(company, item)
            except Fault as fault:
                answer = {"Fault": fault.body("")["Fault"]}
            answers.append({**answer, "bId": item.get("bId", "")})
        return {"BatchItemResponse": answers}

    def _batch_item(self, company: Doc, item: Doc) -> Doc:
        if "Query" in item:
            return reading.query(self.shelf, company, item["Query"])
        entity = next((name for name in item if name in ENTITIES), "")
        if not entity:
            raise _unsupported("batch item")
        options = {"operation": item.get("operation", ""), "include": item.get("optionsData", "")}
        return self._write(company, entity, item[entity], options)


def _entity(name: str) -> str:
    for known in reading.READABLE:
        if known.lower() == name.lower():
            return known
    raise _unsupported(name)


def _reads(rest: str) -> int:
    """Count the reads of a request."""
    if request.method == "GET" or rest == "query":
        return 1
    if rest != "batch":
        return 0
    try:
        items = json.loads(request.get_data())["BatchItemRequest"]
        return sum("Query" in item for item in items)
    except (ValueError, KeyError, TypeError):
        return 0


def _json_body() -> object:
    try:
        return json.loads(request.get_data(), parse_float=Decimal)
    except ValueError:
        detail = "Unexpected character in the request body"
        raise invalid("2010", "JSON parse error", detail) from None


def _unsupported(what: str) -> Fault:
    return invalid("500", "Unsupported Operation", f"Operation {what} is not supported.")
