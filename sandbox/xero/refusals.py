"""Xero's four error dialects, and the answer they travel in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json; charset=utf-8"


@dataclass(slots=True)
class Reply:
    """What the stand-in answers: status, body and headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - it is the answer itself, carried to the door
    """The call ends here, with this answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Invalid(Exception):  # noqa: N818 - Xero's word is a validation exception
    """The books refuse an entry; `messages` say why in Xero's words."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def as_json(status: int, document: Any) -> Reply:  # noqa: ANN401 - any JSON
    """Answer with a JSON document."""
    return Reply(status, json.dumps(document).encode(), {"Content-Type": JSON})


def problem(status: int, title: str, detail: str, instance: str) -> Reply:
    """Answer 401, 403 or 500 in the dialect of Xero's gateway."""
    document: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": instance,
        "Extensions": {},
    }
    return as_json(status, document)


def validation(elements: list[dict[str, Any]]) -> Reply:
    """Answer 400 with the refused elements, each with its `ValidationErrors`."""
    document = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": elements,
    }
    return as_json(400, document)


def malformed(kind: str, message: str, number: int = 14) -> Reply:
    """Answer 400 without elements: a query or body that cannot be read."""
    return as_json(400, {"ErrorNumber": number, "Type": kind, "Message": message})


def plain(status: int, text: str, headers: dict[str, str] | None = None) -> Reply:
    """Answer in plain text, as 404, 429 and 503 do."""
    return Reply(status, text.encode(), {"Content-Type": "text/plain", **(headers or {})})


def grant_error(error: str, description: str = "") -> Reply:
    """Answer 400 in the dialect of the identity server."""
    document = {"error": error}
    if description:
        document["error_description"] = description
    return as_json(400, document)


def fault(name: str, instance: str) -> Reply:
    """Answer with the failure a story asked for: `429`, `500`, `scope` (no consent) or `503`."""
    if name == "429":
        return plain(429, "", {"X-Rate-Limit-Problem": "minute", "Retry-After": "30"})
    if name == "500":
        return problem(500, "Internal Server Error", "An error occurred in Xero", instance)
    if name == "scope":
        return problem(403, "Forbidden", "AuthorizationUnsuccessful", instance)
    return plain(503, "The Xero API is temporarily unavailable")
