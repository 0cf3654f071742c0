"""A vendor's addresses, as its discovery document names them.

The document is read at most once a day and kept; while it cannot be read, the last good copy
counts, and before there is one, the addresses known when this was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from connector.consent import Consent, OpenId
from ledger.errors import OutsideError
from oauth.client import Client
from oauth.opener import Opener
from oauth.reading import read_json
from store import discovery
from store.session import reading

FRESH = timedelta(days=1)
# How long a vendor that gave no document is left alone.
AGAIN = timedelta(hours=1)


def look(opener: Opener, name: str) -> None:
    """Read a vendor's discovery document again when it is a day old.

    A vendor that gives none changes nothing: what is known goes on.
    """
    wire, now = opener.wire(name), opener.clock()
    openid = opener.providers[name].openid(wire)
    if openid is None:
        return
    with reading(opener.sessions) as s:
        kept = discovery.get(s, name)
    if kept is not None:
        is_fresh = kept.read_at is not None and now - kept.read_at < FRESH
        if is_fresh or now - kept.tried_at < AGAIN:
            return
    try:
        document = read_json(openid.discovery_url, wire)
    except OutsideError:
        with opener.sessions.begin() as s:
            discovery.tried(s, name, now)
        return
    with opener.sessions.begin() as s:
        discovery.keep(s, name, document, now)


def consent_of(opener: Opener, name: str) -> Consent:
    """Say where consent is asked for; makes no call."""
    provider, wire = opener.providers[name], opener.wire(name)
    consent, openid = provider.consent(wire), provider.openid(wire)
    if openid is None:
        return _of_app(consent, opener.clients.get(name))
    told = _told(opener, name, openid, consent)
    return replace(
        consent,
        authorize_url=told.get("authorization_endpoint", consent.authorize_url),
        token_url=told.get("token_endpoint", consent.token_url),
        revoke_url=told.get("revocation_endpoint", consent.revoke_url),
    )


def _of_app(consent: Consent, client: Client | None) -> Consent:
    """Send people where this app of ours is installed from."""
    if client is not None and client.install_url:
        return replace(consent, authorize_url=client.install_url)
    if client is not None and client.channel and consent.channel_url:
        address = consent.channel_url.format(channel=client.channel)
        return replace(consent, authorize_url=address)
    return consent


def openid_of(opener: Opener, name: str) -> OpenId | None:
    """Say how people sign in with a vendor; None where they cannot. Makes no call."""
    provider, wire = opener.providers[name], opener.wire(name)
    openid = provider.openid(wire)
    if openid is None:
        return None
    told = _told(opener, name, openid, provider.consent(wire))
    userinfo = told.get("userinfo_endpoint", openid.userinfo_url)
    return replace(
        openid,
        issuer=told.get("issuer", openid.issuer),
        keys_url=told.get("jwks_uri", openid.keys_url),
        userinfo_url=userinfo if openid.userinfo_url else "",
    )


def _told(opener: Opener, name: str, openid: OpenId, consent: Consent) -> Mapping[str, str]:
    """Give the addresses of the kept document that may be believed."""
    with reading(opener.sessions) as s:
        kept = discovery.get(s, name)
    if kept is None:
        return {}
    known = (openid.discovery_url, openid.keys_url, consent.authorize_url, consent.token_url)
    homes = {_home(urlsplit(one)) for one in known}
    return {
        key: value
        for key, value in kept.document.items()
        if _is_believed(value, homes, openid.domain)
    }


def _is_believed(value: Any, homes: set[tuple[str, str]], domain: str) -> bool:  # noqa: ANN401 - any JSON
    """Say whether a document's word is an address of the vendor's own: secrets are sent there."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None:
        return False
    ours = host == domain or host.endswith(f".{domain}")
    return _home(parts) in homes or (parts.scheme == "https" and ours)


def _home(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc
