"""Consent and tokens: the page with the company choice, codes, rotation, refresh, revocation."""

from __future__ import annotations

import base64
import html
import json
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, request

from sandbox.openid import ALGORITHM
from sandbox.quickbooks.people import ISSUER, OPENID, People

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.shelf import Doc, Shelf

ACCESS = timedelta(seconds=3600)
ROTATION = timedelta(hours=24)
ROLLING = timedelta(seconds=8726400)
HARD = timedelta(days=5 * 365)
CODE = timedelta(minutes=5)
SCOPE = "com.intuit.quickbooks.accounting"
_HARD_HEADER = "x-include-refresh-token-hard-expires-in"

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Connect to QuickBooks</title>
<h1>{question}</h1>
<form method="post">{choices}
<p><button name="decision" value="connect">Connect</button>
<button name="decision" value="refuse">No thanks</button></p></form></html>"""


class Consent:
    """The authorisation server of the stand-in."""

    def __init__(
        self, shelf: Shelf, clock: Callable[[], datetime], client: tuple[str, str], public_url: str
    ) -> None:
        """Serve one client, given as (id, secret)."""
        self.shelf = shelf
        self.clock = clock
        self.client = client
        self.public_url = public_url.rstrip("/")
        self.people = People(shelf, clock, client[0])
        # Called while a refresh is under way, so that a test can start a second one meanwhile.
        self.during_refresh: Callable[[], None] = lambda: None
        self._refreshing: set[str] = set()
        self._lock = threading.Lock()

    def blueprint(self) -> Blueprint:
        """Give the routes."""
        routes = Blueprint("consent", __name__)
        routes.get("/connect/oauth2")(self.page)
        routes.post("/connect/oauth2")(self.decide)
        routes.post("/oauth2/v1/tokens/bearer")(self.token)
        routes.post("/v2/oauth2/tokens/revoke")(self.revoke)
        routes.get("/op/v1/jwks")(lambda: _json(self.people.signer.keys()))
        routes.get("/v1/openid_connect/userinfo")(self.userinfo)
        for name in ("openid_configuration", "openid_sandbox_configuration"):
            route = f"/.well-known/{name}/"
            routes.get(route, endpoint=name)(self.discovery)
        return routes

    def discovery(self) -> Response:
        """Give the discovery document."""
        here = self.public_url
        return _json(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{here}/connect/oauth2",
                "token_endpoint": f"{here}/oauth2/v1/tokens/bearer",
                "revocation_endpoint": f"{here}/v2/oauth2/tokens/revoke",
                "userinfo_endpoint": f"{here}/v1/openid_connect/userinfo",
                "jwks_uri": f"{here}/op/v1/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "scopes_supported": ["openid", "email", "profile", "address", "phone", SCOPE],
            }
        )

    def userinfo(self) -> Response:
        """Say who an access token with OpenID scopes belongs to."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        found = self.people.told(token) if scheme == "Bearer" else None
        return _json({"error": "invalid_token"}, 401) if found is None else _json(found)

    def page(self) -> Response:
        """Show the companies a person may connect, or who may sign in."""
        problem = self._asked_wrongly()
        if problem:
            return Response(html.escape(problem), 400)
        if not self._asks_for_books():
            question = "Sign in as whom?"
            return Response(_PAGE.format(question=question, choices=self.people.choices()))
        rows = "".join(
            f'<p><label><input type="radio" name="realm" value="{one["realm"]}">'
            f" {html.escape(one['name'])}</label></p>"
            for one in self.shelf.all("company")
        )
        question = "Which company do you want to connect?"
        return Response(_PAGE.format(question=question, choices=rows))

    def decide(self) -> Response:
        """Send the person back with a code and the company's realmId, or with a refusal."""
        problem = self._asked_wrongly()
        if problem:
            return Response(html.escape(problem), 400)
        back, state = request.args["redirect_uri"], request.args.get("state", "")
        if request.form.get("decision") != "connect":
            return _back(back, {"error": "access_denied", "state": state})
        if not self._asks_for_books():
            return self._sign_in(back, state)
        realm = request.form.get("realm", "")
        if self.shelf.get("company", realm) is None:
            return Response("Choose a company.", 400)
        code = self._code({"realm": realm, "redirect_uri": back})
        return _back(back, {"code": code, "state": state, "realmId": realm})

    def _sign_in(self, back: str, state: str) -> Response:
        """Send somebody back who only signs in: no company, so no realmId."""
        subject = request.form.get("person", "")
        if self.shelf.get("person", subject) is None:
            return Response("Choose who signs in.", 400)
        asked = {"scope": request.args["scope"], "nonce": request.args.get("nonce", "")}
        code = self._code({"person": subject, "redirect_uri": back, **asked})
        return _back(back, {"code": code, "state": state})

    def _code(self, doc: Doc) -> str:
        with self.shelf.change():
            code = f"AB{self.shelf.count('code'):048d}"
            until = (self.clock() + CODE).isoformat()
            self.shelf.put("code", code, doc | {"used": False, "until": until})
        return code

    def _asks_for_books(self) -> bool:
        return SCOPE in request.args.get("scope", "").split()

    def token(self) -> Response:
        """Exchange a code, or refresh; the refresh token's value rotates about every 24 hours."""
        form = {
            name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()
        }
        if not self._is_client():
            return _json({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "authorization_code":
            with self.shelf.change():
                return self._exchange(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh_alone(form.get("refresh_token", ""))
        return _json({"error": "unsupported_grant_type"}, 400)

    def revoke(self) -> Response:
        """End a grant by its refresh or access token."""
        if not self._is_client():
            return _json({"error": "invalid_client"}, 401)
        body = json.loads(request.get_data() or b"{}")
        value = body.get("token", "") if isinstance(body, dict) else ""
        with self.shelf.change():
            grant = self._grant_of(value)
            if grant is None:
                return _json({"error": "invalid_token"}, 400)
            self.end(grant["realm"])
        return Response(status=200)

    def end(self, realm: str) -> None:
        """Make every token of a company's grant worthless."""
        with self.shelf.change():
            self.shelf.drop("grant", realm)
            for doc in self.shelf.all("access"):
                if doc["realm"] == realm:
                    self.shelf.drop("access", doc["token"])

    def realm_of(self, token: str) -> str | None:
        """Give the company an access token is good for, or None when it is not or no longer."""
        doc = self.shelf.get("access", token)
        if doc is None or datetime.fromisoformat(doc["until"]) <= self.clock():
            return None
        return str(doc["realm"])

    def _asked_wrongly(self) -> str:
        args = request.args
        if args.get("client_id") != self.client[0]:
            return "Unknown client_id."
        asked = set(args.get("scope", "").split())
        mixed = not asked <= OPENID | {SCOPE} or not asked & {SCOPE, "openid"}
        if args.get("response_type") != "code" or mixed:
            return "Invalid permissions requested."
        back = urlsplit(args.get("redirect_uri", ""))
        local = back.hostname in {"localhost", "127.0.0.1", "::1"}
        if back.query or not (back.scheme == "https" or (back.scheme == "http" and local)):
            return "The redirect_uri query parameter value is invalid."
        return "" if args.get("state") else "The state query parameter is missing."

    def _is_client(self) -> bool:
        expected = base64.b64encode(":".join(self.client).encode()).decode()
        return request.headers.get("Authorization", "") == f"Basic {expected}"

    def _exchange(self, form: dict[str, str]) -> Response:
        now, code = self.clock(), form.get("code", "")
        doc = self.shelf.get("code", code)
        if doc is None or doc["redirect_uri"] != form.get("redirect_uri"):
            return _json({"error": "invalid_grant"}, 400)
        if doc["used"] or datetime.fromisoformat(doc["until"]) < now:
            if doc["used"]:  # a code seen twice may be a stolen one: the connection is revoked
                self.end(doc.get("realm", ""))
            return _json({"error": "invalid_grant"}, 400)
        self.shelf.put("code", code, doc | {"used": True})
        if "person" in doc:
            return _json(self.people.tokens(doc))
        self.end(doc["realm"])
        company = self.shelf.get("company", doc["realm"]) or {}
        # Only an administrator gets as far as this.
        self.shelf.put("company", doc["realm"], company | {"dismissed": False})
        grant = {"realm": doc["realm"], "hard": (now + HARD).isoformat()}
        return self._issue(self._rotate(grant))

    def _refresh_alone(self, value: str) -> Response:
        """Refuse a refresh that comes while another with the same token is under way."""
        with self._lock:
            busy = value in self._refreshing
            self._refreshing.add(value)
        if busy:
            return _json({"error": "invalid_grant"}, 400)
        try:
            self.during_refresh()
            with self.shelf.change():
                return self._refresh(value)
        finally:
            with self._lock:
                self._refreshing.discard(value)

    def _refresh(self, value: str) -> Response:
        now = self.clock()
        grant = next((one for one in self.shelf.all("grant") if one["refresh"] == value), None)
        if grant is None or min(_at(grant, "until"), _at(grant, "hard")) <= now:
            description = "Token invalid, expired or revoked"
            return _json({"error": "invalid_grant", "error_description": description}, 400)
        if now - _at(grant, "since") >= ROTATION:
            grant = self._rotate(grant)
        rolled = min(now + ROLLING, _at(grant, "hard"))
        return self._issue(grant | {"until": rolled.isoformat()})

    def _rotate(self, grant: Doc) -> Doc:
        now = self.clock()
        value = f"RT1-{self.shelf.count('refresh'):06d}-H0-{grant['realm']}"
        until = min(now + ROLLING, _at(grant, "hard"))
        return grant | {"refresh": value, "since": now.isoformat(), "until": until.isoformat()}

    def _issue(self, grant: Doc) -> Response:
        now, realm = self.clock(), grant["realm"]
        self.shelf.put("grant", realm, grant)
        self._forget_expired(realm, now)
        token = f"eyJhbGciOiJkaXIi.{self.shelf.count('access'):08d}.{realm}"
        until = (now + ACCESS).isoformat()
        self.shelf.put("access", token, {"token": token, "realm": realm, "until": until})
        answer: Doc = {
            "access_token": token,
            "refresh_token": grant["refresh"],
            "token_type": "bearer",
            "expires_in": int(ACCESS.total_seconds()),
            "x_refresh_token_expires_in": int((_at(grant, "until") - now).total_seconds()),
        }
        if request.headers.get(_HARD_HEADER, "").lower() == "true":
            left = int((_at(grant, "hard") - now).total_seconds())
            answer["x_refresh_token_hard_expires_in"] = left
        return _json(answer)

    def _forget_expired(self, realm: str, now: datetime) -> None:
        for doc in self.shelf.all("access"):
            if doc["realm"] == realm and datetime.fromisoformat(doc["until"]) <= now:
                self.shelf.drop("access", doc["token"])

    def _grant_of(self, value: str) -> Doc | None:
        access = self.shelf.get("access", value)
        for grant in self.shelf.all("grant"):
            if grant["refresh"] == value or (access and access["realm"] == grant["realm"]):
                return grant
        return None


def _at(grant: Doc, name: str) -> datetime:
    return datetime.fromisoformat(grant[name])


def _back(address: str, query: dict[str, str]) -> Response:
    return Response(status=302, headers={"Location": f"{address}?{urlencode(query)}"})


def _json(body: Doc, status: int = 200) -> Response:
    answer = Response(json.dumps(body), status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-cache, no-store"
    return answer
