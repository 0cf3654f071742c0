"""What clients send: bodies with one entry or many, and entries handed back with their faults."""

from __future__ import annotations

import json
from typing import Any

from sandbox.xero.refusals import Refusal, malformed


def read(body: bytes, name: str) -> list[dict[str, Any]]:
    """Give the entries of a body: under `name`, a bare list, or one bare entry."""
    try:
        document = json.loads(body)
    except ValueError:
        raise Refusal(malformed("PostDataInvalidException", "Invalid Json data")) from None
    found = document.get(name, document) if isinstance(document, dict) else document
    found = found if isinstance(found, list) else [found]
    if not found or not all(isinstance(entry, dict) for entry in found):
        raise Refusal(malformed("PostDataInvalidException", f"No {name} in the request", 17))
    return found


def refused(entry: dict[str, Any], messages: list[str]) -> dict[str, Any]:
    """Give an entry back with everything that is wrong with it."""
    errors = [{"Message": message} for message in messages]
    return entry | {"HasValidationErrors": True, "ValidationErrors": errors}
