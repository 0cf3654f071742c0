"""Reading a vendor's public JSON: discovery documents, signing keys, who somebody is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests

from connector.protocol import Wire
from ledger.errors import RefusedError, RetryLaterError
from oauth.exchange import PATIENCE_SECONDS, is_carried

# Such documents have a few kilobytes.
BYTES_MAX = 1_000_000


def read_json(url: str, wire: Wire, token: str = "") -> dict[str, Any]:
    """Read a JSON object; `token` goes along as bearer.

    Raises RetryLaterError when none comes, RefusedError for an address that is not https.
    """
    host = urlsplit(url).hostname
    if urlsplit(url).scheme != "https" and not is_carried(url, wire):
        msg = f"{host} is not asked: its address is not https"
        raise RefusedError(msg, "not_https")
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with requests.Session() as session:
        if wire.adapter is not None:
            session.mount("https://", wire.adapter)
            session.mount("http://", wire.adapter)
        try:
            answer = session.get(
                url,
                headers=headers,
                timeout=(wire.connect_seconds, wire.read_seconds),
                # An address of somebody else's choosing is not followed.
                allow_redirects=False,
            )
            found = answer.json() if len(answer.content) <= BYTES_MAX else None
        except (requests.RequestException, RecursionError) as error:
            # The host is all that is told: a token may be in the request.
            msg = f"{host} did not answer ({type(error).__name__})"
            raise RetryLaterError(PATIENCE_SECONDS, msg) from None
    if answer.status_code != requests.codes.ok or not isinstance(found, dict):
        msg = f"{host} answered {answer.status_code} with something else than what was asked for"
        raise RetryLaterError(PATIENCE_SECONDS, msg)
    return found
