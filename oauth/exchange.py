"""The token endpoint: codes and refresh tokens go in, tokens come out.

requests-oauthlib builds the addresses and bodies and reads the answers. It refuses plain http,
which stays so for the world outside: only the loopback, and calls that an in-process adapter
carries, are let through by giving it the https form of the address and taking that back when the
request leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import WebApplicationClient
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from connector.consent import Consent
from connector.protocol import Wire
from ledger.errors import RefusedError, RetryLaterError
from oauth.client import Client

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# A vendor that does not answer is asked again after this many seconds.
PATIENCE_SECONDS = 30.0
# Used when a token answer does not say how long the access token lives.
LIFE_SECONDS_DEFAULT = 1800
# What Stripe says of a code or token that was given to another app or environment of ours.
FOREIGN = "does not belong"
# A consent just renewed has a hundred days before it; one with less than so many is at its end.
ROLLING_SECONDS_MIN = 30 * 86400

# Both packages write whole tokens into their debug log, whatever level the house logs at.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class GrantEndedError(Exception):
    """The vendor no longer honours this code or refresh token (invalid_grant)."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint gave. `expires_at` is None for a token that does not expire."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime | None
    hard_expires_at: datetime | None = None
    # The tenant the answer names (Stripe), and the vendor's own word on live or test.
    tenant_id: str = ""
    live: bool | None = None
    # Who consented, signed by the vendor; only there when `openid` was asked for.
    id_token: str = field(default="", repr=False)


class _CarriedSession(OAuth2Session):
    """Takes an https address back to the plain one it stands for as the request leaves."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - passed on as given
        request.url = _plain(request.url or "")
        return super().send(request, **options)


def _plain(address: str) -> str:
    return "http" + address.removeprefix("https")


def _secure(address: str) -> str:
    return "https" + address.removeprefix("http")


def is_carried(address: str, wire: Wire) -> bool:
    """Say whether a plain http address never leaves the machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and (wire.adapter is not None or parts.hostname in LOOPBACK)


