"""The API door: key, limit, idempotency, then the endpoint; every request is logged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from sandbox.shelf import Answer
from sandbox.stripe import listing, routes
from sandbox.stripe.access import Access, Caller, bearer
from sandbox.stripe.ask import Ask
from sandbox.stripe.books import API_VERSION
from sandbox.stripe.errors import (
    StripeRefusal,
    broken,
    invalid,
    key_in_use,
    key_reused,
    locked,
    missing,
    too_many,
)
from sandbox.stripe.expand import expanded
from sandbox.stripe.form import FormError, parse_form

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from werkzeug.datastructures import MultiDict

    from sandbox.shelf import Doc

KEY_WINDOW = timedelta(hours=24)
KEY_CHARS_MAX = 255


@dataclass(slots=True)
class Bucket:
    """A token bucket per account: `rate` requests a second, on the stand-in's own clock."""

    rate: int
    left: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def take(self, account: str, now: datetime) -> bool:
        """Take one request; False when the account has used up its share."""
        before, since = self.left.get(account, (float(self.rate), now))
        filled = min(self.rate, before + (now - since).total_seconds() * self.rate)
        self.left[account] = (filled - 1 if filled >= 1 else filled, now)
        return filled >= 1


@dataclass(slots=True)
class Asked:
    """One request, read once."""

    verb: str
    path: str
    params: Doc
    key: str
    id: str
    caller: Caller | None = None

    @property
    def fingerprint(self) -> str:
        """Tell two requests apart that share an idempotency key."""
        text = json.dumps([self.verb, self.path, self.params], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def event_request(self) -> Doc:
        """How an event names the request that caused it."""
        return {"id": self.id, "idempotency_key": self.key or None}


class Api:
    """Everything under /v1 but the token endpoint."""

    def __init__(self, access: Access, bucket: Bucket, settle: Callable[[], None]) -> None:
        """Answer for one app's access; `settle` lets what is due happen before a request."""
        self.access = access
        self.books = access.books
        self.bucket = bucket
        self.settle = settle

    def blueprint(self) -> Blueprint:
        """Give the routes."""
        routes = Blueprint("stripe_api", __name__)
        routes.add_url_rule(
            "/v1/<path:rest>",
            "v1",
            lambda rest: self.answer(f"/v1/{rest}"),
            methods=["GET", "POST", "DELETE"],
        )
        return routes

    def answer(self, path: str) -> Response:
        """Answer one request inside one transaction, and log it."""
        sent_body = request.get_data()  # before the form is read: reading it empties the stream
        with self.books.shelf.change():
            self.settle()
            number = self.books.shelf.count("req")
            asked = Asked(
                request.method,
                path,
                {},
                request.headers.get("Idempotency-Key", ""),
                f"req_1S{number:014d}",
            )
            status, headers, body = self._attempt(asked)
            self.books.shelf.log(
                self.books.now(),
                asked.verb,
                path,
                query=request.query_string.decode("latin-1"),
                tenant=asked.caller.account if asked.caller else "",
                token=bearer(request.headers.get("Authorization", "")),
                key=asked.key,
                status=status,
                body=sent_body,
            )
        told = {
            "Request-Id": asked.id,
            "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION),
            **({"Idempotency-Key": asked.key} if asked.key else {}),
            **headers,
        }
        return Response(body, status, told, content_type="application/json")

    def _attempt(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        try:
            self._admit(asked)
            known = self._known(asked)
            if known is not None:
                return known.status, {"Idempotent-Replayed": "true"}, known.body
            self._check(asked)
            return self._execute(asked)
        except StripeRefusal as refusal:
            raw = json.dumps(refusal.body(asked.id), indent=2).encode()
            if refusal.stored:
                self._remember(asked, refusal.status, raw)
            return refusal.status, refusal.headers, raw

    def _admit(self, asked: Asked) -> None:
        token = bearer(request.headers.get("Authorization", ""))
        asked.caller = self.access.identify(token, request.headers.get("Stripe-Account", ""))
        fault = str(request.environ.get("sandbox.fault", ""))
        if fault == "lock_timeout":
            raise locked()
        if fault == "429" or not self.bucket.take(asked.caller.account, self.books.now()):
            raise too_many()
        if fault == "key_in_use":
            raise key_in_use()
        if fault == "503":
            raise broken(503)
        try:
            asked.params = parse_form([*_pairs(request.args), *_pairs(request.form)])
        except FormError as problem:
            raise invalid(f"Invalid parameter: {problem}", str(problem)) from None

    def _known(self, asked: Asked) -> Answer | None:
        if asked.verb != "POST" or not asked.key or asked.caller is None:
            return None
        if len(asked.key) > KEY_CHARS_MAX:
            raise invalid("Idempotency keys have at most 255 characters.", "Idempotency-Key")
        scope, now = asked.caller.account, self.books.now()
        known = self.books.shelf.recall(scope, asked.key, now, KEY_WINDOW)
        if known is not None and known.fingerprint != asked.fingerprint:
            raise key_reused()
        return known

    def _remember(self, asked: Asked, status: int, raw: bytes) -> None:
        if asked.verb == "POST" and asked.key and asked.caller is not None:
            kept = Answer(asked.fingerprint, self.books.now(), status, {}, raw)
            self.books.shelf.remember(asked.caller.account, asked.key, kept)

    def _check(self, asked: Asked) -> None:
        """Refuse before execution begins; such an answer is remembered under no key."""
        if asked.caller is not None:
            self.access.permit(asked.caller.account, asked.path, write=asked.verb != "GET")
        found = routes.find(asked.verb, asked.path)
        if found is not None:
            found[0].check(asked.params)
            return
        if asked.verb != "GET":
            raise _unknown(asked)
        resource, key = _target(asked)
        if resource in {"account", "accounts"}:
            return
        if key:
            unknown = [name for name in asked.params if name != "expand"]
            listing.check_list(resource, {"expand": [], **dict.fromkeys(unknown, "")})
        else:
            listing.check_list(resource, asked.params)

    def _execute(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if request.environ.get("sandbox.fault") == "500":
            raise broken(500)
        assert asked.caller is not None  # noqa: S101 - _admit put it there
        account = asked.caller.account
        doc = self._run(asked, account)
        doc = expanded(self.books, account, doc, asked.params.get("expand", []))
        raw = json.dumps(doc, indent=2).encode()
        self._remember(asked, 200, raw)
        return 200, {}, raw

    def _run(self, asked: Asked, account: str) -> Doc:
        found = routes.find(asked.verb, asked.path)
        if found is not None:
            version = request.headers.get("Stripe-Version", "")
            route, ids = found
            return route.act(
                Ask(self.books, account, ids, asked.params, asked.event_request, version)
            )
        resource, key = _target(asked)
        if resource in {"account", "accounts"}:
            own = self.books.find(account, "account", key or account)
            if own is None:
                raise missing("account", key)
            return own
        if not key:
            return listing.page(self.books, account, resource, asked.params)
        noun = listing.LISTS[resource][0]
        rows = [row for row in listing.readable(self.books, account, noun) if row["id"] == key]
        if not rows:
            raise missing(noun, key)
        return rows[0]


def _pairs(given: MultiDict[str, str]) -> list[tuple[str, str]]:
    return list(given.items(multi=True))


def _target(asked: Asked) -> tuple[str, str]:
    """Take the path of a read apart: what is listed, and the one of it or ""."""
    path = asked.path.removeprefix("/v1/")
    if path in listing.LISTS or path == "account":
        return path, ""
    resource, _, key = path.rpartition("/")
    if resource in listing.LISTS or resource == "accounts":
        return resource, key
    raise _unknown(asked)


def _unknown(asked: Asked) -> StripeRefusal:
    message = f"Unrecognized request URL ({asked.verb}: {asked.path})."
    return StripeRefusal(404, message, code="url_invalid")
