"""Installs without tokens: our own key opens the account that installed us.

Since that key opens every such account, which one a browser may connect is told by the vendor's
signature over the way back, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connector.protocol import Access, BadSignatureError, Provider
from oauth.client import Client
from oauth.opener import Opener
from oauth.refusal import ConsentError


def address(client: Client, state: str) -> str:
    """Give the address an install begins at; it brings `state` back."""
    parts = urlsplit(client.install_url)
    asked = {**dict(parse_qsl(parts.query)), "redirect_uri": client.redirect_uri, "state": state}
    return urlunsplit(parts._replace(query=urlencode(asked)))


def access(
    opener: Opener, provider: Provider, client: Client, came_back: Mapping[str, str]
) -> Access:
    """Give the key to the account that was installed from; raises ConsentError."""
    if came_back.get("error"):
        raise ConsentError("denied", "The app was not installed. Nothing was kept.")
    try:
        tenant_id = provider.installed(came_back, client.install_secrets, opener.clock())
    except BadSignatureError as error:
        raise ConsentError(
            "install", f"The vendor's word of the install does not check: {error}."
        ) from None
    return Access(tenant_id, client.secret, "platform")
