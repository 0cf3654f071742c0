"""People with an Intuit account: signing in, their id tokens, and what userinfo tells."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.openid import Signer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.shelf import Doc, Shelf

OPENID = frozenset({"openid", "profile", "email", "phone", "address"})
ISSUER = "https://oauth.platform.intuit.com/op/v1"
LIFE = timedelta(seconds=3600)


class People:
    """Everybody who can sign in with Intuit."""

    def __init__(self, shelf: Shelf, clock: Callable[[], datetime], client_id: str) -> None:
        """Sign people in to one app."""
        self.shelf = shelf
        self.clock = clock
        self.client_id = client_id
        self.signer = Signer("intuit")
        # Whether an id token repeats the nonce; Intuit's pages do not say.
        self.repeats_nonce = True

    def add(self, email: str, given: str, family: str, *, verified: bool = True) -> str:
        """Let somebody sign in; gives the subject, which has nothing to do with the address."""
        with self.shelf.change():
            subject = f"9f{self.shelf.count('person'):030x}-intuit"
            doc = {"sub": subject, "email": email, "given": given, "family": family}
            self.shelf.put("person", subject, doc | {"verified": verified})
        return subject

    def choices(self) -> str:
        """Give the rows of the page that asks who signs in."""
        return "".join(
            f'<p><label><input type="radio" name="person" value="{one["sub"]}">'
            f" {html.escape(one['email'])}</label></p>"
            for one in self.shelf.all("person")
        )

    def tokens(self, code: Doc) -> dict[str, Any]:
        """Answer the token endpoint for a code that somebody signed in with."""
        now = self.clock()
        token = f"eyJhbGciOiJkaXIi.person.{self.shelf.count('access'):08d}"
        until = (now + LIFE).isoformat()
        visit = {"person": code["person"], "scope": code["scope"], "until": until}
        self.shelf.put("visit", token, visit)
        answer = {
            "access_token": token,
            "refresh_token": f"RT1-{self.shelf.count('refresh'):06d}-H0-person",
            "token_type": "bearer",
            "expires_in": int(LIFE.total_seconds()),
            "x_refresh_token_expires_in": 8726400,
        }
        if "openid" in code["scope"].split():
            answer["id_token"] = self.signer.sign(self._claims(code))
        return answer

    def told(self, token: str) -> dict[str, Any] | None:
        """Say who an access token belongs to; None when it is worth nothing."""
        visit = self.shelf.get("visit", token)
        if visit is None or datetime.fromisoformat(visit["until"]) <= self.clock():
            return None
        person = self.shelf.get("person", visit["person"])
        if person is None:
            return None
        told: dict[str, Any] = {"sub": person["sub"]}
        if "email" in visit["scope"].split():
            told |= {"email": person["email"], "emailVerified": person["verified"]}
        if "profile" in visit["scope"].split():
            told |= {"givenName": person["given"], "familyName": person["family"]}
        return told

    def _claims(self, code: Doc) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": code["person"],
            "aud": [self.client_id],
            "iat": now,
            "exp": now + int(LIFE.total_seconds()),
            "auth_time": now,
        }
        if code["nonce"] and self.repeats_nonce:
            claims["nonce"] = code["nonce"]
        return claims
