"""Sign-in with a vendor: who somebody is, proven by the vendor's own signature.

A person is the vendor's subject and nothing else: an e-mail address can change hands, and somebody
else may have written it into their account. The tokens of a sign-in are forgotten at once. They are
not revoked: at Xero that would end every connection of the same person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector.consent import Consent, OpenId
from ledger.errors import OutsideError
from oauth import directory
from oauth.client import Client
from oauth.consent import code_of, use_state
from oauth.exchange import Granted, GrantEndedError, TokenEndpoint, authorize_url
from oauth.id_token import BadIdTokenError, check, check_nonce
from oauth.opener import Opener
from oauth.reading import read_json
from oauth.refusal import ConsentError
from store import tokens

# Marks the one-time rows of a sign-in, apart from those of a consent.
SIGN_IN = "sign-in:"


@dataclass(frozen=True, slots=True)
class Person:
    """Who the vendor says it is. `subject` is its own name for them, good for all time.

    `has_address` says that the vendor has verified the e-mail address.
    """

    provider: str
    subject: str
    email: str
    name: str
    has_address: bool


def offered(opener: Opener) -> dict[str, str]:
    """Name the vendors people can sign in with, and what they are called there."""
    return {
        name: openid.title
        for name, provider in opener.providers.items()
        if (openid := provider.openid(opener.wire(name))) is not None
        and (client := opener.clients.get(name)) is not None
        and client.sign_in_uri
    }


def begin(opener: Opener, name: str, session: str) -> str:
    """Open a one-time state and give the address to send the person to.

    `session` names the browser session and what it signs in for. Raises ConsentError where nobody
    can sign in.
    """
    _vendor(opener, name)
    directory.look(opener, name)
    client, consent, openid = _vendor(opener, name)
    state, nonce = opener.secret(), opener.secret()
    verifier = opener.secret() if consent.pkce else ""
    with opener.sessions.begin() as s:
        tokens.open_state(
            s,
            provider=SIGN_IN + name,
            state=state,
            session=session,
            organisation_id=None,
            verifier=json.dumps([verifier, nonce]),
            now=opener.clock(),
        )
    asks = replace(consent, scopes=openid.scopes)
    wire = opener.wire(name)
    return authorize_url(client, asks, wire, state=state, verifier=verifier, nonce=nonce)


def finish(opener: Opener, name: str, session: str, came_back: Mapping[str, str]) -> Person:
    """Say who came back. Raises ConsentError; the state and its nonce are used up in any case."""
    client, consent, openid = _vendor(opener, name)
    row = use_state(opener, SIGN_IN + name, session, came_back.get("state", ""))
    verifier, nonce = json.loads(row.verifier)
    endpoint = TokenEndpoint(client, consent, opener.wire(name))
    try:
        granted = endpoint.exchange(code_of(came_back), verifier, opener.clock())
        keys = read_json(openid.keys_url, opener.wire(name))
        claims = check(
            granted.id_token, keys, issuer=openid.issuer, audience=client.id, now=opener.clock()
        )
        check_nonce(claims, nonce, must=openid.repeats_nonce)
        return _person(opener, name, openid, granted, claims)
    except (GrantEndedError, OutsideError, BadIdTokenError) as error:
        raise ConsentError("sign_in", f"You are not signed in: {error}. Try again.") from None


def _vendor(opener: Opener, name: str) -> tuple[Client, Consent, OpenId]:
    openid = directory.openid_of(opener, name) if name in opener.providers else None
    client = opener.clients.get(name)
    if openid is None or client is None or not client.sign_in_uri:
        raise ConsentError("unknown_provider", "Nobody can sign in with this provider here.")
    ours = replace(client, redirect_uri=client.sign_in_uri)
    return ours, directory.consent_of(opener, name), openid


def _person(
    opener: Opener, name: str, openid: OpenId, granted: Granted, claims: Mapping[str, Any]
) -> Person:
    if not openid.userinfo_url:
        return Person(
            name,
            claims["sub"],
            _text(claims, "email"),
            _text(claims, "name"),
            has_address=claims.get("email_verified") is True,
        )
    told = read_json(openid.userinfo_url, opener.wire(name), granted.access)
    if told.get("sub") != claims["sub"]:
        raise ConsentError("other_person", "The provider tells of two different people.")
    if str(told.get("emailVerified")).lower() != "true":
        raise ConsentError(
            "unverified",
            "Your e-mail address is not verified there. Verify it at the provider, then try again.",
        )
    whole = f"{_text(told, 'givenName')} {_text(told, 'familyName')}".strip()
    return Person(name, claims["sub"], _text(told, "email"), whole, has_address=True)


def _text(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    return found.strip() if isinstance(found, str) else ""
