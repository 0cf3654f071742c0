"""The door of the stand-in: consent, tokens, connections and the accounting API, as a Flask app."""

from __future__ import annotations

import gzip
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from flask import Flask, Response, render_template_string, request

from sandbox.shelf import Answer
from sandbox.xero import sending
from sandbox.xero.books import make_id
from sandbox.xero.identity import SCOPES
from sandbox.xero.reads import Reads
from sandbox.xero.refusals import JSON, Refusal, Reply, fault, malformed, plain
from sandbox.xero.writes import Writes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sandbox.shelf import Shelf
    from sandbox.xero.books import Books
    from sandbox.xero.identity import Identity
    from sandbox.xero.limits import Limits

IDEMPOTENCY_WINDOW = timedelta(minutes=6)
_KEY_MAX = 128
_GZIP_BYTES_MIN = 4096
_BODY_BYTES_MAX = 3_500_000

_CONSENT = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Xero stand-in: allow access?</title>
<style>body{font:1rem/1.5 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1.25rem;margin-right:.5rem}</style></head>
<body><h1>Allow access to your organisation?</h1>
<p>This is the stand-in for Xero on this machine. <strong>{{ client }}</strong> asks for:</p>
<ul>{% for scope in scopes %}<li>{{ scope }}</li>{% endfor %}</ul>
<form method="post"><p>{% if people %}<label>Sign in as
<select name="user">{% for one in people %}
<option value="{{ one.id }}">{{ one.name }}, {{ one.email }}</option>{% endfor %}</select></label>
{% else %}<label>Organisation
<select name="tenant">{% for one in organisations %}
<option value="{{ one.id }}">{{ one.name }}</option>{% endfor %}</select></label>{% endif %}</p>
<p><button name="decision" value="allow">Allow access</button>
<button name="decision" value="cancel">Cancel</button></p></form></body></html>"""


class House(Protocol):
    """What the door leads into: the stand-in."""

    shelf: Shelf
    clock: Callable[[], datetime]
    books: Books
    identity: Identity
    limits: Limits

    def change(self) -> AbstractContextManager[None]:
        """Change the books in one transaction."""

    def redirects_to(self, uri: str) -> bool:
        """Say whether consent may end at this address."""


class Door:
    """Turns HTTP into calls on the stand-in and answers in Xero's dialects."""

    def __init__(self, standin: House) -> None:
        self.standin = standin
        self.reads = Reads(standin.books)
        self.writes = Writes(standin.books)

    def app(self) -> Flask:
        """Make the WSGI app."""
        app = Flask("sandbox.xero")
        add = app.add_url_rule
        consent = "/identity/connect/authorize"
        add(consent, "authorize", self._within(self._authorize), methods=["GET", "POST"])
        add("/connect/token", "token", self._within(self._token), methods=["POST"])
        add("/connect/revocation", "revoke", self._within(self._revoke), methods=["POST"])
        told = "/.well-known/openid-configuration"
        add(told, "discovery", self._within(self._discovery))
        add(f"{told}/jwks", "jwks", self._within(self._keys))
        for path in ("/connections", "/Connections"):
            add(path, f"list{path}", self._within(self._connections))
            one = self._within(self._disconnect)
            add(f"{path}/<key>", f"end{path}", one, methods=["DELETE"])
        every = ["GET", "PUT", "POST", "DELETE"]
        add("/api.xro/2.0/<path:rest>", "api", self._within(self._api), methods=every)
        return app

    def _within(self, work: Callable[..., Reply]) -> Callable[..., Response]:
        """Do one request as one change of the shelf, log it, and write the answer."""

        def serve(**path: str) -> Response:
            tenant = request.headers.get("xero-tenant-id", "")
            running = self.standin.limits.enter(tenant)
            # Read before any form is, or the log would not see it.
            request.get_data()
            try:
                with self.standin.change():
                    reply = self._reply(work, path, running=running)
                    self._log(reply)
            finally:
                self.standin.limits.leave(tenant)
            return self._response(reply)

        return serve

    def _reply(self, work: Callable[..., Reply], path: dict[str, str], *, running: bool) -> Reply:
        # A refusal is an answer like any other: everything is checked before anything is changed,
        # so there is nothing to roll back.
        if not running:
            return plain(429, "", {"X-Rate-Limit-Problem": "concurrent"})
        try:
            return self._faulted() or work(**path)
        except Refusal as refusal:
            return refusal.reply

    def _faulted(self) -> Reply | None:
        name = request.environ.get("sandbox.fault")
        if not name:
            return None
        reply = fault(name, make_id(f"fault/{name}"))
        tenant, key = request.headers.get("xero-tenant-id", ""), self._key()
        if name == "500" and key and tenant:
            self._remember(tenant, key, reply)
        return reply

    def _log(self, reply: Reply) -> None:
        self.standin.shelf.log(
            self.standin.clock(),
            request.method,
            request.path,
            query=request.query_string.decode("latin-1"),
            tenant=request.headers.get("xero-tenant-id", ""),
            token=request.headers.get("Authorization", "").removeprefix("Bearer "),
            key=self._key(),
            status=reply.status,
            body=request.get_data(),
        )

    def _response(self, reply: Reply) -> Response:
        headers, body = dict(reply.headers), reply.body
        api = request.path.startswith("/api.xro/")
        accept = request.headers.get("Accept", "")
        as_json = headers.get("Content-Type") == JSON
        if api and reply.status < 300 and "json" not in accept and as_json:  # noqa: PLR2004
            # Who does not ask for JSON gets XML, which nobody here reads.
            body, headers["Content-Type"] = b"<Response><Status>OK</Status></Response>", "text/xml"
        takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        if takes_gzip and len(body) >= _GZIP_BYTES_MIN:
            body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        return Response(body, reply.status, headers)

    def _authorize(self) -> Reply:
        asked = request.args
        identity = self.standin.identity
        uri = asked.get("redirect_uri", "")
        if asked.get("client_id") != identity.client_id or not self.standin.redirects_to(uri):
            return plain(400, "unauthorized_client: unknown client_id or redirect_uri")
        error = _consent_error(asked)
        if error:
            return _back(uri, error=error, state=asked.get("state", ""))
        if request.method == "GET":
            return self._consent_page(asked["scope"].split())
        return self._decide(asked)

    def _consent_page(self, scopes: list[str]) -> Reply:
        organisations = [
            {"id": doc["id"], "name": doc["name"]}
            for doc in self.standin.shelf.all("organisations")
        ]
        client = self.standin.identity.client_id
        people = self.standin.identity.people() if _only_signs_in(" ".join(scopes)) else []
        page = render_template_string(
            _CONSENT, client=client, scopes=scopes, organisations=organisations, people=people
        )
        headers = {"Content-Type": "text/html; charset=utf-8", "X-Frame-Options": "DENY"}
        return Reply(200, page.encode(), headers)

    def _decide(self, asked: Mapping[str, str]) -> Reply:
        uri, state = asked["redirect_uri"], asked.get("state", "")
        if request.form.get("decision") != "allow":
            return _back(uri, error="access_denied", state=state)
        if _only_signs_in(asked["scope"]):
            return self._sign_in(asked)
        tenant = request.form.get("tenant", "")
        if self.standin.shelf.get("organisations", tenant) is None:
            return plain(400, "unknown organisation")
        return _back(uri, code=self.standin.identity.allow(asked, tenant), state=state)

    def _sign_in(self, asked: Mapping[str, str]) -> Reply:
        person = self.standin.identity.person(request.form.get("user", ""))
        if person is None:
            return plain(400, "unknown user")
        code = self.standin.identity.sign_in(asked, person["id"])
        return _back(asked["redirect_uri"], code=code, state=asked.get("state", ""))

    def _discovery(self) -> Reply:
        return self.standin.identity.discovery(request.host_url.rstrip("/"))

    def _keys(self) -> Reply:
        return self.standin.identity.keys()

    def _client(self) -> None:
        sent = request.authorization
        basic = None
        if sent is not None and sent.type == "basic":
            basic = (sent.username or "", sent.password or "")
        self.standin.identity.check_client(request.form, basic)

    def _token(self) -> Reply:
        self._client()
        return self.standin.identity.token(request.form)

    def _revoke(self) -> Reply:
        self._client()
        return self.standin.identity.revoke(request.form)

    def _connections(self) -> Reply:
        session = self.standin.identity.bearer(request.headers.get("Authorization", ""))
        return self.standin.identity.connections(session, request.args.get("authEventId", ""))

    def _disconnect(self, key: str) -> Reply:
        session = self.standin.identity.bearer(request.headers.get("Authorization", ""))
        return self.standin.identity.disconnect(session, key)

    def _api(self, rest: str) -> Reply:
        identity, tenant = self.standin.identity, request.headers.get("xero-tenant-id", "")
        session = identity.bearer(request.headers.get("Authorization", ""))
        identity.check_tenant(session, tenant)
        headers = self.standin.limits.take(tenant, self.standin.clock())
        parts = [part for part in rest.split("/") if part]
        identity.check_scope(session, parts[0], write=request.method != "GET")
        try:
            reply = self._work(tenant, parts)
        except Refusal as refusal:
            reply = refusal.reply
        reply.headers = headers | reply.headers
        return reply

    def _work(self, tenant: str, parts: list[str]) -> Reply:
        if request.method == "GET":
            if "application/pdf" in request.headers.get("Accept", "") and _prints(parts):
                return sending.pdf(self.standin.books, tenant, parts[1])
            since = request.headers.get("If-Modified-Since", "")
            return self.reads.answer(tenant, parts, request.args, since)
        if (request.content_length or 0) > _BODY_BYTES_MAX:
            return plain(413, "The request is too large")
        key = self._key()
        if not key or request.method == "DELETE":
            return self._write(tenant, parts)
        return self._once(tenant, key, parts)

    def _once(self, tenant: str, key: str, parts: list[str]) -> Reply:
        """Do a write with an idempotency key, or give the answer kept under it."""
        if len(key) > _KEY_MAX:
            message = f"Idempotency-Key is longer than {_KEY_MAX} characters"
            return malformed("ValidationException", message)
        now = self.standin.clock()
        kept = self.standin.shelf.recall(tenant, key, now, IDEMPOTENCY_WINDOW)
        if kept is None:
            reply = self._write(tenant, parts)
            self._remember(tenant, key, reply)
            return reply
        if kept.fingerprint != self._fingerprint():
            message = "The Idempotency-Key was used before with another request"
            return malformed("ValidationException", message)
        return Reply(kept.status, kept.body, dict(kept.headers))

    def _write(self, tenant: str, parts: list[str]) -> Reply:
        try:
            return self.writes.answer(
                request.method, tenant, parts, request.args, request.get_data()
            )
        except Refusal as refusal:
            # Errors are kept under their key like any other answer.
            return refusal.reply

    def _remember(self, tenant: str, key: str, reply: Reply) -> None:
        answer = Answer(
            self._fingerprint(), self.standin.clock(), reply.status, reply.headers, reply.body
        )
        self.standin.shelf.remember(tenant, key, answer)

    def _key(self) -> str:
        return request.headers.get("Idempotency-Key", "")

    def _fingerprint(self) -> str:
        digest = hashlib.sha256(request.get_data()).hexdigest()
        return f"{request.method} {request.full_path} {digest}"


def _prints(parts: list[str]) -> bool:
    return len(parts) == 2 and parts[0] == "Invoices"  # noqa: PLR2004 - the list and one id


def _only_signs_in(scope: str) -> bool:
    """Say whether somebody only signs in: then no organisation is asked about."""
    return not any(one.startswith("accounting.") for one in scope.split())


def _consent_error(asked: Mapping[str, str]) -> str:
    get = asked.get
    if get("response_type") != "code":
        return "unsupported_response_type"
    scopes = set(get("scope", "").split())
    if not scopes or not scopes <= SCOPES:
        return "invalid_scope"
    if get("code_challenge") and get("code_challenge_method") != "S256":
        return "invalid_request"
    return ""


def _back(uri: str, **answer: str) -> Reply:
    joint = "&" if "?" in uri else "?"
    return Reply(302, b"", {"Location": f"{uri}{joint}{urlencode(answer)}"})