def authorize_url(
    client: Client, consent: Consent, wire: Wire, *, state: str, verifier: str, nonce: str = ""
) -> str:
    """Build the address a person is sent to; `verifier` adds PKCE S256, "" leaves it out.

    `nonce` comes back inside the id token of a sign-in.
    """
    session = OAuth2Session(
        client.id, redirect_uri=client.redirect_uri, scope=list(consent.scopes) or None
    )
    proof = {"nonce": nonce} if nonce else {}
    if verifier:
        challenge = WebApplicationClient(client.id).create_code_challenge(verifier, "S256")
        proof |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    carried = is_carried(consent.authorize_url, wire)
    base = _secure(consent.authorize_url) if carried else consent.authorize_url
    url, _ = session.authorization_url(base, state=state, **proof)
    return _plain(url) if carried else str(url)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """One vendor's token endpoint, as our client may use it."""

    client: Client
    consent: Consent
    wire: Wire

    def exchange(self, code: str, verifier: str, now: datetime) -> Granted:
        """Exchange a code, once. Raises GrantEndedError, RefusedError or RetryLaterError."""
        more = {"code_verifier": verifier} if verifier else {}
        return self._ask("fetch_token", now, code=code, include_client_id=False, **more)

    def refresh(self, refresh_token: str, now: datetime) -> Granted:
        """Refresh, once. Raises GrantEndedError, RefusedError or RetryLaterError."""
        granted = self._ask("refresh_token", now, refresh_token=refresh_token)
        if granted.refresh:
            return granted
        return replace(granted, refresh=refresh_token)

    def revoke(self, token: str) -> None:
        """End the whole consent; a token that is worth nothing already is as good as revoked.

        Raises RetryLaterError when the vendor does not answer, RefusedError when it refuses us.
        """
        url = self.consent.revoke_url or ""
        body = {"token": token}
        sent: dict[str, Any] = {"json": body} if self.consent.revoke_as_json else {"data": body}
        with self._session(url) as session, _told(url):
            answer = session.post(self._far(url), auth=self._basic(), timeout=self._seconds, **sent)
        if answer.status_code >= requests.codes.internal_server_error:
            msg = f"the revocation endpoint answered {answer.status_code}"
            raise RetryLaterError(PATIENCE_SECONDS, msg)
        if answer.status_code in {requests.codes.unauthorized, requests.codes.forbidden}:
            msg = "the vendor refused to revoke the consent"
            raise RefusedError(msg, str(answer.status_code))

    def _ask(self, call: str, now: datetime, **asked: str | bool) -> Granted:
        url = self.consent.token_url
        with self._session(url) as session, _told(url):
            answer = getattr(session, call)(
                self._far(url),
                auth=self._basic(),
                timeout=self._seconds,
                headers={"Accept": "application/json", **self.consent.token_headers},
                **asked,
            )
        return _granted(answer, self.consent, now)

    @property
    def _seconds(self) -> tuple[int, int]:
        return self.wire.connect_seconds, self.wire.read_seconds

    def _far(self, url: str) -> str:
        """Give an address in the form that oauthlib lets through."""
        return _secure(url) if is_carried(url, self.wire) else url

    def _session(self, url: str) -> OAuth2Session:
        # A session that knows its scope would send it on refresh too, and compare it with what
        # was granted; so this one knows none.
        kind = _CarriedSession if is_carried(url, self.wire) else OAuth2Session
        session = kind(self.client.id, redirect_uri=self.client.redirect_uri)
        if self.wire.adapter is not None:
            session.mount("https://", self.wire.adapter)
            session.mount("http://", self.wire.adapter)
        # A redirected token request would carry our secrets to an address nobody vouched for.
        session.max_redirects = 0
        session.register_compliance_hook("access_token_response", _checked)
        session.register_compliance_hook("refresh_token_response", _checked)
        return session

    def _basic(self) -> HTTPBasicAuth:
        if self.consent.key_as_user:
            return HTTPBasicAuth(self.client.secret, "")
        return HTTPBasicAuth(self.client.id, self.client.secret)


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Turn what goes wrong on the way into the errors of the house, without a secret in them."""
    try:
        yield
    except OAuth2Error as error:
        raise _meaning(error) from None
    except requests.RequestException as error:
        # The host is all that is told: the request itself carries secrets.
        msg = f"{urlsplit(url).hostname} did not answer ({type(error).__name__})"
        raise RetryLaterError(PATIENCE_SECONDS, msg) from None
    except (TypeError, ValueError):
        # oauthlib reads the answer's fields before we can look at them.
        msg = "the token answer cannot be read"
        raise RetryLaterError(PATIENCE_SECONDS, msg) from None


def _checked(response: requests.Response) -> requests.Response:
    """Stop at answers that are no token answer at all, before anybody tries to read them."""
    if response.status_code == requests.codes.too_many_requests:
        wait = response.headers.get("Retry-After", "")
        seconds = float(wait) if wait.isdigit() else PATIENCE_SECONDS
        raise RetryLaterError(seconds, "the token endpoint asks for patience")
    if response.status_code >= requests.codes.internal_server_error:
        msg = f"the token endpoint answered {response.status_code}"
        raise RetryLaterError(PATIENCE_SECONDS, msg)
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        msg = f"the token endpoint answered {response.status_code} with something else than JSON"
        raise RetryLaterError(PATIENCE_SECONDS, msg)
    return response


def _meaning(error: OAuth2Error) -> Exception:
    code = str(error.error or "")
    if code == "invalid_grant" and FOREIGN in str(error.description):
        msg = f"{error.description} (client id and key are not of the same app or environment)"
        return RefusedError(msg, "foreign_grant")
    if code == "invalid_grant":
        return GrantEndedError(str(error.description or "the vendor no longer honours this grant"))
    if code in {"temporarily_unavailable", "server_error", "slow_down", "missing_token"}:
        return RetryLaterError(PATIENCE_SECONDS, code)
    said = str(error.description or "the vendor refused")
    return RefusedError(said, code or type(error).__name__)


def _granted(answer: Mapping[str, Any], consent: Consent, now: datetime) -> Granted:
    """Read a token answer; expiry is counted from our clock, not from oauthlib's."""
    hard = _hard_seconds(answer, consent)
    life = _seconds(answer.get("expires_in"))
    live = answer.get("livemode")
    return Granted(
        access=str(answer["access_token"]),
        refresh=str(answer.get("refresh_token") or ""),
        expires_at=now + timedelta(seconds=LIFE_SECONDS_DEFAULT if life is None else life),
        hard_expires_at=None if hard is None else now + timedelta(seconds=hard),
        tenant_id=str(answer.get(consent.token_tenant) or "") if consent.token_tenant else "",
        live=live if isinstance(live, bool) else None,
        id_token=str(answer.get("id_token") or ""),
    )


def _hard_seconds(answer: Mapping[str, Any], consent: Consent) -> int | None:
    """Say how long the consent itself lives, as told or as it shows; None when it does neither."""
    told = _seconds(answer.get(consent.hard_expiry)) if consent.hard_expiry else None
    rolling = _seconds(answer.get(consent.rolling_expiry)) if consent.rolling_expiry else None
    if told is None and rolling is not None and rolling < ROLLING_SECONDS_MIN:
        return rolling
    return told


def _seconds(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
