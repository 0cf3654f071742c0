"""Checking an id token: PyJWT checks signature, issuer and audience; the hours are ours.

The package asks the machine's clock, and ours is handed in, so expiry is compared here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt

ALGORITHM = "RS256"
# How far the vendor's clock may be from ours.
LEEWAY_SECONDS = 120
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


class BadIdTokenError(Exception):
    """The id token proves nothing; the text says why and holds nothing of the token."""


def check(
    token: str, keys: Mapping[str, Any], *, issuer: str, audience: str, now: datetime
) -> dict[str, Any]:
    """Give the claims of an id token signed by one of `keys` (a JWKS) for us, and still young.

    Raises BadIdTokenError.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(token, keys),
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            options={
                "require": _REQUIRED,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "enforce_minimum_key_length": True,
            },
        )
    except jwt.PyJWTError as error:
        msg = f"the id token does not check ({type(error).__name__})"
        raise BadIdTokenError(msg) from None
    _check_hours(claims, now)
    if claims["aud"] not in (audience, [audience]):
        # One that others may use as well would let any of them come in as our visitor.
        msg = "the id token is meant for others too"
        raise BadIdTokenError(msg)
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        msg = "the id token names nobody"
        raise BadIdTokenError(msg)
    return claims


def check_nonce(claims: Mapping[str, Any], nonce: str, *, must: bool) -> None:
    """Check that the token answers this very question; with `must`, silence is no answer either.

    Raises BadIdTokenError.
    """
    told = claims.get("nonce")
    if told is None and not must:
        return
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        msg = "the id token answers another sign-in"
        raise BadIdTokenError(msg)


def _key(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    """Find the key that the token names; where it names none, there must be only one."""
    listed = keys.get("keys")
    told = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    known = [one for one in jwt.PyJWKSet.from_dict({"keys": told}).keys if one.key_type == "RSA"]
    name = jwt.get_unverified_header(token).get("kid")
    found = [one for one in known if name is None or one.key_id == name]
    if len(found) != 1:
        msg = "no key of the vendor fits"
        raise jwt.InvalidKeyError(msg)
    return found[0]


def _check_hours(claims: Mapping[str, Any], now: datetime) -> None:
    moment = now.timestamp()
    hours = [claims["exp"], claims["iat"], claims.get("nbf", claims["iat"])]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in hours):
        msg = "the id token does not say how long it lives"
        raise BadIdTokenError(msg)
    ends, made, begins = hours
    if moment >= ends + LEEWAY_SECONDS:
        msg = "the id token is too old"
        raise BadIdTokenError(msg)
    if max(made, begins) > moment + LEEWAY_SECONDS:
        msg = "the id token is not valid yet"
        raise BadIdTokenError(msg)
