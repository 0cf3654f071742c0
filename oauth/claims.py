"""Reading what an access token says about itself.

The token came straight from the vendor's token endpoint over our own connection, so its signature
proves nothing more here and is not checked; nothing is ever decided from a token a browser brought.
"""

from __future__ import annotations

import base64
import binascii
import json

PARTS = 3


def claim(token: str, name: str) -> str:
    """Give one claim of a JWT as text, or "" when the token is no JWT or lacks it."""
    parts = token.split(".")
    if len(parts) != PARTS:
        return ""
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return ""
    value = claims.get(name) if isinstance(claims, dict) else None
    return value if isinstance(value, str) else ""
