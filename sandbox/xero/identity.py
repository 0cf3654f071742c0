"""Consent, tokens and connections: who may see which organisation, and for how long."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.openid import ALGORITHM, Signer
from sandbox.xero import figures
from sandbox.xero.books import make_id
from sandbox.xero.refusals import Refusal, Reply, as_json, grant_error, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.shelf import Doc
    from sandbox.xero.books import Books

ACCESS_LIFE = timedelta(minutes=30)
GRACE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
ID_LIFE = timedelta(minutes=5)
CODE_LIFE = timedelta(minutes=5)

ISSUER = "https://identity.xero.com"
_OPENID = ("openid", "profile", "email", "offline_access")
_GRANULAR = ("invoices", "payments", "banktransactions", "manualjournals", "contacts", "settings")
SCOPES = frozenset(
    (
        *_OPENID,
        *(
            f"accounting.{name}{end}"
            for name in (*_GRANULAR, "attachments")
            for end in ("", ".read")
        ),
        "accounting.reports.aged.read",
    )
)


def _encode(document: bytes) -> str:
    return base64.urlsafe_b64encode(document).rstrip(b"=").decode()


class Identity:
    """Xero's identity server for one app."""

    def __init__(self, books: Books, client_id: str, client_secret: str) -> None:
        self.books = books
        self.shelf = books.shelf
        self.client_id = client_id
        self._secret = client_secret
        self.signer = Signer("xero")

    def discovery(self, here: str) -> Reply:
        """Give the OpenID discovery document of a server at this address."""
        return as_json(
            200,
            {
                "issuer": ISSUER,
                "jwks_uri": f"{here}/.well-known/openid-configuration/jwks",
                "authorization_endpoint": f"{here}/identity/connect/authorize",
                "token_endpoint": f"{here}/connect/token",
                "revocation_endpoint": f"{here}/connect/revocation",
                "userinfo_endpoint": f"{here}/connect/userinfo",
                "scopes_supported": sorted(SCOPES),
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "code_challenge_methods_supported": ["S256"],
            },
        )

    def keys(self) -> Reply:
        """Give the keys that id tokens are signed with."""
        return as_json(200, self.signer.keys())

    def add_person(self, key: str, email: str, name: str) -> None:
        """Let somebody sign in; who has an organisation can by its user's address alone."""
        self.shelf.put("people", key, {"id": key, "email": email, "name": name})

    def person(self, key: str) -> Doc | None:
        """Give somebody who can sign in."""
        known = self.shelf.get("people", key)
        if known is None and any(one["user"] == key for one in self.shelf.all("organisations")):
            name = key.partition("@")[0].replace(".", " ").title()
            known = {"id": key, "email": key, "name": name}
        return known

    def people(self) -> list[Doc]:
        """List everybody who can sign in."""
        users = dict.fromkeys(one["user"] for one in self.shelf.all("organisations"))
        keys = [*(one["id"] for one in self.shelf.all("people")), *users]
        return [one for key in dict.fromkeys(keys) if (one := self.person(key)) is not None]

    def _jwt(self, claims: dict[str, Any]) -> str:
        head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        signed = f"{head}.{_encode(json.dumps(claims).encode())}"
        return f"{signed}.{_encode(self._mac(signed))}"

    def _mac(self, signed: str) -> bytes:
        return hmac.new(self._secret.encode(), signed.encode(), hashlib.sha256).digest()

    def _seconds(self) -> int:
        return int(self.books.clock().timestamp())

    def check_client(self, given: Mapping[str, str], basic: tuple[str, str] | None) -> None:
        """Check id and secret, by Basic auth or in the form; Refusal `invalid_client` otherwise."""
        pair = basic or (given.get("client_id", ""), given.get("client_secret", ""))
        if pair != (self.client_id, self._secret):
            raise Refusal(grant_error("invalid_client"))

    def allow(self, asked: Mapping[str, str], tenant: str) -> str:
        """Record the consent of an organisation's user and give the single-use code."""
        user = self.books.organisation(tenant)["user"]
        event = make_id(f"consent/{self.shelf.count('consent')}")
        code = _encode(hashlib.sha256(f"code/{event}".encode()).digest())
        known = (doc for doc in self.shelf.all("connections") if doc["tenantId"] == tenant)
        connection = next((doc for doc in known if doc["user"] == user), None)
        now = figures.stamp(self.books.clock()) + "0000"
        connection = connection or {
            "id": make_id(f"connection/{self.shelf.count('connection')}"),
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
            "tenantName": self.books.organisation(tenant)["name"],
            "createdDateUtc": now,
            "user": user,
        }
        connection |= {"authEventId": event, "updatedDateUtc": now}
        self.shelf.put("connections", connection["id"], connection)
        return self._code(asked, user, event, code)

    def sign_in(self, asked: Mapping[str, str], user: str) -> str:
        """Record that somebody signed in, to no organisation; gives the single-use code."""
        event = make_id(f"consent/{self.shelf.count('consent')}")
        code = _encode(hashlib.sha256(f"code/{event}".encode()).digest())
        return self._code(asked, user, event, code)

    def _code(self, asked: Mapping[str, str], user: str, event: str, code: str) -> str:
        grant = {
            "user": user,
            "event": event,
            "redirect_uri": asked["redirect_uri"],
            "scope": asked["scope"].split(),
            "challenge": asked.get("code_challenge", ""),
            "nonce": asked.get("nonce", ""),
            "at": self._seconds(),
        }
        self.shelf.put("codes", code, grant)
        return code

    def token(self, form: Mapping[str, str]) -> Reply:
        """Answer the token endpoint: code for tokens, or refresh for fresh ones."""
        if form.get("grant_type") == "authorization_code":
            return self._redeem(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        raise Refusal(grant_error("unsupported_grant_type"))

    def _redeem(self, form: Mapping[str, str]) -> Reply:
        grant = self.shelf.get("codes", form.get("code", ""))
        # A code is gone after its first use, also when that use failed.
        self.shelf.drop("codes", form.get("code", ""))
        if grant is None or self._seconds() - grant["at"] > CODE_LIFE.total_seconds():
            raise Refusal(grant_error("invalid_grant"))
        if grant["redirect_uri"] != form.get("redirect_uri"):
            raise Refusal(grant_error("invalid_grant", "redirect_uri does not match"))
        if grant["challenge"]:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if _encode(digest) != grant["challenge"]:
                raise Refusal(grant_error("invalid_grant", "code_verifier does not match"))
        session = {
            "id": make_id(f"session/{self.shelf.count('session')}"),
            "user": grant["user"],
            "event": grant["event"],
            "scope": grant["scope"],
            "revoked": False,
            "auth_time": grant["at"],
        }
        self.shelf.put("sessions", session["id"], session)
        return self._tokens(session, grant["nonce"])

    def _refresh(self, form: Mapping[str, str]) -> Reply:
        kept = self.shelf.get("refresh", form.get("refresh_token", ""))
        session = self.shelf.get("sessions", kept["session"]) if kept else None
        now = self._seconds()
        if kept is None or session is None or session["revoked"]:
            raise Refusal(grant_error("invalid_grant"))
        if now - kept["at"] > REFRESH_LIFE.total_seconds():
            raise Refusal(grant_error("invalid_grant"))
        # The answer may have been lost: the old token works on for a while.
        if kept["used"] is not None and now - kept["used"] > GRACE.total_seconds():
            raise Refusal(grant_error("invalid_grant"))
        if kept["used"] is None:
            kept["used"] = now
            self.shelf.put("refresh", form["refresh_token"], kept)
        return self._tokens(session)

    def _tokens(self, session: Doc, nonce: str = "") -> Reply:
        number, now = self.shelf.count("token"), self._seconds()
        user = session["user"]
        claims = {
            "iss": ISSUER,
            "nbf": now,
            "iat": now,
            "exp": now + int(ACCESS_LIFE.total_seconds()),
            "auth_time": session["auth_time"],
            "client_id": self.client_id,
            "scope": session["scope"],
            "xero_userid": make_id(f"user/{user}"),
            "global_session_id": session["id"],
            "jti": make_id(f"token/{number}").replace("-", "").upper(),
            "authentication_event_id": session["event"],
        }
        answer: dict[str, Any] = {
            "access_token": self._jwt(claims),
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(session["scope"]),
        }
        if "offline_access" in session["scope"]:
            refresh = _encode(hashlib.sha256(f"refresh/{number}/{self._secret}".encode()).digest())
            kept = {"session": session["id"], "at": now, "used": None}
            self.shelf.put("refresh", refresh, kept)
            answer["refresh_token"] = refresh
        if "openid" in session["scope"]:
            answer["id_token"] = self.signer.sign(self._person(session, claims, nonce))
        return as_json(200, answer)

    def _person(self, session: Doc, claims: Doc, nonce: str) -> Doc:
        """Say who signed in, as far as the scopes allow; `sub` is not made from the address."""
        kept = ("iss", "nbf", "iat", "auth_time", "xero_userid", "global_session_id")
        told = {name: claims[name] for name in kept}
        told |= {
            "exp": claims["iat"] + int(ID_LIFE.total_seconds()),
            "aud": self.client_id,
            "sub": make_id(f"sub/{session['user']}"),
            "sid": make_id(f"sid/{session['id']}"),
        }
        if nonce:
            told["nonce"] = nonce
        person = self.person(session["user"]) or {"email": session["user"], "name": ""}
        if "email" in session["scope"]:
            told["email"] = person["email"]
        if "profile" in session["scope"]:
            given, _, family = person["name"].partition(" ")
            told |= {"name": person["name"], "given_name": given, "family_name": family}
            told["preferred_username"] = person["email"]
        return told

    def revoke(self, form: Mapping[str, str]) -> Reply:
        """Revoke: every session and every connection of that user ends."""
        kept = self.shelf.get("refresh", form.get("token", ""))
        session = self.shelf.get("sessions", kept["session"]) if kept else None
        if session is not None:
            for one in self.shelf.all("sessions"):
                if one["user"] == session["user"]:
                    one["revoked"] = True
                    self.shelf.put("sessions", one["id"], one)
            for connection in self.shelf.all("connections"):
                if connection["user"] == session["user"]:
                    self.shelf.drop("connections", connection["id"])
        return Reply(200, b"")

    def bearer(self, header: str) -> Doc:
        """Give the session an `Authorization` header opens; Refusal (401) when it opens none."""
        kind, _, token = header.partition(" ")
        claims = self._claims(token) if kind == "Bearer" else None
        session = self.shelf.get("sessions", claims["global_session_id"]) if claims else None
        if claims is None or session is None:
            raise Refusal(self._refused(401, "Unauthorized", "AuthenticationUnsuccessful"))
        if self._seconds() >= claims["exp"]:
            ended = datetime.fromtimestamp(claims["exp"], self.books.clock().tzinfo)
            detail = f"TokenExpired: token expired at {ended:%m/%d/%Y %H:%M:%S}"
            raise Refusal(self._refused(401, "Unauthorized", detail))
        return session

    def _claims(self, token: str) -> dict[str, Any] | None:
        signed, _, mac = token.rpartition(".")
        if not hmac.compare_digest(_encode(self._mac(signed)), mac):
            return None
        body = signed.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims

    def _refused(self, status: int, title: str, detail: str) -> Reply:
        return problem(status, title, detail, make_id(f"{status}/{detail}"))

    def check_tenant(self, session: Doc, tenant: str) -> None:
        """Check that the session's user has this organisation connected; Refusal (403) if not."""
        for connection in self.shelf.all("connections"):
            if connection["tenantId"] == tenant and connection["user"] == session["user"]:
                return
        raise Refusal(self._refused(403, "Forbidden", "AuthenticationUnsuccessful"))

    def check_scope(self, session: Doc, kind: str, *, write: bool) -> None:
        """Check that the consent covers a resource; Refusal (401) if not."""
        area = _AREA.get(kind, "settings")
        wanted = (
            {f"accounting.{area}"} if write else {f"accounting.{area}", f"accounting.{area}.read"}
        )
        if wanted.isdisjoint(session["scope"]):
            raise Refusal(self._refused(401, "Unauthorized", "AuthorizationUnsuccessful"))

    def connections(self, session: Doc, event: str) -> Reply:
        """List the organisations of the session's user, of one consent or all."""
        found = [
            {name: value for name, value in doc.items() if name != "user"}
            for doc in self.shelf.all("connections")
            if doc["user"] == session["user"] and event in ("", doc["authEventId"])
        ]
        return as_json(200, found)

    def disconnect(self, session: Doc, key: str) -> Reply:
        """End one connection; 404 when it is none of the user's."""
        found = self.shelf.get("connections", key)
        if found is None or found["user"] != session["user"]:
            return Reply(404, b"")
        self.shelf.drop("connections", key)
        return Reply(204, b"")


_AREA = {
    "Invoices": "invoices",
    "CreditNotes": "invoices",
    "Payments": "payments",
    "Overpayments": "payments",
    "Prepayments": "payments",
    "BankTransactions": "banktransactions",
    "BankTransfers": "banktransactions",
    "BatchPayments": "payments",
    "Contacts": "contacts",
    "ContactGroups": "contacts",
}
