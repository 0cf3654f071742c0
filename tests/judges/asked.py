"""What all judges share: a request made up by hand, and the requests of OAuth itself."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from sandbox.shelf import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 6749 §4.1.1, §4.1.3 and §6, with RFC 7636 (code_challenge, code_verifier) and RFC 7009
# (token): no vendor describes these in the files we have.
_CONSENT = {
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
}
_EXCHANGE = {"grant_type", "code", "redirect_uri", "client_id", "code_verifier", "refresh_token"}
_REVOKE = {"token", "token_type_hint"}
# OpenID Connect Discovery 1.0 §4 and RFC 7517: asked for without any argument.
_DISCOVERY = re.compile(r"/\.well-known/openid_?[-a-z_]*configuration/?|(/[\w/.-]+)?/jwks")


def form(**fields: str) -> bytes:
    """Write a form."""
    return urlencode(fields).encode()


def request(method: str, path: str, body: Any = b"", **query: str) -> Request:
    """Make a request up; a body that is no bytes is sent as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return Request(
        seq=1,
        at=datetime(2026, 3, 10, tzinfo=UTC),
        method=method,
        path=path,
        query=urlencode(query),
        tenant="",
        token="",
        key="",
        status=200,
        body=body,
    )


def pairs(text: str | bytes) -> list[tuple[str, str]]:
    """Take a query or form apart."""
    decoded = text.decode() if isinstance(text, bytes) else text
    return parse_qsl(decoded, keep_blank_values=True)


def oauth_findings(one: Request, consent: str, exchange: str, revoke: str) -> list[str] | None:
    """Judge a request of OAuth by its RFCs, given the vendor's paths; None when it is no such."""
    known = {consent: _CONSENT, exchange: _EXCHANGE, revoke: _REVOKE}.get(one.path)
    if one.method == "GET" and _DISCOVERY.fullmatch(one.path):
        return [f"unknown argument {name}" for name, _value in pairs(one.query)]
    if known is None:
        return None
    # The consent page is asked by query; what a person then presses on it is not ours.
    if one.path == consent:
        sent = [name for name, _value in pairs(one.query)]
    else:
        is_json = one.body[:1] == b"{"
        sent = list(json.loads(one.body)) if is_json else [name for name, _ in pairs(one.body)]
    return [f"unknown OAuth parameter {name}" for name in sent if name not in known]


def template(path: str) -> re.Pattern[str]:
    """Turn a path such as /v1/payouts/{payout} into a pattern with named groups."""
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
    )


def best(path: str, templates: Iterable[str]) -> tuple[str, dict[str, str]] | None:
    """Find the template of a path, the one with most literal text first, and its parameters."""
    for one in sorted(templates, key=lambda text: len(re.sub(r"\{\w+\}", "", text)), reverse=True):
        found = template(one).fullmatch(path)
        if found:
            return one, found.groupdict()
    return None
